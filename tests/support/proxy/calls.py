"""What tests say of the calls that were made."""

import json
import uuid
from typing import Any

from tests.support.service_model import Call

# How a secret is read in order to change it: with two calls beside each other.
OPEN = "GetSecretValue and DescribeSecret"


def round_trips(calls: list[Call]) -> list[str]:
    """The actions of the calls, where two that run beside each other are one."""
    made: list[str] = []
    for call in calls:
        if made and {made[-1], call.action} == {"GetSecretValue", "DescribeSecret"}:
            made[-1] = OPEN
        else:
            made.append(call.action)
    return made


def described_as(name: str, public: Any) -> dict[str, str]:
    """What a create of a secret adds, so that its Description speaks for it as Latchkey's own do."""
    version = str(uuid.uuid4())
    return {
        "ClientRequestToken": version,
        "Description": json.dumps({"name": name, "version": version, "public": public}),
    }
