"""`GET /v1/organizations/credentials/list`"""

import json
from typing import Any

import pytest

from tests.organizations.conftest import (
    LIST,
    NOT_FOUND,
    SPECIFIC,
    assert_done,
    assert_not_found,
    assert_rejected,
    create,
    delete,
    listed,
    new_org,
)
from tests.support.api import Api
from tests.support.proxy import described_as


def test_a_foreign_organization_looks_like_an_unknown_one(foreigner: Api, editor: Api, proxy: Any, org: str) -> None:
    create(editor, org)
    with proxy.recording() as calls:
        for named in (org, new_org()):
            assert_not_found(foreigner.call("GET", LIST, query={"org_id": named}))
            assert_not_found(foreigner.call("GET", LIST, query={"org_id": named, "action": "other"}))
    assert calls == []


def test_a_caller_without_permissions_is_rejected(caller: Any, org: str) -> None:
    nobody = caller([{"api": "organizations", "namespaces": [org], "permissions": []}])
    assert_rejected(nobody.call("GET", LIST, query={"org_id": org}), 403, "`view` or `edit`")


def test_a_caller_without_a_key_is_rejected(anonymous: Api, org: str) -> None:
    answer = anonymous.call("GET", LIST, query={"org_id": org})
    assert (answer.status, answer.json["status"]) == (401, 401)
    assert "access key" in answer.json["response"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({}, "org_id: is missing"),
        ({"org_id": ""}, "org_id: is empty"),
        ({"org_id": "\u00fc" * 129}, "org_id: is longer than 128 characters"),
        ({"org_id": ["a", "b"]}, "org_id: is given more than once"),
        ({"org_id": ["a", "a"]}, "org_id: is given more than once"),
        (
            {"org_id": "a", "action": "add_credential"},
            "action: is not this route's: leave it out, or send list_credentials",
        ),
        ({"org_id": "a", "action": ""}, "action: is not this route's: leave it out, or send list_credentials"),
        ({"org_id": "a", "action": ["list_credentials", "add_credential"]}, "action: is given more than once"),
        ({"org_id": "a", "action": ["list_credentials", "list_credentials"]}, "action: is given more than once"),
    ],
)
def test_bad_queries_are_400(editor: Api, query: dict[str, Any], says: str) -> None:
    assert_rejected(editor.call("GET", LIST, query=query), 400, says)


def test_an_organization_without_credentials_has_an_empty_list(editor: Api, viewer: Api, org: str) -> None:
    for query in ({"org_id": org}, {"org_id": org, "action": "list_credentials"}):
        for api in (editor, viewer):
            answer = api.call("GET", LIST, query=query)
            assert (answer.status, answer.json) == (200, {"status": 200, "credentials": []})
            assert answer.headers["cache-control"] == "no-store"


def test_a_list_shows_the_documented_fields_by_name_and_nothing_specific(editor: Api, viewer: Api, org: str) -> None:
    made = {kind: create(editor, org, kind, name=f"{3 - place}") for place, kind in enumerate(SPECIFIC)}
    twin = create(editor, org, "aws", name="3", comments="")
    for api in (editor, viewer):
        answer = api.call("GET", LIST, query={"org_id": org})
        items = answer.json["credentials"]
        assert [list(item) for item in items] == [["type", "id", "name", "comments", "resources", "last_time"]] * 4
        assert [(item["name"], item["type"]) for item in items] == [
            ("1", "gcp"),
            ("2", "azure"),
            ("3", "aws"),
            ("3", "aws"),
        ]
        assert [item["id"] for item in items] == [made["gcp"], made["azure"], *sorted([made["aws"], twin])]
        for value in (value for specific in SPECIFIC.values() for value in specific.values()):
            assert value.encode() not in answer.content


def test_deleted_credentials_are_not_shown(editor: Api, secrets_manager: Any, org: str) -> None:
    gone, present = create(editor, org), create(editor, org)
    assert_done(delete(editor, org, gone), "Credential removed")
    # What a deletion that was cut short leaves behind.
    description = json.dumps({"name": "left", "deleted_at": 1})
    name = f"latchkey/organizations/{org}/left"
    secrets_manager.create_secret(Name=name, SecretString="latchkey:deleted:1", Description=description)
    assert [item["id"] for item in listed(editor, org)] == [present]


def test_secrets_of_others_are_not_shown(editor: Api, secrets_manager: Any, org: str) -> None:
    """Their values are not credentials of this API."""
    for name in (f"latchkey/organizations/{org}/theirs", f"latchkey/organizations/{org}/a/b", f"latchkey/dqops/{org}"):
        secrets_manager.create_secret(Name=name, SecretString="v", Description="by Terraform")
    assert listed(editor, org) == []


def test_a_list_takes_one_call_for_a_hundred(editor: Api, proxy: Any, secrets_manager: Any, org: str) -> None:
    for number in range(201):
        public = {"type": "aws", "name": f"{number:03}", "comments": "", "last_time": "2026-01-01T00:00:00.000Z"}
        secrets_manager.create_secret(
            Name=f"latchkey/organizations/{org}/{number}",
            SecretString="v",
            **described_as(str(number), public),
        )
    with proxy.recording() as calls:
        items = listed(editor, org)
    assert [item["id"] for item in items] == [str(number) for number in range(201)]
    assert [call.action for call in calls] == ["ListSecrets"] * 3
    assert calls[0].parameters["Filters"] == [{"Key": "name", "Values": [f"latchkey/organizations/{org}/"]}]


def test_its_function_reads_only_its_own_values(stack: Any) -> None:
    iam = stack.client("iam")
    (role,) = (
        role["RoleName"]
        for page in iam.get_paginator("list_roles").paginate()
        for role in page["Roles"]
        if "OrganizationsList" in role["RoleName"]
    )
    policies = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    (statements,) = policies
    everywhere, own = statements
    assert everywhere["Action"] == ["secretsmanager:BatchGetSecretValue", "secretsmanager:ListSecrets"]
    assert own["Action"] == "secretsmanager:GetSecretValue"
    assert own["Resource"].endswith(":secret:latchkey/organizations/*")


def test_a_post_to_it_is_not_a_route(editor: Api, org: str) -> None:
    answer = editor.call("POST", LIST, {"org_id": org})
    assert (answer.status, answer.json["status"]) == (NOT_FOUND["status"], 404)
