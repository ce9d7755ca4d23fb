"""The events that functions get are like those of AWS."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.conftest import EVENTS, Noted
from tests.support.api import Api

Event = dict[str, Any]
RECORDED = EVENTS["a path with an encoded character"]
PARAMETERS = EVENTS["parameters that are encoded, or given several times"]


def test_an_event_has_the_members_of_an_event_that_aws_made(client: Api, operation: Callable[[], Event]) -> None:
    headers = {"Accept-Encoding": "gzip, deflate", "Authorization": "x", "User-Agent": "u", "tEsT-HEADeR": "aValUE"}
    client.call("GET", "/open/a%2Bb", headers=headers)
    event = operation()
    assert set(event) == set(RECORDED)
    for part in ("headers", "multiValueHeaders", "requestContext"):
        assert set(event[part]) == set(RECORDED[part]), part
    assert set(event["requestContext"]["identity"]) == set(RECORDED["requestContext"]["identity"])
    nothing = {name for name, value in RECORDED.items() if value is None}
    assert {name for name, value in event.items() if value is None} == nothing
    assert event["multiValueHeaders"] == {name: [value] for name, value in event["headers"].items()}
    assert event["headers"]["Host"] == event["requestContext"]["domainName"]


@pytest.mark.parametrize("segment", ["test%2Balias@gmail.com", "test+alias@gmail.com", "a%2Fb", "100%2541", "%C3%BC"])
def test_paths_stay_as_they_were_written(client: Api, operation: Callable[[], Event], segment: str) -> None:
    client.call("GET", f"/open/{segment}")
    event = operation()
    assert event["pathParameters"] == {"name": segment}
    assert event["path"] == f"/open/{segment}"
    assert event["requestContext"]["path"] == f"/test/open/{segment}"
    assert event["resource"] == event["requestContext"]["resourcePath"] == "/open/{name}"


def test_queries_are_decoded_and_their_last_values_count(client: Api, operation: Callable[[], Event]) -> None:
    client.call("GET", f"/open/x?{PARAMETERS['sent as']}&empty=")
    event = operation()
    assert event["queryStringParameters"] == PARAMETERS["queryStringParameters"] | {"empty": ""}
    several = PARAMETERS["multiValueQueryStringParameters"] | {"empty": [""]}
    assert event["multiValueQueryStringParameters"] == several


@pytest.mark.parametrize("content_type", ["application/json", "text/plain; charset=utf-8", "image/png"])
def test_every_body_is_base64(client: Api, operation: Callable[[], Event], content_type: str) -> None:
    client.call("POST", "/open/own", b"\xff{}", headers={"Content-Type": content_type})
    event = operation()
    assert (event["isBase64Encoded"], base64.b64decode(event["body"])) == (True, b"\xff{}")


def test_an_authorizer_gets_no_body_and_an_operation_gets_its_context(client: Api, noted: Noted) -> None:
    client.call("GET", "/asked", headers={"Authorization": "Bearer x"})
    (asked,), (event,) = noted.calls("authorizer"), noted.calls("operation")
    assert asked["type"] == "REQUEST"
    assert asked["methodArn"] == "arn:aws:execute-api:us-east-1:111111111111:a1b2c3d4e5/test/GET/asked"
    assert not {"body", "isBase64Encoded"} & set(asked)
    assert set(asked) - {"type", "methodArn"} == set(event) - {"body", "isBase64Encoded"}
    context = event["requestContext"]["authorizer"]
    assert isinstance(context.pop("integrationLatency"), int)
    assert context == {"principalId": "p", "key_id": "k", "number": "1", "yes": "true"}
    assert "authorizer" not in asked["requestContext"]


def test_a_client_can_choose_the_request_id(client: Api, operation: Callable[[], Event]) -> None:
    answer = client.call("GET", "/open/x", headers={"x-amzn-RequestId": "mine"})
    assert operation()["requestContext"]["requestId"] == answer.headers["x-amzn-requestid"] == "mine"
