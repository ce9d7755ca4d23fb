"""The front itself."""

import json
from email.message import Message
from typing import Self

from local.secrets_manager import rules
from local.secrets_manager.lock import ReadWriteLock
from local.secrets_manager.reads import Reads
from local.secrets_manager.rules import RefusedError
from local.secrets_manager.server import Answer, Server
from local.secrets_manager.upstream import TARGET, Call, Upstream
from local.secrets_manager.versions import Versions
from local.secrets_manager.writes import Writes


class SecretsManager:
    """Listens on a port of `host`; answers from `start` to `stop`, or inside of `with`."""

    def __init__(self, upstream: str, region: str, host: str, port: int = 0):
        """`upstream` is MiniStack's address."""
        ministack, versions = Upstream(upstream, region), Versions()
        self._reads, self._writes = Reads(ministack, versions), Writes(ministack, versions)
        self._lock = ReadWriteLock()
        self._server = Server(self._answer, host, port)
        self.url = self._server.url
        self.start, self.stop = self._server.start, self._server.stop

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answer(self, headers: Message, body: bytes) -> Answer:
        try:
            call = _read(headers, body)
            if call.action in self._writes.actions:
                with self._lock.writing():
                    content = self._writes.actions[call.action](call)
            else:
                with self._lock.reading():
                    content = self._reads.actions.get(call.action, self._reads.pass_on)(call)
        except RefusedError as refused:
            return refused.status, json.dumps({"__type": refused.code, "message": refused.message}).encode()
        return 200, json.dumps(content).encode()


def _read(headers: Message, body: bytes) -> Call:
    try:
        call = Call(headers["X-Amz-Target"].removeprefix(TARGET), json.loads(body or b"{}"), headers, body)
        rules.check(call.action, call.parameters)
    except ValueError:
        raise RefusedError("SerializationException", "The request is not valid.") from None
    return call
