"""Callers of DQOps, and their credentials."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.api import Answer, Api, encoded


@pytest.fixture(scope="session")
def viewer(caller: Callable[..., Api]) -> Api:
    """A caller who may only list."""
    return caller([{"api": "dqops", "namespaces": ["*"], "permissions": ["view"]}])


@pytest.fixture(scope="session")
def editor(caller: Callable[..., Api]) -> Api:
    """A caller who may do everything in DQOps."""
    return caller([{"api": "dqops", "namespaces": ["*"], "permissions": ["edit"]}])


@pytest.fixture(scope="session")
def foreigner(caller: Callable[..., Api]) -> Api:
    """A caller who may do everything in another API."""
    return caller([{"api": "tiledb", "namespaces": ["*"], "permissions": ["*"]}])


def text(name: str, value: str = "secret text") -> dict[str, Any]:
    """The model of a text."""
    return {"credential_name": name, "type": "text", "text_value": value}


def create(api: Api, name: str, value: str = "secret text") -> Answer:
    answer = api.call("POST", "/api/credentials", text(name, value))
    assert answer.status == 201, answer
    return answer


def get(api: Api, name: str, headers: dict[str, str | None] | None = None) -> Answer:
    return api.call("GET", f"/api/credentials/{encoded(name)}", headers=headers)


def assert_rejected(answer: Answer, status: int, says: str) -> None:
    """Checks an error response in DQOps' shape, and the reason in it."""
    assert answer.status == status, answer
    body = answer.json
    assert set(body) == {"timestamp", "status", "error", "message", "path"}, body
    assert body["status"] == status
    assert says in body["message"], body
