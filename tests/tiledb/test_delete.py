"""`DELETE /v4/credentials/{name}` and `DELETE /tiledb/v4/credentials/{workspace}/{name}`"""

from typing import Any

from tests.support.api import Api
from tests.support.proxy import OPEN, round_trips
from tests.tiledb.conftest import SEED, assert_rejected, create, get, key, names


def test_a_caller_without_edit_is_rejected(viewer: Api, foreigner: Api, member: Api, workspace: str) -> None:
    create(member, key("a"))
    assert_rejected(viewer.call("DELETE", f"{SEED}/a"), 403, "`edit`")
    assert_rejected(foreigner.call("DELETE", f"/tiledb{SEED}/{workspace}/a"), 404, "no such workspace")
    assert_rejected(member.call("DELETE", f"{SEED}/b"), 404, "no such")
    assert get(member, "a").status == 200


def test_a_deletion_takes_three_round_trips(member: Api, workspace: str, proxy: Any) -> None:
    create(member, key("a"))
    with proxy.recording() as calls:
        answer = member.call("DELETE", f"/tiledb{SEED}/{workspace}/a")
    assert (answer.status, answer.content) == (204, b"")
    assert round_trips(calls) == [OPEN, "UpdateSecret", "DeleteSecret"]
    assert get(member, "a").status == 404
    assert names(member) == []
