"""The base class of switches."""

from collections.abc import Callable

from local.secrets_manager.server import Answer
from tests.support.proxy.service_proxy import Sent
from tests.support.proxy.truth import Truth
from tests.support.service_model import Call

CarryOut = Callable[[Sent], Answer | None]

READS = ("DescribeSecret", "GetSecretValue", "ListSecretVersionIds")
LISTS = ("BatchGetSecretValue", "ListSecrets")
WRITES = ("CreateSecret", "DeleteSecret", "PutSecretValue", "RestoreSecret", "TagResource", "UpdateSecret")


class Switch:
    """Something that AWS may do at any time, to calls about credentials."""

    truth: Truth
    # How often it did something. A switch that never did proves nothing.
    times = 0

    def start(self, truth: Truth) -> None:
        """Before the first call."""
        self.truth = truth

    def end(self) -> None:
        """After the last one."""

    def answer(self, sent: Sent, carry_out: CarryOut) -> Answer | None:
        """The response to a call; `carry_out` performs the call. None closes the connection instead of responding."""
        raise NotImplementedError


def name_of(call: Call) -> str:
    """The name of the secret that a call is about, whether the call has its name or its ARN."""
    _, is_arn, name = call.secret.partition(":secret:")
    return name[:-7] if is_arn else call.secret
