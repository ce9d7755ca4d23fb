"""A server for calls to Secrets Manager, or to a service with a similar protocol."""

import json
import socket
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException

from local import connections

Answer = tuple[int, bytes]
# Takes the headers, the body and the id of a request. If it returns None, the server closes the connection.
Answerer = Callable[[Message, bytes, str], Answer | None]


@dataclass(frozen=True)
class Protocol:
    """The protocol that a service uses."""

    content_type: str
    # The header that every call has. A request without it only opens the connection before the first call.
    mark: str


JSON = Protocol("application/x-amz-json-1.1", mark="X-Amz-Target")


def rejection(code: str, message: str, status: int = 400) -> Answer:
    """Returns an error response in the form of AWS's JSON services."""
    return status, json.dumps({"__type": code, "message": message}).encode()


class Server(connections.Server):
    """Serves every POST with `answer`."""

    def __init__(self, answer: Answerer, host: str, port: int = 0, protocol: Protocol = JSON):
        class Handler(_Handler):
            answerer = staticmethod(answer)
            spoken = protocol

        super().__init__(Handler, host, port)


class _Handler(connections.Handler):
    answerer: Answerer
    spoken: Protocol

    def do_POST(self) -> None:  # noqa: N802 - as http.server calls it
        body, request_id = self.rfile.read(int(self.headers.get("Content-Length", 0))), str(uuid.uuid4())
        if self.spoken.mark not in self.headers:
            self._send(404, b"{}", request_id)
            return
        try:
            answer = self.answerer(self.headers, body, request_id)
        except (OSError, HTTPException):
            answer = None
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._send(*answer, request_id)

    def _send(self, status: int, body: bytes, request_id: str) -> None:
        self.send_response(status)
        self.send_header("x-amzn-RequestId", request_id)
        self.send_header("Content-Type", self.spoken.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
