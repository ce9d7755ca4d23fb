"""`POST /v1/organizations/credentials/update`"""

import json
import uuid
from typing import Any

import pytest

from tests.organizations.conftest import (
    SPECIFIC,
    UPDATE,
    assert_done,
    assert_not_found,
    assert_rejected,
    create,
    document,
    listed,
    log_lines,
    new_org,
    update,
)
from tests.support.api import Api
from tests.support.proxy import OPEN, round_trips


@pytest.fixture
def azure(editor: Api, org: str) -> str:
    return create(editor, org)


def test_a_caller_without_edit_is_rejected(
    viewer: Api, foreigner: Api, secrets_manager: Any, proxy: Any, org: str, azure: str
) -> None:
    before = document(secrets_manager, org, azure)
    with proxy.recording() as calls:
        assert_rejected(update(viewer, org, azure, name="new"), 403, "`edit`")
        assert_not_found(update(foreigner, org, azure, name="new"))
        assert_not_found(foreigner.call("POST", f"{UPDATE}?action=other", {"org_id": org, "data": 1}))
    assert calls == []
    assert document(secrets_manager, org, azure) == before


def test_a_caller_without_a_key_is_rejected(anonymous: Api, org: str, azure: str) -> None:
    answer = update(anonymous, org, azure, name="new")
    assert (answer.status, answer.json["status"]) == (401, 401)


def test_an_unknown_credential_is_404(editor: Api, org: str, azure: str) -> None:
    for unknown in (str(uuid.uuid4()), azure[:-1], f"{azure}x", azure.upper(), "*", f"../{org}/{azure}", "x" * 1000):
        assert_not_found(update(editor, org, unknown, name="new"))
    assert_not_found(update(editor, new_org(), azure, name="new"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"credential_id": None}, "credential_id: is missing"),
        ({"credential_id": ""}, "credential_id: is empty"),
        ({"credential_id": 1}, "credential_id: must be text"),
        ({"data": None}, "data: must be a JSON object"),
        ({"data": "name"}, "data: must be a JSON object"),
        ({"data": []}, "data: must be a JSON object"),
        ({"data": {"name": 1}}, "data.name: must be text"),
        ({"data": {"name": ""}}, "data.name: is empty"),
        ({"data": {"name": "\u00fc" * 256}}, "data.name: is longer than 255 characters"),
        ({"data": {"comments": "\u00fc" * 1025}}, "data.comments: is longer than 1024 characters"),
        ({"data": {"nmae": "new"}}, "data.nmae: is not a documented field"),
        ({"data": {"type": "gcp"}}, "data.type: is not a documented field"),
        ({"data": {"specific": {"more": "m"}}}, "data.specific.more: is not a documented field"),
        ({"data": {"specific": {"role": "r"}}}, "data.specific.role: is not a documented field of azure"),
        ({"data": {"specific": {"project": "p"}}}, "data.specific.project: is not a documented field"),
        ({"data": {"specific": {"tenant": "t"}}}, "data.specific.tenant: cannot be changed"),
        ({"data": {"specific": {"key": ""}}}, "data.specific.key: is empty"),
        ({"data": {"specific": {"key": 1}}}, "data.specific.key: must be text"),
        ({"data": {"specific": {"key": "k" * 8193}}}, "data.specific.key: is longer than 8192 bytes"),
        ({"data": {"specific": "key"}}, "data.specific: must be a JSON object"),
        ({"data": {"specific": []}}, "data.specific: must be a JSON object"),
        ({"reason": 1}, "reason: must be text"),
        ({"reason": "\u00fc" * 1025}, "reason: is longer than 1024 characters"),
    ],
)
def test_a_change_that_cannot_be_stored_changes_nothing(
    editor: Api, secrets_manager: Any, org: str, azure: str, change: dict[str, Any], says: str
) -> None:
    before = document(secrets_manager, org, azure)
    body = {"org_id": org, "credential_id": azure, "data": {"name": "new"}, "reason": "because"}
    assert_rejected(editor.call("POST", UPDATE, body | change), 400, says)
    assert document(secrets_manager, org, azure) == before


@pytest.mark.parametrize("body", [None, b"{", b"\xff", b'{"data":{},"data":{}}', b"[" * 1000 + b"]" * 1000, {}, []])
def test_a_body_without_an_organization_is_400(editor: Api, body: Any) -> None:
    assert_rejected(editor.call("POST", UPDATE, body), 400, "")


@pytest.mark.parametrize(("kind", "other"), [("aws", "gcp"), ("azure", "aws"), ("gcp", "azure")])
def test_a_field_of_another_type_is_400(editor: Api, secrets_manager: Any, org: str, kind: str, other: str) -> None:
    made = create(editor, org, kind)
    answer = update(editor, org, made, name="new", specific=SPECIFIC[other])
    assert_rejected(answer, 400, f"data.specific.{next(iter(SPECIFIC[other]))}: is not a documented field")
    stored = document(secrets_manager, org, made)
    assert (stored["name"], stored["specific"]) == ("production", SPECIFIC[kind])


def test_only_the_routes_own_action_is_accepted(editor: Api, org: str, azure: str) -> None:
    body = {"org_id": org, "credential_id": azure, "data": {"name": "new"}}
    assert_rejected(editor.call("POST", f"{UPDATE}?action=add_credential", body), 400, "send update_credential")
    twice = editor.call("POST", UPDATE, body, query={"action": ["update_credential", "update_credential"]})
    assert_rejected(twice, 400, "action: is given more than once")
    assert listed(editor, org)[0]["name"] == "production"
    assert_done(editor.call("POST", f"{UPDATE}?action=update_credential", body), "Credential updated")
    assert listed(editor, org)[0]["name"] == "new"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("aws", {"specific": {"role": "new role"}}),
        ("azure", {"specific": {"clientId": "new client", "key": "new key"}}),
        ("azure", {"specific": {"key": "new key"}}),
        ("azure", {"specific": {"clientId": "new client", "key": None}, "name": None}),
        ("gcp", {"specific": {"project": "new project"}}),
        ("aws", {"name": "new name"}),
        ("azure", {"comments": "new comments"}),
        ("gcp", {"comments": ""}),
        ("gcp", {"name": "new name", "comments": "new comments", "specific": {"project": "new project"}}),
        ("azure", {}),
        ("azure", {"specific": {}}),
    ],
)
def test_an_update_changes_only_what_it_names_in_two_round_trips(
    editor: Api, proxy: Any, secrets_manager: Any, org: str, kind: str, data: dict[str, Any]
) -> None:
    made = create(editor, org, kind)
    before = document(secrets_manager, org, made)
    with proxy.recording() as calls:
        answer = update(editor, org, made, **data)
    assert_done(answer, "Credential updated")
    assert round_trips(calls) == [OPEN, "UpdateSecret"]

    given = {field: value for field, value in data.items() if value is not None}
    changed = {field: value for field, value in given.get("specific", {}).items() if value is not None}
    after = document(secrets_manager, org, made)
    assert after["last_time"] > before["last_time"]
    expected = before | given | {"specific": SPECIFIC[kind] | changed, "last_time": after["last_time"]}
    assert after == expected
    (item,) = listed(editor, org)
    shown = {field: after[field] for field in ("type", "id", "name", "comments", "last_time")}
    assert item == shown | {"resources": 0}
    name = f"latchkey/organizations/{org}/{made}"
    assert answer.headers["etag"] == f'"{secrets_manager.get_secret_value(SecretId=name)["VersionId"]}"'


def test_azures_tenant_survives_every_update(editor: Api, secrets_manager: Any, org: str, azure: str) -> None:
    for number in range(3):
        assert_done(update(editor, org, azure, specific={"clientId": "c", "key": f"{number}"}), "Credential updated")
    assert document(secrets_manager, org, azure)["specific"] == {
        "tenant": "the tenant",
        "clientId": "c",
        "key": "2",
    }


def test_if_match_is_honoured(editor: Api, org: str, azure: str) -> None:
    second = update(editor, org, azure, name="second").headers["etag"]
    third = update(editor, org, azure, {"If-Match": second}, name="third").headers["etag"]
    assert second != third
    assert_rejected(update(editor, org, azure, {"If-Match": second}, name="fourth"), 412, "If-Match")
    assert_rejected(update(editor, org, azure, {"If-Match": "unquoted"}, name="fourth"), 400, "If-Match")
    assert listed(editor, org)[0]["name"] == "third"
    assert_done(update(editor, org, azure, {"If-Match": "*"}, name="fourth"), "Credential updated")


def test_the_reason_is_in_the_log_and_no_secret_is(stack: Any, editor: Api, org: str, azure: str) -> None:
    reason, canary = f'"rotated"\n{uuid.uuid4().hex}', f"canary{uuid.uuid4().hex}"
    body = {"org_id": org, "credential_id": azure, "data": {"specific": {"key": canary}}, "reason": reason}
    assert_done(editor.call("POST", UPDATE, body), "Credential updated")
    # Also the reason of a rejected attempt.
    rejected = body | {"data": {"specific": {"role": canary}}}
    assert_rejected(
        editor.call("POST", UPDATE, rejected), 400, "data.specific.role: is not a documented field of azure"
    )
    lines = [line for line in log_lines(stack, reason[-32:]) if line.get("remark") == reason]
    for line in lines:
        assert line["operation"] == "organizations-update"
        assert line["key_id"] == (editor.token or "").partition(".")[0]
        assert line["namespace"] == org
    assert [(line["outcome"], line["status"]) for line in lines] == [("ok", 200), ("invalid", 400)]
    assert log_lines(stack, canary) == []


def test_a_foreigners_reason_is_not_recorded(stack: Any, foreigner: Api, org: str, azure: str) -> None:
    reason = uuid.uuid4().hex
    body = {"org_id": org, "credential_id": azure, "data": {"name": "new"}, "reason": reason}
    assert_not_found(foreigner.call("POST", UPDATE, body))
    assert log_lines(stack, reason) == []


def test_a_value_that_others_stored_is_409_and_stays(stack: Any, editor: Api, secrets_manager: Any, org: str) -> None:
    name = f"latchkey/organizations/{org}/theirs"
    secrets_manager.create_secret(Name=name, SecretString="hunter2 is no document")
    assert_rejected(update(editor, org, "theirs", name="new"), 409, "no credential of this API")
    assert secrets_manager.get_secret_value(SecretId=name)["SecretString"] == "hunter2 is no document"
    (line,) = (line for line in log_lines(stack, org) if line.get("outcome") == "foreign_value")
    assert line["level"] == "WARN"


def test_a_document_that_others_stored_can_be_changed(editor: Api, secrets_manager: Any, org: str) -> None:
    stored = {"org_id": org, "id": "theirs", "type": "gcp", "name": "by Terraform", "specific": SPECIFIC["gcp"]}
    secrets_manager.create_secret(Name=f"latchkey/organizations/{org}/theirs", SecretString=json.dumps(stored))
    assert_done(update(editor, org, "theirs", comments="ours now"), "Credential updated")
    (item,) = listed(editor, org)
    assert (item["type"], item["name"], item["comments"]) == ("gcp", "by Terraform", "ours now")
    assert document(secrets_manager, org, "theirs")["specific"] == SPECIFIC["gcp"]
