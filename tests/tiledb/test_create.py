"""`POST /v4/credentials` and `POST /tiledb/v4/credentials/{workspace}`"""

import json
from typing import Any

import pytest

from tests.support.api import Api
from tests.tiledb.conftest import (
    AWS_KEY,
    AWS_ROLE,
    AZURE_KEY,
    KINDS,
    SEED,
    assert_rejected,
    create,
    get,
    key,
    names,
    shown_access,
)


def test_a_caller_without_edit_is_rejected(viewer: Api, foreigner: Api, member: Api, workspace: str) -> None:
    assert_rejected(viewer.call("POST", SEED, key("a")), 403, "`edit`")
    route = f"/tiledb{SEED}/{workspace}"
    assert_rejected(foreigner.call("POST", route, key("a")), 404, "no such workspace")
    assert names(member) == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (None, "no body"),
        (b"{", "not valid JSON"),
        (b"\xff", "UTF-8"),
        (b"[" * 1000 + b"]" * 1000, "nests too deeply"),
        (b'{"name":"a","name":"b"}', "duplicate key"),
        (b"[]", "must be a JSON object"),
    ],
)
def test_a_body_that_is_not_an_object_is_400(member: Api, body: Any, says: str) -> None:
    assert_rejected(member.call("POST", SEED, body), 400, says)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name", "provider", "credential"}),
        (key("verify"), {"name"}),
        (key("a/b"), {"name"}),
        (key("x" * 129), {"name"}),
        (key("a", provider="IBM"), {"provider"}),
        (key("a", provider="GCP"), {"provider"}),
        (key("a", provider_default="yes"), {"provider_default"}),
        (key("a", credential={}), {"credential"}),
        (key("a", credential=[]), {"credential"}),
        (key("a", role={"aws": {}}), {"credential", "role", "role.aws.role_arn", "role.aws.external_id"}),
        (key("a", credential={**AWS_KEY, **AZURE_KEY}), {"credential.aws", "credential.azure", "provider"}),
        (
            key(1, provider=2, credential={"aws": {"access_key_id": 3, "secret_access_key": ""}}),
            {"name", "provider", "credential.aws.access_key_id", "credential.aws.secret_access_key"},
        ),
        ({"name": "a", "provider": "GCP", "token": {"gcp": {"key_text": "{}"}}}, None),
    ],
)
def test_every_invalid_field_is_named(member: Api, body: Any, fields: set[str] | None) -> None:
    assert_rejected(member.call("POST", SEED, body), 400, fields=fields)
    assert names(member) == []


def test_a_body_that_is_too_large_is_413(member: Api) -> None:
    assert_rejected(member.call("POST", SEED, key("x" * 100_000)), 413, "bytes")


def test_a_credential_that_is_too_long_for_a_description_is_listed_all_the_same(member: Api) -> None:
    role = {"aws": AWS_ROLE["aws"] | {"external_id": '"' * 1200}}
    create(member, {"name": "a", "provider": "AWS", "role": role})
    (item,) = member.call("GET", SEED).json["data"]
    assert (item["name"], item["role"]) == ("a", role)


def test_a_name_that_is_taken_is_409(member: Api) -> None:
    create(member, key("a"))
    assert_rejected(member.call("POST", SEED, key("a", allowed_in_tasks=True)), 409, "exists")
    assert "allowed_in_tasks" not in get(member, "a").json["data"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_stored_and_its_secret_never_shown(
    member: Api, workspace: str, secrets_manager: Any, proxy: Any, kind: str
) -> None:
    provider, access, secret = KINDS[kind]
    with proxy.recording() as calls:
        create(member, {"name": kind, "provider": provider, **access})
    assert [call.action for call in calls] == ["CreateSecret"]
    ((field, sent),) = access.items()
    (cloud,) = sent
    assert get(member, kind).json["data"][field] == shown_access(kind)[field]
    name = kind.replace(" ", "=20")
    stored = json.loads(
        secrets_manager.get_secret_value(SecretId=f"latchkey/tiledb/{workspace}/=/{name}")["SecretString"]
    )
    assert stored[field][cloud].get(secret) == sent[cloud].get(secret)


def test_an_idempotency_key_makes_one_credential(member: Api) -> None:
    headers = {"Idempotency-Key": "0b1f6f9f-5b0f-4a3f-b1d0-6c1c6a526b0b"}
    for _ in range(2):
        assert member.call("POST", SEED, key("a"), headers).status == 201
    assert_rejected(member.call("POST", SEED, key("a", provider_default=True), headers), 409)
    assert names(member) == ["a"]


def test_a_repeated_create_is_the_same_default(member: Api) -> None:
    headers = {"Idempotency-Key": "0b1f6f9f-5b0f-4a3f-b1d0-6c1c6a526b0b"}
    body = key("a", provider_default=True)
    assert member.call("POST", SEED, body, headers).status == 201
    first = get(member, "a").json["data"]
    assert member.call("POST", SEED, body, headers).status == 201
    assert get(member, "a").json["data"] == first
    assert first["provider_default"] is True


def test_a_deleted_name_can_be_created_again(member: Api) -> None:
    create(member, key("a", allowed_in_tasks=True))
    first = get(member, "a").json["data"]["uuid"]
    assert member.call("DELETE", f"{SEED}/a").status == 204
    create(member, key("a"))
    data = get(member, "a").json["data"]
    assert "allowed_in_tasks" not in data
    assert data["uuid"] != first
