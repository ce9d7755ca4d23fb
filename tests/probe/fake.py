"""A Secrets Manager that does what the local one never does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tests.support.clock import Clock


@dataclass
class Written:
    """The state that a write gave a secret, and when."""

    at: float
    token: str
    description: str


class Fake:
    """Shows a write as many seconds later as `lags` has for the call that reads it."""

    class meta:  # noqa: N801 - as botocore's clients have it
        region_name, partition = "eu-central-1", "aws"

    def __init__(
        self,
        clock: Clock | None = None,
        lags: Mapping[str, float] | None = None,
        length: Callable[[str], int] = len,
        writes_rejected: bool = False,
    ):
        self.secrets: dict[str, list[Written]] = {}
        self._now = clock or Clock()
        self._lags = lags or {}
        self._length = length
        self._writes_rejected = writes_rejected
        self._values: dict[str, str] = {}

    def create_secret(self, **given: Any) -> Any:
        if given["Name"] in self.secrets:
            raise rejected("CreateSecret", "InvalidRequestException")
        self.secrets[given["Name"]] = []
        self._write(given["Name"], given)

    def update_secret(self, **given: Any) -> Any:
        if self._length(given["Description"]) > 2_048:
            raise rejected("UpdateSecret", "ValidationException")
        if "SecretString" not in given:
            return
        value = given["SecretString"]
        is_rejected = self._values.setdefault(given["ClientRequestToken"], value) != value
        if self._writes_rejected or not is_rejected:
            self._write(given["SecretId"], given)
        if is_rejected:
            raise rejected("UpdateSecret", "ResourceExistsException")

    def delete_secret(self, **given: Any) -> Any:
        if given.get("ForceDeleteWithoutRecovery"):
            del self.secrets[given["SecretId"]]

    def restore_secret(self, **_: Any) -> Any:
        """Does nothing."""

    def describe_secret(self, **given: Any) -> Any:
        seen = self._seen("describe_secret", given["SecretId"])
        return {"Description": seen.description, "VersionIdsToStages": {seen.token: ["AWSCURRENT"]}}

    def get_secret_value(self, **given: Any) -> Any:
        return {"VersionId": self._seen("get_secret_value", given["SecretId"]).token}

    def list_secrets(self, **given: Any) -> Any:
        try:
            seen = self._seen("list_secrets", given["Filters"][0]["Values"][0])
        except ClientError:
            return {"SecretList": []}
        return {"SecretList": [{"Description": seen.description}]}

    def _write(self, name: str, given: Any) -> None:
        self.secrets[name].append(Written(self._now(), given["ClientRequestToken"], given.get("Description", "")))

    def _seen(self, action: str, name: str) -> Written:
        shown_since = self._now() - self._lags.get(action, 0)
        seen = [written for written in self.secrets.get(name, []) if written.at <= shown_since]
        if not seen:
            raise rejected(action, "ResourceNotFoundException")
        return seen[-1]


def rejected(action: str, code: str, message: str = "") -> ClientError:
    """The error that botocore raises."""
    error = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(error, action)  # type: ignore[arg-type]
