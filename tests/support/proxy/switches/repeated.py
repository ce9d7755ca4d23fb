"""Calls that arrive twice."""

from local.secrets_manager.server import Answer
from tests.support.proxy.service_proxy import Sent
from tests.support.proxy.switch import CarryOut, Switch


class Repeated(Switch):
    """Every call is carried out twice; its caller sees the second answer, as where the first was lost."""

    def answer(self, sent: Sent, carry_out: CarryOut) -> Answer | None:
        carry_out(sent)
        self.times += 1
        return carry_out(sent)
