"""`GET /tiledb/v4/teamspaces/{workspace}`"""

from collections.abc import Callable
from typing import Any

import pytest

from local.stack import Stack
from tests.support.api import Api
from tests.support.proxy import Fault, Proxy
from tests.tiledb.conftest import (
    ANY_TENANT,
    FOREIGN,
    INTO_ACME,
    NEEDS_VIEW,
    NOT_INTO_ACME,
    ODD_NAMES,
    assert_needs_a_key,
    assert_rejected_with,
    assert_shown,
    grant,
    list_teamspaces,
    teamspace_of,
)


def named(api: Api, **query: Any) -> list[str]:
    """The names of acme's teamspaces, in the order of the list."""
    answer = list_teamspaces(api, "acme", **query)
    names = [teamspace["name"] for teamspace in answer.json["data"]]
    assert_shown(answer, [teamspace_of(api, name) for name in names])
    return names


@pytest.fixture
def in_three(caller: Callable[..., Api]) -> Api:
    """A caller who may view three teamspaces of acme."""
    return caller([grant(["acme", "b"], ["acme", "c"], ["acme", "a"])])


def test_a_caller_without_a_key_is_rejected(stack: Stack, anonymous: Api) -> None:
    for api in (anonymous, Api(stack.url, "unknown.wrong")):
        assert_needs_a_key(list_teamspaces(api, "acme"))


@pytest.mark.parametrize("permissions", [[], ["list"]])
def test_a_caller_without_permissions_is_rejected(caller: Callable[..., Api], permissions: list[str]) -> None:
    for pattern in (["acme", ""], ["acme", "team"], "*"):
        nobody = caller([grant(pattern, permissions=permissions)])
        assert_rejected_with(list_teamspaces(nobody, "acme"), 403, NEEDS_VIEW)


@pytest.mark.parametrize("pattern", NOT_INTO_ACME, ids=str)
def test_a_workspace_that_no_grant_names_is_404(caller: Callable[..., Api], pattern: Any) -> None:
    api = caller([grant(pattern, permissions=["edit"])])
    for query in ({}, {"order": "up"}):
        assert_rejected_with(list_teamspaces(api, "acme", **query), 404, FOREIGN)


def test_grants_of_other_apis_do_not_count(caller: Callable[..., Api]) -> None:
    for grants in ([], [grant("*", permissions=["*"]) | {"api": "dqops"}]):
        assert_rejected_with(list_teamspaces(caller(grants), "acme"), 404, FOREIGN)


def test_no_workspace_has_the_name_that_stands_for_all(admin: Api, foreigner: Api) -> None:
    for api in (admin, foreigner):
        for path in ("*", "%2A"):
            answer = api.call("GET", f"/tiledb/v4/teamspaces/{path}")
            assert_rejected_with(answer, 400, ANY_TENANT, "workspace")


@pytest.mark.parametrize(
    ("parameter", "value", "words"),
    [
        ("memberships", "yes", "must be true or false"),
        ("memberships", "1", "must be true or false"),
        ("order_by", "role", "must be one of name, created_at, updated_at"),
        ("order_by", "NAME", "must be one of name, created_at, updated_at"),
        ("order", "up", "must be one of asc, desc"),
        ("order", "DESC", "must be one of asc, desc"),
        ("memberships", ["true", "true"], "is given more than once"),
        ("memberships", ["true", "false"], "is given more than once"),
        ("order_by", ["name", "created_at"], "is given more than once"),
        ("order", ["asc", "up"], "is given more than once"),
    ],
)
def test_undocumented_values_are_400(in_three: Api, parameter: str, value: str | list[str], words: str) -> None:
    assert_rejected_with(list_teamspaces(in_three, "acme", **{parameter: value}), 400, words, parameter)


@pytest.mark.parametrize("pattern", INTO_ACME, ids=str)
def test_the_list_has_the_teamspaces_that_a_grant_names(caller: Callable[..., Api], pattern: Any) -> None:
    assert named(caller([grant(pattern)])) == (["team"] if "team" in pattern else [])


def test_the_list_has_each_teamspace_once_and_no_others(caller: Callable[..., Api]) -> None:
    everywhere = [["acme", "b"], ["acme", "b"], ["*", "b"], ["*", "a"], ["acme", "*"], ["acme", ""], "c", ["d", "d"]]
    others = [grant(["acme", "e"], permissions=[]), grant(["acme", "f"]) | {"api": "losant"}]
    everything = grant(["acme", "g"], permissions=["*"]) | {"api": "*"}
    api = caller([grant(*everywhere), *others, grant(["acme", "h"], permissions=["edit"]), everything])
    assert named(api) == ["a", "b", "g", "h"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"order": "asc"}, ["a", "b", "c"]),
        ({"order": "desc"}, ["c", "b", "a"]),
        ({}, ["a", "b", "c"]),
        ({"order_by": "name"}, ["c", "b", "a"]),
        ({"order_by": "created_at"}, ["a", "b", "c"]),
        ({"order_by": "updated_at", "order": "desc"}, ["c", "b", "a"]),
        ({"memberships": "true"}, ["a", "b", "c"]),
        ({"memberships": "True", "order_by": "name", "order": "desc"}, ["c", "b", "a"]),
        ({"memberships": "false"}, []),
        ({"memberships": "False", "order": "desc"}, []),
    ],
)
def test_they_are_ordered_by_name_and_the_caller_is_a_member_of_all(
    in_three: Api, query: dict[str, str], expected: list[str]
) -> None:
    assert named(in_three, **query) == expected


def test_they_can_have_any_name(caller: Callable[..., Api]) -> None:
    assert named(caller([grant(*(["acme", name] for name in ODD_NAMES))])) == sorted(ODD_NAMES)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_their_workspace_can_have_any_name(caller: Callable[..., Api], name: str) -> None:
    api = caller([grant([name, "team"])])
    assert_shown(list_teamspaces(api, name), [teamspace_of(api, "team")])


def test_it_needs_no_secrets_manager(in_three: Api, proxy: Proxy) -> None:
    with proxy.faults(Fault()), proxy.recording() as calls:
        assert named(in_three) == ["a", "b", "c"]
    assert calls == []
