"""A client and a server of HTTP on this machine that keep their connections open."""

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


class SignedClient(Client):
    """Signs its calls of one service so that MiniStack lets them do everything."""

    def __init__(self, url: str, service: str, region: str):
        super().__init__(url)
        self._signature = SigV4Auth(Credentials("test", "test"), service, region)

    def post_signed(self, headers: Mapping[str, str], body: bytes, path: str = "/") -> Answer:
        """The same as `post`."""
        request = AWSRequest("POST", self.url + path, headers, body)
        self._signature.add_auth(request)
        return self.post(dict(request.headers), body, path)


def passed_on(headers: Message) -> dict[str, str]:
    """The headers that a request is passed on with, Host among them, as it may be signed with that."""
    return {name: value for name, value in headers.items() if name.lower() not in ("connection", "content-length")}


class Server:
    """Listens on one address, and serves each connection in a thread of its own, from `start` to `stop`."""

    def __init__(self, handler: type["Handler"], host: str, port: int = 0):
        self._server = _TcpServer((host, port), handler)
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


class Listener:
    """What has a server of its own: answers from `start` to `stop`, or inside of `with`."""

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
        """Where it listens."""
        return self._server.url


class Handler(BaseHTTPRequestHandler):
    """What it does with a connection: subclasses say how requests are answered."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # What is written leaves in one piece, at the end of each request.
    wbufsize = -1

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _TcpServer(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A caller that has gone away is none."""
