"""`GET /applications/{applicationId}/credentials/{credentialId}`"""

from typing import Any

import pytest

from tests.losant.conftest import (
    NO_APPLICATION,
    NOT_FOUND,
    TYPES,
    assert_rejected,
    assert_valid,
    create,
    get,
    item,
    new_id,
)
from tests.support.api import Api
from tests.support.proxy import Proxy


def test_a_foreign_caller_finds_no_application(foreigner: Api, editor: Api, app: str) -> None:
    made = create(editor, app)
    answer = get(foreigner, app, made["id"])
    assert (answer.status, answer.json) == (404, NO_APPLICATION)
    assert get(foreigner, new_id(), made["id"]).json == NO_APPLICATION


def test_another_applications_credential_is_404(editor: Api, app: str) -> None:
    made = create(editor, app)
    answer = get(editor, new_id(), made["id"])
    assert (answer.status, answer.json) == (404, NOT_FOUND)


def test_an_unknown_credential_is_404(editor: Api, secrets_manager: Any, app: str) -> None:
    made = create(editor, app)["id"]
    secrets_manager.create_secret(Name=f"latchkey/losant/{app}/byhand", SecretString="v")
    other = made[:16] + format(int(made[16:], 16) ^ 1, "08x")
    for odd in (new_id(), other, made[:23], made + "0", made.upper(), made[:16], "byhand", "%2A", "=name"):
        answer = get(editor, app, odd)
        assert (answer.status, answer.json) == (404, NOT_FOUND), odd


def test_a_value_that_others_wrote_is_a_conflict(editor: Api, secrets_manager: Any, app: str) -> None:
    credential_id = new_id()
    secrets_manager.create_secret(Name=f"latchkey/losant/{app}/{credential_id[:16]}", SecretString="s3cret")
    assert_rejected(get(editor, app, credential_id), 409, "Conflict", "no credential of this API")


@pytest.mark.parametrize("kind", TYPES)
def test_a_read_takes_one_call_and_returns_no_secret(
    editor: Api, viewer: Api, proxy: Proxy, app: str, kind: str
) -> None:
    made = create(editor, app, "n", kind)
    with proxy.recording() as calls:
        answer = viewer.call("GET", item(app, made["id"]), query={"_actions": "false", "_links": "true"})
    assert answer.status == 200
    assert [call.action for call in calls] == ["GetSecretValue"]
    assert answer.json == made
    assert_valid("credential", answer.json)
    assert answer.headers["etag"]
    assert answer.headers["cache-control"] == "no-store"


def test_a_client_that_has_the_version_gets_no_body(editor: Api, app: str) -> None:
    made = create(editor, app)["id"]
    version = get(editor, app, made).headers["etag"]
    path = f"/applications/{app}/credentials/{made}"
    answer = editor.call("GET", path, headers={"If-None-Match": version})
    assert (answer.status, answer.content, answer.headers["etag"]) == (304, b"", version)
    changed = editor.call("PATCH", path, {"enabled": False}, headers={"If-None-Match": version})
    assert (changed.status, changed.json["enabled"]) == (200, False), "a write must return the whole credential"
    assert editor.call("GET", path, headers={"If-None-Match": version}).status == 200
