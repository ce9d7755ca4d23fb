"""A client of local servers that keeps its connections open."""

import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from email.message import Message
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlsplit

# MiniStack closes a connection that was idle for five seconds.
_FRESH = 2.0
_PATIENCE = 30.0


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Message
    body: bytes


class Client:
    """Sends calls to one server, over connections that are used again."""

    def __init__(self, url: str):
        address = urlsplit(url)
        self.url = url
        self._host, self._port = address.hostname or "", address.port
        self._idle: deque[tuple[HTTPConnection, float]] = deque()

    def post(self, headers: Mapping[str, str], body: bytes, path: str = "/") -> Answer:
        """What is answered; an OSError or HTTPException where nothing is."""
        connection = self._connection()
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        except BaseException:
            connection.close()
            raise
        if not response.will_close:
            self._idle.append((connection, time.monotonic()))
        return answer

    def _connection(self) -> HTTPConnection:
        with suppress(IndexError):
            while True:
                connection, since = self._idle.pop()
                if time.monotonic() - since < _FRESH:
                    return connection
                connection.close()
        return HTTPConnection(self._host, self._port, timeout=_PATIENCE)


def passed_on(headers: Message) -> dict[str, str]:
    """The headers that a request is passed on with, Host among them, as it may be signed with that."""
    return {name: value for name, value in headers.items() if name.lower() not in ("connection", "content-length")}
