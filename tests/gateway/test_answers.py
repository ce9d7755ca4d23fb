"""What clients get: the functions' responses, and the gateway's own."""

from typing import Any

import pytest

from local.gateway.functions import PAYLOAD_LIMIT
from local.gateway.gateway import Gateway
from tests.gateway.conftest import FunctionError, Noted, policy, rest_api
from tests.support.api import Api

BYTES = {"statusCode": 200, "body": "/wD+", "isBase64Encoded": True, "multiValueHeaders": {"X-Two": ["1", "2"]}}


@pytest.mark.parametrize(
    ("accept", "body"),
    [
        ("*/*", b"\xff\x00\xfe"),
        ("application/json", b"\xff\x00\xfe"),
        ("text/html, */*;q=0.8", b"\xff\x00\xfe"),
        # AWS documents this, although nobody expects it.
        (None, b"/wD+"),
        ("", b"/wD+"),
    ],
)
def test_only_clients_with_an_accept_header_get_bytes(
    client: Api, noted: Noted, accept: str | None, body: bytes
) -> None:
    noted.answers["operation"] = BYTES
    answer = client.call("GET", "/open/x", headers={"Accept": accept})
    assert (answer.status, answer.content) == (200, body)


def test_all_clients_get_a_text(client: Api, noted: Noted) -> None:
    noted.answers["operation"] = {"statusCode": 200, "body": "Grüße", "isBase64Encoded": False}
    for accept in (None, "*/*"):
        assert client.call("GET", "/open/x", headers={"Accept": accept}).content == "Grüße".encode()


def test_some_headers_are_the_gateways_own(client: Api, noted: Noted) -> None:
    noted.answers["operation"] = {"statusCode": 401, "headers": {"WWW-Authenticate": "Bearer", "ETag": '"1"'}}
    answer = client.call("GET", "/open/x")
    assert (answer.headers["x-amzn-remapped-www-authenticate"], answer.headers["etag"]) == ("Bearer", '"1"')
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "resource"),
    [
        ("GET", "/open/own", "/open/own"),
        ("GET", "/open/own/", "/open/own"),
        ("GET", "/open/o%77n", "/open/own"),
        ("GET", "/open/other", "/open/{name}"),
        ("GET", "/a/%2F/c", "/a/{b}/c"),
        # The gateway finds the resource before it looks at its methods.
        ("POST", "/open/other", None),
        ("DELETE", "/open/own", None),
        ("GET", "/open", None),
        ("GET", "/open/a/b", None),
        ("GET", "/", None),
    ],
)
def test_routes(client: Api, noted: Noted, method: str, path: str, resource: str | None) -> None:
    status = client.call(method, path).status
    assert status == (200 if resource else 403)
    assert [event["resource"] for event in noted.calls("operation")] == ([resource] if resource else [])


@pytest.mark.parametrize(
    ("authorization", "error"),
    [
        (None, "MissingAuthenticationTokenException"),
        ("Bearer x.y", "IncompleteSignatureException"),
        ("Basic eA==", "IncompleteSignatureException"),
    ],
)
def test_an_unknown_route_is_treated_as_a_signed_call(client: Api, authorization: str | None, error: str) -> None:
    answer = client.call("GET", "/nowhere", headers={"Authorization": authorization})
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (403, error)


def test_another_stage_is_forbidden(gateway: Gateway) -> None:
    answer = Api(gateway.url.removesuffix("/test"), None).call("GET", "/tests/open/x")
    assert (answer.status, answer.json) == (403, {"message": "Forbidden"})


@pytest.mark.parametrize(
    ("authorizer", "status", "error"),
    [
        (policy("Deny"), 403, "AccessDeniedException"),
        (policy("Allow", "arn:aws:execute-api:us-east-1:111111111111:other/*"), 403, "AccessDeniedException"),
        (FunctionError, 500, "AuthorizerConfigurationException"),
        (OSError, 500, "AuthorizerConfigurationException"),
        ({"principalId": "p"}, 500, "AuthorizerConfigurationException"),
        ("text", 500, "AuthorizerConfigurationException"),
    ],
)
def test_callers_that_the_authorizer_does_not_let_in(
    client: Api, noted: Noted, authorizer: Any, status: int, error: str
) -> None:
    noted.answers["authorizer"] = authorizer
    answer = client.call("GET", "/asked", headers={"Authorization": "Bearer x"})
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (status, error)
    assert noted.calls("operation") == []


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        (FunctionError, 502),
        (OSError, 504),
        ({"body": "no status"}, 502),
        ({"statusCode": "odd"}, 502),
        ({"statusCode": 200, "body": {"not": "text"}}, 502),
        ("text", 502),
        ({"statusCode": 200, "body": "no base64", "isBase64Encoded": True}, 500),
    ],
)
def test_a_function_without_a_valid_response(client: Api, noted: Noted, operation: Any, status: int) -> None:
    noted.answers["operation"] = operation
    answer = client.call("GET", "/open/x")
    assert (answer.status, answer.json) == (status, {"message": "Internal server error"})


def test_a_request_that_is_too_large_for_lambda(client: Api, noted: Noted) -> None:
    largest = PAYLOAD_LIMIT // 4 * 3
    assert client.call("POST", "/open/own", b"x" * largest).status == 200
    assert client.call("POST", "/open/own", b"x" * (largest + 1)).status == 413
    assert len(noted.calls("operation")) == 1


def test_an_authorizers_answers_are_cached_for_each_identity(client: Api, noted: Noted) -> None:
    for _ in range(2):
        for token in ("Bearer a", "Bearer b"):
            assert client.call("GET", "/cached", headers={"Authorization": token}).status == 200
    assert len(noted.calls("authorizer")) == 2
    assert client.call("GET", "/cached").status == 401, "the authorizer is not called"
    assert len(noted.calls("authorizer")) == 2
    for _ in range(2):
        client.call("GET", "/asked")
    assert len(noted.calls("authorizer")) == 4


RESPONSES = {
    "MISSING_AUTHENTICATION_TOKEN": {
        "statusCode": 404,
        "responseParameters": {"gatewayresponse.header.X-Own": "'yes'"},
        "responseTemplates": {"application/json": '{"id":"$context.requestId"}'},
    },
    "DEFAULT_4XX": {"responseTemplates": {"application/json": '{"said":$context.error.messageString}'}},
}


def test_gateway_responses_are_the_apis_own(gateway: Gateway, client: Api) -> None:
    gateway.serve(rest_api("another", RESPONSES))
    answer = client.call("GET", "/nowhere")
    assert (answer.status, answer.headers["x-own"]) == (404, "yes")
    assert answer.json == {"id": answer.headers["x-amzn-requestid"]}
    # An error without a gateway response of its own gets the default's body, and keeps its status.
    answer = client.call("GET", "/nowhere", headers={"Authorization": "Bearer x"})
    assert (answer.status, set(answer.json)) == (403, {"said"})


def test_a_stage_serves_what_was_deployed(gateway: Gateway, client: Api) -> None:
    gateway.serve(rest_api(responses=RESPONSES))
    assert client.call("GET", "/nowhere").status == 403, "the same deployment"
    gateway.serve(rest_api("another", RESPONSES))
    assert client.call("GET", "/nowhere").status == 404
