"""HTTP as the gateway speaks it with clients: any method, kept connections, headers as they were written."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import parse_qs

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    method: str
    # As it was called, still encoded, without the query.
    path: str
    query: dict[str, list[str]]
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """The last value of a header."""
        values = [value for found, value in self.headers if found.lower() == name.lower()]
        return values[-1] if values else None


@dataclass(frozen=True)
class Response:
    """What it gets."""

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""


class Server:
    """Answers every request to one address, each connection in a thread of its own, from `start` to `stop`."""

    def __init__(self, answer: Callable[[Request], Response], host: str, port: int):
        class Handler(_Handler):
            answerer = staticmethod(answer)

        self._server = _TcpServer((host, port), Handler)
        self.url = f"http://{host}:{self._server.server_address[1]}"
        serve = partial(self._server.serve_forever, poll_interval=0.05)
        self._thread = threading.Thread(target=serve, daemon=True)

    def start(self) -> None:
        """Answers from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Gives the port back."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()


class _TcpServer(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A caller that has gone away is none."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # What is written leaves in one piece, at the end of each request.
    wbufsize = -1
    answerer: Callable[[Request], Response]

    def __getattr__(self, name: str) -> Any:
        """Every method is served: which of them there are is the API's to say."""
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
            # As where the functions are being stopped.
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

    def log_message(self, *_: object) -> None:
        """Says nothing."""
