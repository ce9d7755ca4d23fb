"""A small HTTP server and client of calls to Secrets Manager, which keep their connections open."""

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.message import Message
from functools import partial
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from urllib.parse import urlsplit

# MiniStack closes a connection that was idle for five seconds.
_FRESH = 2.0
_PATIENCE = 30.0

Answer = tuple[int, bytes]
# None closes the connection in place of an answer.
Answerer = Callable[[Message, bytes], Answer | None]


class Server:
    """Answers every POST of one address, each connection in a thread of its own, from `start` to `stop`."""

    def __init__(self, answer: Answerer, host: str, port: int = 0):
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


class Client:
    """Sends calls on, over connections that are used again."""

    def __init__(self, url: str):
        address = urlsplit(url)
        self.url = url
        self._host, self._port = address.hostname or "", address.port
        self._idle: deque[tuple[HTTPConnection, float]] = deque()

    def post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """What is answered; an OSError or HTTPException where nothing is."""
        connection = self._connection()
        try:
            connection.request("POST", "/", body, headers)
            response = connection.getresponse()
            answer = response.status, response.read()
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

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "X-Amz-Target" not in self.headers:
            # Only opens the connection ahead of the first call.
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
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""
