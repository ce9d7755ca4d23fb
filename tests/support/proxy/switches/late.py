"""Calls that are still under way when their sender has given up on them."""

import threading
from dataclasses import dataclass

from local.secrets_manager.server import Answer
from tests.support.proxy.service_proxy import Sent
from tests.support.proxy.switch import WRITES, CarryOut, Switch, name_of


@dataclass
class _UnderWay:
    sent: Sent
    carry_out: CarryOut
    # How many more calls about its secret come first.
    before: int


class Late(Switch):
    """Every write is lost at first, and arrives once `after` more calls about its secret have been answered."""

    def __init__(self, after: int) -> None:
        self._after = after
        self._lost: set[tuple[str, bytes]] = set()
        self._under_way: list[_UnderWay] = []
        self._lock = threading.Lock()

    def answer(self, sent: Sent, carry_out: CarryOut) -> Answer | None:
        with self._lock:
            if sent.call.action in WRITES and (sent.call.action, sent.body) not in self._lost:
                self._lost.add((sent.call.action, sent.body))
                self._under_way.append(_UnderWay(sent, carry_out, self._after))
                return None
        answer = carry_out(sent)
        self._arrive(name_of(sent.call))
        return answer

    def end(self) -> None:
        with self._lock:
            coming, self._under_way = self._under_way, []
        self._carry_out(coming)

    def _arrive(self, name: str) -> None:
        """Counts a call about this secret, and carries out the late writes that are due."""
        with self._lock:
            for late in self._under_way:
                late.before -= name_of(late.sent.call) == name
            coming = [late for late in self._under_way if late.before <= 0]
            self._under_way = [late for late in self._under_way if late.before > 0]
        self._carry_out(coming)

    def _carry_out(self, coming: list[_UnderWay]) -> None:
        for late in coming:
            late.carry_out(late.sent)
            self.times += 1
