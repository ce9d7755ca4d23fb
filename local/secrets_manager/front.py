"""The front itself."""

import json
from email.message import Message

from local.connections import Listener
from local.secrets_manager import rules
from local.secrets_manager.lock import ReadWriteLock
from local.secrets_manager.reads import Reads
from local.secrets_manager.rules import RejectedError
from local.secrets_manager.server import Answer, Server, rejection
from local.secrets_manager.upstream import TARGET, Call, Upstream
from local.secrets_manager.versions import Versions
from local.secrets_manager.writes import Writes


class SecretsManager(Listener):
    """A front that listens on a port of `host`."""

    def __init__(self, upstream: str, region: str, host: str, port: int = 0):
        """`upstream` is MiniStack's address."""
        super().__init__(Server(self._answer, host, port))
        ministack, versions = Upstream(upstream, region), Versions()
        self._reads, self._writes = Reads(ministack, versions), Writes(ministack, versions)
        self._lock = ReadWriteLock()

    def _answer(self, headers: Message, body: bytes, _: str) -> Answer:
        try:
            call = _read(headers, body)
            if call.action in self._writes.actions:
                with self._lock.writing():
                    content = self._writes.actions[call.action](call)
            else:
                with self._lock.reading():
                    content = self._reads.actions.get(call.action, self._reads.pass_on)(call)
        except RejectedError as rejected:
            return rejection(rejected.code, rejected.message, rejected.status)
        return 200, json.dumps(content).encode()


def _read(headers: Message, body: bytes) -> Call:
    try:
        call = Call(headers["X-Amz-Target"].removeprefix(TARGET), json.loads(body or b"{}"), headers, body)
        rules.check(call.action, call.parameters)
    except ValueError:
        raise RejectedError("SerializationException", "The request is not valid.") from None
    return call
