"""`PATCH /v4/credentials/{name}` and `PATCH /tiledb/v4/credentials/{workspace}/{name}`"""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.api import Answer, Api
from tests.support.proxy import OPEN, Fault, Proxy, round_trips
from tests.tiledb.conftest import AWS_KEY, AWS_ROLE, GCP_KEY, SEED, assert_rejected, create, get, key, names, patch


def test_a_caller_without_edit_is_rejected(viewer: Api, foreigner: Api, member: Api, workspace: str) -> None:
    create(member, key("a"))
    assert_rejected(patch(viewer, "a", {"allowed_in_tasks": True}), 403, "`edit`")
    assert_rejected(foreigner.call("PATCH", f"/tiledb{SEED}/{workspace}/a", {}), 404, "no such workspace")
    assert_rejected(patch(member, "b", {"allowed_in_tasks": True}), 404, "no such")


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
def test_an_invalid_patch_changes_nothing(member: Api, body: Any, fields: set[str]) -> None:
    create(member, key("a"))
    before = get(member, "a").json
    assert_rejected(patch(member, "a", body), 400, fields=fields)
    assert get(member, "a").json == before


def test_absent_fields_stay(member: Api, proxy: Proxy) -> None:
    create(member, key("a", allowed_in_tasks=True))
    before = get(member, "a").json["data"]
    with proxy.recording() as calls:
        answer = patch(member, "a", {"role": AWS_ROLE})
    assert (answer.status, answer.content) == (204, b"")
    assert round_trips(calls) == [OPEN, "UpdateSecret"]
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
    # Both are read concurrently; then the defaults are written, and then the credential.
    assert [call.action for call in calls[4:]] == ["UpdateSecret", "UpdateSecret"]
    assert defaults() == {"a", "g"}
    assert defaults(teamspace_id="t") == {"a"}
    assert patch(member, "a", {"provider_default": False}).status == 204
    assert defaults() == {"g"}


def test_a_rename_keeps_the_uuid(member: Api) -> None:
    create(member, key("old", provider_default=True))
    create(member, key("taken"))
    uuid = get(member, "old").json["data"]["uuid"]
    assert_rejected(patch(member, "old", {"name": "taken"}), 409, "exists")
    assert get(member, "taken").json["data"]["uuid"] != uuid
    assert patch(member, "old", {"name": "new", "allowed_in_tasks": True}).status == 204
    data = get(member, "new").json["data"]
    assert (data["uuid"], data["allowed_in_tasks"], data["provider_default"]) == (uuid, True, True)
    assert get(member, "old").status == 404
    assert names(member) == ["new", "taken"]
    assert patch(member, "new", {"name": "old"}).status == 204
    assert get(member, "old").json["data"]["uuid"] == uuid


@pytest.mark.parametrize("calls", range(5))
def test_a_rename_whose_responses_are_lost_succeeds(member: Api, proxy: Proxy, calls: int) -> None:
    create(member, key("old"))
    uuid = get(member, "old").json["data"]["uuid"]
    with proxy.faults(Fault(after=calls, times=1, how="lose")):
        assert patch(member, "old", {"name": "new"}).status == 204
    assert names(member) == ["new"]
    assert get(member, "new").json["data"]["uuid"] == uuid


@pytest.mark.parametrize("calls", range(8))
def test_a_rename_that_fails_half_way_leaves_exactly_one_name(member: Api, proxy: Proxy, calls: int) -> None:
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
    # Both names work: one is taken, and the other is free, if only once its deletion can no longer be under way.
    assert patch(member, found[0], {"allowed_in_tasks": False}).status == 204
    assert get(member, found[0]).json["data"]["allowed_in_tasks"] is False
    assert_rejected(member.call("POST", SEED, key(found[0])), 409, "exists")
    (free,) = {"old", "new"} - {found[0]}
    answer = member.call("POST", SEED, key(free))
    assert answer.status == 201 or answer.json["message"].startswith("A credential of this name is just being deleted")
    assert get(member, found[0]).json["data"]["uuid"] == before["uuid"]


def test_a_rename_takes_five_round_trips(member: Api, proxy: Proxy, workspace: str, secrets_manager: Any) -> None:
    create(member, key("old"))
    with proxy.recording() as calls:
        answer = patch(member, "old", {"name": "new"})
    assert round_trips(calls) == [OPEN, "CreateSecret", "UpdateSecret", "UpdateSecret", "DeleteSecret"]
    prefix = f"latchkey/tiledb/{workspace}/=/"
    assert answer.headers["etag"] == get(member, "new").headers["etag"]
    assert "DeletedDate" in secrets_manager.describe_secret(SecretId=f"{prefix}old")
    stored = secrets_manager.get_secret_value(SecretId=f"{prefix}new")
    assert json.loads(stored["SecretString"])["credential"] == AWS_KEY
    description = json.loads(secrets_manager.describe_secret(SecretId=f"{prefix}new")["Description"])
    assert set(description) == {"name", "version", "public"}


def test_a_rename_to_its_own_name_is_only_a_patch(member: Api, proxy: Proxy) -> None:
    create(member, key("a"))
    with proxy.recording() as calls:
        assert patch(member, "a", {"name": "a", "allowed_in_tasks": True}).status == 204
    assert round_trips(calls) == [OPEN, "UpdateSecret"]


@pytest.mark.parametrize("calls", range(10))
def test_a_patch_that_fails_half_way_leaves_the_old_or_the_new_default(member: Api, proxy: Proxy, calls: int) -> None:
    for name in ("a", "b"):
        create(member, key(name, provider_default=name == "a"))
    with proxy.faults(Fault(after=calls)):
        patch(member, "b", {"provider_default": True})
    defaults = [name for name in ("a", "b") if get(member, name).json["data"]["provider_default"]]
    assert len(defaults) == 1
    assert patch(member, "b", {"provider_default": True}).status == 204
    assert get(member, "b").json["data"]["provider_default"] is True


def test_if_match_is_honoured(member: Api) -> None:
    create(member, key("a"))
    version = get(member, "a").headers["etag"]
    headers = {"If-Match": version}
    assert member.call("PATCH", f"{SEED}/a", {"allowed_in_tasks": True}, headers).status == 204
    assert_rejected(member.call("PATCH", f"{SEED}/a", {"allowed_in_tasks": False}, headers), 412)


def test_concurrent_patches_of_different_fields_all_survive(member: Api, name: str) -> None:
    changes = [
        {"allowed_in_tasks": True},
        {"provider_default": True},
        {"role": AWS_ROLE},
    ]
    create(member, key(name))

    def placed(change: dict[str, Any]) -> Answer:
        """Tries again after a 429: on a busy machine, these can be too many conflicts."""
        answer = patch(member, name, change)
        return patch(member, name, change) if answer.status == 429 else answer

    with ThreadPoolExecutor(12) as pool:
        sent = [changes[number % len(changes)] for number in range(12)]
        answers = list(pool.map(placed, sent))
    assert {answer.status for answer in answers} == {204}
    data = get(member, name).json["data"]
    assert (data["allowed_in_tasks"], data["provider_default"], data["role"]) == (True, True, AWS_ROLE)


def test_concurrent_renames_leave_one_name(member: Api, name: str) -> None:
    """To many names, concurrent with patches of the credential and creates of some of the names."""
    targets = [f"{number}-{name}" for number in range(8)]

    def rename(target: str) -> int:
        return patch(member, name, {"name": target}).status

    def change(_: str) -> int:
        return patch(member, name, {"allowed_in_tasks": True}).status

    def take(target: str) -> int:
        return member.call("POST", SEED, key(target)).status

    work = [(rename, target) for target in targets] + [(change, name)] * 4 + [(take, target) for target in targets[:4]]
    create(member, key(name))
    uuid = get(member, name).json["data"]["uuid"]
    with ThreadPoolExecutor(len(work)) as pool:
        statuses = list(pool.map(lambda task: task[0](task[1]), work))
    found = {target: get(member, target) for target in [name, *targets]}
    listed = member.call("GET", SEED, query={"per_page": 100}).json["data"]
    there = {target: answer.json["data"]["uuid"] for target, answer in found.items() if answer.status == 200}
    assert list(there.values()).count(uuid) == 1
    assert len(set(there.values())) == len(there)
    assert {item["name"]: item["uuid"] for item in listed if name in item["name"]} == there
    renames, creates = statuses[:8], statuses[12:]
    assert renames.count(204) == (name not in there)
    assert set(statuses) <= {201, 204, 404, 409, 429, 503}
    assert creates.count(201) == len(there) - 1


def test_concurrent_defaults_leave_one_default(member: Api, name: str) -> None:
    candidates = [f"{number}-{name}" for number in range(10)]
    for candidate in candidates:
        create(member, key(candidate), teamspace_id=name)
    with ThreadPoolExecutor(10) as pool:
        body = {"provider_default": True}
        answers = list(pool.map(lambda c: patch(member, c, body, teamspace_id=name), candidates))
    assert {answer.status for answer in answers} == {204}
    listed = member.call("GET", SEED, query={"teamspace_id": name, "per_page": 100}).json["data"]
    assert sum(credential["provider_default"] for credential in listed) == 1
