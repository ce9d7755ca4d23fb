"""Responses that contain no more than they must."""

import json
from typing import Any

from local.secrets_manager.server import Answer
from tests.support.proxy.service_proxy import Sent
from tests.support.proxy.switch import CarryOut, Switch

# Members that AWS returns only for some secrets, or at some times.
_OPTIONAL = (
    "KmsKeyId",
    "KmsKeyIds",
    "LastAccessedDate",
    "LastChangedDate",
    "LastRotatedDate",
    "NextRotationDate",
    "OwningService",
    "PrimaryRegion",
    "ReplicationStatus",
    "RotationEnabled",
    "RotationLambdaARN",
    "RotationRules",
    "Type",
)


class Sparse(Switch):
    """Leaves null, empty and optional members out of every response."""

    def answer(self, sent: Sent, carry_out: CarryOut) -> Answer | None:
        answer = carry_out(sent)
        if answer is None or answer[0] != 200:
            return answer
        whole = json.loads(answer[1])
        sparse = _sparse(whole)
        self.times += sparse != whole
        return 200, json.dumps(sparse).encode()


def _sparse(value: Any) -> Any:
    if isinstance(value, list):
        return [_sparse(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    kept = ((name, _sparse(inner)) for name, inner in value.items() if name not in _OPTIONAL)
    return {name: inner for name, inner in kept if inner not in (None, [], {}, "")}
