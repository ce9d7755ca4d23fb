"""Rejected writes that leave their Description behind."""

from local.secrets_manager.server import Answer
from tests.support.proxy.service_proxy import Sent
from tests.support.proxy.switch import CarryOut, Switch


class WritesDescriptionsOfRejected(Switch):
    """Every UpdateSecret writes its Description, even if its value is rejected, or was already written."""

    def answer(self, sent: Sent, carry_out: CarryOut) -> Answer | None:
        answer = carry_out(sent)
        parameters = sent.call.parameters
        if sent.call.action == "UpdateSecret" and answer is not None and "Description" in parameters:
            self.times += answer[0] != 200
            alone = {name: parameters[name] for name in ("SecretId", "Description")}
            self.truth.ask("UpdateSecret", alone)
        return answer
