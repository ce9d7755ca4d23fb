"""`GET /tiledb/v4/workspaces/{workspace}`"""

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
    UNKNOWN_TIME,
    assert_needs_a_key,
    assert_rejected_with,
    assert_shown,
    get_workspace,
    grant,
    user_of,
)


def shown(api: Api, name: str) -> dict[str, Any]:
    user = user_of(api)
    return {"workspace_id": name, "name": name, "created_at": UNKNOWN_TIME, "created_by": user, "self": user}


def test_a_caller_without_a_key_is_rejected(stack: Stack, anonymous: Api) -> None:
    for api in (anonymous, Api(stack.url, "unknown.wrong")):
        assert_needs_a_key(get_workspace(api, "acme"))


@pytest.mark.parametrize("permissions", [[], ["list"]])
def test_a_caller_without_permissions_is_rejected(caller: Callable[..., Api], permissions: list[str]) -> None:
    for pattern in (["acme", ""], ["acme", "team"], "*"):
        nobody = caller([grant(pattern, permissions=permissions)])
        assert_rejected_with(get_workspace(nobody, "acme"), 403, NEEDS_VIEW)


@pytest.mark.parametrize("pattern", NOT_INTO_ACME, ids=str)
def test_a_workspace_that_no_grant_names_is_404(caller: Callable[..., Api], pattern: Any) -> None:
    assert_rejected_with(get_workspace(caller([grant(pattern, permissions=["edit"])]), "acme"), 404, FOREIGN)


def test_grants_of_other_apis_do_not_count(caller: Callable[..., Api]) -> None:
    for grants in ([], [grant("*", permissions=["*"]) | {"api": "dqops"}]):
        assert_rejected_with(get_workspace(caller(grants), "acme"), 404, FOREIGN)


def test_no_workspace_has_the_name_that_stands_for_all(admin: Api, foreigner: Api) -> None:
    for api in (admin, foreigner):
        for path in ("*", "%2A"):
            answer = api.call("GET", f"/tiledb/v4/workspaces/{path}")
            assert_rejected_with(answer, 400, ANY_TENANT, "workspace")


@pytest.mark.parametrize("pattern", INTO_ACME, ids=str)
def test_a_grant_for_it_or_for_a_teamspace_of_it_shows_it(caller: Callable[..., Api], pattern: Any) -> None:
    api = caller([grant(pattern)])
    assert_shown(get_workspace(api, "acme"), shown(api, "acme"))


@pytest.mark.parametrize("permission", ["view", "edit", "*"])
def test_any_permission_shows_it(caller: Callable[..., Api], permission: str) -> None:
    api = caller([grant(["acme", ""], permissions=[]), grant(["acme", "team"], permissions=[permission])])
    assert_shown(get_workspace(api, "acme"), shown(api, "acme"))


@pytest.mark.parametrize("name", ODD_NAMES)
def test_it_can_have_any_name(caller: Callable[..., Api], name: str) -> None:
    api = caller([grant([name, ""])])
    assert_shown(get_workspace(api, name), shown(api, name))


def test_it_need_not_be_created_first(admin: Api, workspace: str) -> None:
    assert_shown(get_workspace(admin, workspace), shown(admin, workspace))


def test_it_needs_no_secrets_manager(member: Api, workspace: str, proxy: Proxy) -> None:
    with proxy.faults(Fault()), proxy.recording() as calls:
        assert_shown(get_workspace(member, workspace), shown(member, workspace))
    assert calls == []
