"""`GET /api/credentials`"""

import base64
import json
from typing import Any

from tests.dqops.conftest import assert_rejected, create
from tests.support.api import Api
from tests.support.proxy import described_as

PATH = "/api/credentials"


def test_a_foreign_caller_is_rejected(foreigner: Api) -> None:
    assert_rejected(foreigner.call("GET", PATH), 403, "No grant")


def test_a_list_shows_names_and_types_sorted_and_no_values(editor: Api, viewer: Api, name: str) -> None:
    binary = {"credential_name": f"b-{name}", "type": "binary", "binary_value": base64.b64encode(b"\xff").decode()}
    assert editor.call("POST", PATH, binary).status == 201
    create(editor, f"a-{name}", "canary")
    for caller, may_edit in ((editor, True), (viewer, False)):
        answer = caller.call("GET", PATH)
        assert answer.status == 200
        names = [item["credential_name"] for item in answer.json]
        assert names == sorted(names)
        rights = {"can_edit": may_edit, "can_access_credential": may_edit}
        assert [item for item in answer.json if item["credential_name"].endswith(name)] == [
            {"credential_name": f"a-{name}", "type": "text", **rights},
            {"credential_name": f"b-{name}", "type": "binary", **rights},
        ]
        assert b"canary" not in answer.content


def test_deleted_credentials_are_not_shown(editor: Api, secrets_manager: Any, name: str) -> None:
    create(editor, name)
    assert editor.call("DELETE", f"{PATH}/{name}").status == 204
    # What a deletion that was cut short leaves behind.
    left = f"left-{name}"
    description = json.dumps({"name": left, "deleted_at": 1})
    secret = f"latchkey/dqops/{left}"
    secrets_manager.create_secret(Name=secret, SecretString="latchkey:deleted:1", Description=description)
    assert [item for item in editor.call("GET", PATH).json if item["credential_name"].endswith(name)] == []


def test_a_secret_that_others_made_is_shown_only_if_its_name_is_a_credentials(
    editor: Api, secrets_manager: Any, name: str
) -> None:
    secrets_manager.create_secret(Name=f"latchkey/dqops/{name}", SecretString="by Terraform")
    for elsewhere in (f"latchkey/tiledb/{name}", f"latchkey/dqops/x/{name}", f"other/latchkey/dqops/{name}"):
        secrets_manager.create_secret(Name=elsewhere, SecretString="v")
    found = [item["credential_name"] for item in editor.call("GET", PATH).json if name in item["credential_name"]]
    assert found == [name]


def test_a_list_takes_one_call_for_a_hundred(editor: Api, proxy: Any, secrets_manager: Any, name: str) -> None:
    present = len(editor.call("GET", PATH).json)
    for number in range(201 - present):
        described = described_as(f"{number}-{name}", {"type": "text"})
        secrets_manager.create_secret(Name=f"latchkey/dqops/{number}-{name}", SecretString="v", **described)
    with proxy.recording() as calls:
        listed = editor.call("GET", PATH).json
    # Tombstones count as secrets until their windows are over.
    assert len(listed) >= 201
    assert sum(call.action == "ListSecrets" for call in calls) == -(-_secrets(secrets_manager) // 100)
    # Only what other tests made by hand is read.
    assert not any(name in str(call.parameters) for call in calls)


def _secrets(secrets_manager: Any) -> int:
    pages = secrets_manager.get_paginator("list_secrets").paginate(
        Filters=[{"Key": "name", "Values": ["latchkey/dqops/"]}]
    )
    return sum(len(page["SecretList"]) for page in pages)
