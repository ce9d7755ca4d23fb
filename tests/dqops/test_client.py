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


@pytest.fixture
def client(stack: Stack) -> AuthenticatedClient:
    return AuthenticatedClient(stack.url, token=stack.token, timeout=60)


def sync(operation: ModuleType, *arguments: Any, **named: Any) -> Any:
    return operation.sync_detailed(*arguments, **named)


@pytest.fixture(params=["sync", "asyncio"])
def run(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Runs an operation the one way or the other; the client keeps its connections within one event loop."""
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

    listed = run(get_all_shared_credentials, client=client).parsed
    item = next(item for item in listed if item.credential_name == name)
    assert (item.type, item.can_edit, item.can_access_credential) == (CredentialType.TEXT, True, True)

    found = run(get_shared_credential, name, client=client).parsed
    assert found == text

    binary = SharedCredentialModel(credential_name=name, type=CredentialType.BINARY, binary_value="/wD+")
    assert run(update_shared_credential, name, client=client, json_body=binary).status_code == 204
    assert run(get_shared_credential, name, client=client).parsed == binary
    assert run(download_shared_credential, name, client=client).content == b"\xff\x00\xfe"

    assert run(delete_shared_credential, name, client=client).status_code == 204
    assert run(get_shared_credential, name, client=client).status_code == 404
