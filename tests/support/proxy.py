"""A proxy between the functions and Secrets Manager: counts calls, injects faults, and can lead elsewhere."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Call:
    """One call to Secrets Manager, with its parameters."""

    action: str
    parameters: dict[str, Any]

    @property
    def secret(self) -> str:
        """The name of the secret that it is about, where it is about one."""
        return self.parameters.get("SecretId") or self.parameters.get("Name") or ""


@dataclass
class Fault:
    """What happens instead of a call. `after` calls of `action` go through before, `times` fail then."""

    action: str = "*"
    after: int = 0
    times: int = 1_000_000
    # An error code answers with that error; "drop" closes the connection before the call, "lose" after it;
    # "garbage" answers with what is no answer.
    how: str = "drop"
    status: int = 400
    seen: int = field(default=0, init=False)

    def hits(self, action: str) -> bool:
        if self.action not in ("*", action):
            return False
        self.seen += 1
        return self.after < self.seen <= self.after + self.times


class Proxy:
    """Listens on a free port of 127.0.0.1 while inside of `with`."""

    def __init__(self) -> None:
        self.upstream = ""
        self.calls: list[Call] = []
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                proxy._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def recording(self) -> Iterator[list[Call]]:
        """The calls about credentials made inside of `with`; those about access keys are the authorizer's."""
        start = len(self.calls)
        recorded: list[Call] = []
        yield recorded
        recorded.extend(call for call in self.calls[start:] if "/keys/" not in call.secret)

    @contextmanager
    def key_reads(self) -> Iterator[list[Call]]:
        """The authorizer's calls made inside of `with`."""
        start = len(self.calls)
        recorded: list[Call] = []
        yield recorded
        recorded.extend(call for call in self.calls[start:] if "/keys/" in call.secret)

    @contextmanager
    def faults(self, *faults: Fault) -> Iterator[None]:
        """Injects faults inside of `with`, into calls about credentials."""
        with self._lock:
            self._faults = list(faults)
        try:
            yield
        finally:
            with self._lock:
                self._faults = []

    @contextmanager
    def leading_to(self, upstream: str) -> Iterator[None]:
        """Sends the calls elsewhere inside of `with`."""
        before, self.upstream = self.upstream, upstream
        try:
            yield
        finally:
            self.upstream = before

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        action = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if not action:
            # Only opens the connection ahead of the first call.
            _send(request, 404, b"{}")
            return
        call = Call(action, json.loads(body))
        fault = self._record(call)
        if fault is None:
            status, answer = self._forward(request, body)
            _send(request, status, answer)
        elif fault.how in ("drop", "lose"):
            if fault.how == "lose":
                self._forward(request, body)
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
        elif fault.how == "garbage":
            _send(request, 200, b"<html>")
        else:
            error = {"__type": fault.how, "message": "injected"}
            _send(request, fault.status, json.dumps(error).encode())

    def _record(self, call: Call) -> Fault | None:
        with self._lock:
            self.calls.append(call)
            if "/keys/" in call.secret:
                return None
            return next((fault for fault in self._faults if fault.hits(call.action)), None)

    def _forward(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
        kept = {name: value for name, value in request.headers.items() if name.lower() not in ("host", "connection")}
        upstream = urlsplit(self.upstream)
        connection = http.client.HTTPConnection(upstream.hostname or "", upstream.port, timeout=30)
        try:
            connection.request("POST", "/", body, kept)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def _send(request: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    request.send_response(status)
    request.send_header("Content-Type", "application/x-amz-json-1.1")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
