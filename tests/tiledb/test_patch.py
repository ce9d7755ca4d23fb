"""`PATCH /v4/credentials/{name}` and `PATCH /tiledb/v4/credentials/{workspace}/{name}`"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.proxy import Fault, Proxy
from tests.tiledb.conftest import AWS_ROLE, GCP_KEY, SEED, assert_refused, create, get, key, names, patch


def test_a_caller_without_edit_is_refused(viewer: Api, foreigner: Api, member: Api, workspace: str) -> None:
    create(member, key("a"))
    assert_refused(patch(viewer, "a", {"allowed_in_tasks": True}), 403, "`edit`")
    assert_refused(foreigner.call("PATCH", f"/tiledb{SEED}/{workspace}/a", {}), 404, "no such workspace")
    assert_refused(patch(member, "b", {"allowed_in_tasks": True}), 404, "no such")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"name": ""}, {"name"}),
        ({"name": "verify"}, {"name"}),
        ({"provider": "GCP"}, {"provider"}),
        ({"credential": GCP_KEY}, {"credential.gcp"}),
        ({"allowed_in_tasks": 1, "provider_default": 1}, {"allowed_in_tasks", "provider_default"}),
    ],
)
def test_what_is_wrong_changes_nothing(member: Api, body: Any, fields: set[str]) -> None:
    create(member, key("a"))
    before = get(member, "a").json
    assert_refused(patch(member, "a", body), 400, fields=fields)
    assert get(member, "a").json == before


def test_what_is_absent_stays(member: Api, proxy: Proxy) -> None:
    create(member, key("a", allowed_in_tasks=True))
    before = get(member, "a").json["data"]
    with proxy.recording() as calls:
        answer = patch(member, "a", {"role": AWS_ROLE})
    assert (answer.status, answer.content) == (204, b"")
    assert [call.action for call in calls] == ["GetSecretValue", "UpdateSecret"]
    after = get(member, "a").json["data"]
    assert "credential" not in after
    assert after["role"] == AWS_ROLE
    for field in ("uuid", "created_at", "allowed_in_tasks", "provider", "name"):
        assert after[field] == before[field]
    assert patch(member, "a", {"provider": "GCP", "credential": GCP_KEY}).status == 204
    assert get(member, "a").json["data"]["credential"]["gcp"]["secret_access_key"] == ""


def test_a_default_unsets_the_one_before_it(member: Api, proxy: Proxy) -> None:
    for name in ("a", "b"):
        create(member, key(name, provider_default=True))
    create(member, {"name": "g", "provider": "GCP", "credential": GCP_KEY, "provider_default": True})
    create(member, key("a", provider_default=True), teamspace_id="t")

    def defaults(**query: str) -> set[str]:
        listed = member.call("GET", SEED, query=query).json["data"]
        return {credential["name"] for credential in listed if credential["provider_default"]}

    assert defaults() == {"b", "g"}
    with proxy.recording() as calls:
        assert patch(member, "a", {"provider_default": True}).status == 204
    assert len(calls) <= 3
    assert defaults() == {"a", "g"}
    assert defaults(teamspace_id="t") == {"a"}
    assert patch(member, "a", {"provider_default": False}).status == 204
    assert defaults() == {"g"}


def test_a_rename_keeps_the_uuid(member: Api) -> None:
    create(member, key("old", provider_default=True))
    create(member, key("taken"))
    uuid = get(member, "old").json["data"]["uuid"]
    assert_refused(patch(member, "old", {"name": "taken"}), 409, "exists")
    assert get(member, "taken").json["data"]["uuid"] != uuid
    assert patch(member, "old", {"name": "new", "allowed_in_tasks": True}).status == 204
    data = get(member, "new").json["data"]
    assert (data["uuid"], data["allowed_in_tasks"], data["provider_default"]) == (uuid, True, True)
    assert get(member, "old").status == 404
    assert names(member) == ["new", "taken"]
    assert patch(member, "new", {"name": "old"}).status == 204
    assert get(member, "old").json["data"]["uuid"] == uuid


@pytest.mark.parametrize("calls", range(8))
def test_a_rename_that_dies_leaves_exactly_one_name(member: Api, proxy: Proxy, calls: int) -> None:
    create(member, key("old", allowed_in_tasks=True))
    before = get(member, "old").json["data"]
    with proxy.faults(Fault(after=calls)):
        patch(member, "old", {"name": "new"})
    found = [name for name in ("old", "new") if get(member, name).status == 200]
    assert len(found) == 1, found
    assert names(member) == found
    after = get(member, found[0]).json["data"]
    for field in ("uuid", "credential", "allowed_in_tasks"):
        assert after[field] == before[field]
    # And it can be worked with.
    assert patch(member, found[0], {"allowed_in_tasks": False}).status == 204
    assert get(member, found[0]).json["data"]["allowed_in_tasks"] is False


def test_if_match_is_honoured(member: Api) -> None:
    create(member, key("a"))
    version = get(member, "a").headers["etag"]
    headers = {"If-Match": version}
    assert member.call("PATCH", f"{SEED}/a", {"allowed_in_tasks": True}, headers).status == 204
    assert_refused(member.call("PATCH", f"{SEED}/a", {"allowed_in_tasks": False}, headers), 412)


def test_concurrent_patches_of_different_fields_all_survive(admin: Api, proxy: Proxy, moto: str, name: str) -> None:
    """On moto, as MiniStack lets a token be used twice."""
    changes = [
        {"allowed_in_tasks": True},
        {"provider_default": True},
        {"role": AWS_ROLE},
    ]
    with proxy.leading_to(moto):
        create(admin, key(name))
        with ThreadPoolExecutor(20) as pool:
            sent = [changes[number % len(changes)] for number in range(20)]
            answers = list(pool.map(lambda change: patch(admin, name, change), sent))
        assert {answer.status for answer in answers} == {204}
        data = get(admin, name).json["data"]
    assert (data["allowed_in_tasks"], data["provider_default"], data["role"]) == (True, True, AWS_ROLE)


def test_concurrent_defaults_leave_one(admin: Api, proxy: Proxy, moto: str, name: str) -> None:
    with proxy.leading_to(moto):
        candidates = [f"{number}-{name}" for number in range(10)]
        for candidate in candidates:
            create(admin, key(candidate), teamspace_id=name)
        with ThreadPoolExecutor(10) as pool:
            body = {"provider_default": True}
            answers = list(pool.map(lambda c: patch(admin, c, body, teamspace_id=name), candidates))
        assert {answer.status for answer in answers} == {204}
        listed = admin.call("GET", SEED, query={"teamspace_id": name, "per_page": 100}).json["data"]
    assert sum(credential["provider_default"] for credential in listed) == 1
