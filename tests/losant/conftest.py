"""Callers of Losant's API, and their credentials."""

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jsonschema import Draft7Validator, FormatChecker

from tests.support.api import Answer, Api
from tests.support.certificates import certificate, pair

SCHEMAS = {path.stem: json.loads(path.read_text()) for path in (Path(__file__).parent / "schemas").glob("*.json")}
TYPES = SCHEMAS["credentialPost"]["properties"]["type"]["enum"]

KEY_FILE = {"type": "service_account", "project_id": "p", "private_key": "s3cret-gcp", "client_email": "a@b"}
DEVICE_KEY = ec.generate_private_key(ec.SECP256R1())
CONFIGS: dict[str, dict[str, Any]] = {
    "aws": {"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "secretAccessKey": "s3cret-aws", "region": "us-east-1"},
    "azure": {"account": "account", "accountKey": "s3cret-azure"},
    "gcp": {"keyJson": json.dumps(KEY_FILE)},
    "http": {"uriMatch": "https://example.com/*", "authMethod": "basicAuth", "secretValue": "s3cret-http"},
    "sendgrid": {"apiKey": "s3cret-sendgrid"},
    "twilio": {"accountSid": "account", "apiKeySid": "key-sid", "apiKeySecret": "s3cret-twilio"},
    "loggly": {"customerToken": "s3cret-loggly"},
    "jwt": {"issuer": "me", "algorithm": "HS256", "secret": "s3cret-jwt"},
    "whatsapp": {"accessToken": "s3cret-whatsapp", "fromNumberId": "123"},
    "sql": {"system": "pg", "host": "db.example.com", "port": 5432, "username": "u", "password": "s3cret-sql"},
    "mongodb": {"connectionUri": "s3cret-mongodb"},
    "mailgun": {"apiKey": "s3cret-mailgun"},
    "snowflake": {"host": "x.snowflakecomputing.com", "username": "u", "generatePrivateKey": True},
    "git": {"type": "http-password", "cloneUrl": "https://example.com/r.git", "secretValue": "s3cret-git"},
    "datadog": {"site": "datadoghq.eu", "secretValue": "s3cret-datadog"},
    "certificateKeyPair": pair(DEVICE_KEY),
}
# A patch of each type's config. Nothing else may change.
PATCHES: dict[str, dict[str, Any]] = {
    "aws": {"region": "eu-central-1"},
    "azure": {"account": "other"},
    "gcp": {"keyJson": json.dumps(KEY_FILE | {"project_id": "q"})},
    "http": {"publicValue": "user"},
    "sendgrid": {"apiKey": "s3cret-2-sendgrid"},
    "twilio": {"accountSid": "other"},
    "loggly": {"customerToken": "s3cret-2-loggly"},
    "jwt": {"algorithm": "ES512"},
    "whatsapp": {"fromNumberId": "456"},
    "sql": {"port": None, "secureConnection": True},
    "mongodb": {"connectionUri": "s3cret-2-mongodb"},
    "mailgun": {"apiKey": "s3cret-2-mailgun"},
    "snowflake": {"username": "v"},
    "git": {"committerName": "me"},
    "datadog": {"site": "datadoghq.com"},
    # A renewed certificate, with the same key.
    "certificateKeyPair": {"certificate": certificate(DEVICE_KEY)},
}
NOT_FOUND = {"type": "NotFound", "message": "There is no such credential."}
NO_APPLICATION = {
    "type": "NotFound",
    "message": "There is no such application, or no grant of this access key covers it.",
}


@pytest.fixture
def app() -> str:
    """An application that no other test uses."""
    return new_id()


def new_id() -> str:
    return secrets.token_hex(12)


def grant(*applications: str, permissions: list[str] | None = None) -> dict[str, Any]:
    return {"api": "losant", "namespaces": list(applications), "permissions": permissions or ["all.Application"]}


@pytest.fixture(scope="session")
def editor(caller: Callable[..., Api]) -> Api:
    """A caller who may do everything in every application."""
    return caller([grant("*")])


@pytest.fixture(scope="session")
def viewer(caller: Callable[..., Api]) -> Api:
    """A caller who may only read, in every application."""
    return caller([grant("*", permissions=["all.Application.read"])])


@pytest.fixture(scope="session")
def foreigner(caller: Callable[..., Api]) -> Api:
    """A caller who may do everything in another application, and in other APIs."""
    return caller([grant("f" * 24), {"api": "dqops", "namespaces": ["*"], "permissions": ["*"]}])


def collection(app: str) -> str:
    return f"/applications/{app}/credentials"


def item(app: str, credential_id: str) -> str:
    return f"/applications/{app}/credentials/{credential_id}"


def key_of(kind: str) -> str:
    return f"{kind}Config"


def post(name: str, kind: str = "aws", config: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The body of a post."""
    return {"name": name, "type": kind, key_of(kind): CONFIGS[kind] if config is None else config, **more}


def create(api: Api, app: str, name: str = "name", kind: str = "aws", **more: Any) -> dict[str, Any]:
    body = post(name, kind, **more)
    assert_valid("credentialPost", body)
    answer = api.call("POST", collection(app), body)
    assert answer.status == 201, answer
    return answer.json


def get(api: Api, app: str, credential_id: str) -> Answer:
    return api.call("GET", item(app, credential_id))


def patch(
    api: Api, app: str, credential_id: str, body: dict[str, Any], headers: dict[str, str] | None = None
) -> Answer:
    return api.call("PATCH", item(app, credential_id), body, headers)


def delete(api: Api, app: str, credential_id: str, headers: dict[str, str] | None = None) -> Answer:
    return api.call("DELETE", item(app, credential_id), headers=headers)


def listed(api: Api, app: str, **query: Any) -> dict[str, Any]:
    answer = api.call("GET", collection(app), query=query)
    assert answer.status == 200, answer
    assert_valid("credentials", answer.json)
    return answer.json


def names(api: Api, app: str, **query: Any) -> list[str]:
    return [found["name"] for found in listed(api, app, **query)["items"]]


def secret_name(app: str, credential_id: str) -> str:
    """The name of a credential's secret."""
    return f"latchkey/losant/{app}/{credential_id[:16]}"


def document(secrets_manager: Any, app: str, credential_id: str) -> dict[str, Any]:
    """The document in a credential's secret."""
    return json.loads(secrets_manager.get_secret_value(SecretId=secret_name(app, credential_id))["SecretString"])


def secret_fields(kind: str) -> set[str]:
    """The fields that a post has and a response does not."""
    key = key_of(kind)
    given, shown = (SCHEMAS[name]["properties"][key]["properties"] for name in ("credentialPost", "credential"))
    return set(given) - set(shown)


def assert_valid(schema: str, body: Any) -> None:
    Draft7Validator(SCHEMAS[schema], format_checker=FormatChecker()).validate(body)


def assert_invalid(answer: Answer, message: str) -> None:
    """Checks an error response to an invalid request, with exactly this message."""
    assert (answer.status, answer.json) == (400, {"type": "Validation", "message": message}), answer


def assert_rejected(answer: Answer, status: int, kind: str, says: str) -> None:
    """Checks an error response in Losant's shape, and the reason in it."""
    assert answer.status == status, answer
    body = answer.json
    assert_valid("error", body)
    assert set(body) == {"type", "message"}, body
    assert body["type"] == kind, body
    assert says in body["message"], body
