"""Callers of TileDB's API, and their credentials."""

import base64
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.api import Answer, Api, encoded
from tests.support.aws_account import AwsAccount

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

# Each kind of credential: its provider, its field with content, and the field with its secret.
KINDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "aws key": ("AWS", {"credential": AWS_KEY}, "secret_access_key"),
    "aws role": ("AWS", {"role": AWS_ROLE}, ""),
    "azure key": ("AZURE", {"credential": AZURE_KEY}, "account_key"),
    "azure sas": ("AZURE", {"token": AZURE_SAS}, "sas_token"),
    "gcp key": ("GCP", {"credential": GCP_KEY}, "secret_access_key"),
    "gcp service account": ("GCP", {"token": GCP_TOKEN}, "key_text"),
}

FOREIGN = "There is no such workspace or teamspace, or no grant of this access key covers it."
NEEDS_VIEW = "This access key may not do that: a grant with `view` or `edit` is needed."
ANY_TENANT = "cannot be *, which stands for all of them in grants"
# It is not known when a workspace or a teamspace was created.
UNKNOWN_TIME = "1970-01-01T00:00:00Z"
# Each stays the same only if it is encoded once and decoded once.
ODD_NAMES = [
    "data science",
    "100%",
    "100%25",
    "a+b",
    "Köln & Büro",
    "データ",
    "🔑",
    'it\'s "quoted"',
    "a?b#c=d;e,f",
    "ü" * 128,
]

# Patterns of grants that let a key into the workspace acme, and some that don't.
INTO_ACME: list[Any] = [["acme", ""], ["acme", "team"], ["acme", "*"], ["*", ""], ["*", "team"], ["*", "*"], "*"]
NOT_INTO_ACME: list[Any] = ["acme", ["acme"], ["acme", "team", "x"], ["*"], ["Acme", "*"], ["acme2", ""], ["", "acme"]]


@pytest.fixture
def workspace() -> str:
    """A workspace that no other test uses."""
    return f"ws-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def member(caller: Callable[..., Api], workspace: str) -> Api:
    """A caller who may do everything in the workspace and its teamspaces."""
    return caller([{"api": "tiledb", "namespaces": [[workspace, "*"]], "permissions": ["edit"]}])


@pytest.fixture
def viewer(caller: Callable[..., Api], workspace: str) -> Api:
    """A caller who may view the workspace and its teamspaces."""
    return caller([{"api": "tiledb", "namespaces": [[workspace, "*"]], "permissions": ["view"]}])


@pytest.fixture
def foreigner(caller: Callable[..., Api]) -> Api:
    """A caller who may do everything in another workspace."""
    return caller([{"api": "tiledb", "namespaces": [["elsewhere", "*"]], "permissions": ["edit"]}])


def grant(*namespaces: Any, permissions: list[str] | None = None) -> dict[str, Any]:
    """A grant for these namespaces, by default to view them."""
    permissions = ["view"] if permissions is None else permissions
    return {"api": "tiledb", "namespaces": list(namespaces), "permissions": permissions}


def key(name: str, **more: Any) -> dict[str, Any]:
    """The request to create an AWS key."""
    return {"name": name, "provider": "AWS", "credential": AWS_KEY, **more}


def shown_access(kind: str) -> dict[str, Any]:
    """What responses show of a credential of this kind: its secret is empty."""
    _, access, secret = KINDS[kind]
    ((field, clouds),) = access.items()
    ((cloud, sent),) = clouds.items()
    shown = sent | ({secret: ""} if secret else {})
    if kind == "gcp service account":
        shown |= {
            "account_id": "reader@project.iam.gserviceaccount.com",
            "key_id": "0123456789abcdef0123456789abcdef01234567",
        }
    return {field: {cloud: shown}}


def working(kind: str, aws_account: AwsAccount) -> dict[str, Any]:
    """The content of a credential of this kind; for AWS, a credential that STS accepts."""
    if kind == "aws key":
        pair = aws_account.access_key
        access = {"access_key_id": pair["AccessKeyId"], "secret_access_key": pair["SecretAccessKey"]}
        return {"credential": {"aws": access}}
    if kind == "aws role":
        return {"role": {"aws": {"role_arn": aws_account.role_arn, "external_id": aws_account.EXTERNAL_ID}}}
    return KINDS[kind][1]


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


def get_workspace(api: Api, workspace: str) -> Answer:
    return api.call("GET", f"/tiledb/v4/workspaces/{encoded(workspace)}")


def get_teamspace(api: Api, workspace: str, teamspace: str) -> Answer:
    return api.call("GET", f"/tiledb/v4/teamspaces/{encoded(workspace)}/{encoded(teamspace)}")


def list_teamspaces(api: Api, workspace: str, **query: Any) -> Answer:
    return api.call("GET", f"/tiledb/v4/teamspaces/{encoded(workspace)}", query=query)


def user_of(api: Api) -> dict[str, str]:
    """The TileDB user that represents an access key."""
    key_id = (api.token or "").partition(".")[0]
    ids = dict.fromkeys(("user_id", "username", "display_name", "added_by"), key_id)
    return {**ids, "email": "", "role": "admin", "created_at": UNKNOWN_TIME}


def teamspace_of(api: Api, name: str) -> dict[str, Any]:
    """A teamspace as its workspace's members see it."""
    return {
        "teamspace_id": name,
        "name": name,
        "space_type": "teamspace",
        "visibility": "private",
        "created_at": UNKNOWN_TIME,
        "created_by": user_of(api),
    }


def assert_shown(answer: Answer, data: Any) -> None:
    assert (answer.status, answer.json) == (200, {"data": data})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


def assert_rejected_with(answer: Answer, status: int, message: str, field: str = "") -> None:
    """Checks an error response in TileDB's shape, word for word: `message` is about `field`, if that is given."""
    body = answer.json
    expected = {"code": status, "message": message, "request_id": body["request_id"]}
    if field:
        expected["message"] = f"{field}: {message}"
        expected["validation_error"] = {"fields": [{"field": field, "message": message}]}
    assert (answer.status, body) == (status, expected)
    assert body["request_id"]


def assert_needs_a_key(answer: Answer) -> None:
    assert (answer.status, answer.json["code"]) == (401, 401)
    assert "access key" in answer.json["message"]


def assert_rejected(answer: Answer, status: int, says: str = "", fields: set[str] | None = None) -> None:
    """Checks an error response in TileDB's shape, and the fields that it names."""
    assert answer.status == status, answer
    body = answer.json
    assert set(body) - {"validation_error"} == {"code", "message", "request_id"}, body
    assert body["code"] == status
    assert body["request_id"]
    assert says in body["message"], body
    if fields is not None:
        assert {field["field"] for field in body["validation_error"]["fields"]} == fields, body
