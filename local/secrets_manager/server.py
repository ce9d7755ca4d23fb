"""A small HTTP server of calls to Secrets Manager, which keeps its connections open."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from functools import partial
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer

Answer = tuple[int, bytes]
# None closes the connection in place of an answer.
Answerer = Callable[[Message, bytes], Answer | None]


@dataclass(frozen=True)
class Protocol:
    """How a service is spoken to."""

    content_type: str
    # The header that every call has. A request without it only opens the connection ahead of the first call.
    mark: str


JSON = Protocol("application/x-amz-json-1.1", mark="X-Amz-Target")


class Server:
    """Answers every POST of one address, each connection in a thread of its own, from `start` to `stop`."""

    def __init__(self, answer: Answerer, host: str, port: int = 0, protocol: Protocol = JSON):
        class Handler(_Handler):
            answerer = staticmethod(answer)
            spoken = protocol

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
    answerer: Answerer
    spoken: Protocol

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.spoken.mark not in self.headers:
            self._send(404, b"{}")
            return
        try:
            answer = self.answerer(self.headers, body)
        except (OSError, HTTPException):
            answer = None
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._send(*answer)

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", self.spoken.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""
