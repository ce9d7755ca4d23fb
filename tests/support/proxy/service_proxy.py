"""A proxy in front of any service."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message

from local.connections import Client, Listener, passed_on
from local.ministack import LOOPBACK
from local.secrets_manager.server import Answer, Server
from tests.support.service_model import Call, Service, Violations


@dataclass(frozen=True)
class Sent:
    """A request as it arrived, and the call that it makes."""

    call: Call
    headers: Message
    body: bytes


class ServiceProxy(Listener):
    """Listens on a port of 127.0.0.1, a free one if none is given.

    Calls and responses that do not match the service's model are passed on all the same, and added to `violations`.
    """

    def __init__(self, service: Service, violations: Violations, port: int = 0) -> None:
        super().__init__(Server(self._answer, LOOPBACK, port, service.protocol))
        self.calls: list[Call] = []
        self._service = service
        self._violations = violations
        self._upstream = Client("")
        self._lock = threading.Lock()
        self._thawed = threading.Event()
        self._thawed.set()

    @property
    def upstream(self) -> str:
        """The address of the service that it forwards calls to."""
        return self._upstream.url

    @upstream.setter
    def upstream(self, url: str) -> None:
        self._upstream = Client(url)

    @contextmanager
    def leading_to(self, upstream: str) -> Iterator[None]:
        """Forwards calls to another address inside `with`."""
        before, self.upstream = self.upstream, upstream
        try:
            yield
        finally:
            self.upstream = before

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Accepts connections inside `with`, but does not respond."""
        self._thawed.clear()
        try:
            yield
        finally:
            self._thawed.set()

    def _answer(self, headers: Message, body: bytes, request_id: str) -> Answer | None:
        try:
            sent = Sent(self._service.read(headers, body), headers, body)
        except ValueError:
            self._violations.add([f"{self._service.name}: a request cannot be read"])
            return self._posted(headers, body)
        sent.call.request_id = request_id
        self._violations.add(self._service.faults_of_call(sent.call))
        with self._lock:
            self.calls.append(sent.call)
        if not self._thawed.is_set():
            self._thawed.wait()
            return None
        return self._carry_out(sent)

    def _carry_out(self, sent: Sent) -> Answer | None:
        """Responds to a call. Subclasses do more."""
        return self._checked(sent, self._pass_on(sent))

    def _pass_on(self, sent: Sent) -> Answer:
        return self._posted(sent.headers, sent.body)

    def _posted(self, headers: Message, body: bytes) -> Answer:
        answer = self._upstream.post(passed_on(headers), body)
        return answer.status, answer.body

    def _checked(self, sent: Sent, answer: Answer | None) -> Answer | None:
        if answer is not None:
            self._violations.add(self._service.faults_of_answer(sent.call, *answer))
        return answer
