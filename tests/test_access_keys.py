"""Access keys and the authorizer: nothing is reachable without a key."""

import base64
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from local.stack import Stack
from tests.support.api import Answer, Api

EVERY_API = {"type", "message", "code", "status", "response", "request_id"}
DQOPS = [{"api": "dqops", "namespaces": ["*"], "permissions": ["edit"]}]


def list_credentials(api: Api) -> Answer:
    return api.call("GET", "/api/credentials")


def assert_unauthorized(answer: Answer) -> None:
    assert answer.status == 401, answer
    assert answer.headers["www-authenticate"] == "Bearer"
    body = answer.json
    assert set(body) == EVERY_API
    assert (body["type"], body["code"], body["status"]) == ("Unauthorized", 401, 401)


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer",
        "Bearer nonsense",
        "Bearer administrator.",
        "Bearer administrator.wrong",
        "Bearer unknown.wrong",
        "Bearer ../dqops/x.wrong",
        "Bearer " + "x" * 6000,
        "Basic !!!!",
        "Basic " + base64.b64encode(b"administrator:wrong").decode(),
        "Digest administrator.x",
        "Bearer adminis\u00fcr.x".encode().decode("latin-1"),
    ],
)
def test_a_missing_or_wrong_key_is_401(stack: Stack, authorization: str | None) -> None:
    assert_unauthorized(list_credentials(Api(stack.url, None, authorization)))


def test_a_known_key_with_a_wrong_secret_looks_like_an_unknown_one(stack: Stack, proxy: Any) -> None:
    bodies = []
    for key_id in ("administrator", "no-such-key"):
        # The gateway keeps an answer for every token that it has seen.
        token = f"{key_id}.wrong-{uuid.uuid4()}"
        with proxy.key_reads() as reads:
            answer = list_credentials(Api(stack.url, token))
        assert [read.parameters["VersionStage"] for read in reads] == ["AWSCURRENT", "AWSPREVIOUS"]
        bodies.append(answer.json | {"request_id": None})
    assert bodies[0] == bodies[1]


def test_every_route_needs_a_key(anonymous: Api) -> None:
    for method, path in [
        ("GET", "/api/credentials"),
        ("POST", "/api/credentials"),
        ("GET", "/api/credentials/a"),
        ("GET", "/api/credentials/a/download"),
        ("PUT", "/api/credential/a"),
        ("DELETE", "/api/credentials/a"),
    ]:
        assert_unauthorized(anonymous.call(method, path, {} if method in ("POST", "PUT") else None))


def test_an_unknown_route_is_404(admin: Api) -> None:
    answer = admin.call("GET", "/api/nothing")
    assert (answer.status, set(answer.json)) == (404, EVERY_API)


def test_bearer_and_basic_are_the_same_caller(stack: Stack, caller: Callable[..., Api]) -> None:
    token = caller(DQOPS).token or ""
    basic = base64.b64encode(token.replace(".", ":", 1).encode()).decode()
    for authorization in (f"Bearer {token}", f"bearer {token}", f"Basic {basic}"):
        assert list_credentials(Api(stack.url, None, authorization)).status == 200


def test_the_tiledb_header_counts_nowhere_else(stack: Stack, caller: Callable[..., Api]) -> None:
    headers = {"X-TILEDB-REST-API-KEY": caller(DQOPS).token or ""}
    wrong = Api(stack.url, None, "Bearer unknown.wrong")
    assert_unauthorized(wrong.call("GET", "/api/credentials", headers=headers))


def test_a_fresh_key_is_not_read_again(caller: Callable[..., Api], proxy: Any) -> None:
    api = caller(DQOPS)
    with proxy.key_reads() as reads:
        assert [list_credentials(api).status for _ in range(3)] == [200, 200, 200]
    assert len(reads) == 1


def test_while_a_key_rotates_both_secrets_are_accepted(
    stack: Stack, caller: Callable[..., Api], secrets_manager: Any
) -> None:
    key_id = f"rotates-{uuid.uuid4().hex[:8]}"
    old = caller(DQOPS, key_id=key_id)
    rotated = json.dumps({"secret": "brand-new", "grants": DQOPS})
    secrets_manager.put_secret_value(SecretId=f"latchkey/keys/{key_id}", SecretString=rotated)
    for api in (Api(stack.url, f"{key_id}.brand-new"), old):
        assert list_credentials(api).status == 200


def test_a_revoked_key_is_401(caller: Callable[..., Api], secrets_manager: Any) -> None:
    api = caller(DQOPS, key_id=f"revoked-{uuid.uuid4().hex[:8]}")
    key_id = (api.token or "").partition(".")[0]
    secrets_manager.delete_secret(SecretId=f"latchkey/keys/{key_id}", RecoveryWindowInDays=7)
    assert_unauthorized(list_credentials(api))


@pytest.mark.parametrize(
    ("expires_at", "status"), [("2020-01-01T00:00:00Z", 401), ("2999-01-01T00:00:00Z", 200), ("tomorrow", 401)]
)
def test_an_expired_key_is_401(caller: Callable[..., Api], expires_at: str, status: int) -> None:
    assert list_credentials(caller(DQOPS, expires_at=expires_at)).status == status


@pytest.mark.parametrize(
    ("grants", "status"),
    [
        ([], 403),
        ([{"api": "dqops", "namespaces": [], "permissions": ["edit"]}], 403),
        ([{"api": "dqops", "namespaces": ["*"], "permissions": []}], 403),
        ([{"api": "losant", "namespaces": ["*"], "permissions": ["*"]}], 403),
        ([{"api": "*", "namespaces": ["*"], "permissions": ["view"]}], 200),
        # A key that is not understood whole opens nothing.
        ([{"api": "dqops", "namespaces": ["*"], "permissions": ["edit"], "until": "2027"}], 401),
    ],
)
def test_grants_decide(caller: Callable[..., Api], grants: list[dict[str, Any]], status: int) -> None:
    assert list_credentials(caller(grants)).status == status


def test_access_keys_are_out_of_every_operations_reach(admin: Api) -> None:
    for path in ("/api/credentials/keys%2Fadministrator", "/api/credentials/..%2Fkeys%2Fadministrator"):
        assert admin.call("GET", path).status == 404
    listed = admin.call("GET", "/api/credentials").json
    assert not [item for item in listed if "administrator" in item["credential_name"]]
