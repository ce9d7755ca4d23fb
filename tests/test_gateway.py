"""API Gateway's own responses, as the template defines them, and what it does to the functions' responses."""

import base64
import gzip
import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from local.stack import Stack
from tests.dqops.conftest import create
from tests.support.api import Answer, Api, encoded
from tests.support.operations import OPERATIONS

NO_ROUTE = "No such route"
# Of every operation, as the template has them.
ROUTES = sorted(route for operation in OPERATIONS for route in operation.routes if not operation.provisions)


def assert_gateway_response(answer: Answer, status: int, says: str) -> None:
    """Checks an error response in the one shape that has every API's fields."""
    assert answer.status == status, answer
    body = answer.json
    assert set(body) == {"type", "code", "status", "message", "response", "request_id"}
    assert body["code"] == body["status"] == status
    assert says in body["message"]
    assert body["message"] == body["response"]
    assert body["request_id"] == answer.headers["x-amzn-requestid"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nowhere"),
        ("GET", "/"),
        ("DELETE", "/api/credentials"),
        ("PUT", "/api/credentials/name"),
        ("POST", "/api/credentials/name/download"),
        ("PATCH", "/tiledb/v4/credentials/ws"),
        ("OPTIONS", "/v4/credentials"),
    ],
)
@pytest.mark.parametrize("authorization", [None, "Bearer x.y", "Basic eDp5", "AWS4-HMAC-SHA256 Credential=x"])
def test_an_unknown_route_is_404_with_a_key_and_without(
    anonymous: Api, method: str, path: str, authorization: str | None
) -> None:
    answer = anonymous.call(method, path, headers={"Authorization": authorization})
    assert_gateway_response(answer, 404, NO_ROUTE)


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_is_401_without_a_key_and_with_a_wrong_one(anonymous: Api, stack: Stack, route: str) -> None:
    method, _, path = route.partition(" ")
    for api in (anonymous, Api(stack.url, f"unknown.{'s' * 32}")):
        answer = api.call(method, re.sub(r"\{\w+\}", "x", path))
        assert_gateway_response(answer, 401, "The access key is missing")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_request_that_is_too_large_for_lambda_is_413(admin: Api) -> None:
    assert_gateway_response(admin.call("POST", "/api/credentials", b"x" * 5_000_000), 413, "65536 bytes")


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "text/plain"])
def test_a_text_is_downloaded_unchanged_whatever_the_accept_header(admin: Api, name: str, accept: str | None) -> None:
    create(admin, name, "Grüße\0\n")
    answer = admin.call("GET", f"/api/credentials/{name}/download", headers={"Accept": accept})
    assert (answer.status, answer.content) == (200, "Grüße\0\n".encode())
    assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("accept", "content"),
    [("*/*", b"\xff\x00"), ("application/octet-stream", b"\xff\x00"), (None, base64.b64encode(b"\xff\x00"))],
)
def test_bytes_need_an_accept_header(admin: Api, name: str, accept: str | None, content: bytes) -> None:
    body = {"credential_name": name, "type": "binary", "binary_value": base64.b64encode(b"\xff\x00").decode()}
    assert admin.call("POST", "/api/credentials", body).status == 201
    answer = admin.call("GET", f"/api/credentials/{name}/download", headers={"Accept": accept})
    assert (answer.status, answer.content) == (200, content)


@pytest.mark.parametrize("odd", ["100%", "100%41", "a%2Fb", "a+b c", "ü🗝", "?&#=;", "{credentialName}", "~*'()!"])
def test_names_are_found_however_they_are_encoded(admin: Api, name: str, odd: str) -> None:
    """AWS passes paths on as they were written, so a name must be decoded exactly once, to find no other name."""
    whole = f"{odd}{name}"
    create(admin, whole, "found")
    every_byte = "".join(f"%{byte:02x}" for byte in whole.encode())
    for path in (encoded(whole), every_byte):
        answer = admin.call("GET", f"/api/credentials/{path}")
        assert (answer.status, answer.json["credential_name"]) == (200, whole)
    assert admin.call("GET", f"/api/credentials/{encoded(encoded(whole))}").status == (
        404 if encoded(whole) != whole else 200
    )
    assert admin.call("DELETE", f"/api/credentials/{encoded(whole)}").status == 204


def test_no_web_page_may_call_unless_the_stack_says_so(admin: Api, anonymous: Api) -> None:
    page = {"Origin": "https://app.example.com"}
    preflight = {**page, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    asked = anonymous.call("OPTIONS", "/api/credentials", headers=preflight)
    assert_gateway_response(asked, 404, NO_ROUTE)
    called = admin.call("GET", "/api/credentials", headers=page)
    assert called.status == 200
    for answer in (asked, called, anonymous.call("GET", "/api/credentials", headers=page)):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_large_responses_are_compressed_for_clients_that_accept_it(admin: Api, name: str) -> None:
    for length, encoding in ((20_000, "gzip"), (10_000, None)):
        whole = f"{name}-{length}"
        create(admin, whole, "x" * length)
        answer = admin.call("GET", f"/api/credentials/{whole}", headers={"Accept-Encoding": "gzip"})
        assert (answer.status, answer.headers.get("content-encoding")) == (200, encoding)
        content = gzip.decompress(answer.content) if encoding else answer.content
        assert json.loads(content)["text_value"] == "x" * length


def test_requests_may_be_compressed(admin: Api, name: str) -> None:
    body = gzip.compress(json.dumps({"credential_name": name, "type": "text", "text_value": "Hello"}).encode())
    answer = admin.call("POST", "/api/credentials", body, headers={"Content-Encoding": "gzip"})
    assert answer.status == 201
    answer = admin.call("POST", "/api/credentials", body, headers={"Content-Encoding": "br"})
    assert_gateway_response(answer, 415, "The Content-Type or Content-Encoding was rejected")


def test_headers_are_found_in_upper_and_lower_case(admin: Api, name: str) -> None:
    create(admin, name)
    for header in ("If-Match", "if-match", "IF-MATCH", "iF-mAtCh"):
        answer = admin.call("DELETE", f"/api/credentials/{name}", headers={header: '"another"'})
        assert answer.status == 412, answer


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", None])
def test_bodies_are_read_whatever_their_content_type(admin: Api, name: str, content_type: str | None) -> None:
    body = json.dumps({"credential_name": name, "type": "text", "text_value": "ü"}).encode()
    answer = admin.call("POST", "/api/credentials", body, headers={"Content-Type": content_type})
    assert answer.status == 201, answer


def test_a_list_that_is_too_large_for_lambda_is_413_with_a_way_out(
    secrets_manager: Any, caller: Callable[..., Api]
) -> None:
    """The limit is six megabytes. Other tests read and compare a list that fits."""
    org, api = "large", caller([{"api": "organizations", "namespaces": ["large"], "permissions": ["view"]}])
    for number in range(100):
        credential_id = str(uuid.uuid4())
        value = {
            "org_id": org,
            "id": credential_id,
            "type": "gcp",
            "name": f"n{number}",
            "comments": "c" * 64_000,
            "specific": {"project": "p"},
            "last_time": "2026-11-29T00:00:00.000Z",
        }
        name = f"latchkey/organizations/{org}/{credential_id}"
        secrets_manager.create_secret(Name=name, SecretString=json.dumps(value))
    answer = api.call("GET", "/v1/organizations/credentials/list", query={"org_id": org})
    assert answer.status == 413, answer.content[:200]
    assert answer.json["response"] == (
        "The list is larger than 6275072 bytes, the most that AWS Lambda answers. "
        "Spread the credentials over several organizations."
    )
