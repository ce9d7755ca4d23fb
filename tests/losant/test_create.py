"""`POST /applications/{applicationId}/credentials`"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.losant.conftest import (
    CONFIGS,
    NO_APPLICATION,
    TYPES,
    assert_invalid,
    assert_rejected,
    assert_valid,
    collection,
    create,
    delete,
    document,
    get,
    grant,
    key_of,
    names,
    new_id,
    patch,
    post,
    secret_fields,
    secret_name,
)
from tests.support.api import Api
from tests.support.proxy import OPEN, Fault, Proxy, round_trips

NO_KEY_FILE = "gcpConfig.keyJson: must be the JSON object of a service account's key file"
NO_RSA_KEY = "snowflakeConfig.privateKey: must be an RSA private key in PEM, not encrypted; or set generatePrivateKey"


def test_a_caller_without_the_scope_is_rejected(viewer: Api, foreigner: Api, editor: Api, app: str) -> None:
    assert_rejected(viewer.call("POST", collection(app), post("n")), 403, "Forbidden", "`credentials.post`")
    answer = foreigner.call("POST", collection(app), post("n"))
    assert (answer.status, answer.json) == (404, NO_APPLICATION)
    assert names(editor, app) == []


@pytest.mark.parametrize("odd", ["0" * 23, "0" * 25, "A" * 24, "g" * 24, "%2e%2e", "*", "0" * 23 + "%2F"])
def test_an_invalid_application_is_404(editor: Api, odd: str) -> None:
    answer = editor.call("POST", collection(odd), post("n"))
    assert answer.status == 404
    # If the path does not match the route, the gateway itself responds.
    assert answer.json == NO_APPLICATION or "%2F" in odd or "%2e" in odd


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (None, "no body"),
        (b"", "no body"),
        (b"{", "not valid JSON"),
        (b'{"name": "a"} x', "not valid JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"name":"a","name":"b"}', "duplicate key"),
        (b'{"awsConfig":{"region":"a","region":"b"}}', "duplicate key"),
        (b"[" * 1000 + b"]" * 1000, "nests too deeply"),
        (b'"text"', "must be a JSON object"),
        ([], "must be a JSON object"),
        (b'{"name":"\\ud800"}', "not valid JSON"),
    ],
)
def test_a_body_that_is_not_an_object_is_400(editor: Api, app: str, body: Any, says: str) -> None:
    assert_rejected(editor.call("POST", collection(app), body), 400, "Validation", says)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "name: is missing"),
        ({"name": "n"}, "type: is missing"),
        (post(""), "name: is empty"),
        (post("x" * 256), "name: is longer than 255 characters"),
        (post("n", description=1), "description: must be text"),
        (post("n", description="x" * 32_768), "description: is longer than 32767 characters"),
        (post("n", enabled="true"), "enabled: must be true or false"),
        (post("n") | {"type": "ftp"}, f"type: must be one of {', '.join(TYPES)}"),
        (post("n") | {"awsConfig": None}, "awsConfig: must be a JSON object"),
        ({"name": "n", "type": "aws"}, "awsConfig: is missing"),
        (post("n") | {"type": "jwt"}, "awsConfig: is not for a credential of type jwt"),
        (post("n") | {"jwtConfig": CONFIGS["jwt"]}, "jwtConfig: is not for a credential of type aws"),
        (post("n", config={**CONFIGS["aws"], "region": ""}), "awsConfig.region: is empty"),
        (post("n", config={**CONFIGS["aws"], "region": "x" * 129}), "awsConfig.region: is longer than 128 characters"),
        (post("n", config={**CONFIGS["aws"], "region": None}), "awsConfig.region: must be text"),
        (
            post("n", config={**CONFIGS["aws"], "secretAccessKey": "key"}),
            "awsConfig.secretAccessKey: is shorter than 4 characters",
        ),
        (post("n", "git", {**CONFIGS["git"], "type": "ssh"}), "gitConfig.type: must be one of ssh-key, http-password"),
        (post("n", "gcp", {"keyJson": "no json"}), NO_KEY_FILE),
        (post("n", "gcp", {"keyJson": '["json"]'}), NO_KEY_FILE),
        (post("n", "gcp", {"keyJson": "{}", "keyMetaJson": "{}"}), "gcpConfig.keyMetaJson: is not a documented field"),
        (post("n", "snowflake", {"host": "h", "username": "u", "privateKey": "x"}), NO_RSA_KEY),
        (
            post("n", "git", {"type": "http-password", "cloneUrl": "https://h", "generatePrivateKey": True}),
            "gitConfig.generatePrivateKey: can only be true for the type ssh-key",
        ),
    ],
)
def test_an_invalid_post_is_400(editor: Api, app: str, body: Any, message: str) -> None:
    assert_invalid(editor.call("POST", collection(app), body), message)
    assert names(editor, app) == []


@pytest.mark.parametrize("more", [{}, {"generatePrivateKey": False}])
def test_snowflake_needs_a_key(editor: Api, app: str, more: dict[str, Any]) -> None:
    body = post("n", "snowflake", {"host": "h", "username": "u", **more})
    answer = editor.call("POST", collection(app), body)
    assert_rejected(answer, 400, "Validation", "snowflakeConfig.privateKey: is missing")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("more", "more"),
        ("Name", "Name"),
        ("regi\u00f3n \U0001f511", "regi\u00f3n \U0001f511"),
        ("x" * 64, "x" * 64),
        ("x" * 65, "x" * 64 + "\u2026"),
        ("\U0001f511" * 1000, "\U0001f511" * 64 + "\u2026"),
        ("a\nb", "a\\nb"),
    ],
    ids=["more", "other case", "Unicode", "64", "65", "1000", "two lines"],
)
def test_a_field_that_is_not_documented_is_named(editor: Api, app: str, name: str, shown: str) -> None:
    """The error repeats only the harmless part of its name, and nothing of its value."""
    for body, path in (
        (post("n") | {name: "s3cret"}, ""),
        (post("n", config=CONFIGS["aws"] | {name: "s3cret"}), "awsConfig."),
        (post("n", "certificateKeyPair", CONFIGS["certificateKeyPair"] | {name: {}}), "certificateKeyPairConfig."),
    ):
        answer = editor.call("POST", collection(app), body)
        assert_invalid(answer, f"{path}{shown}: is not a documented field")
    assert names(editor, app) == []


def test_a_credential_that_is_larger_than_a_secret_is_413(editor: Api, app: str) -> None:
    large = post("n", description="\U0001f511" * 32_767)
    assert_rejected(editor.call("POST", collection(app), large), 413, "TooLarge", "65536")
    assert_rejected(editor.call("POST", collection(app), b"{" + b" " * 500_000), 413, "TooLarge", "bytes")
    assert names(editor, app) == []


@pytest.mark.parametrize("kind", TYPES)
def test_a_create_takes_one_call_and_returns_no_secret(
    editor: Api, proxy: Proxy, secrets_manager: Any, app: str, kind: str
) -> None:
    with proxy.recording() as calls:
        answer = editor.call("POST", collection(app), post("n", kind, description="d"))
    assert answer.status == 201, answer
    assert [call.action for call in calls] == ["CreateSecret"]
    made = answer.json
    assert_valid("credential", made)
    assert re.fullmatch("[0-9a-f]{24}", made["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["creationDate"])
    expected = {"name": "n", "type": kind, "description": "d", "enabled": True, "applicationId": app}
    assert made.items() >= (expected | {"lastUpdated": made["creationDate"]}).items()
    assert set(made) == {*expected, "id", "creationDate", "lastUpdated", key_of(kind)}

    shown, given = made[key_of(kind)], CONFIGS[kind]
    assert not secret_fields(kind) & set(shown)
    assert "s3cret" not in answer.content.decode()
    assert "PRIVATE KEY" not in answer.content.decode()
    assert {name: shown[name] for name in set(given) - secret_fields(kind)} == {
        name: given[name] for name in set(given) - secret_fields(kind)
    }

    secret = secrets_manager.describe_secret(SecretId=secret_name(app, made["id"]))
    assert json.loads(secret["Description"])["public"] == made
    held = document(secrets_manager, app, made["id"])
    assert held["credential"] == made
    assert set(held) == {"credential", "secrets"}
    assert held["secrets"]
    version = secrets_manager.get_secret_value(SecretId=secret_name(app, made["id"]))["VersionId"]
    assert answer.headers["etag"] == f'"{version}"'


def test_derived_fields(editor: Api, app: str) -> None:
    gcp = create(editor, app, "gcp", "gcp")["gcpConfig"]
    assert json.loads(gcp["keyMetaJson"]) == {"type": "service_account", "project_id": "p", "client_email": "a@b"}
    assert create(editor, app, "http", "http")["httpConfig"]["publicValue"] == ""
    sql = create(editor, app, "sql", "sql", config={**CONFIGS["sql"], "port": None})["sqlConfig"]
    assert "port" not in sql
    assert create(editor, app, "off", enabled=False)["enabled"] is False


def test_the_callers_key_is_named_if_its_id_is_like_losants(caller: Callable[..., Api], app: str) -> None:
    key_id = new_id()
    actor = {"Id": key_id, "Type": "apiToken"}
    made = create(caller([grant(app)], key_id), app)
    assert {field: made[field] for field in made if "By" in field} == {
        **{f"createdBy{name}": value for name, value in actor.items()},
        **{f"lastUpdatedBy{name}": value for name, value in actor.items()},
    }
    assert_valid("credential", made)


def test_a_name_is_unique_only_in_its_application(editor: Api, secrets_manager: Any, app: str) -> None:
    first = create(editor, app, "n")
    before = document(secrets_manager, app, first["id"])
    answer = editor.call("POST", collection(app), post("n", "jwt"))
    assert_rejected(answer, 400, "Validation", "name: is that of another credential")
    assert document(secrets_manager, app, first["id"]) == before
    assert create(editor, new_id(), "n")["id"] != first["id"]
    create(editor, app, "N")


def test_a_deleted_name_is_free_immediately_and_gets_another_id(editor: Api, proxy: Proxy, app: str) -> None:
    first = create(editor, app, "n")
    assert delete(editor, app, first["id"]).status == 200
    with proxy.recording() as calls:
        second = create(editor, app, "n", "jwt")
    assert round_trips(calls) == ["CreateSecret", "DescribeSecret", "RestoreSecret", OPEN, "UpdateSecret"]
    assert second["id"] != first["id"]
    assert get(editor, app, first["id"]).status == 404
    assert get(editor, app, second["id"]).json == second


def test_two_requests_with_an_idempotency_key_make_one_credential(editor: Api, app: str) -> None:
    headers = {"Idempotency-Key": "5b0f6a52-6c1c-4a3f-b1d0-6b0b1f6f9f3e"}
    body = post("n", "snowflake")
    first, second = (editor.call("POST", collection(app), body, headers) for _ in range(2))
    assert (first.status, second.status) == (201, 201)
    assert second.json == first.json
    assert second.headers["etag"] == first.headers["etag"]
    other = editor.call("POST", collection(app), body | {"enabled": False}, headers)
    assert_rejected(other, 400, "Validation", "name: ")
    assert_rejected(editor.call("POST", collection(app), body), 400, "Validation", "name: ")
    short = editor.call("POST", collection(app), body, {"Idempotency-Key": "short"})
    assert_rejected(short, 400, "Validation", "Idempotency-Key")
    # Also if the credential was renamed meanwhile.
    assert patch(editor, app, first.json["id"], {"name": "m"}).status == 200
    assert editor.call("POST", collection(app), body, headers).json["id"] == first.json["id"]
    assert names(editor, app) == ["m"]


def test_a_create_whose_response_was_lost_is_not_a_conflict(editor: Api, proxy: Proxy, app: str) -> None:
    with proxy.faults(Fault("CreateSecret", how="lose", times=1)):
        made = create(editor, app)
    assert get(editor, app, made["id"]).json == made
