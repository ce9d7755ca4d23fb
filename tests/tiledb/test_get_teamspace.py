"""`GET /tiledb/v4/teamspaces/{workspace}/{teamspace}`"""

from collections.abc import Callable
from typing import Any

import pytest

from local.stack import Stack
from tests.support.api import Api
from tests.support.proxy import Fault, Proxy
from tests.tiledb.conftest import (
    ANY_TENANT,
    FOREIGN,
    NEEDS_VIEW,
    ODD_NAMES,
    assert_needs_a_key,
    assert_rejected_with,
    assert_shown,
    get_teamspace,
    grant,
    teamspace_of,
)


def test_a_caller_without_a_key_is_rejected(stack: Stack, anonymous: Api) -> None:
    for api in (anonymous, Api(stack.url, "unknown.wrong")):
        assert_needs_a_key(get_teamspace(api, "acme", "team"))


@pytest.mark.parametrize("permissions", [[], ["list"]])
def test_a_caller_without_permissions_is_rejected(caller: Callable[..., Api], permissions: list[str]) -> None:
    for pattern in (["acme", "team"], ["acme", "*"], "*"):
        nobody = caller([grant(pattern, permissions=permissions)])
        assert_rejected_with(get_teamspace(nobody, "acme", "team"), 403, NEEDS_VIEW)


@pytest.mark.parametrize(
    "pattern",
    [["acme", ""], ["*", ""], ["acme", "team2"], ["acme", "Team"], ["acme2", "team"], ["acme"], ["*"], "acme", "team"],
    ids=str,
)
def test_a_teamspace_that_no_grant_covers_is_404(caller: Callable[..., Api], pattern: Any) -> None:
    api = caller([grant(pattern, permissions=["edit"])])
    assert_rejected_with(get_teamspace(api, "acme", "team"), 404, FOREIGN)


def test_grants_of_other_apis_do_not_count(caller: Callable[..., Api]) -> None:
    for grants in ([], [grant("*", permissions=["*"]) | {"api": "dqops"}]):
        assert_rejected_with(get_teamspace(caller(grants), "acme", "team"), 404, FOREIGN)


@pytest.mark.parametrize(
    ("path", "field"), [("*/team", "workspace"), ("%2A/team", "workspace"), ("acme/*", "teamspace")]
)
def test_none_has_the_name_that_stands_for_all(admin: Api, foreigner: Api, path: str, field: str) -> None:
    for api in (admin, foreigner):
        assert_rejected_with(api.call("GET", f"/tiledb/v4/teamspaces/{path}"), 400, ANY_TENANT, field)


@pytest.mark.parametrize("pattern", [["acme", "team"], ["acme", "*"], ["*", "team"], ["*", "*"], "*"], ids=str)
def test_a_grant_that_covers_it_shows_it(caller: Callable[..., Api], pattern: Any) -> None:
    api = caller([grant(pattern)])
    assert_shown(get_teamspace(api, "acme", "team"), teamspace_of(api, "team"))


@pytest.mark.parametrize("permission", ["view", "edit", "*"])
def test_any_permission_shows_it(caller: Callable[..., Api], permission: str) -> None:
    api = caller([grant(["acme", "team"], permissions=[]), grant(["acme", "*"], permissions=[permission])])
    assert_shown(get_teamspace(api, "acme", "team"), teamspace_of(api, "team"))


@pytest.mark.parametrize("name", ODD_NAMES)
def test_it_and_its_workspace_can_have_any_name(caller: Callable[..., Api], name: str) -> None:
    api = caller([grant([name, name[::-1]])])
    assert_shown(get_teamspace(api, name, name[::-1]), teamspace_of(api, name[::-1]))


def test_it_need_not_be_created_first(admin: Api, workspace: str) -> None:
    assert_shown(get_teamspace(admin, workspace, "team"), teamspace_of(admin, "team"))


def test_it_needs_no_secrets_manager(member: Api, workspace: str, proxy: Proxy) -> None:
    with proxy.faults(Fault()), proxy.recording() as calls:
        assert_shown(get_teamspace(member, workspace, "team"), teamspace_of(member, "team"))
    assert calls == []
