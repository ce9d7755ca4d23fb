"""Helpers for what tests assert about calls."""

import json
import uuid
from typing import Any

from tests.support.service_model import Call

# A change first reads the secret with these two concurrent calls.
OPEN = "GetSecretValue and DescribeSecret"


def round_trips(calls: list[Call]) -> list[str]:
    """The actions of the calls. Two that run concurrently count as one."""
    made: list[str] = []
    for call in calls:
        if made and {made[-1], call.action} == {"GetSecretValue", "DescribeSecret"}:
            made[-1] = OPEN
        else:
            made.append(call.action)
    return made


def described_as(name: str, public: Any) -> dict[str, str]:
    """Parameters of CreateSecret that give the secret a valid Description, as Latchkey does."""
    version = str(uuid.uuid4())
    return {
        "ClientRequestToken": version,
        "Description": json.dumps({"name": name, "version": version, "public": public}),
    }
