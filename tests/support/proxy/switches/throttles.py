"""Calls that come too fast for AWS."""

import threading
from collections import Counter
from collections.abc import Container

from local.secrets_manager.server import Answer
from tests.support.proxy.fault import error
from tests.support.proxy.service_proxy import Sent
from tests.support.proxy.switch import LISTS, READS, WRITES, CarryOut, Switch, name_of


class Throttles(Switch):
    """Throttles the first `times` calls of each action about each secret, and of each batch and list.

    The SDK makes three attempts. DeleteSecret is never throttled, because it is sent only once: if it fails, the
    secret's name is taken for minutes, as the tests of faults show.
    """

    def __init__(self, times: int, actions: Container[str] = (*READS, *WRITES, *LISTS)) -> None:
        self._most = times
        self._actions = actions
        self._seen: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def answer(self, sent: Sent, carry_out: CarryOut) -> Answer | None:
        call = sent.call
        if call.action == "DeleteSecret" or call.action not in self._actions:
            return carry_out(sent)
        about = name_of(call) or str(call.parameters.get("Filters") or call.parameters.get("SecretIdList"))
        with self._lock:
            self._seen[call.action, about] += 1
            is_rejected = self._seen[call.action, about] <= self._most
            self.times += is_rejected
        return error("ThrottlingException") if is_rejected else carry_out(sent)
