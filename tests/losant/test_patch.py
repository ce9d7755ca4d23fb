"""`PATCH /applications/{applicationId}/credentials/{credentialId}`"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.losant.conftest import (
    CONFIGS,
    NO_APPLICATION,
    NOT_FOUND,
    PATCHES,
    TYPES,
    assert_invalid,
    assert_rejected,
    assert_valid,
    create,
    document,
    get,
    grant,
    key_of,
    listed,
    names,
    new_id,
    patch,
    secret_fields,
)
from tests.support.api import Answer, Api
from tests.support.certificates import info_of
from tests.support.proxy import OPEN, Fault, Proxy, round_trips


def test_a_caller_without_the_scope_is_rejected(viewer: Api, foreigner: Api, editor: Api, app: str) -> None:
    made = create(editor, app)
    assert_rejected(patch(viewer, app, made["id"], {}), 403, "Forbidden", "`credential.patch`")
    answer = patch(foreigner, app, made["id"], {})
    assert (answer.status, answer.json) == (404, NO_APPLICATION)
    assert get(editor, app, made["id"]).json == made


def test_an_unknown_credential_is_404(editor: Api, app: str) -> None:
    made = create(editor, app)
    for odd in (new_id(), made["id"][:16] + "00000000", "odd"):
        answer = patch(editor, app, odd, {"name": "m"})
        assert (answer.status, answer.json) == (404, NOT_FOUND), odd


@pytest.fixture
def of_no_use(editor: Api, secrets_manager: Any, proxy: Proxy, app: str) -> Callable[[Any], Answer]:
    """Sends a patch that must leave everything as it was."""

    def send(body: Any) -> Answer:
        made = create(editor, app)
        with proxy.recording() as calls:
            answer = patch(editor, app, made["id"], body)
        # An invalid patch writes nothing, not even a claim to the name in it.
        assert {call.action for call in calls} <= {"GetSecretValue", "DescribeSecret"}
        assert get(editor, app, made["id"]).json == made
        assert document(secrets_manager, app, made["id"])["secrets"] == {"secretAccessKey": "s3cret-aws"}
        return answer

    return send


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (None, "no body"),
        (b"{", "not valid JSON"),
        (b'{"name":"a","name":"b"}', "duplicate key"),
        ([], "must be a JSON object"),
        ({"awsConfig": {}, "jwtConfig": {}}, "Config: is not for a credential of type"),
    ],
)
def test_a_patch_that_is_not_an_object_or_has_two_types_is_400(
    of_no_use: Callable[[Any], Answer], body: Any, says: str
) -> None:
    assert_rejected(of_no_use(body), 400, "Validation", says)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"type": "aws"}, "type: cannot be changed"),
        ({"type": "jwt"}, "type: cannot be changed"),
        ({"name": ""}, "name: is empty"),
        ({"name": None}, "name: must be text"),
        ({"name": "x" * 256}, "name: is longer than 255 characters"),
        ({"enabled": "yes"}, "enabled: must be true or false"),
        ({"more": 1}, "more: is not a documented field"),
        ({"jwtConfig": {}}, "jwtConfig: is not for a credential of type aws"),
        ({"jwtConfig": None}, "jwtConfig: must be a JSON object"),
        ({"awsConfig": {"region": ""}}, "awsConfig.region: is empty"),
        ({"awsConfig": {"region": None}}, "awsConfig.region: must be text"),
        ({"awsConfig": {"accessKeyId": "x" * 15}}, "awsConfig.accessKeyId: is shorter than 16 characters"),
        ({"awsConfig": {"accessKeyId": "x" * 129}}, "awsConfig.accessKeyId: is longer than 128 characters"),
        ({"awsConfig": {"more": 1}}, "awsConfig.more: is not a documented field"),
        ({"name": "taken", "jwtConfig": {}}, "jwtConfig: is not for a credential of type aws"),
    ],
)
def test_an_invalid_patch_is_400(of_no_use: Callable[[Any], Answer], body: Any, message: str) -> None:
    assert_invalid(of_no_use(body), message)


@pytest.mark.parametrize("kind", TYPES)
def test_a_patch_changes_only_what_it_names_in_two_round_trips(
    editor: Api, proxy: Proxy, secrets_manager: Any, app: str, kind: str
) -> None:
    made = create(editor, app, "n", kind, description="d")
    before = document(secrets_manager, app, made["id"])
    body = {key_of(kind): PATCHES[kind], "enabled": False}
    assert_valid("credentialPatch", body)
    with proxy.recording() as calls:
        answer = patch(editor, app, made["id"], body)
    assert answer.status == 200, answer
    assert round_trips(calls) == [OPEN, "UpdateSecret"]
    assert_valid("credential", answer.json)
    assert get(editor, app, made["id"]).json == answer.json
    assert "s3cret" not in answer.content.decode()

    after = document(secrets_manager, app, made["id"])
    changed = {name: value for name, value in PATCHES[kind].items() if name in secret_fields(kind)}
    assert after["secrets"] == before["secrets"] | changed
    shown = {name: value for name, value in PATCHES[kind].items() if name not in secret_fields(kind)}
    expected = {name: value for name, value in (made[key_of(kind)] | shown).items() if value is not None}
    if kind == "gcp":
        expected = answer.json["gcpConfig"]
        assert json.loads(expected["keyMetaJson"])["project_id"] == "q"
    if kind == "certificateKeyPair":
        expected["info"] = info_of(PATCHES[kind]["certificate"])
    assert answer.json[key_of(kind)] == expected
    untouched = ("id", "applicationId", "creationDate", "name", "type", "description")
    assert {name: answer.json[name] for name in untouched} == {name: made[name] for name in untouched}
    assert answer.json["enabled"] is False
    assert answer.json["lastUpdated"] >= made["lastUpdated"]
    assert listed(editor, app)["items"] == [answer.json]


def test_the_key_that_changed_it_last_is_named(editor: Api, caller: Callable[..., Api], app: str) -> None:
    key_id = new_id()
    made = create(editor, app)
    changed = patch(caller([grant(app)], key_id), app, made["id"], {"description": "d"}).json
    assert (changed["lastUpdatedById"], changed["lastUpdatedByType"]) == (key_id, "apiToken")
    assert "createdById" not in changed
    assert "lastUpdatedById" not in patch(editor, app, made["id"], {"description": ""}).json


def test_an_empty_patch_changes_only_the_time(editor: Api, app: str) -> None:
    made = create(editor, app)
    changed = patch(editor, app, made["id"], {}).json
    assert changed | {"lastUpdated": made["lastUpdated"]} == made


def test_if_match_is_honoured(editor: Api, app: str) -> None:
    made = create(editor, app)
    version = get(editor, app, made["id"]).headers["etag"]
    for body in ({"enabled": False}, {"name": "m"}):
        rejected = patch(editor, app, made["id"], body, {"If-Match": '"other"'})
        assert_rejected(rejected, 412, "PreconditionFailed", "Read it again")
    changed = patch(editor, app, made["id"], {"name": "m"}, {"If-Match": version})
    assert changed.status == 200
    assert changed.headers["etag"] == get(editor, app, made["id"]).headers["etag"] != version
    assert patch(editor, app, made["id"], {"name": "o"}, {"If-Match": version}).status == 412
    # The rejected patches have not taken the name.
    create(editor, app, "o")


def test_a_rename_keeps_id_and_secrets(editor: Api, proxy: Proxy, secrets_manager: Any, app: str) -> None:
    made = create(editor, app, "a")
    before = document(secrets_manager, app, made["id"])
    with proxy.recording() as calls:
        renamed = patch(editor, app, made["id"], {"name": "b"}).json
    assert round_trips(calls) == [OPEN, "CreateSecret", "UpdateSecret"]
    assert renamed == made | {"name": "b", "lastUpdated": renamed["lastUpdated"]}
    assert document(secrets_manager, app, made["id"])["secrets"] == before["secrets"]
    assert names(editor, app) == ["b"]
    with proxy.recording() as calls:
        assert patch(editor, app, made["id"], {"name": "b", "enabled": False}).status == 200
    assert round_trips(calls) == [OPEN, "UpdateSecret"]


def test_a_name_that_is_taken_is_rejected(editor: Api, app: str) -> None:
    a, b = create(editor, app, "a"), create(editor, app, "b")
    rejected = patch(editor, app, a["id"], {"name": "b"})
    assert_rejected(rejected, 400, "Validation", "name: is that of another credential")
    assert patch(editor, app, a["id"], {"name": "c"}).status == 200
    assert_rejected(patch(editor, app, b["id"], {"name": "c"}), 400, "Validation", "name: ")
    assert names(editor, app, sortField="name", sortDirection="asc") == ["b", "c"]


def test_credentials_can_exchange_their_names(editor: Api, app: str) -> None:
    a, b = create(editor, app, "a"), create(editor, app, "b")
    for credential, name in ((a, "c"), (b, "a"), (a, "b")):
        assert patch(editor, app, credential["id"], {"name": name}).status == 200
    assert {made["id"]: made["name"] for made in listed(editor, app)["items"]} == {a["id"]: "b", b["id"]: "a"}


@pytest.mark.parametrize("calls", range(6))
def test_a_rename_that_fails_half_way_leaves_one_name_or_the_other(
    editor: Api, proxy: Proxy, app: str, calls: int
) -> None:
    made = create(editor, app, "a")
    with proxy.faults(Fault(after=calls)):
        patch(editor, app, made["id"], {"name": "b"})
    name = get(editor, app, made["id"]).json["name"]
    assert name == ("b" if calls >= 4 else "a")
    assert names(editor, app) == [name]
    assert_rejected(patch(editor, app, create(editor, app, "c")["id"], {"name": name}), 400, "Validation", "name: ")


def test_a_claim_whose_request_failed_does_not_block_the_name(
    editor: Api, proxy: Proxy, secrets_manager: Any, app: str
) -> None:
    made = create(editor, app, "a")
    with proxy.faults(Fault("UpdateSecret"), Fault(after=4)):
        assert patch(editor, app, made["id"], {"name": "b"}).status == 503
    # While its request may still be running, the name is reserved for it.
    answer = editor.call("POST", f"/applications/{app}/credentials", {**post_of("b")})
    assert_rejected(answer, 503, "Unavailable", "Try again")
    assert 400 < int(answer.headers["retry-after"]) <= 440
    (claim,) = (
        secret["Name"]
        for secret in secrets_manager.list_secrets(Filters=[{"Key": "name", "Values": [f"latchkey/losant/{app}/"]}])[
            "SecretList"
        ]
        if not secret["Name"].endswith(made["id"][:16])
    )
    value = json.loads(secrets_manager.get_secret_value(SecretId=claim)["SecretString"])
    value["lent"]["at"] -= 440
    secrets_manager.update_secret(SecretId=claim, SecretString=json.dumps(value))
    create(editor, app, "b")
    assert names(editor, app, sortField="name", sortDirection="asc") == ["a", "b"]


def post_of(name: str) -> dict[str, Any]:
    return {"name": name, "type": "aws", "awsConfig": CONFIGS["aws"]}


def test_concurrent_patches_of_different_fields_all_survive(editor: Api, app: str) -> None:
    fields = {"accountSid": "changed", "apiKeySid": "changed", "apiKeySecret": "changed"}
    made = create(editor, app, "n", "twilio")
    bodies = [{"twilioConfig": {name: value}} for name, value in fields.items()]
    bodies += [{"description": "changed"}, {"enabled": False}, {"name": "changed"}]
    with ThreadPoolExecutor(len(bodies)) as pool:
        answers = list(pool.map(lambda body: patch(editor, app, made["id"], body), bodies))
    assert [answer.status for answer in answers] == [200] * len(bodies)
    found = get(editor, app, made["id"]).json
    assert found["twilioConfig"] == {"accountSid": "changed", "apiKeySid": "changed"}
    assert (found["description"], found["enabled"], found["name"]) == ("changed", False, "changed")


def test_only_one_of_many_gets_a_name(editor: Api, app: str) -> None:
    made = [create(editor, app, f"n{number}") for number in range(4)]
    requests: list[Callable[[], Any]] = [
        lambda credential=credential: patch(editor, app, credential["id"], {"name": "a"}) for credential in made
    ]
    requests += [lambda: editor.call("POST", f"/applications/{app}/credentials", post_of("a"))] * 4
    with ThreadPoolExecutor(len(requests)) as pool:
        statuses = sorted(answer.status for answer in pool.map(lambda request: request(), requests))
    assert statuses[0] in (200, 201)
    assert statuses[1:] == [400] * 7
    assert names(editor, app).count("a") == 1
