"""HTTP between clients and the gateway: any method, persistent connections, headers as the client wrote them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import parse_qs

from local import connections

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    method: str
    # Still percent-encoded, without the query.
    path: str
    query: dict[str, list[str]]
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """Returns the last value of a header."""
        values = [value for found, value in self.headers if found.lower() == name.lower()]
        return values[-1] if values else None


@dataclass(frozen=True)
class Response:
    """What the client gets."""

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""


class Server(connections.Server):
    """Serves every request with `answer`."""

    def __init__(self, answer: Callable[[Request], Response], host: str, port: int):
        class Handler(_Handler):
            answerer = staticmethod(answer)

        super().__init__(Handler, host, port)


class _Handler(connections.Handler):
    answerer: Callable[[Request], Response]

    def __getattr__(self, name: str) -> Any:
        """Serves every method, because the API decides which methods exist."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        try:
            body = self._chunks() if self.headers.get("Transfer-Encoding") else self._sized()
        except ValueError:
            self.close_connection = True
            self._send(Response(400))
            return
        values = parse_qs(query, keep_blank_values=True)
        try:
            self._send(self.answerer(Request(self.command, path, values, list(self.headers.items()), body)))
        except (OSError, HTTPException):
            # For example, the functions are being stopped.
            self.close_connection = True

    def _sized(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _chunks(self) -> bytes:
        chunks = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)

    def _send(self, response: Response) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
