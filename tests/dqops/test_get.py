"""`GET /api/credentials/{credentialName}`"""

import base64
from typing import Any

import pytest

from tests.dqops.conftest import assert_rejected, create, get, text
from tests.support.api import Api, encoded

NAMES = [
    "with space.json",
    "ünï-ключ.pem",
    "plus+at@eq=.txt",
    "100%.txt",
    "100%41.txt",
    "a&b?c#d",
    "..hidden",
    "tail-AbCdEf",
    "x" * 200,
    "quotes'\"`.txt",
    "🔑 emoji.txt",
    "ключ" * 30,
    "=h0123",
]


def test_a_caller_without_edit_is_rejected(editor: Api, viewer: Api, foreigner: Api, name: str) -> None:
    create(editor, name)
    assert_rejected(get(viewer, name), 403, "`edit`")
    assert_rejected(get(foreigner, name), 403, "No grant")


def test_an_unknown_name_is_404(editor: Api, name: str) -> None:
    for unknown in (name, "%", "x" * 1000):
        assert_rejected(get(editor, unknown), 404, "no such")


def test_a_read_takes_one_call(editor: Api, proxy: Any, name: str) -> None:
    create(editor, name, "value")
    with proxy.recording() as calls:
        answer = get(editor, name)
    assert (answer.status, answer.json) == (200, text(name, "value"))
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["etag"]
    assert [call.action for call in calls] == ["GetSecretValue"]


@pytest.mark.parametrize("odd", NAMES)
def test_every_name_round_trips(editor: Api, odd: str) -> None:
    editor.call("DELETE", f"/api/credentials/{encoded(odd)}")
    create(editor, odd, odd)
    assert get(editor, odd).json == text(odd, odd)
    listed = editor.call("GET", "/api/credentials").json
    assert [item["credential_name"] for item in listed].count(odd) == 1
    changed = editor.call("PUT", f"/api/credential/{encoded(odd)}", text(odd, "changed"))
    assert (changed.status, get(editor, odd).json) == (204, text(odd, "changed"))
    assert editor.call("DELETE", f"/api/credentials/{encoded(odd)}").status == 204
    assert get(editor, odd).status == 404


def test_names_differ_by_case(editor: Api, name: str) -> None:
    create(editor, name + "a", "lower")
    create(editor, name + "A", "upper")
    assert get(editor, name + "a").json["text_value"] == "lower"
    assert get(editor, name + "A").json["text_value"] == "upper"


def test_the_type_is_detected_from_the_content(editor: Api, name: str) -> None:
    body = {"credential_name": name, "type": "binary", "binary_value": base64.b64encode(b"plain").decode()}
    assert editor.call("POST", "/api/credentials", body).status == 201
    assert get(editor, name).json == text(name, "plain")


@pytest.mark.parametrize("value", ["x" * 65_536, "\0" * 65_536, "a\r\nb\n", "\ufeff", "ü" * 32_768, ' "\\'])
def test_texts_survive(editor: Api, name: str, value: str) -> None:
    create(editor, name, value)
    assert get(editor, name).json == text(name, value)


@pytest.mark.parametrize("value", [bytes(range(256)), b"\xff" * 65_536, b"\x00\xff", b"\xef\xbb\xbf\xff"])
def test_bytes_survive(editor: Api, name: str, value: bytes) -> None:
    body = {"credential_name": name, "type": "binary", "binary_value": base64.b64encode(value).decode()}
    assert editor.call("POST", "/api/credentials", body).status == 201
    assert get(editor, name).json == body


def test_a_client_that_has_the_version_gets_no_body(editor: Api, name: str) -> None:
    create(editor, name, "value")
    version = get(editor, name).headers["etag"]
    for known in (version, f'"other", {version}', f"W/{version}", "*"):
        answer = get(editor, name, {"If-None-Match": known})
        assert (answer.status, answer.content) == (304, b"")
        assert (answer.headers["etag"], answer.headers["cache-control"]) == (version, "no-store")
    for other in ('"other"', version.strip('"'), ""):
        assert get(editor, name, {"If-None-Match": other}).status == 200
    editor.call("PUT", f"/api/credential/{name}", text(name, "changed"))
    answer = get(editor, name, {"If-None-Match": version})
    assert (answer.status, answer.json["text_value"]) == (200, "changed")
    editor.call("DELETE", f"/api/credentials/{name}")
    assert get(editor, name, {"If-None-Match": "*"}).status == 404


def test_a_caller_who_may_not_read_learns_nothing_about_the_version(editor: Api, viewer: Api, name: str) -> None:
    create(editor, name)
    version = get(editor, name).headers["etag"]
    assert_rejected(get(viewer, name, {"If-None-Match": version}), 403, "`edit`")
