"""What clients see when Secrets Manager fails, and what is left when an operation fails half way."""

import re
from functools import partial
from typing import Any

import pytest

from tests.dqops.conftest import assert_rejected, create, get, text
from tests.support.api import Api, at_once
from tests.support.proxy import OPEN, Fault, Proxy, round_trips

PATH = "/api/credentials"


def operations(name: str) -> list[tuple[str, str, Any]]:
    return [
        ("POST", PATH, text(f"new-{name}")),
        ("GET", PATH, None),
        ("GET", f"{PATH}/{name}", None),
        ("GET", f"{PATH}/{name}/download", None),
        ("PUT", f"/api/credential/{name}", text(name, "new")),
        ("DELETE", f"{PATH}/{name}", None),
    ]


@pytest.mark.parametrize(
    ("fault", "status", "says"),
    [
        (Fault(how="ThrottlingException"), 429, "Too many requests"),
        (Fault(how="InternalServiceError", status=500), 503, "cannot be reached"),
        (Fault(how="ServiceUnavailable", status=503), 503, "cannot be reached"),
        (Fault(how="drop"), 503, "cannot be reached"),
        (Fault(how="AccessDeniedException"), 500, "request id"),
        (Fault(how="DecryptionFailure"), 503, "cannot be reached"),
    ],
    ids=lambda value: value.how if isinstance(value, Fault) else "",
)
def test_failures_have_their_status(editor: Api, proxy: Proxy, name: str, fault: Fault, status: int, says: str) -> None:
    create(editor, name, "old")
    with proxy.faults(Fault(how=fault.how, status=fault.status)):
        answers = at_once(partial(editor.call, *operation) for operation in operations(name))
    for answer in answers:
        assert_rejected(answer, status, says)
        assert ("retry-after" in answer.headers) == (status in (429, 503))
    assert get(editor, name).json == text(name, "old")


def test_a_used_up_quota_is_429_and_is_not_tried_again(editor: Api, proxy: Proxy, name: str) -> None:
    create(editor, name, "old")
    with proxy.faults(Fault("UpdateSecret", how="LimitExceededException")), proxy.recording() as calls:
        answer = editor.call("PUT", f"/api/credential/{name}", text(name, "new"))
    assert_rejected(answer, 429, "quota")
    assert answer.headers["retry-after"] == "3600"
    assert round_trips(calls) == [OPEN, "UpdateSecret"]


@pytest.mark.parametrize("how", ["drop", "ThrottlingException"])
def test_clients_do_not_see_a_temporary_failure(editor: Api, proxy: Proxy, name: str, how: str) -> None:
    create(editor, name, "old")
    for method, path, body in operations(name):
        with proxy.faults(Fault(how=how, times=1)):
            assert editor.call(method, path, body).status < 300


def test_a_create_whose_response_was_lost_is_not_a_conflict(editor: Api, proxy: Proxy, name: str) -> None:
    with proxy.faults(Fault("CreateSecret", how="lose", times=1)):
        assert editor.call("POST", PATH, text(name, "v")).status == 201
    assert get(editor, name).json == text(name, "v")


def test_a_second_create_whose_response_was_lost_is_not_a_conflict(editor: Api, proxy: Proxy, name: str) -> None:
    create(editor, name, "old")
    assert editor.call("DELETE", f"{PATH}/{name}").status == 204
    with proxy.faults(Fault("UpdateSecret", how="lose", times=1)):
        assert editor.call("POST", PATH, text(name, "v")).status == 201
    assert get(editor, name).json == text(name, "v")


def test_an_update_whose_response_was_lost_succeeds(editor: Api, proxy: Proxy, name: str) -> None:
    create(editor, name, "old")
    with proxy.faults(Fault("UpdateSecret", how="lose", times=1)):
        assert editor.call("PUT", f"/api/credential/{name}", text(name, "new")).status == 204
    assert get(editor, name).json == text(name, "new")


@pytest.mark.parametrize("how", ["lose", "drop"])
def test_a_deletion_takes_effect_with_the_tombstone(editor: Api, proxy: Proxy, name: str, how: str) -> None:
    create(editor, name, "old")
    with proxy.faults(Fault("DeleteSecret", how=how)), proxy.recording() as calls:
        assert editor.call("DELETE", f"{PATH}/{name}").status == 204
    # Tried once: a retry could hit a credential that was created again meanwhile.
    assert round_trips(calls) == [OPEN, "UpdateSecret", "DeleteSecret"]
    assert get(editor, name).status == 404
    assert name not in str(editor.call("GET", PATH).json)


@pytest.mark.parametrize("calls", range(5))
def test_a_deletion_that_fails_half_way_leaves_the_credential_or_nothing(
    editor: Api, proxy: Proxy, name: str, calls: int
) -> None:
    create(editor, name, "old")
    with proxy.faults(Fault(after=calls)):
        editor.call("DELETE", f"{PATH}/{name}")
    found = get(editor, name)
    assert found.status == 404 or found.json == text(name, "old")
    assert found.status == (404 if calls >= 3 else 200)


@pytest.mark.parametrize("calls", range(8))
def test_a_second_create_that_fails_half_way_never_shows_the_old_value(
    editor: Api, proxy: Proxy, name: str, calls: int
) -> None:
    create(editor, name, "old")
    assert editor.call("DELETE", f"{PATH}/{name}").status == 204
    with proxy.faults(Fault(after=calls)):
        editor.call("POST", PATH, text(name, "new"))
    found = get(editor, name)
    assert found.status == 404 or found.json == text(name, "new")
    listed = [item["credential_name"] for item in editor.call("GET", PATH).json]
    assert (name in listed) == (found.status == 200)


def test_a_tombstone_is_left_alone_while_its_deletion_may_be_under_way(
    editor: Api, secrets_manager: Any, proxy: Proxy, name: str
) -> None:
    create(editor, name, "old")
    with proxy.faults(Fault("DeleteSecret")):
        assert editor.call("DELETE", f"{PATH}/{name}").status == 204
    answer = editor.call("POST", PATH, text(name, "new"))
    assert_rejected(answer, 503, "just being deleted")
    # A DeleteSecret that was lost can arrive for as long as its signature is valid.
    assert 300 < int(answer.headers["retry-after"]) <= 320
    # Later, the name is free again.
    secret = f"latchkey/dqops/{name}"
    tombstone = secrets_manager.get_secret_value(SecretId=secret)["SecretString"]
    secrets_manager.put_secret_value(SecretId=secret, SecretString=re.sub('"at":[0-9]+', '"at":1', tombstone))
    assert editor.call("POST", PATH, text(name, "new")).status == 201
    assert get(editor, name).json == text(name, "new")


def test_an_authorizer_without_secrets_manager_does_not_blame_the_key(stack: Any, proxy: Proxy) -> None:
    with proxy.leading_to("http://127.0.0.1:9"):
        answer = Api(stack.url, "not-read-yet.secret").call("GET", PATH)
    assert answer.status == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json["type"] == "Unavailable"
