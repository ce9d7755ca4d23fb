"""`GET /v4/credentials/{name}` and `GET /tiledb/v4/credentials/{workspace}/{name}`"""

import base64
import re
from typing import Any

import pytest

from local.stack import Stack
from tests.support.api import Api, encoded
from tests.tiledb.conftest import SEED, assert_rejected, create, get, key, names


def test_a_credential_that_the_caller_may_not_see_is_404(member: Api, foreigner: Api, workspace: str) -> None:
    create(member, key("a"))
    assert_rejected(member.call("GET", f"{SEED}/b"), 404, "no such")
    assert_rejected(foreigner.call("GET", f"/tiledb{SEED}/{workspace}/a"), 404, "no such workspace")
    assert_rejected(foreigner.call("GET", f"/tiledb{SEED}/unknown/a"), 404, "no such workspace")
    assert foreigner.call("GET", f"{SEED}/a").status == 404


def test_a_read_takes_one_call_and_returns_the_model(viewer: Api, member: Api, proxy: Any) -> None:
    create(member, key("a", allowed_in_tasks=False))
    with proxy.recording() as calls:
        answer = get(viewer, "a")
    assert answer.status == 200
    assert [call.action for call in calls] == ["GetSecretValue"]
    data = answer.json["data"]
    assert data["uuid"] == data["id"]
    for time in (data.pop("created_at"), data.pop("updated_at")):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", time)
    assert data.pop("uuid")
    assert data.pop("id")
    assert data == {
        "credential_type": "workspace",
        "name": "a",
        "provider": "AWS",
        "provider_default": False,
        "allowed_in_tasks": False,
        "credential": {"aws": {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": ""}},
    }


def test_a_read_takes_another_call_if_the_default_matters(member: Api, proxy: Any) -> None:
    create(member, key("a", provider_default=True))
    with proxy.recording() as calls:
        data = get(member, "a").json["data"]
    assert data["provider_default"] is True
    assert [call.action for call in calls] == ["GetSecretValue", "GetSecretValue"]


def test_teamspaces_are_separate_from_the_workspace(member: Api) -> None:
    create(member, key("a"))
    create(member, key("a"), teamspace_id="t")
    here, there = get(member, "a").json["data"], get(member, "a", teamspace_id="t").json["data"]
    assert (here["credential_type"], there["credential_type"]) == ("workspace", "teamspace")
    assert here["uuid"] != there["uuid"]
    assert get(member, "a", teamspace_id="").json["data"]["uuid"] == here["uuid"]
    assert get(member, "a", teamspace_id="u").status == 404


@pytest.mark.parametrize(
    "name",
    [
        "with space",
        "ünï-ключ",
        "plus+at@eq=",
        "100%",
        "a&b?c#d",
        "..hidden",
        "tail-AbCdEf",
        "🔑",
        "=defaults",
        "ü" * 128,
    ],
)
def test_names_round_trip_on_both_routes(member: Api, workspace: str, name: str) -> None:
    create(member, key(name))
    assert get(member, name).json["data"]["name"] == name
    released = member.call("GET", f"/tiledb{SEED}/{workspace}/{encoded(name)}")
    assert released.json == get(member, name).json


def test_every_way_to_send_the_key(stack: Stack, member: Api) -> None:
    create(member, key("a"))
    token = member.token or ""
    basic = base64.b64encode(token.replace(".", ":", 1).encode()).decode()
    anonymous = Api(stack.url, None)
    for headers in (
        {"X-TILEDB-REST-API-KEY": token},
        {"Authorization": f"Basic {basic}"},
        {"Authorization": f"Bearer {token}"},
        # If both are sent, TileDB's header decides.
        {"X-TILEDB-REST-API-KEY": token, "Authorization": "Bearer unknown.wrong"},
    ):
        assert anonymous.call("GET", f"{SEED}/a", headers=headers).status == 200, headers
    for headers in (
        {},
        {"X-TILEDB-REST-API-KEY": "unknown.wrong"},
        {"X-TILEDB-REST-API-KEY": "unknown.wrong", "Authorization": f"Bearer {token}"},
    ):
        rejected = anonymous.call("GET", f"{SEED}/a", headers=headers)
        assert (rejected.status, rejected.json["code"]) == (401, 401), headers


def test_a_value_that_others_stored_is_not_a_credential(member: Api, workspace: str, secrets_manager: Any) -> None:
    secrets_manager.create_secret(Name=f"latchkey/tiledb/{workspace}/=/foreign", SecretString="by hand")
    assert_rejected(get(member, "foreign"), 409, "no credential of this API")
    assert names(member) == []


def test_a_client_that_has_the_version_gets_no_body(member: Api) -> None:
    create(member, key("a"))
    version = get(member, "a").headers["etag"]
    answer = member.call("GET", f"{SEED}/a", headers={"If-None-Match": version})
    assert (answer.status, answer.content, answer.headers["etag"]) == (304, b"", version)


def test_a_default_is_always_returned_whole(member: Api) -> None:
    """Its version does not tell whether it is still the default."""
    create(member, key("a", provider_default=True))
    version = get(member, "a").headers["etag"]
    create(member, key("b", provider_default=True))
    answer = member.call("GET", f"{SEED}/a", headers={"If-None-Match": version})
    assert (answer.headers["etag"], answer.status) == (version, 200)
    assert answer.json["data"]["provider_default"] is False
