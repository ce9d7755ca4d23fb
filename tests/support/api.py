"""The tests' HTTP, with no client library between the test and the bytes."""

import http.client
import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from tests.support import openapi

# What a call returns.
Made = TypeVar("Made")


@dataclass
class Answer:
    """A response."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Api:
    """One caller of the deployed API."""

    def __init__(self, url: str, token: str | None, authorization: str | None = None, *, is_documented: bool = True):
        """Responses must match docs/openapi, unless `is_documented` is false."""
        self.is_documented = is_documented
        self.url = url
        self.token = token
        self._authorization = authorization or (f"Bearer {token}" if token else None)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str | None] | None = None,
        query: dict[str, Any] | None = None,
    ) -> Answer:
        """Sends `body` as JSON, or unchanged if it is bytes. `path` must already be encoded.

        A header whose value is None is not sent.
        """
        base = urlsplit(self.url)
        sent = {"Accept": "*/*"} | ({"Authorization": self._authorization} if self._authorization else {})
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if content is not None:
            sent["Content-Type"] = "application/json"
        target = base.path + path + (f"?{urlencode(query, doseq=True)}" if query else "")
        kind = http.client.HTTPSConnection if base.scheme == "https" else http.client.HTTPConnection
        connection = kind(base.hostname or "", base.port, timeout=60)
        try:
            chosen = {name: value for name, value in {**sent, **(headers or {})}.items() if value is not None}
            connection.request(method, target, content, chosen)
            response = connection.getresponse()
            lower = {name.lower(): value for name, value in response.getheaders()}
            answer = Answer(response.status, lower, response.read())
        finally:
            connection.close()
        if self.is_documented and "content-encoding" not in lower:
            readable = None if "Content-Encoding" in chosen else content
            openapi.check(method, path, readable, answer.status, lower, answer.content)
        return answer


def at_once(calls: Iterable[Callable[[], Made]]) -> list[Made]:
    """Makes independent calls concurrently, and returns their results in order."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda call: call(), calls))


def encoded(name: str) -> str:
    """A name as one segment of a path."""
    return quote(name, safe="")
