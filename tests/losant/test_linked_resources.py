"""`GET /applications/{applicationId}/credentials/{credentialId}/linkedResources`"""

from typing import Any

from tests.losant.conftest import NO_APPLICATION, NOT_FOUND, create, item, new_id
from tests.support.api import Answer, Api
from tests.support.proxy import Proxy


def linked(api: Api, app: str, credential_id: str, **query: Any) -> Answer:
    return api.call("GET", f"{item(app, credential_id)}/linkedResources", query=query)


def test_a_foreign_caller_finds_no_application(foreigner: Api, editor: Api, app: str) -> None:
    answer = linked(foreigner, app, create(editor, app)["id"])
    assert (answer.status, answer.json) == (404, NO_APPLICATION)


def test_an_unknown_credential_is_404(editor: Api, app: str) -> None:
    answer = linked(editor, app, new_id())
    assert (answer.status, answer.json) == (404, NOT_FOUND)


def test_nothing_is_linked(editor: Api, viewer: Api, proxy: Proxy, app: str) -> None:
    made = create(editor, app)
    with proxy.recording() as calls:
        answer = linked(viewer, app, made["id"], includeCustomNodes="true")
    assert [call.action for call in calls] == ["GetSecretValue"]
    nothing = {"items": [], "count": 0, "totalCount": 0}
    expected = {"integrations": nothing, "flows": nothing, "flowVersions": nothing}
    assert (answer.status, answer.json) == (200, expected)
