"""The official client, PyPI `dqops`, unmodified."""

import asyncio
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from dqops.client import AuthenticatedClient
from dqops.client.api.shared_credentials import (
    create_shared_credential,
    delete_shared_credential,
    download_shared_credential,
    get_all_shared_credentials,
    get_shared_credential,
    update_shared_credential,
)
from dqops.client.models import CredentialType, SharedCredentialModel

from local.stack import Stack
from tests.support.eventually import LISTS, equals, eventually


@pytest.fixture
def client(stack: Stack) -> AuthenticatedClient:
    return AuthenticatedClient(stack.url, token=stack.token, timeout=60)


def sync(operation: ModuleType, *arguments: Any, **named: Any) -> Any:
    return operation.sync_detailed(*arguments, **named)


@pytest.fixture(params=["sync", "asyncio"])
def run(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Runs an operation in either way. The client keeps its connections within one event loop."""
    if request.param == "sync":
        yield sync
        return
    with asyncio.Runner() as runner:
        yield lambda operation, *arguments, **named: runner.run(operation.asyncio_detailed(*arguments, **named))


@pytest.mark.parametrize("odd", ["a b-ü", "plain.json", "plus+ключ.pem"])
def test_all_operations(client: AuthenticatedClient, name: str, run: Any, odd: str) -> None:
    name = f"{name}{odd}"
    text = SharedCredentialModel(credential_name=name, type=CredentialType.TEXT, text_value="first")
    assert run(create_shared_credential, client=client, json_body=text).status_code == 201
    assert run(create_shared_credential, client=client, json_body=text).status_code == 409

    def is_listed() -> None:
        listed = run(get_all_shared_credentials, client=client).parsed
        (item,) = (item for item in listed if item.credential_name == name)
        assert (item.type, item.can_edit, item.can_access_credential) == (CredentialType.TEXT, True, True)

    def is_done(status: int, operation: ModuleType, **body: Any) -> None:
        """A change may not find what was created a moment ago, either."""
        eventually(lambda: equals(run(operation, name, client=client, **body).status_code, status))

    def is_read(model: SharedCredentialModel) -> None:
        eventually(lambda: equals(run(get_shared_credential, name, client=client).parsed, model))

    eventually(is_listed, LISTS)
    is_read(text)

    binary = SharedCredentialModel(credential_name=name, type=CredentialType.BINARY, binary_value="/wD+")
    is_done(204, update_shared_credential, json_body=binary)
    is_read(binary)
    eventually(lambda: equals(run(download_shared_credential, name, client=client).content, b"\xff\x00\xfe"))

    is_done(204, delete_shared_credential)
    is_done(404, get_shared_credential)
