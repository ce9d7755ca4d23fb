"""A gateway in front of functions that only record what they get."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.gateway.api import Api as RestApi
from local.gateway.api import Authorizer, Route
from local.gateway.functions import FunctionError
from local.gateway.gateway import Gateway
from local.ministack import LOOPBACK
from tests.support.api import Api

EVENTS = json.loads((Path(__file__).parent.parent / "fixtures" / "rest-api-events.json").read_text())
CACHED, ASKED = Authorizer("authorizer", 60, ("Authorization",)), Authorizer("authorizer", 0, ())


class Noted:
    """Replaces Lambda, and records the events."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {
            "operation": {"statusCode": 200, "body": "{}"},
            "authorizer": policy("Allow"),
        }

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        self.events.append((function, event))
        answer = self.answers[function]
        if isinstance(answer, type):
            raise answer
        return answer

    def calls(self, function: str) -> list[dict[str, Any]]:
        return [event for called, event in self.events if called == function]


def policy(effect: str, resource: str = "arn:aws:execute-api:us-east-1:111111111111:a1b2c3d4e5/test/*") -> Any:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "p", "policyDocument": document, "context": {"key_id": "k", "number": 1, "yes": True}}


def rest_api(deployment: str = "d1e2f3", responses: dict[str, Any] | None = None) -> RestApi:
    """Routes with and without an authorizer."""
    routes = (
        Route("GET", "/open/{name}", "r1", "operation", None),
        Route("GET", "/open/own", "r2", "operation", None),
        Route("POST", "/open/own", "r2", "operation", None),
        Route("GET", "/cached", "r3", "operation", CACHED),
        Route("GET", "/asked", "r4", "operation", ASKED),
        Route("GET", "/a/{b}/c", "r5", "operation", None),
    )
    return RestApi(
        "a1b2c3d4e5", "test", deployment, "us-east-1", "111111111111", routes, ("*/*",), None, responses or {}
    )


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
def gateway(noted: Noted) -> Iterator[Gateway]:
    with Gateway(noted, LOOPBACK) as gateway:  # type: ignore[arg-type]
        gateway.serve(rest_api())
        yield gateway


@pytest.fixture
def client(gateway: Gateway) -> Api:
    return Api(gateway.url, None)


@pytest.fixture
def operation(noted: Noted) -> Callable[..., dict[str, Any]]:
    """The one event that the operation got."""

    def only() -> dict[str, Any]:
        (event,) = noted.calls("operation")
        return event

    return only


__all__ = ["ASKED", "CACHED", "EVENTS", "FunctionError", "Noted", "policy", "rest_api"]
