"""Calls that arrive twice."""

from local.secrets_manager.server import Answer
from tests.support.proxy.service_proxy import Sent
from tests.support.proxy.switch import CarryOut, Switch


class Repeated(Switch):
    """Every call is carried out twice. Its caller sees the second response, as if the first had been lost."""

    def answer(self, sent: Sent, carry_out: CarryOut) -> Answer | None:
        carry_out(sent)
        self.times += 1
        return carry_out(sent)
