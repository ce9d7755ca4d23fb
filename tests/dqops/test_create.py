"""`POST /api/credentials`"""

import base64
import json
from typing import Any

import pytest

from tests.dqops.conftest import assert_rejected, create, get, text
from tests.support.api import Api

PATH = "/api/credentials"


def test_a_caller_without_edit_is_rejected(viewer: Api, foreigner: Api, editor: Api, name: str) -> None:
    assert_rejected(viewer.call("POST", PATH, text(name)), 403, "`edit`")
    assert_rejected(foreigner.call("POST", PATH, text(name)), 403, "No grant")
    assert get(editor, name).status == 404


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (None, "no body"),
        (b"", "no body"),
        (b"{", "not valid JSON"),
        (b'{"credential_name": "a"} x', "not valid JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"credential_name":"a","credential_name":"b"}', "duplicate key"),
        (b"[" * 1000 + b"]" * 1000, "nests too deeply"),
        (b'"text"', "must be a JSON object"),
        ({"credential_name": 1, "type": "text", "text_value": "v"}, "credential_name: must be text"),
        ({"credential_name": "a", "type": "file", "text_value": "v"}, "type: must be one of text, binary"),
        ({"credential_name": "a", "type": "text", "text_value": ["v"]}, "text_value: must be text"),
        ({"credential_name": "a", "type": "binary", "binary_value": "not base64!"}, "binary_value: must be base64"),
        ({"credential_name": "a", "type": "binary", "binary_value": "dg"}, "binary_value: must be base64"),
    ],
)
def test_a_body_that_does_not_fit_the_model_is_400(editor: Api, body: Any, says: str) -> None:
    assert_rejected(editor.call("POST", PATH, body), 400, says)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "credential_name: is missing"),
        ({"credential_name": "", "type": "text", "text_value": "v"}, "credential_name: is empty"),
        ({"credential_name": "..", "type": "text", "text_value": "v"}, "credential_name: cannot stand in a path"),
        ({"credential_name": "a/b", "type": "text", "text_value": "v"}, "credential_name: holds a slash, which"),
        *(
            (
                {"credential_name": f"a{odd}b", "type": "text", "text_value": "v"},
                "credential_name: holds control characters",
            )
            for odd in ("\0", "\n", "\t", "\x1b", "\x7f", "\x85")
        ),
        (
            {"credential_name": "x" * 256, "type": "text", "text_value": "v"},
            "credential_name: is longer than 255 bytes",
        ),
        ({"credential_name": "a", "text_value": "v"}, "type: is missing"),
        ({"credential_name": "a", "type": "text"}, "text_value: is missing; give one of text_value, binary_value"),
        ({"credential_name": "a", "type": "text", "text_value": ""}, "empty"),
        ({"credential_name": "a", "type": "text", "binary_value": "dg=="}, "binary_value"),
        ({"credential_name": "a", "type": "binary", "text_value": "v"}, "text_value"),
        (
            {"credential_name": "a", "type": "text", "text_value": "v", "binary_value": "dg=="},
            "text_value: cannot be given together with binary_value",
        ),
        ({"credential_name": "a", "type": "text", "text_value": "latchkey:deleted:x"}, "reserved"),
    ],
)
def test_a_credential_that_cannot_be_stored_is_406(editor: Api, body: Any, says: str) -> None:
    assert_rejected(editor.call("POST", PATH, body), 406, says)


def test_a_value_over_the_limit_is_413(editor: Api, name: str) -> None:
    assert_rejected(editor.call("POST", PATH, text(name, "x" * 65_537)), 413, "65536")
    binary = {"credential_name": name, "type": "binary", "binary_value": base64.b64encode(b"\xff" * 65_537).decode()}
    assert_rejected(editor.call("POST", PATH, binary), 413, "65536")
    assert_rejected(editor.call("POST", PATH, text(name, "x" * 1_000_000)), 413, "bytes")
    assert get(editor, name).status == 404


def test_a_name_that_is_taken_is_409_and_stays_as_it_was(editor: Api, name: str) -> None:
    create(editor, name, "first")
    assert_rejected(editor.call("POST", PATH, text(name, "second")), 409, "exists")
    assert get(editor, name).json == text(name, "first")


def test_a_create_takes_one_call_and_returns_an_empty_body(
    editor: Api, proxy: Any, secrets_manager: Any, name: str
) -> None:
    with proxy.recording() as calls:
        answer = create(editor, name, "füür")
    assert (answer.status, answer.content) == (201, b"")
    assert [call.action for call in calls] == ["CreateSecret"]
    secret = secrets_manager.get_secret_value(SecretId=f"latchkey/dqops/{name}")
    assert secret["SecretString"] == "füür"
    described = secrets_manager.describe_secret(SecretId=f"latchkey/dqops/{name}")
    description = json.loads(described["Description"])
    assert description == {"name": name, "version": secret["VersionId"], "public": {"type": "text"}}
    assert answer.headers["etag"] == f'"{secret["VersionId"]}"'


def test_bytes_are_stored_as_bytes(editor: Api, secrets_manager: Any, name: str) -> None:
    value = bytes(range(256))
    body = {"credential_name": name, "type": "binary", "binary_value": base64.b64encode(value).decode()}
    assert editor.call("POST", PATH, body).status == 201
    assert secrets_manager.get_secret_value(SecretId=f"latchkey/dqops/{name}")["SecretBinary"] == value


def test_two_requests_with_an_idempotency_key_make_one_credential(editor: Api, name: str) -> None:
    headers = {"Idempotency-Key": "5b0f6a52-6c1c-4a3f-b1d0-6b0b1f6f9f3e"}
    for _ in range(2):
        assert editor.call("POST", PATH, text(name, "v"), headers).status == 201
    assert_rejected(editor.call("POST", PATH, text(name, "other"), headers), 409, "exists")
    assert_rejected(editor.call("POST", PATH, text(name, "v")), 409, "exists")
    assert_rejected(editor.call("POST", PATH, text(name, "v"), {"Idempotency-Key": "short"}), 400, "Idempotency-Key")
    assert get(editor, name).json == text(name, "v")


def test_a_deleted_name_can_be_created_again_immediately(editor: Api, name: str) -> None:
    headers = {"Idempotency-Key": "5b0f6a52-6c1c-4a3f-b1d0-6b0b1f6f9f3e"}
    create(editor, name, "old")
    assert editor.call("DELETE", f"{PATH}/{name}").status == 204
    for _ in range(2):
        assert editor.call("POST", PATH, text(name, "new"), headers).status == 201
    assert get(editor, name).json == text(name, "new")


def test_a_name_that_was_deleted_in_secrets_manager_is_409(editor: Api, secrets_manager: Any, name: str) -> None:
    create(editor, name, "old")
    secrets_manager.delete_secret(SecretId=f"latchkey/dqops/{name}", RecoveryWindowInDays=7)
    assert_rejected(editor.call("POST", PATH, text(name, "new")), 409, "Restore it in Secrets Manager")
    assert get(editor, name).status == 404
