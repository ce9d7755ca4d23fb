"""Which workspace a request is about if its route does not name one."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.api import Api
from tests.tiledb.conftest import ANY_TENANT, SEED, assert_rejected, assert_rejected_with, create, get, key, names

OPERATIONS: list[tuple[str, str, Any]] = [
    ("POST", "", key("a")),
    ("GET", "", None),
    ("GET", "/a", None),
    ("PATCH", "/a", {"allowed_in_tasks": True}),
    ("DELETE", "/a", None),
]


@pytest.mark.parametrize(("method", "name", "body"), OPERATIONS)
def test_none_has_the_name_that_stands_for_all(admin: Api, foreigner: Api, method: str, name: str, body: Any) -> None:
    for api in (admin, foreigner):
        for workspace in ("*", "%2A"):
            answer = api.call(method, f"/tiledb{SEED}/{workspace}{name}", body)
            assert_rejected_with(answer, 400, ANY_TENANT, "workspace")
        for path in (f"{SEED}{name}", f"/tiledb{SEED}/acme{name}"):
            answer = api.call(method, path, body, query={"teamspace_id": "*"})
            assert_rejected_with(answer, 400, ANY_TENANT, "teamspace_id")


@pytest.mark.parametrize("field", ["workspace_id", "teamspace_id"])
def test_a_verification_rejects_the_name_that_stands_for_all(admin: Api, field: str) -> None:
    for path in (f"{SEED}/verify", "/tiledb/v4/actions/credentials/verify"):
        assert_rejected_with(admin.call("POST", path, key("a", **{field: "*"})), 400, ANY_TENANT, field)


def test_it_is_the_workspace_of_the_grants(member: Api, admin: Api, workspace: str) -> None:
    create(member, key("a"))
    assert get(member, "a").status == 200
    listed = admin.call("GET", f"/tiledb{SEED}/{workspace}").json["data"]
    assert [credential["name"] for credential in listed] == ["a"]


def test_without_a_workspace_in_the_grants_it_is_the_default(admin: Api, name: str) -> None:
    create(admin, key(name))
    found = admin.call("GET", f"/tiledb{SEED}/default/{name}")
    assert found.json == get(admin, name).json
    assert admin.call("DELETE", f"/tiledb{SEED}/default/{name}").status == 204
    assert get(admin, name).status == 404


def test_a_caller_with_several_workspaces_must_name_one(caller: Callable[..., Api], workspace: str) -> None:
    namespaces = [[workspace, "*"], [f"{workspace}-2", ""]]
    api = caller([{"api": "tiledb", "namespaces": namespaces, "permissions": ["edit"]}])
    for method, path, body in [
        ("GET", SEED, None),
        ("POST", SEED, key("a")),
        ("POST", f"{SEED}/verify", key("a")),
        ("GET", f"{SEED}/a", None),
    ]:
        assert_rejected(api.call(method, path, body), 400, "/tiledb/v4/")
    assert api.call("GET", f"/tiledb{SEED}/{workspace}-2").status == 200


@pytest.mark.parametrize(
    ("namespaces", "teamspace", "status"),
    [([""], "", 200), ([""], "t", 404), (["t"], "t", 200), (["t"], "", 404), (["*"], "t", 200), (["s", "t"], "t", 200)],
)
def test_grants_distinguish_the_workspace_from_its_teamspaces(
    caller: Callable[..., Api], workspace: str, namespaces: list[str], teamspace: str, status: int
) -> None:
    patterns = [[workspace, name] for name in namespaces]
    api = caller([{"api": "tiledb", "namespaces": patterns, "permissions": ["view"]}])
    for path in (SEED, f"/tiledb{SEED}/{workspace}"):
        assert api.call("GET", path, query={"teamspace_id": teamspace}).status == status


def test_workspaces_do_not_see_each_other(member: Api, caller: Callable[..., Api], workspace: str) -> None:
    create(member, key("a"))
    other = caller([{"api": "tiledb", "namespaces": [[f"{workspace}x", "*"]], "permissions": ["edit"]}])
    assert names(other) == []
    assert get(other, "a").status == 404
    create(other, key("a", allowed_in_tasks=True))
    assert "allowed_in_tasks" not in get(member, "a").json["data"]
