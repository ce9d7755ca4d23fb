"""`PUT /api/credential/{credentialName}`"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.dqops.conftest import assert_rejected, create, get, text
from tests.support.api import Answer, Api, encoded
from tests.support.proxy import OPEN, round_trips


def put(api: Api, name: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
    return api.call("PUT", f"/api/credential/{encoded(name)}", body, headers)


def test_a_caller_without_edit_is_rejected(editor: Api, viewer: Api, foreigner: Api, name: str) -> None:
    create(editor, name, "old")
    assert_rejected(put(viewer, name, text(name, "new")), 403, "`edit`")
    assert_rejected(put(foreigner, name, text(name, "new")), 403, "No grant")
    assert get(editor, name).json == text(name, "old")


def test_an_unknown_name_is_404(editor: Api, name: str) -> None:
    assert_rejected(put(editor, name, text(name)), 404, "no such")
    assert get(editor, name).status == 404


@pytest.mark.parametrize(
    ("status", "change", "says"),
    [
        (406, {"credential_name": "another.txt"}, "credential_name: is not the name in the path"),
        (406, {"credential_name": None}, "credential_name: is missing"),
        (406, {"credential_name": ""}, "credential_name: is empty"),
        (406, {"type": None}, "type: is missing"),
        (406, {"text_value": None}, "text_value: is missing; give one of text_value, binary_value"),
        (406, {"text_value": ""}, "empty"),
        (406, {"binary_value": "dg=="}, "binary_value: cannot be given together with text_value"),
        (406, {"type": "binary"}, "text_value: is not the value of a binary; use binary_value"),
        (400, {"type": "file"}, "type: must be one of text, binary"),
        (400, {"text_value": 1}, "text_value: must be text"),
        (413, {"text_value": "x" * 65_537}, "65536"),
    ],
)
def test_a_value_that_cannot_be_stored_changes_nothing(
    editor: Api, name: str, status: int, change: dict[str, Any], says: str
) -> None:
    create(editor, name, "old")
    assert_rejected(put(editor, name, text(name, "new") | change), status, says)
    assert_rejected(put(editor, name, b"{"), 400, "not valid JSON")
    assert get(editor, name).json == text(name, "old")


def test_the_plural_route_is_not_documented(editor: Api, name: str) -> None:
    create(editor, name, "old")
    assert editor.call("PUT", f"/api/credentials/{name}", text(name, "new")).status == 404


def test_an_update_takes_two_round_trips(editor: Api, proxy: Any, secrets_manager: Any, name: str) -> None:
    create(editor, name, "old")
    with proxy.recording() as calls:
        answer = put(editor, name, {"credential_name": name, "type": "binary", "binary_value": "/w=="})
    assert (answer.status, answer.content) == (204, b"")
    assert round_trips(calls) == [OPEN, "UpdateSecret"]
    secret = secrets_manager.get_secret_value(SecretId=f"latchkey/dqops/{name}")
    assert secret["SecretBinary"] == b"\xff"
    assert answer.headers["etag"] == f'"{secret["VersionId"]}"'
    assert '"type":"binary"' in secrets_manager.describe_secret(SecretId=f"latchkey/dqops/{name}")["Description"]


def test_if_match_is_honoured(editor: Api, name: str) -> None:
    first = create(editor, name, "first").headers["etag"]
    second = put(editor, name, text(name, "second"), {"If-Match": first}).headers["etag"]
    assert first != second == get(editor, name).headers["etag"]
    assert_rejected(put(editor, name, text(name, "third"), {"If-Match": first}), 412, "Read it again")
    assert_rejected(put(editor, name, text(name, "third"), {"If-Match": "unquoted"}), 400, "If-Match")
    assert get(editor, name).json == text(name, "second")
    assert put(editor, name, text(name, "third"), {"If-Match": f'"other", {second}'}).status == 204
    assert put(editor, name, text(name, "fourth"), {"If-Match": "*"}).status == 204


def test_concurrent_updates_all_succeed_and_one_is_last(editor: Api, name: str) -> None:
    create(editor, name, "old")
    values = [f"value {number}" for number in range(10)]
    with ThreadPoolExecutor(len(values)) as pool:
        answers = list(pool.map(lambda value: put(editor, name, text(name, value)), values))
    assert {answer.status for answer in answers} == {204}
    assert get(editor, name).json["text_value"] in values


def test_concurrent_conditional_updates_never_overwrite_each_other(editor: Api, name: str) -> None:
    version = create(editor, name, "old").headers["etag"]
    values = [f"value {number}" for number in range(10)]
    with ThreadPoolExecutor(len(values)) as pool:
        answers = pool.map(lambda value: put(editor, name, text(name, value), {"If-Match": version}), values)
        statuses = [answer.status for answer in answers]
    assert sorted(statuses) == [204] + [412] * 9
    assert get(editor, name).json["text_value"] == values[statuses.index(204)]
