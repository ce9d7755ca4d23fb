"""The front's client of MiniStack's own Secrets Manager."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from typing import Any

from local.connections import Answer, SignedClient, passed_on
from local.secrets_manager.rules import VALUES, RejectedError

TARGET = "secretsmanager."
NOT_FOUND = "ResourceNotFoundException"

Content = dict[str, Any]


@dataclass
class Call:
    """A request, as it arrived."""

    action: str
    parameters: Content
    headers: Message
    body: bytes

    @property
    def secret_id(self) -> str:
        """The name or ARN of the secret in the request."""
        return self.parameters.get("SecretId") or self.parameters.get("Name") or ""

    @property
    def has_value(self) -> bool:
        """Whether the call creates a version."""
        return any(self.parameters.get(name) is not None for name in VALUES)

    @property
    def token(self) -> str:
        """The token that becomes the VersionId."""
        return self.parameters.get("ClientRequestToken") or ""


class MiniStackError(RejectedError):
    """MiniStack rejected a call."""


class Upstream:
    """Passes on the calls of clients, and makes the front's own."""

    def __init__(self, url: str, region: str):
        self._client = SignedClient(url, "secretsmanager", region)

    def ask(self, call: Call) -> Content:
        """Passes the call on unchanged. So its signature stays valid, and its signer's rights decide."""
        return _content(self._client.post(passed_on(call.headers), call.body))

    def do(self, action: str, parameters: Mapping[str, Any]) -> Content:
        """Makes a call of the front's own."""
        body = json.dumps(parameters).encode()
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": TARGET + action}
        return _content(self._client.post_signed(headers, body))

    def describe(self, secret_id: str) -> Content:
        """Describes the secret with that name or ARN."""
        return self.do("DescribeSecret", {"SecretId": secret_id})


def identity(secret: Content) -> Content:
    """Returns the fields that every response about a secret has."""
    return {name: secret[name] for name in ("ARN", "Name")}


def _content(answer: Answer) -> Content:
    try:
        content: Content = json.loads(answer.body or b"{}")
    except ValueError:
        raise HTTPException("no JSON") from None
    if answer.status != 200:
        raise MiniStackError(content.get("__type", "InternalServiceError"), content.get("message", ""), answer.status)
    return content
