"""Callers of the organizations' API, and their credentials."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.api import Answer, Api

PATH = "/v1/organizations/credentials"
CREATE = f"{PATH}/create"
DELETE = f"{PATH}/delete"
UPDATE = f"{PATH}/update"
LIST = f"{PATH}/list"

SPECIFIC = {
    "aws": {"role": "arn:aws:iam::123456789012:role/audit"},
    "azure": {"tenant": "the tenant", "clientId": "the client", "key": "the key"},
    "gcp": {"project": "the project"},
}
NOT_FOUND = {
    "status": 404,
    "response": "There is no such organization or credential, or this access key may not see it.",
}


@pytest.fixture
def org() -> str:
    """An organization that no other test uses."""
    return new_org()


def new_org() -> str:
    return f"org{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def editor(caller: Callable[..., Api]) -> Api:
    """A caller who may do everything in every organization."""
    return caller([grant("*")])


@pytest.fixture(scope="session")
def viewer(caller: Callable[..., Api]) -> Api:
    """A caller who may only list, in every organization."""
    return caller([grant("*", permissions=["view"])])


@pytest.fixture(scope="session")
def foreigner(caller: Callable[..., Api]) -> Api:
    """A caller who may do everything in another organization, and in other APIs."""
    return caller([grant("elsewhere"), {"api": "dqops", "namespaces": ["*"], "permissions": ["*"]}])


def grant(*organizations: str, permissions: list[str] | None = None) -> dict[str, Any]:
    return {"api": "organizations", "namespaces": list(organizations), "permissions": permissions or ["edit"]}


def credential(org: str, kind: str = "azure", **more: Any) -> dict[str, Any]:
    """The body of a create."""
    body = {"org_id": org, "type": kind, "name": "production", "specific": SPECIFIC[kind], "comments": "by hand"}
    return body | more


def listed(api: Api, org: str) -> list[dict[str, Any]]:
    answer = api.call("GET", LIST, query={"org_id": org})
    assert answer.status == 200, answer
    assert set(answer.json) == {"status", "credentials"}
    assert answer.json["status"] == 200
    return answer.json["credentials"]


def create(api: Api, org: str, kind: str = "azure", **more: Any) -> str:
    """Creates a credential; returns its id."""
    answer = api.call("POST", CREATE, credential(org, kind, **more))
    assert_done(answer, "Credential created")
    return id_of(answer)


def id_of(answer: Answer) -> str:
    """The id of the credential that a create has made."""
    folder, _, credential_id = answer.headers["location"].rpartition("/")
    assert folder == PATH
    return credential_id


def update(api: Api, org: str, credential_id: str, headers: dict[str, str] | None = None, **data: Any) -> Answer:
    body = {"org_id": org, "credential_id": credential_id, "data": data, "reason": "because"}
    return api.call("POST", UPDATE, body, headers)


def delete(api: Api, org: str, credential_id: str, headers: dict[str, str] | None = None) -> Answer:
    body = {"org_id": org, "credential_id": credential_id, "comments": "not needed"}
    return api.call("POST", DELETE, body, headers)


def document(secrets_manager: Any, org: str, credential_id: str) -> dict[str, Any]:
    """The document in a credential's secret; `org` must need no encoding."""
    secret = secrets_manager.get_secret_value(SecretId=f"latchkey/organizations/{org}/{credential_id}")
    return json.loads(secret["SecretString"])


def assert_done(answer: Answer, response: str) -> None:
    assert answer.status == 200, answer
    assert answer.json == {"status": 200, "response": response}
    assert answer.headers["content-type"] == "application/json"


def assert_rejected(answer: Answer, status: int, says: str) -> None:
    """Checks an error response in this API's envelope, with the HTTP status, and the reason in it."""
    assert answer.status == status, answer
    body = answer.json
    assert set(body) == {"status", "response"}, body
    assert body["status"] == status
    assert says in body["response"], body


def assert_not_found(answer: Answer) -> None:
    """Checks the one response for an unknown credential, an unknown organization and a foreign one."""
    assert (answer.status, answer.json) == (404, NOT_FOUND), answer


def log_lines(stack: Any, text: str) -> list[dict[str, Any]]:
    """The functions' log lines of the last minute that contain `text`."""
    return [json.loads(line) for line in stack.function_logs(since=time.time() - 60) if text in line]
