"""TileDB's callers and their credentials."""

import base64
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.api import Answer, Api, encoded

SEED = "/v4/credentials"
AWS_KEY = {
    "aws": {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
}
AWS_ROLE = {"aws": {"role_arn": "arn:aws:iam::123456789012:role/reader", "external_id": "tiledb-1"}}
AZURE_KEY = {"azure": {"account_name": "storage1", "account_key": base64.b64encode(b"k" * 64).decode()}}
AZURE_SAS = {
    "azure": {"account_name": "storage1", "sas_token": "sv=2024-01-01&sp=r&se=2999-01-01T00:00:00Z&sig=c2lnbmF0dXJl"}
}
GCP_KEY = {"gcp": {"access_key_id": "GOOG1EXAMPLE", "secret_access_key": base64.b64encode(b"s" * 30).decode()}}


def _service_account() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    account = {
        "type": "service_account",
        "project_id": "project",
        "private_key_id": "0123456789abcdef0123456789abcdef01234567",
        "private_key": pem.decode(),
        "client_email": "reader@project.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return json.dumps(account)


SERVICE_ACCOUNT = _service_account()
GCP_TOKEN = {"gcp": {"account_id": "ignored", "key_id": "ignored", "key_text": SERVICE_ACCOUNT}}

# Every kind: its provider, the field that holds it, and the field with its secret.
KINDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "aws key": ("AWS", {"credential": AWS_KEY}, "secret_access_key"),
    "aws role": ("AWS", {"role": AWS_ROLE}, ""),
    "azure key": ("AZURE", {"credential": AZURE_KEY}, "account_key"),
    "azure sas": ("AZURE", {"token": AZURE_SAS}, "sas_token"),
    "gcp key": ("GCP", {"credential": GCP_KEY}, "secret_access_key"),
    "gcp service account": ("GCP", {"token": GCP_TOKEN}, "key_text"),
}


@pytest.fixture
def workspace() -> str:
    """A workspace that no other test uses."""
    return f"ws-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def member(caller: Callable[..., Api], workspace: str) -> Api:
    """May do everything in the workspace and its teamspaces."""
    return caller([{"api": "tiledb", "namespaces": [[workspace, "*"]], "permissions": ["edit"]}])


@pytest.fixture
def viewer(caller: Callable[..., Api], workspace: str) -> Api:
    """May look at the workspace."""
    return caller([{"api": "tiledb", "namespaces": [[workspace, "*"]], "permissions": ["view"]}])


@pytest.fixture
def foreigner(caller: Callable[..., Api]) -> Api:
    """May do everything in another workspace."""
    return caller([{"api": "tiledb", "namespaces": [["elsewhere", "*"]], "permissions": ["edit"]}])


def key(name: str, **more: Any) -> dict[str, Any]:
    """The request to create an AWS key."""
    return {"name": name, "provider": "AWS", "credential": AWS_KEY, **more}


def create(api: Api, body: dict[str, Any], **query: Any) -> Answer:
    answer = api.call("POST", SEED, body, query=query)
    assert (answer.status, answer.content) == (201, b""), answer
    return answer


def get(api: Api, name: str, **query: Any) -> Answer:
    return api.call("GET", f"{SEED}/{encoded(name)}", query=query)


def patch(api: Api, name: str, body: Any, **query: Any) -> Answer:
    return api.call("PATCH", f"{SEED}/{encoded(name)}", body, query=query)


def names(api: Api, **query: Any) -> list[str]:
    return [credential["name"] for credential in api.call("GET", SEED, query=query).json["data"]]


def assert_refused(answer: Answer, status: int, says: str = "", fields: set[str] | None = None) -> None:
    """A refusal in TileDB's shape, that names the fields at fault."""
    assert answer.status == status, answer
    body = answer.json
    assert set(body) - {"validation_error"} == {"code", "message", "request_id"}, body
    assert body["code"] == status
    assert body["request_id"]
    assert says in body["message"], body
    if fields is not None:
        assert {field["field"] for field in body["validation_error"]["fields"]} == fields, body
