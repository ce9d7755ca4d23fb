"""`GET /v4/credentials` and `GET /tiledb/v4/credentials/{workspace}`"""

import json
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.proxy import described_as
from tests.tiledb.conftest import KINDS, SEED, assert_rejected, assert_rejected_with, create, key, names, patch


def test_a_foreign_workspace_is_404(foreigner: Api, workspace: str) -> None:
    assert_rejected(foreigner.call("GET", f"/tiledb{SEED}/{workspace}"), 404, "no such workspace")


@pytest.mark.parametrize(
    "query",
    [
        {"provider": "IBM"},
        {"provider": ["AWS", "aws"]},
        {"excl_provider": "x"},
        {"type": "password"},
        {"page": "0"},
        {"page": "-1"},
        {"page": "x"},
        {"per_page": "0"},
        {"per_page": "101"},
        {"per_page": "1e1"},
    ],
)
def test_undocumented_values_are_400(viewer: Api, query: dict[str, Any]) -> None:
    assert_rejected(viewer.call("GET", SEED, query=query), 400, fields=set(query))


@pytest.mark.parametrize(
    ("parameter", "values"),
    [
        ("page", ["1", "1"]),
        ("page", ["1", "x"]),
        ("per_page", ["5", "500"]),
        ("type", ["key", "arn"]),
        ("teamspace_id", ["t", "t"]),
        ("teamspace_id", ["", "t"]),
    ],
)
def test_repeating_a_parameter_that_takes_one_value_is_400(
    viewer: Api, workspace: str, parameter: str, values: list[str]
) -> None:
    for path in (SEED, f"/tiledb{SEED}/{workspace}"):
        answer = viewer.call("GET", path, query={parameter: values})
        assert_rejected_with(answer, 400, "is given more than once", parameter)


def test_pages_cover_everything_once(member: Api, viewer: Api, proxy: Any) -> None:
    expected = sorted(f"n{number}" for number in range(12))
    for name in expected:
        create(member, key(name))
    with proxy.recording() as calls:
        first = viewer.call("GET", SEED).json
    assert [call.action for call in calls] == ["ListSecrets"]
    assert first["pagination_metadata"] == {"page": 1, "per_page": 10, "total_pages": 2, "total_items": 12}
    pages = [names(viewer, page=page, per_page=5) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [5, 5, 2, 0]
    assert [name for page in pages for name in page] == expected
    for credential in first["data"]:
        assert credential["credential"]["aws"]["secret_access_key"] == ""


def test_later_pages_show_the_state_of_the_first_without_a_call(member: Api, viewer: Api, proxy: Any) -> None:
    """If one instance serves all pages, as it does for callers who wait for each page."""
    expected = sorted(f"n{number}" for number in range(12))
    for name in expected:
        create(member, key(name))
    first = names(viewer, page=1, per_page=5)
    create(member, key("a new one"))
    with proxy.recording() as calls:
        assert first + names(viewer, page=2, per_page=5) + names(viewer, page=3, per_page=5) == expected
    assert calls == []
    with proxy.recording() as calls:
        assert names(member, page=2, per_page=5) == expected[4:9]
        assert names(viewer, page=2, per_page=5, provider="AWS") == expected[4:9]
        assert names(viewer, page=2, per_page=5, teamspace_id="t") == []
        assert names(viewer, page=1, per_page=5) == ["a new one", *expected[:4]]
    assert [call.action for call in calls] == ["ListSecrets"] * 4
    assert names(viewer, page=2, per_page=5) == expected[4:9]


def test_a_list_takes_one_call_for_a_hundred(
    viewer: Api, member: Api, workspace: str, secrets_manager: Any, proxy: Any
) -> None:
    create(member, key("a", provider_default=True))
    prefix = f"latchkey/tiledb/{workspace}/=/"
    description = json.loads(secrets_manager.describe_secret(SecretId=f"{prefix}a")["Description"])
    for number in range(150):
        name = f"n{number:03}"
        public = description["public"] | {"uuid": name}
        secrets_manager.create_secret(Name=prefix + name, SecretString="x", **described_as(name, public))
    with proxy.recording() as calls:
        answer = viewer.call("GET", SEED, query={"per_page": 100, "page": 2})
    assert [call.action for call in calls] == ["ListSecrets", "ListSecrets"]
    assert answer.json["pagination_metadata"] == {"page": 2, "per_page": 100, "total_pages": 2, "total_items": 151}
    assert len(answer.json["data"]) == 51
    assert {credential["provider_default"] for credential in answer.json["data"]} == {False}


def test_only_the_newer_of_two_states_of_a_credential_is_shown(
    member: Api, workspace: str, secrets_manager: Any
) -> None:
    """A list that lags can show a renamed credential under both of its names."""
    create(member, key("old"))
    before = secrets_manager.describe_secret(SecretId=f"latchkey/tiledb/{workspace}/=/old")["Description"]
    assert patch(member, "old", {"name": "new"}).status == 204
    stale = json.dumps(json.loads(before) | {"name": "stale"})
    secrets_manager.create_secret(Name=f"latchkey/tiledb/{workspace}/=/stale", SecretString="x", Description=stale)
    assert names(member) == ["new"]


def test_filters(member: Api) -> None:
    for kind, (provider, access, _) in KINDS.items():
        create(member, {"name": kind, "provider": provider, **access})
    everything = set(KINDS)
    assert set(names(member)) == everything
    assert set(names(member, provider="AWS")) == {"aws key", "aws role"}
    assert set(names(member, provider=["AWS", "GCP"])) == everything - {"azure key", "azure sas"}
    assert set(names(member, excl_provider="AWS")) == everything - {"aws key", "aws role"}
    assert set(names(member, excl_provider=["AWS", "GCP"])) == {"azure key", "azure sas"}
    assert set(names(member, provider=["AWS", "AWS"])) == {"aws key", "aws role"}
    assert set(names(member, type="key")) == {"aws key", "azure key", "gcp key"}
    assert set(names(member, type="arn")) == {"aws role"}
    assert set(names(member, type="token")) == {"azure sas", "gcp service account"}
    assert set(names(member, type="azure_token")) == {"azure sas"}
    assert names(member, type="arn", provider="GCP") == []


def test_namespaces_are_separate(member: Api, workspace: str) -> None:
    create(member, key("here"))
    create(member, key("there"), teamspace_id="t")
    assert names(member) == ["here"]
    assert names(member, teamspace_id="t") == ["there"]
    assert names(member, teamspace_id="u") == []
    released = member.call("GET", f"/tiledb{SEED}/{workspace}", query={"teamspace_id": "t"}).json
    assert [credential["name"] for credential in released["data"]] == ["there"]
