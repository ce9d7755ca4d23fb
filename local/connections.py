"""An HTTP client and an HTTP server for this machine that keep their connections open."""

import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from email.message import Message
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

# In seconds. MiniStack closes a connection after five idle seconds.
_LONGEST_IDLE = 2.0
_TIMEOUT = 30.0


class Answer(NamedTuple):
    """An HTTP response."""

    status: int
    headers: Message
    body: bytes


class Client:
    """Sends requests to one server, and reuses its connections."""

    def __init__(self, url: str):
        address = urlsplit(url)
        self.url = url
        self._host, self._port = address.hostname or "", address.port
        self._idle: deque[tuple[HTTPConnection, float]] = deque()

    def post(self, headers: Mapping[str, str], body: bytes, path: str = "/") -> Answer:
        """Returns the response. Raises an OSError or HTTPException if there is none."""
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
                if time.monotonic() - since < _LONGEST_IDLE:
                    return connection
                connection.close()
        return HTTPConnection(self._host, self._port, timeout=_TIMEOUT)


class SignedClient(Client):
    """Signs its calls to one service as a user that MiniStack allows everything."""

    def __init__(self, url: str, service: str, region: str):
        super().__init__(url)
        self._signature = SigV4Auth(Credentials("test", "test"), service, region)

    def post_signed(self, headers: Mapping[str, str], body: bytes, path: str = "/") -> Answer:
        """Like `post`, but signed."""
        request = AWSRequest("POST", self.url + path, headers, body)
        self._signature.add_auth(request)
        return self.post(dict(request.headers), body, path)


def passed_on(headers: Message) -> dict[str, str]:
    """Returns the headers to forward with a request. Host is among them, because the signature can cover it."""
    return {name: value for name, value in headers.items() if name.lower() not in ("connection", "content-length")}


class Server:
    """Serves one address from `start` to `stop`, each connection in its own thread."""

    def __init__(self, handler: type["Handler"], host: str, port: int = 0):
        self._server = _TcpServer((host, port), handler)
        self.url = f"http://{host}:{self._server.server_address[1]}"
        serve = partial(self._server.serve_forever, poll_interval=0.05)
        self._thread = threading.Thread(target=serve, daemon=True)

    def start(self) -> None:
        """Starts to serve connections."""
        self._thread.start()

    def stop(self) -> None:
        """Stops serving and frees the port."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()


class Listener:
    """Base class of objects with their own server, which serves from `start` to `stop` or inside a `with` block."""

    def __init__(self, server: Server):
        self._server = server
        self.start, self.stop = server.start, server.stop

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The URL that it listens on."""
        return self._server.url


class Handler(BaseHTTPRequestHandler):
    """Handles one connection. Subclasses define the responses."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Buffered, so that each response is sent in one piece at the end of its request.
    wbufsize = -1

    def log_message(self, *_: object) -> None:
        """Logs nothing."""


class _TcpServer(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Prints nothing: a client that has disconnected is not an error."""
