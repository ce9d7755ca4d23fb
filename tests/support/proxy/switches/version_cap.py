"""The quota of versions that a secret can get in a day."""

import threading
from collections import defaultdict

from local.secrets_manager.server import Answer
from tests.support.proxy.fault import error
from tests.support.proxy.service_proxy import Sent
from tests.support.proxy.switch import CarryOut, Switch, name_of

_MAKE_VERSIONS = ("CreateSecret", "PutSecretValue", "UpdateSecret")


class VersionCap(Switch):
    """Rejects calls that would make more than `per_day` versions of a secret, except repeats of a call that succeeded.

    A create makes the first version. If the secret exists, AWS rejects the create because of that.
    """

    def __init__(self, per_day: int) -> None:
        self._per_day = per_day
        self._made: defaultdict[str, set[str]] = defaultdict(set)
        self._lock = threading.Lock()

    def answer(self, sent: Sent, carry_out: CarryOut) -> Answer | None:
        parameters, name = sent.call.parameters, name_of(sent.call)
        has_value = parameters.keys() & {"SecretString", "SecretBinary"}
        if sent.call.action not in _MAKE_VERSIONS or not has_value:
            return carry_out(sent)
        token = parameters["ClientRequestToken"]
        with self._lock:
            made = self._made[name]
            is_too_many = token not in made and len(made) >= self._per_day
            is_rejected = is_too_many and sent.call.action != "CreateSecret"
            self.times += is_rejected
        if is_rejected:
            return error("LimitExceededException")
        answer = carry_out(sent)
        if answer is not None and answer[0] == 200:
            with self._lock:
                made.add(token)
        return answer
