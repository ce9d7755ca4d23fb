"""`DELETE /api/credentials/{credentialName}`"""

import json
from typing import Any

from tests.dqops.conftest import assert_rejected, create, get, text
from tests.support.api import Answer, Api, encoded
from tests.support.proxy import OPEN, round_trips


def delete(api: Api, name: str, headers: dict[str, str] | None = None) -> Answer:
    return api.call("DELETE", f"/api/credentials/{encoded(name)}", headers=headers)


def test_a_caller_without_edit_is_rejected(editor: Api, viewer: Api, foreigner: Api, name: str) -> None:
    create(editor, name)
    assert_rejected(delete(viewer, name), 403, "`edit`")
    assert_rejected(delete(foreigner, name), 403, "No grant")
    assert get(editor, name).status == 200


def test_an_unknown_name_is_404(editor: Api, name: str) -> None:
    assert_rejected(delete(editor, name), 404, "no such")


def test_a_deletion_is_recoverable_and_takes_three_round_trips(
    editor: Api, proxy: Any, secrets_manager: Any, name: str
) -> None:
    create(editor, name, "old")
    with proxy.recording() as calls:
        answer = delete(editor, name)
    assert (answer.status, answer.content) == (204, b"")
    assert round_trips(calls) == [OPEN, "UpdateSecret", "DeleteSecret"]
    assert calls[-1].parameters["RecoveryWindowInDays"] == 7
    assert_rejected(get(editor, name), 404, "no such")
    assert_rejected(delete(editor, name), 404, "no such")
    assert_rejected(editor.call("PUT", f"/api/credential/{name}", text(name)), 404, "no such")
    # An administrator can get it back: the restored secret is a tombstone, and its previous version has the value.
    secret = f"latchkey/dqops/{name}"
    secrets_manager.restore_secret(SecretId=secret)
    assert secrets_manager.get_secret_value(SecretId=secret)["SecretString"].startswith("latchkey:deleted:")
    assert secrets_manager.get_secret_value(SecretId=secret, VersionStage="AWSPREVIOUS")["SecretString"] == "old"
    assert get(editor, name).status == 404


def test_if_match_is_honoured(editor: Api, name: str) -> None:
    version = create(editor, name).headers["etag"]
    assert_rejected(delete(editor, name, {"If-Match": '"other"'}), 412, "Read it again")
    assert get(editor, name).status == 200
    assert delete(editor, name, {"If-Match": version}).status == 204


def test_a_deletion_that_was_cut_short_is_finished(editor: Api, secrets_manager: Any, name: str) -> None:
    secret = f"latchkey/dqops/{name}"
    description = json.dumps({"name": name, "deleted_at": 1})
    secrets_manager.create_secret(Name=secret, SecretString="latchkey:deleted:1", Description=description)
    assert_rejected(delete(editor, name), 404, "no such")
    assert "DeletedDate" in secrets_manager.describe_secret(SecretId=secret)
