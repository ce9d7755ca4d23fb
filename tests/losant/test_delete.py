"""`DELETE /applications/{applicationId}/credentials/{credentialId}`"""

import json
from typing import Any

import pytest

from tests.losant.conftest import (
    NO_APPLICATION,
    NOT_FOUND,
    assert_rejected,
    assert_valid,
    create,
    delete,
    get,
    listed,
    names,
    new_id,
    patch,
    secret_name,
)
from tests.support.api import Api
from tests.support.proxy import OPEN, Fault, Proxy, round_trips


def test_a_caller_without_the_scope_is_rejected(viewer: Api, foreigner: Api, editor: Api, app: str) -> None:
    made = create(editor, app)
    assert_rejected(delete(viewer, app, made["id"]), 403, "Forbidden", "`credential.delete`")
    answer = delete(foreigner, app, made["id"])
    assert (answer.status, answer.json) == (404, NO_APPLICATION)
    assert get(editor, app, made["id"]).status == 200


def test_an_unknown_credential_is_404(editor: Api, app: str) -> None:
    made = create(editor, app)
    for odd in (new_id(), made["id"][:16] + "00000000", "odd"):
        answer = delete(editor, app, odd)
        assert (answer.status, answer.json) == (404, NOT_FOUND), odd
    assert get(editor, app, made["id"]).status == 200


def test_a_deletion_is_recoverable_and_takes_three_round_trips(
    editor: Api, proxy: Proxy, secrets_manager: Any, app: str
) -> None:
    made = create(editor, app)
    with proxy.recording() as calls:
        answer = delete(editor, app, made["id"])
    assert (answer.status, answer.json) == (200, {"success": True})
    assert_valid("success", answer.json)
    assert round_trips(calls) == [OPEN, "UpdateSecret", "DeleteSecret"]
    assert calls[-1].parameters["RecoveryWindowInDays"] == 7
    for answer in (get(editor, app, made["id"]), delete(editor, app, made["id"])):
        assert (answer.status, answer.json) == (404, NOT_FOUND)
    assert patch(editor, app, made["id"], {"name": "m"}).status == 404
    assert listed(editor, app)["totalCount"] == 0
    secret = secret_name(app, made["id"])
    secrets_manager.restore_secret(SecretId=secret)
    previous = secrets_manager.get_secret_value(SecretId=secret, VersionStage="AWSPREVIOUS")["SecretString"]
    assert json.loads(previous)["credential"] == made


def test_if_match_is_honoured(editor: Api, app: str) -> None:
    made = create(editor, app)
    version = get(editor, app, made["id"]).headers["etag"]
    rejected = delete(editor, app, made["id"], {"If-Match": '"other"'})
    assert_rejected(rejected, 412, "PreconditionFailed", "Read it again")
    assert delete(editor, app, made["id"], {"If-Match": version}).status == 200


def test_the_names_of_a_renamed_credential_are_free_again(editor: Api, secrets_manager: Any, app: str) -> None:
    made = create(editor, app, "a")
    assert patch(editor, app, made["id"], {"name": "b"}).status == 200
    assert delete(editor, app, made["id"]).status == 200
    # Nothing is left that costs money.
    left = secrets_manager.list_secrets(Filters=[{"Key": "name", "Values": [f"latchkey/losant/{app}/"]}])
    assert left["SecretList"] == []
    for name in ("a", "b"):
        create(editor, app, name)


def test_a_deletion_leaves_the_first_name_to_the_credential_that_has_it_now(editor: Api, app: str) -> None:
    first = create(editor, app, "a")
    assert patch(editor, app, first["id"], {"name": "b"}).status == 200
    second = create(editor, app, "a", "jwt")
    assert delete(editor, app, first["id"]).status == 200
    assert get(editor, app, first["id"]).status == 404
    assert delete(editor, app, first["id"]).status == 404
    assert get(editor, app, second["id"]).json == second
    assert names(editor, app) == ["a"]
    assert_rejected(patch(editor, app, create(editor, app, "c")["id"], {"name": "a"}), 400, "Validation", "name: ")


@pytest.mark.parametrize("calls", range(5))
def test_a_deletion_that_fails_half_way_leaves_the_credential_or_nothing(
    editor: Api, proxy: Proxy, app: str, calls: int
) -> None:
    made = create(editor, app)
    with proxy.faults(Fault(after=calls)):
        delete(editor, app, made["id"])
    assert get(editor, app, made["id"]).status == (404 if calls >= 3 else 200)
    assert listed(editor, app)["totalCount"] == (0 if calls >= 3 else 1)
