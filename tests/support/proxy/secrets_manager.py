"""The proxy between the functions and Secrets Manager."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from local.secrets_manager.server import Answer
from tests.support.proxy.fault import Fault
from tests.support.proxy.service_proxy import Sent, ServiceProxy
from tests.support.proxy.switch import Switch
from tests.support.proxy.truth import Truth
from tests.support.service_model import SECRETS_MANAGER, Call, Violations


class Proxy(ServiceProxy):
    """Counts calls. Injects faults, and has switches for what AWS may do, only for calls about credentials."""

    def __init__(self, port: int = 0, violations: Violations | None = None) -> None:
        super().__init__(SECRETS_MANAGER, violations or Violations(), port)
        self._faults: list[Fault] = []
        self._switches: tuple[Switch, ...] = ()

    @contextmanager
    def recording(self) -> Iterator[list[Call]]:
        """The calls about credentials inside `with`, without those about access keys, which are the authorizer's."""
        start = len(self.calls)
        recorded: list[Call] = []
        yield recorded
        recorded.extend(call for call in self.calls[start:] if not call.is_about_a_key)

    @contextmanager
    def key_reads(self) -> Iterator[list[Call]]:
        """The authorizer's calls inside `with`."""
        start = len(self.calls)
        recorded: list[Call] = []
        yield recorded
        recorded.extend(call for call in self.calls[start:] if call.is_about_a_key)

    @contextmanager
    def faults(self, *faults: Fault) -> Iterator[None]:
        """Injects faults inside `with`."""
        with self._lock:
            self._faults = list(faults)
        try:
            yield
        finally:
            with self._lock:
                self._faults = []

    @contextmanager
    def switched(self, *switches: Switch) -> Iterator[None]:
        """Turns switches on inside `with`. The first one is nearest to the functions."""
        truth = Truth(self.upstream)
        for switch in switches:
            switch.start(truth)
        self._switches = switches
        try:
            yield
        finally:
            self._switches = ()
            for switch in switches:
                switch.end()

    def _carry_out(self, sent: Sent) -> Answer | None:
        if sent.call.is_about_a_key:
            return super()._carry_out(sent)
        fault = self._fault(sent.call.action)
        if fault is None:
            return self._checked(sent, self._through_switches(sent, self._switches))
        if fault.how == "lose":
            self._checked(sent, self._pass_on(sent))
        return self._checked(sent, fault.answer()) if fault.is_of_aws else fault.answer()

    def _through_switches(self, sent: Sent, switches: tuple[Switch, ...]) -> Answer | None:
        if not switches:
            return self._pass_on(sent)
        return switches[0].answer(sent, partial(self._through_switches, switches=switches[1:]))

    def _fault(self, action: str) -> Fault | None:
        with self._lock:
            return next((fault for fault in self._faults if fault.hits(action)), None)
