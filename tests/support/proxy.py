"""A proxy between the functions and Secrets Manager: counts calls, injects faults, and can lead elsewhere."""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from local.connections import Client, passed_on
from local.ministack import LOOPBACK
from local.secrets_manager.server import Answer, Server


@dataclass
class Call:
    """One call to Secrets Manager, with its parameters."""

    action: str
    parameters: dict[str, Any]

    @property
    def secret(self) -> str:
        """The name of the secret that it is about, where it is about one."""
        return self.parameters.get("SecretId") or self.parameters.get("Name") or ""


# How a secret is read in order to change it: with two calls beside each other.
OPEN = "GetSecretValue and DescribeSecret"


def round_trips(calls: list[Call]) -> list[str]:
    """The actions of the calls, where two that run beside each other are one."""
    made: list[str] = []
    for call in calls:
        if made and {made[-1], call.action} == {"GetSecretValue", "DescribeSecret"}:
            made[-1] = OPEN
        else:
            made.append(call.action)
    return made


def described_as(name: str, public: Any) -> dict[str, str]:
    """What a create of a secret adds, so that its Description speaks for it as Latchkey's own do."""
    version = str(uuid.uuid4())
    return {
        "ClientRequestToken": version,
        "Description": json.dumps({"name": name, "version": version, "public": public}),
    }


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
    """Listens on a port of 127.0.0.1, a free one if none is given, while inside of `with`."""

    def __init__(self, port: int = 0) -> None:
        self.calls: list[Call] = []
        self._upstream = Client("")
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._server = Server(self._answer, LOOPBACK, port)
        self.url = self._server.url

    def __enter__(self) -> "Proxy":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    @property
    def upstream(self) -> str:
        """The address of the Secrets Manager that it leads to."""
        return self._upstream.url

    @upstream.setter
    def upstream(self, url: str) -> None:
        self._upstream = Client(url)

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

    def _answer(self, headers: Message, body: bytes) -> Answer | None:
        call = Call(headers["X-Amz-Target"].rpartition(".")[2], json.loads(body))
        fault = self._record(call)
        if fault is None or fault.how == "lose":
            answer = self._upstream.post(passed_on(headers), body)
            return None if fault else (answer.status, answer.body)
        if fault.how == "drop":
            return None
        if fault.how == "garbage":
            return 200, b"<html>"
        return fault.status, json.dumps({"__type": fault.how, "message": "injected"}).encode()

    def _record(self, call: Call) -> Fault | None:
        with self._lock:
            self.calls.append(call)
            if "/keys/" in call.secret:
                return None
            return next((fault for fault in self._faults if fault.hits(call.action)), None)
