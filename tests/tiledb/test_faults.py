"""What clients see when Secrets Manager fails, in TileDB's shape."""

from functools import partial
from typing import Any

import pytest

from tests.support.api import Api, at_once
from tests.support.proxy import Fault, Proxy
from tests.tiledb.conftest import SEED, assert_rejected, create, get, key, names


def operations() -> list[tuple[str, str, Any]]:
    return [
        ("POST", SEED, key("new")),
        ("GET", SEED, None),
        ("GET", f"{SEED}/a", None),
        ("PATCH", f"{SEED}/a", {"allowed_in_tasks": True}),
        ("PATCH", f"{SEED}/a", {"provider_default": True}),
        ("PATCH", f"{SEED}/a", {"name": "b"}),
        ("DELETE", f"{SEED}/a", None),
    ]


@pytest.mark.parametrize(
    ("fault", "status", "says"),
    [
        (Fault(how="ThrottlingException"), 429, "Too many requests"),
        (Fault(how="InternalServiceError", status=500), 503, "cannot be reached"),
        (Fault(how="drop"), 503, "cannot be reached"),
        (Fault(how="AccessDeniedException"), 500, "request id"),
    ],
    ids=lambda value: value.how if isinstance(value, Fault) else "",
)
def test_failures_have_their_status(member: Api, proxy: Proxy, fault: Fault, status: int, says: str) -> None:
    create(member, key("a"))
    before = get(member, "a").json
    asked = operations()
    # A list waits for 12 seconds before this error: DQOps' test covers it for all APIs.
    if status == 429:
        asked.remove(("GET", SEED, None))
    with proxy.faults(Fault(how=fault.how, status=fault.status)):
        answers = at_once(partial(member.call, *operation) for operation in asked)
    for answer in answers:
        assert_rejected(answer, status, says)
        assert ("retry-after" in answer.headers) == (status in (429, 503))
    assert get(member, "a").json == before
    assert names(member) == ["a"]


def test_a_used_up_quota_of_the_old_secret_leaves_the_old_name(member: Api, proxy: Proxy) -> None:
    create(member, key("old"))
    with proxy.faults(Fault("UpdateSecret", how="LimitExceededException")):
        answer = member.call("PATCH", f"{SEED}/old", {"name": "new"})
    assert_rejected(answer, 429, "quota")
    assert names(member) == ["old"]
    assert (get(member, "old").status, get(member, "new").status) == (200, 404)
    # What the rename has left at the new name does not block it.
    assert member.call("PATCH", f"{SEED}/old", {"name": "new"}).status == 204
    assert names(member) == ["new"]


def test_a_name_is_left_alone_while_its_deletion_may_be_under_way(member: Api, proxy: Proxy) -> None:
    create(member, key("a"))
    create(member, key("b"))
    with proxy.faults(Fault("DeleteSecret")):
        assert member.call("DELETE", f"{SEED}/a").status == 204
    assert_rejected(member.call("POST", SEED, key("a")), 503, "just being deleted")
    assert_rejected(member.call("PATCH", f"{SEED}/b", {"name": "a"}), 503, "just being deleted")
    assert names(member) == ["b"]
