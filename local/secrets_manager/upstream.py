"""MiniStack's own Secrets Manager, as the front calls it."""

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
    """A request, as it came."""

    action: str
    parameters: Content
    headers: Message
    body: bytes

    @property
    def secret_id(self) -> str:
        """The name or ARN of the secret that it is about."""
        return self.parameters.get("SecretId") or self.parameters.get("Name") or ""

    @property
    def has_value(self) -> bool:
        """Whether it makes a version."""
        return any(self.parameters.get(name) is not None for name in VALUES)

    @property
    def token(self) -> str:
        """What becomes the VersionId."""
        return self.parameters.get("ClientRequestToken") or ""


class MiniStackError(RejectedError):
    """MiniStack rejected a call."""


class Upstream:
    """Calls of others, and of the front's own."""

    def __init__(self, url: str, region: str):
        self._client = SignedClient(url, "secretsmanager", region)

    def ask(self, call: Call) -> Content:
        """Passes the call on just as it came, so that its signature holds and its signer's rights count."""
        return _content(self._client.post(passed_on(call.headers), call.body))

    def do(self, action: str, parameters: Mapping[str, Any]) -> Content:
        """Makes a call of the front's own."""
        body = json.dumps(parameters).encode()
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": TARGET + action}
        return _content(self._client.post_signed(headers, body))

    def describe(self, secret_id: str) -> Content:
        """The secret of that name or ARN."""
        return self.do("DescribeSecret", {"SecretId": secret_id})


def identity(secret: Content) -> Content:
    """What every answer about a secret has."""
    return {name: secret[name] for name in ("ARN", "Name")}


def _content(answer: Answer) -> Content:
    try:
        content: Content = json.loads(answer.body or b"{}")
    except ValueError:
        raise HTTPException("no JSON") from None
    if answer.status != 200:
        raise MiniStackError(content.get("__type", "InternalServiceError"), content.get("message", ""), answer.status)
    return content
