"""`POST /v1/organizations/credentials/delete`"""

import json
import uuid
from typing import Any

import pytest

from tests.organizations.conftest import (
    DELETE,
    SPECIFIC,
    assert_done,
    assert_not_found,
    assert_rejected,
    create,
    delete,
    document,
    listed,
    log_lines,
    new_org,
    update,
)
from tests.support.api import Api
from tests.support.proxy import OPEN, round_trips


def test_a_caller_without_edit_is_rejected(
    viewer: Api, foreigner: Api, editor: Api, secrets_manager: Any, proxy: Any, org: str
) -> None:
    made = create(editor, org)
    with proxy.recording() as calls:
        assert_rejected(delete(viewer, org, made), 403, "`edit`")
        assert_not_found(delete(foreigner, org, made))
        assert_not_found(foreigner.call("POST", f"{DELETE}?action=other", {"org_id": org, "credential_id": 1}))
    assert calls == []
    assert document(secrets_manager, org, made)["specific"] == SPECIFIC["azure"]


def test_a_caller_without_a_key_is_rejected(anonymous: Api, org: str) -> None:
    answer = delete(anonymous, org, "any")
    assert (answer.status, answer.json["status"]) == (401, 401)


def test_an_unknown_credential_is_404(editor: Api, org: str) -> None:
    made = create(editor, org)
    for unknown in (str(uuid.uuid4()), made[:-1], f"{made}x", made.upper(), "*", " ", f"../{org}/{made}"):
        assert_not_found(delete(editor, org, unknown))
    assert_not_found(delete(editor, new_org(), made))
    assert [item["id"] for item in listed(editor, org)] == [made]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"credential_id": None}, "credential_id: is missing"),
        ({"credential_id": ""}, "credential_id: is empty"),
        ({"credential_id": ["a"]}, "credential_id: must be text"),
        ({"comments": 1}, "comments: must be text"),
        ({"comments": "\u00fc" * 1025}, "comments: is longer than 1024 characters"),
        ({"org_id": None}, "org_id: is missing"),
    ],
)
def test_bad_input_deletes_nothing(editor: Api, org: str, change: dict[str, Any], says: str) -> None:
    made = create(editor, org)
    body = {"org_id": org, "credential_id": made, "comments": "not needed"}
    assert_rejected(editor.call("POST", DELETE, body | change), 400, says)
    assert_rejected(editor.call("POST", f"{DELETE}?action=add_credential", body), 400, "send remove_credential")
    twice = editor.call("POST", DELETE, body, query={"action": ["remove_credential", "remove_credential"]})
    assert_rejected(twice, 400, "action: is given more than once")
    assert [item["id"] for item in listed(editor, org)] == [made]


@pytest.mark.parametrize("body", [None, b"{", b"\xff", b'{"org_id":"a","org_id":"a"}', {}, [], "text"])
def test_a_body_without_an_organization_is_400(editor: Api, body: Any) -> None:
    assert_rejected(editor.call("POST", DELETE, body), 400, "")


@pytest.mark.parametrize("kind", SPECIFIC)
def test_a_deletion_is_recoverable_and_takes_three_round_trips(
    editor: Api, proxy: Any, secrets_manager: Any, org: str, kind: str
) -> None:
    made, other = create(editor, org, kind), create(editor, org, kind)
    before = document(secrets_manager, org, made)
    with proxy.recording() as calls:
        answer = delete(editor, org, made)
    assert_done(answer, "Credential removed")
    assert round_trips(calls) == [OPEN, "UpdateSecret", "DeleteSecret"]
    assert calls[-1].parameters["RecoveryWindowInDays"] == 7
    assert_not_found(delete(editor, org, made))
    assert_not_found(update(editor, org, made, name="new"))
    assert [item["id"] for item in listed(editor, org)] == [other]
    # An administrator can get it back: the restored secret is a tombstone, and its previous version has the value.
    secret = f"latchkey/organizations/{org}/{made}"
    secrets_manager.restore_secret(SecretId=secret)
    assert secrets_manager.get_secret_value(SecretId=secret)["SecretString"].startswith("latchkey:deleted:")
    previous = secrets_manager.get_secret_value(SecretId=secret, VersionStage="AWSPREVIOUS")
    assert json.loads(previous["SecretString"]) == before
    assert_not_found(update(editor, org, made, name="new"))


def test_action_and_comments_are_optional(editor: Api, org: str) -> None:
    for body, query in (({}, ""), ({"comments": None}, "?action=remove_credential"), ({"comments": ""}, "")):
        made = create(editor, org)
        answer = editor.call("POST", DELETE + query, {"org_id": org, "credential_id": made} | body)
        assert_done(answer, "Credential removed")
    assert listed(editor, org) == []


def test_if_match_is_honoured(editor: Api, org: str) -> None:
    made = create(editor, org)
    version = update(editor, org, made, name="new").headers["etag"]
    assert_rejected(delete(editor, org, made, {"If-Match": '"other"'}), 412, "If-Match")
    assert len(listed(editor, org)) == 1
    assert_done(delete(editor, org, made, {"If-Match": version}), "Credential removed")


def test_the_comments_are_in_the_log(stack: Any, editor: Api, org: str) -> None:
    made = create(editor, org)
    comments = f'left the \u2601\n"{uuid.uuid4().hex}'
    body = {"org_id": org, "credential_id": made, "comments": comments}
    assert_done(editor.call("POST", DELETE, body), "Credential removed")
    (line,) = (line for line in log_lines(stack, comments[-32:]) if "remark" in line)
    assert line["remark"] == comments
    assert (line["operation"], line["outcome"], line["status"]) == ("organizations-delete", "ok", 200)
    assert (line["key_id"], line["namespace"]) == ((editor.token or "").partition(".")[0], org)


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\x0b", "\x85", "\u2028", "\u2029"])
def test_comments_cannot_forge_a_log_line(stack: Any, editor: Api, org: str, line_break: str) -> None:
    forged = json.dumps({"operation": "organizations-delete", "outcome": "ok", "request_id": uuid.uuid4().hex})
    body = {"org_id": org, "credential_id": "unknown", "comments": f"a{line_break}{forged}"}
    assert_not_found(editor.call("POST", DELETE, body))
    (line,) = log_lines(stack, forged[-34:-2])
    assert (line["outcome"], line["status"]) == ("not_found", 404)
    assert line["remark"].splitlines()[1] == forged


def test_a_deletion_that_was_cut_short_is_finished(editor: Api, secrets_manager: Any, org: str) -> None:
    secret = f"latchkey/organizations/{org}/left"
    description = json.dumps({"name": "left", "deleted_at": 1})
    secrets_manager.create_secret(Name=secret, SecretString="latchkey:deleted:1", Description=description)
    assert_not_found(delete(editor, org, "left"))
    assert "DeletedDate" in secrets_manager.describe_secret(SecretId=secret)
