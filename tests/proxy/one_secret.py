"""A Secrets Manager that has one secret, and a caller who never tries again."""

import http.client
import json
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

from local.connections import Listener
from local.ministack import LOOPBACK
from local.secrets_manager.server import Answer, Server
from tests.support.proxy import Proxy

NAME = "latchkey/dqops/a.txt"
ARN = f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{NAME}-AbCdEf"


class OneSecret(Listener):
    """As much of Secrets Manager as the switches need: a secret that is created, changed and read."""

    def __init__(self) -> None:
        super().__init__(Server(self._answer, LOOPBACK))
        self.done: list[str] = []
        self.value: str | None = None
        self.description = ""
        self._tokens: set[str] = set()

    def _answer(self, headers: Message, body: bytes, _: str) -> Answer:
        action = headers["X-Amz-Target"].rpartition(".")[2]
        status, content = self._do(action, json.loads(body))
        return status, json.dumps(content).encode()

    def _do(self, action: str, parameters: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if action in ("CreateSecret", "UpdateSecret"):
            return self._write(action, parameters)
        listed = {"ARN": ARN, "Name": NAME, "Description": self.description, "KmsKeyId": None}
        if action == "DeleteSecret":
            return 200, {"ARN": ARN, "Name": NAME}
        if action == "ListSecrets":
            return 200, {"SecretList": [listed] if self.value else []}
        if action == "BatchGetSecretValue":
            value = {"ARN": ARN, "Name": NAME, "SecretString": self.value}
            return 200, {"SecretValues": [value] if self.value else [], "Errors": []}
        if self.value is None:
            return 400, {"__type": "ResourceNotFoundException", "message": "none"}
        if action == "DescribeSecret":
            return 200, listed
        return 200, {"ARN": ARN, "Name": NAME, "SecretString": self.value}

    def _write(self, action: str, parameters: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        token, value = parameters.get("ClientRequestToken"), parameters.get("SecretString")
        self.done.append(f"{action} {value}")
        if token in self._tokens and value != self.value:
            return 400, {"__type": "ResourceExistsException", "message": "used"}
        self.description = parameters.get("Description", self.description)
        if value:
            self.value = value
            self._tokens.add(token)
        return 200, {"ARN": ARN, "Name": NAME, "VersionId": token or "v" * 32}


class Caller:
    """Calls Secrets Manager through the proxy."""

    def __init__(self, proxy: Proxy) -> None:
        self._address = urlsplit(proxy.url).netloc

    def call(self, action: str, **parameters: Any) -> dict[str, Any]:
        """The response, or an error `lost` if the connection was closed."""
        connection = http.client.HTTPConnection(self._address, timeout=10)
        try:
            connection.request("POST", "/", json.dumps(parameters), {"X-Amz-Target": f"secretsmanager.{action}"})
            return json.loads(connection.getresponse().read())
        except http.client.RemoteDisconnected:
            return {"__type": "lost"}
        finally:
            connection.close()

    def create(self, value: str) -> str | None:
        """Creates the secret; returns the error, if there is one."""
        token = value.ljust(32, "-")
        return self.call("CreateSecret", Name=NAME, SecretString=value, ClientRequestToken=token).get("__type")

    def update(self, value: str, token: str = "") -> str | None:
        """Updates the secret; returns the error, if there is one. The `token` defaults to that of the value."""
        written = {"SecretString": value, "Description": f"of {value}"}
        token = (token or value).ljust(32, "-")
        return self.call("UpdateSecret", SecretId=ARN, ClientRequestToken=token, **written).get("__type")

    def read(self) -> str | None:
        """The value, if there is one."""
        return self.call("GetSecretValue", SecretId=NAME, VersionStage="AWSCURRENT").get("SecretString")

    def listed(self) -> list[str]:
        """The Descriptions in the list."""
        found = self.call("ListSecrets", Filters=[{"Key": "name", "Values": ["latchkey/dqops/"]}])
        return [entry["Description"] for entry in found["SecretList"]]

    def batch(self) -> dict[str, Any]:
        """The values and errors of a batch."""
        return self.call("BatchGetSecretValue", SecretIdList=[NAME])
