"""`GET /api/credentials/{credentialName}/download`"""

import base64
from typing import Any

from tests.dqops.conftest import assert_rejected, create
from tests.support.api import Answer, Api, encoded


def download(api: Api, name: str) -> Answer:
    return api.call("GET", f"/api/credentials/{encoded(name)}/download")


def test_a_caller_without_edit_is_rejected(editor: Api, viewer: Api, foreigner: Api, name: str) -> None:
    create(editor, name)
    assert_rejected(download(viewer, name), 403, "`edit`")
    assert_rejected(download(foreigner, name), 403, "No grant")


def test_an_unknown_name_is_404(editor: Api, name: str) -> None:
    assert_rejected(download(editor, name), 404, "no such")


def test_a_download_returns_the_bytes_with_one_call(editor: Api, proxy: Any, name: str) -> None:
    value = bytes(range(256))
    body = {"credential_name": name, "type": "binary", "binary_value": base64.b64encode(value).decode()}
    assert editor.call("POST", "/api/credentials", body).status == 201
    with proxy.recording() as calls:
        answer = download(editor, name)
    assert (answer.status, answer.content) == (200, value)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert [call.action for call in calls] == ["GetSecretValue"]


def test_texts_are_downloaded_unchanged(editor: Api, name: str) -> None:
    for number, value in enumerate(["a\r\nb\0", "\ufeff", "ü", '{"json": true}']):
        create(editor, f"{number}{name}", value)
        assert download(editor, f"{number}{name}").content == value.encode()


def test_any_name_fits_into_the_header(editor: Api, name: str) -> None:
    odd = f'ü"\\ {name}'
    create(editor, odd)
    disposition = download(editor, odd).headers["content-disposition"]
    assert disposition == f"attachment; filename=\"___ {name}\"; filename*=UTF-8''%C3%BC%22%5C%20{name}"
