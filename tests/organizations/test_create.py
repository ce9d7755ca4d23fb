"""`POST /v1/organizations/credentials/create`"""

import json
import re
from typing import Any

import pytest

from tests.organizations.conftest import (
    CREATE,
    SPECIFIC,
    assert_done,
    assert_not_found,
    assert_rejected,
    create,
    credential,
    delete,
    document,
    id_of,
    listed,
    update,
)
from tests.support.api import Api

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def test_a_caller_without_edit_is_rejected(viewer: Api, foreigner: Api, editor: Api, proxy: Any, org: str) -> None:
    with proxy.recording() as calls:
        assert_rejected(viewer.call("POST", CREATE, credential(org)), 403, "`edit`")
        assert_not_found(foreigner.call("POST", CREATE, credential(org)))
        # Also if the request has faults of its own.
        assert_not_found(foreigner.call("POST", f"{CREATE}?action=other", {"org_id": org, "type": 1}))
    assert calls == []
    assert listed(editor, org) == []


def test_a_caller_without_a_key_is_rejected(anonymous: Api, org: str) -> None:
    answer = anonymous.call("POST", CREATE, credential(org))
    assert (answer.status, answer.json["status"]) == (401, 401)
    assert "access key" in answer.json["response"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (None, "no body"),
        (b"", "no body"),
        (b"{", "not valid JSON"),
        (b'{"org_id": "a"} x', "not valid JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"org_id":"a","org_id":"b"}', "duplicate key"),
        (b'{"org_id":"a","specific":{"role":"a","role":"b"}}', "duplicate key"),
        (b"[" * 1000 + b"]" * 1000, "nests too deeply"),
        (b'"text"', "must be a JSON object"),
        (b"[]", "must be a JSON object"),
        ({}, "org_id: is missing"),
        ({"org_id": None}, "org_id: is missing"),
        ({"org_id": ""}, "org_id: is empty"),
        ({"org_id": 1}, "org_id: must be text"),
        ({"org_id": ["a"]}, "org_id: must be text"),
        ({"org_id": "\u00fc" * 129}, "org_id: is longer than 128 characters"),
    ],
)
def test_a_body_without_an_organization_is_400(foreigner: Api, body: Any, says: str) -> None:
    assert_rejected(foreigner.call("POST", CREATE, body), 400, says)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"type": None}, "type: must be text"),
        ({"type": "AWS"}, "type: must be one of aws, azure, gcp"),
        ({"type": "oracle"}, "type: must be one of aws, azure, gcp"),
        ({"type": 1}, "type: must be text"),
        ({"name": None}, "name: is missing"),
        ({"name": ""}, "name: is empty"),
        ({"name": 1}, "name: must be text"),
        ({"name": "\u00fc" * 256}, "name: is longer than 255 characters"),
        ({"comments": 1}, "comments: must be text"),
        ({"comments": "\u00fc" * 1025}, "comments: is longer than 1024 characters"),
        ({"specific": None}, "specific.tenant: is missing"),
        ({"specific": {}}, "specific.tenant: is missing"),
        ({"specific": "key"}, "specific: must be a JSON object"),
        ({"specific": ["key"]}, "specific: must be a JSON object"),
        ({"specific": []}, "specific: must be a JSON object"),
        ({"specific": {"clientId": "c", "key": "k"}}, "specific.tenant: is missing"),
        ({"specific": SPECIFIC["azure"] | {"key": ""}}, "specific.key: is empty"),
        ({"specific": SPECIFIC["azure"] | {"key": None}}, "specific.key: is missing"),
        ({"specific": SPECIFIC["azure"] | {"key": 1}}, "specific.key: must be text"),
        ({"specific": SPECIFIC["azure"] | {"key": {"a": "b"}}}, "specific.key: must be text"),
        ({"specific": SPECIFIC["azure"] | {"key": "k" * 8193}}, "specific.key: is longer than 8192 bytes"),
        ({"specific": SPECIFIC["azure"] | {"tenant": "k" * 2049}}, "specific.tenant: is longer than 2048 bytes"),
        ({"specific": SPECIFIC["azure"] | {"more": "x"}}, "specific.more: is not a documented field"),
        ({"specific": SPECIFIC["aws"]}, "specific.role: is not a documented field of azure"),
        ({"type": "aws"}, "specific.tenant: is not a documented field of aws"),
        ({"type": "aws", "specific": {"role": ""}}, "specific.role: is empty"),
        ({"type": "gcp"}, "specific.tenant: is not a documented field of gcp"),
        (
            {"type": "gap", "specific": SPECIFIC["gcp"] | {"role": "r"}},
            "specific.role: is not a documented field of gcp",
        ),
    ],
)
def test_a_credential_that_cannot_be_stored_is_400(
    editor: Api, proxy: Any, org: str, change: dict[str, Any], says: str
) -> None:
    with proxy.recording() as calls:
        assert_rejected(editor.call("POST", CREATE, credential(org) | change), 400, says)
    assert calls == []


@pytest.mark.parametrize("text", ["ü", "\U0001f511", '"', "\0"])
def test_the_longest_name_and_comments_are_listed(editor: Api, org: str, text: str) -> None:
    """Also if they are too long for a Description."""
    assert_done(
        editor.call("POST", CREATE, credential(org, name=text * 255, comments=text * 1024)), "Credential created"
    )
    (item,) = listed(editor, org)
    assert (item["name"], item["comments"]) == (text * 255, text * 1024)


def test_a_missing_type_is_400(editor: Api, org: str) -> None:
    body = credential(org)
    del body["type"]
    assert_rejected(editor.call("POST", CREATE, body), 400, "type: is missing")


def test_a_body_or_value_over_the_limit_is_413(editor: Api, org: str) -> None:
    body = credential(org, comments="x" * 1_000_000)
    assert_rejected(editor.call("POST", CREATE, body), 413, "131072 bytes")
    nuls = {"tenant": "\0" * 2048, "clientId": "\0" * 2048, "key": "\0" * 8192}
    assert_rejected(editor.call("POST", CREATE, credential(org, specific=nuls)), 413, "65536 bytes")
    assert listed(editor, org) == []


def test_only_the_routes_own_action_is_accepted(editor: Api, org: str) -> None:
    for action in ("remove_credential", "ADD_CREDENTIAL", ""):
        answer = editor.call("POST", f"{CREATE}?action={action}", credential(org))
        assert_rejected(answer, 400, "action: is not this route's: leave it out, or send add_credential")
    for actions in (["add_credential", "remove_credential"], ["add_credential", "add_credential"]):
        answer = editor.call("POST", CREATE, credential(org), query={"action": actions})
        assert_rejected(answer, 400, "action: is given more than once")
    assert listed(editor, org) == []
    assert_done(editor.call("POST", f"{CREATE}?action=add_credential", credential(org)), "Credential created")
    assert len(listed(editor, org)) == 1


@pytest.mark.parametrize(("sent", "stored"), [("aws", "aws"), ("azure", "azure"), ("gcp", "gcp"), ("gap", "gcp")])
def test_a_create_takes_one_call(
    editor: Api, proxy: Any, secrets_manager: Any, org: str, sent: str, stored: str
) -> None:
    body = credential(org, stored, type=sent, unknown={"is": "ignored"})
    with proxy.recording() as calls:
        answer = editor.call("POST", f"{CREATE}?action=add_credential", body)
    assert_done(answer, "Credential created")
    assert [call.action for call in calls] == ["CreateSecret"]

    (item,) = listed(editor, org)
    public = {"type": stored, "name": "production", "comments": "by hand"}
    assert item == public | {"id": item["id"], "resources": 0, "last_time": item["last_time"]}
    assert isinstance(item["resources"], int)
    assert re.fullmatch(UUID, item["id"])
    assert re.fullmatch(TIME, item["last_time"])

    name = f"latchkey/organizations/{org}/{item['id']}"
    secret = secrets_manager.get_secret_value(SecretId=name)
    common = {"org_id": org, "id": item["id"], "last_time": item["last_time"]}
    assert json.loads(secret["SecretString"]) == public | common | {"specific": SPECIFIC[stored]}
    assert answer.headers["etag"] == f'"{secret["VersionId"]}"'
    description = json.loads(secrets_manager.describe_secret(SecretId=name)["Description"])
    shown = public | {"last_time": item["last_time"]}
    assert description == {"name": item["id"], "version": secret["VersionId"], "public": shown}


def test_a_create_says_where_the_credential_is(editor: Api, org: str) -> None:
    create(editor, org, name="before")
    answer = editor.call("POST", CREATE, credential(org))
    (made,) = (item["id"] for item in listed(editor, org) if item["name"] == "production")
    assert answer.headers["location"] == f"/v1/organizations/credentials/{made}"
    # With its id and version, a client can change and delete it without a list.
    changed = update(editor, org, made, {"If-Match": answer.headers["etag"]}, name="changed")
    assert_done(changed, "Credential updated")
    assert_rejected(delete(editor, org, made, {"If-Match": answer.headers["etag"]}), 412, "If-Match")
    removed = delete(editor, org, made, {"If-Match": changed.headers["etag"]})
    assert_done(removed, "Credential removed")
    assert [item["name"] for item in listed(editor, org)] == ["before"]
    for answered in (changed, removed):
        assert "location" not in answered.headers


def test_a_rejected_create_has_no_location(editor: Api, viewer: Api, foreigner: Api, org: str) -> None:
    headers = {"Idempotency-Key": "5b0f6a52-6c1c-4a3f-b1d0-6b0b1f6f9f3e"}
    assert_done(editor.call("POST", CREATE, credential(org), headers), "Credential created")
    for api, body, status in [
        (viewer, credential(org), 403),
        (foreigner, credential(org), 404),
        (editor, credential(org, name=""), 400),
        (editor, credential(org, name="other"), 409),
        (editor, credential(org, comments="x" * 1_000_000), 413),
    ]:
        answer = api.call("POST", CREATE, body, headers)
        assert answer.status == status, answer
        assert not {"location", "etag"} & set(answer.headers), answer


def test_comments_may_be_left_out(editor: Api, secrets_manager: Any, org: str) -> None:
    body = credential(org, "gcp")
    del body["comments"]
    assert_done(editor.call("POST", CREATE, body), "Credential created")
    assert_done(editor.call("POST", CREATE, body | {"comments": None, "name": "z"}), "Credential created")
    for item in listed(editor, org):
        assert item["comments"] == "" == document(secrets_manager, org, item["id"])["comments"]


@pytest.mark.parametrize("kind", SPECIFIC)
def test_the_longest_values_are_stored(editor: Api, secrets_manager: Any, org: str, kind: str) -> None:
    specific = {field: ("k" * 8192 if field == "key" else "\u00fc" * 1024) for field in SPECIFIC[kind]}
    more = {"name": "\U0001f3e2" * 255, "comments": "\u00fc" * 1024, "specific": specific}
    made = create(editor, org, kind, **more)
    stored = document(secrets_manager, org, made)
    assert {field: stored[field] for field in more} == more


@pytest.mark.parametrize("text", [" ", "\n", '"\\', "\0", "\u202e", "e\u0301", "\U0001f3e2", "</script>", "\ufeffx"])
def test_any_text_survives(editor: Api, secrets_manager: Any, org: str, text: str) -> None:
    more = {"name": text, "comments": text, "specific": {"role": text}}
    made = create(editor, org, "aws", **more)
    (item,) = listed(editor, org)
    assert (item["name"], item["comments"]) == (text, text)
    assert document(secrets_manager, org, made)["specific"] == {"role": text}


def test_names_need_not_be_unique(editor: Api, org: str) -> None:
    ids = {create(editor, org, "aws"), create(editor, org, "aws"), create(editor, org, "gcp")}
    assert len(ids) == 3


def test_two_requests_with_an_idempotency_key_make_one_credential(editor: Api, org: str) -> None:
    headers = {"Idempotency-Key": "5b0f6a52-6c1c-4a3f-b1d0-6b0b1f6f9f3e"}
    first = editor.call("POST", CREATE, credential(org), headers)
    second = editor.call("POST", CREATE, credential(org), headers)
    for answer in (first, second):
        assert_done(answer, "Credential created")
    for header in ("etag", "location"):
        assert first.headers[header] == second.headers[header]
    assert [item["id"] for item in listed(editor, org)] == [id_of(first)]
    # The same key with another body is not a repetition.
    assert_rejected(editor.call("POST", CREATE, credential(org, name="other"), headers), 409, "Idempotency-Key")
    assert_rejected(editor.call("POST", CREATE, credential(org), {"Idempotency-Key": "short"}), 400, "Idempotency-Key")
    (item,) = listed(editor, org)
    assert re.fullmatch(UUID, item["id"])
    assert item["name"] == "production"
    # In another organization, the same key makes another credential.
    assert_done(editor.call("POST", CREATE, credential(f"{org}x"), headers), "Credential created")
    assert listed(editor, f"{org}x")[0]["id"] != item["id"]


def test_an_idempotency_key_stays_used(editor: Api, secrets_manager: Any, org: str) -> None:
    headers = {"Idempotency-Key": "5b0f6a52-6c1c-4a3f-b1d0-6b0b1f6f9f3e"}
    assert_done(editor.call("POST", CREATE, credential(org), headers), "Credential created")
    (item,) = listed(editor, org)
    assert_done(update(editor, org, item["id"], name="changed"), "Credential updated")
    assert_rejected(editor.call("POST", CREATE, credential(org), headers), 409, "Idempotency-Key")
    assert document(secrets_manager, org, item["id"])["name"] == "changed"
    # Also once it is deleted: a late repetition must not bring it back.
    assert_done(delete(editor, org, item["id"]), "Credential removed")
    assert_rejected(editor.call("POST", CREATE, credential(org), headers), 409, "Idempotency-Key")
    assert listed(editor, org) == []
