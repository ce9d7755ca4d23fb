"""Access keys and the authorizer: nothing is reachable without a key."""

import base64
import json
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from local.process import wait_until
from local.stack import Stack
from tests.support import aws_cli
from tests.support.api import Answer, Api
from tests.support.readme import commands_after

EVERY_API = {"type", "message", "code", "status", "response", "request_id"}
DQOPS = [{"api": "dqops", "namespaces": ["*"], "permissions": ["edit"]}]
TILEDB = [{"api": "tiledb", "namespaces": [["default", ""]], "permissions": ["view"]}]
SECRET = "s" * 32


def list_credentials(api: Api) -> Answer:
    return api.call("GET", "/api/credentials")


def tiledb(api: Api) -> Answer:
    """A list on one of the routes for which the gateway does not cache the authorizer's answer."""
    return api.call("GET", "/v4/credentials")


def new_id() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


def key_id_of(api: Api) -> str:
    return (api.token or "").partition(".")[0]


def rotate(secrets_manager: Any, key_id: str, document: dict[str, Any]) -> None:
    secrets_manager.put_secret_value(SecretId=f"latchkey/keys/{key_id}", SecretString=json.dumps(document))


def decisions(stack: Stack, key_id: str, count: int) -> list[dict[str, Any]]:
    """The authorizer's lines about a key, once there are `count` of them."""
    found: list[dict[str, Any]] = []

    def are_there() -> bool:
        found[:] = [json.loads(line) for line in stack.function_logs() if f'"key_id":"{key_id}"' in line]
        found[:] = [line for line in found if line["operation"] == "authorizer"]
        return len(found) >= count

    assert wait_until(are_there, timeout=10), found
    return sorted(found, key=lambda line: line["timestamp"])


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
        # A new token each time, because the gateway caches an answer for every token.
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


def test_other_apis_ignore_the_tiledb_header(stack: Stack, caller: Callable[..., Api]) -> None:
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
    key_id = new_id()
    old, new = caller(DQOPS, key_id=key_id), Api(stack.url, f"{key_id}.{SECRET}")
    rotate(secrets_manager, key_id, {"secret": SECRET, "grants": DQOPS})
    for api in (new, old):
        assert list_credentials(api).status == 200


def test_a_revoked_key_is_401(caller: Callable[..., Api], secrets_manager: Any) -> None:
    api = caller(DQOPS, key_id=new_id())
    key_id = key_id_of(api)
    secrets_manager.delete_secret(SecretId=f"latchkey/keys/{key_id}", RecoveryWindowInDays=7)
    assert_unauthorized(list_credentials(api))


def test_the_commands_of_the_readme_do_what_it_says(stack: Stack, secrets_manager: Any) -> None:
    key_id = new_id()
    secret_id = f"latchkey/keys/{key_id}"
    make, rotate, delete, replace, _ = commands_after("## Access keys\n")
    definitions, create = make.replace("KEY=latchkey/keys/pipeline", f"KEY={secret_id}").split("\n\n")

    def run(commands: str) -> Api:
        done = aws_cli.run(f"{definitions}\n{commands}", secrets_manager.meta.endpoint_url)
        assert done.returncode == 0, done.stderr
        value = json.loads(secrets_manager.get_secret_value(SecretId=secret_id)["SecretString"])
        assert len(value["secret"]) == 64
        return Api(stack.url, f"{key_id}.{value['secret']}")

    first = run(create)
    second = run(rotate)
    # The second key comes first, while the authorizer has not cached anything yet.
    assert [list_credentials(api).status for api in (second, first)] == [200, 200]
    third = run(replace)
    assert list_credentials(third).status == 200
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        secrets_manager.get_secret_value(SecretId=secret_id, VersionStage="AWSPREVIOUS")
    done = aws_cli.run(f"KEY={secret_id}\n{delete}", secrets_manager.meta.endpoint_url)
    assert done.returncode == 0, done.stderr
    with pytest.raises(ClientError, match="InvalidRequestException"):
        secrets_manager.get_secret_value(SecretId=secret_id)


def test_a_leaked_key_can_be_revoked_immediately(
    stack: Stack, caller: Callable[..., Api], secrets_manager: Any
) -> None:
    api = caller(TILEDB)
    key_id = key_id_of(api)
    assert tiledb(api).status == 200
    secrets_manager.delete_secret(SecretId=f"latchkey/keys/{key_id}", RecoveryWindowInDays=7)
    assert tiledb(api).status == 200, "the authorizer has cached the key"
    (command,) = commands_after("**To revoke a leaked key at once,**")
    for _ in range(2):
        done = aws_cli.run(command, stack.endpoint)
        # The AWS CLI makes the last call, but MiniStack does not know it, and keeps its cached answers.
        assert done.returncode == 0 or "calling the FlushStageAuthorizersCache operation" in done.stderr, done.stderr
    assert_unauthorized(tiledb(api))


@pytest.mark.parametrize(
    ("times", "status"),
    [
        ({"expires_at": "2020-01-01T00:00:00Z"}, 401),
        ({"expires_at": "2999-01-01T00:00:00Z"}, 200),
        ({"expires_at": "tomorrow"}, 401),
        ({"expires_at": "2999-01-01"}, 401),
        ({"not_before": "2999-01-01T00:00:00Z"}, 401),
        ({"not_before": "2020-01-01T00:00:00+02:00"}, 200),
        ({"expires_at": None}, 401),
    ],
)
def test_a_key_is_valid_only_between_its_times(caller: Callable[..., Api], times: dict[str, Any], status: int) -> None:
    answer = list_credentials(caller(DQOPS, **times))
    assert answer.status == status
    assert "latchkey-key-expires" not in answer.headers


def test_every_response_to_a_key_that_expires_soon_says_when(caller: Callable[..., Api]) -> None:
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(days=13)
    api = caller(DQOPS, expires_at=end.astimezone(timezone(timedelta(hours=2))).isoformat())
    for path, status in [("/api/credentials", 200), ("/api/credentials/unknown", 404)]:
        answer = api.call("GET", path)
        assert (answer.status, answer.headers["latchkey-key-expires"]) == (status, f"{end:%FT%TZ}")


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"expires": "2020-01-01T00:00:00Z"}, "holds a field that is not documented"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "holds a field that is not documented"),
        ({"enabled": False}, "holds a field that is not documented"),
        ({"secret": "s" * 31}, "secret: is shorter than 32 characters"),
        ({"grants": [["dqops", ["*"], ["edit"]]]}, "grants[0]: must be a JSON object"),
        ({"grants": [{**DQOPS[0], "until": "2027"}]}, "grants[0]: holds a field that is not documented"),
        (
            {"expires_at": "2020-01-01T00:00:00Z", "not_before": "2020-01-01T00:00:00Z"},
            "expires_at: must be later than not_before",
        ),
        ([SECRET, DQOPS], "must be a JSON object"),
        ("no JSON", "must be a JSON object"),
    ],
)
def test_the_log_says_why_a_key_is_unusable(stack: Stack, secrets_manager: Any, document: Any, fault: str) -> None:
    key_id = new_id()
    if isinstance(document, dict):
        document = {"secret": SECRET, "grants": DQOPS} | document
    secrets_manager.create_secret(Name=f"latchkey/keys/{key_id}", SecretString=json.dumps(document))
    secret = document["secret"] if isinstance(document, dict) else SECRET
    # The gateway does not cache here, so the authorizer decides twice. Only the first line has the fault.
    for _ in range(2):
        assert_unauthorized(tiledb(Api(stack.url, f"{key_id}.{secret}")))
    first, second = decisions(stack, key_id, 2)
    assert (first["level"], first["decision"], first["reason"]) == ("WARN", "deny", "unusable_key")
    assert first["fault"] == fault
    assert (second["level"], second["reason"], second.get("fault")) == ("INFO", "unusable_key", None)


def test_every_decision_is_logged_with_the_key_that_was_claimed(stack: Stack, caller: Callable[..., Api]) -> None:
    api, unknown = caller(TILEDB), new_id()
    key_id = key_id_of(api)
    assert tiledb(api).status == 200
    assert_unauthorized(tiledb(Api(stack.url, f"{key_id}.wrong")))
    assert_unauthorized(tiledb(Api(stack.url, f"{unknown}.wrong")))
    allowed, denied = decisions(stack, key_id, 2)
    (guessed,) = decisions(stack, unknown, 1)
    assert (allowed["decision"], allowed["reason"], allowed["outcome"]) == ("allow", "current_secret", "ok")
    assert (denied["decision"], denied["reason"], denied["outcome"]) == ("deny", "wrong_secret", "unauthenticated")
    assert (guessed["decision"], guessed["reason"], guessed["outcome"]) == ("deny", "unknown_key", "unauthenticated")


def test_a_repeated_guess_costs_no_call(stack: Stack, caller: Callable[..., Api], proxy: Any) -> None:
    known = key_id_of(caller(TILEDB))
    for key_id in (known, new_id()):
        with proxy.key_reads() as reads:
            for _ in range(3):
                assert_unauthorized(tiledb(Api(stack.url, f"{key_id}.wrong")))
        assert [read.parameters["VersionStage"] for read in reads] == ["AWSCURRENT", "AWSPREVIOUS"]


@pytest.mark.parametrize("header", ["Authorization", "X-TILEDB-REST-API-KEY", "X-Anything"])
@pytest.mark.parametrize("odd", [b"\x01", b"\x07", b"\x1b[31m", b"\x7f", b"\x80", b"\xff\xfe", "é🏢".encode()])
def test_an_odd_header_is_neither_a_500_nor_logged(
    stack: Stack, caller: Callable[..., Api], header: str, odd: bytes
) -> None:
    api, started = caller(TILEDB), time.time()
    token = api.token or ""
    headers = {"Authorization": f"Bearer {token}".encode(), "Accept": b"*/*"}
    headers[header] = headers.get(header, b"") + odd if header == "Authorization" else token.encode() + odd
    url = urlsplit(stack.url)
    with closing(HTTPConnection(url.hostname or "", url.port, timeout=30)) as connection:
        connection.putrequest("GET", f"{url.path}/v4/credentials")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        status = connection.getresponse().status
    # A server may reject an odd header itself.
    assert status in ({200, 400} if header == "X-Anything" else {400, 401})
    lines: list[str] = []

    def is_decided() -> bool:
        lines[:] = stack.function_logs(started)
        return status == 400 or any('"operation":"authorizer"' in line for line in lines)

    assert wait_until(is_decided, timeout=10)
    assert not [line for line in lines if token.partition(".")[2] in line]


@pytest.mark.parametrize("authorization", ["{token}", "Bearer {token}", "bearer  {token}"])
def test_tiledbs_header_may_say_bearer(stack: Stack, caller: Callable[..., Api], authorization: str) -> None:
    header = {"X-TILEDB-REST-API-KEY": authorization.format(token=caller(TILEDB).token)}
    assert Api(stack.url, None).call("GET", "/v4/credentials", headers=header).status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/organizations/credentials/list?org_id=*"),
        ("GET", "/v1/organizations/credentials/list?org_id=%2A"),
        ("POST", "/v1/organizations/credentials/create"),
        ("GET", "/tiledb/v4/credentials/*"),
        ("GET", "/tiledb/v4/credentials/%2A/name"),
        ("GET", "/v4/credentials?teamspace_id=*"),
        ("POST", "/v4/credentials/verify"),
    ],
)
def test_no_tenant_has_the_name_that_stands_for_all(admin: Api, method: str, path: str) -> None:
    body: dict[str, Any] = {"org_id": "*", "type": "aws", "name": "n", "specific": {"role": "r"}, "comments": "c"}
    if path.endswith("verify"):
        key = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "x" * 40}
        body = {"name": "n", "provider": "AWS", "credential": {"aws": key}, "workspace_id": "*"}
    answer = admin.call(method, path, body if method == "POST" else None)
    assert answer.status == 400, answer
    assert "cannot be *, which stands for all of them in grants" in answer.content.decode()


@pytest.mark.parametrize(
    ("grants", "status"),
    [
        ([], 403),
        ([{"api": "dqops", "namespaces": [], "permissions": ["edit"]}], 403),
        ([{"api": "dqops", "namespaces": ["*"], "permissions": []}], 403),
        ([{"api": "losant", "namespaces": ["*"], "permissions": ["*"]}], 403),
        ([{"api": "*", "namespaces": ["*"], "permissions": ["view"]}], 200),
    ],
)
def test_grants_decide(caller: Callable[..., Api], grants: list[dict[str, Any]], status: int) -> None:
    assert list_credentials(caller(grants)).status == status


def test_no_operation_can_reach_access_keys(admin: Api) -> None:
    for path in ("/api/credentials/keys%2Fadministrator", "/api/credentials/..%2Fkeys%2Fadministrator"):
        assert admin.call("GET", path).status == 404
    listed = admin.call("GET", "/api/credentials").json
    assert not [item for item in listed if "administrator" in item["credential_name"]]
