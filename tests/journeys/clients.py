"""Customers of the APIs with the official clients, unmodified."""

import uuid
from collections.abc import Callable
from typing import Any

import tiledb.client
from dqops.client import AuthenticatedClient
from dqops.client.api.shared_credentials import (
    create_shared_credential,
    delete_shared_credential,
    get_all_shared_credentials,
    get_shared_credential,
    update_shared_credential,
)
from dqops.client.models import CredentialType, SharedCredentialModel
from losant_rest import Client, LosantError
from tiledb.client import credentials
from tiledb.client._common import api_v4

from local.stack import Stack
from tests.journeys.customer import Customer, Said, named
from tests.losant import conftest as losant
from tests.support.tiledb_session import generated_client
from tests.tiledb.conftest import AWS_ROLE


def of_dqops(stack: Stack) -> Customer:
    client = AuthenticatedClient(stack.url, token=stack.token, timeout=60)
    name = f"{uuid.uuid4().hex}.txt"

    def text(value: str) -> SharedCredentialModel:
        return SharedCredentialModel(credential_name=name, type=CredentialType.TEXT, text_value=value)

    def call(operation: Any, *arguments: Any, value: Callable[[Any], Any] = lambda _: None, **named: Any) -> Said:
        answer = operation.sync_detailed(*arguments, client=client, **named)
        read = value(answer.parsed) if answer.status_code == 200 else None
        return Said(int(answer.status_code), read, answer.headers.get("retry-after"))

    def own(items: list[Any]) -> list[str]:
        return [item.credential_name for item in items if item.credential_name == name]

    return Customer(
        create=lambda value: call(create_shared_credential, json_body=text(value)),
        read=lambda: call(get_shared_credential, name, value=lambda found: found.text_value),
        listed=lambda: call(get_all_shared_credentials, value=own),
        change=lambda value: call(update_shared_credential, name, json_body=text(value)),
        delete=lambda: call(delete_shared_credential, name),
    )


def of_losant(stack: Stack) -> Customer:
    client = Client(auth_token=stack.token, url=stack.url)
    app = losant.new_id()
    made = losant.new_id()

    def call(operation: Callable[..., Any], **parameters: Any) -> tuple[Said, Any]:
        try:
            return Said(200), operation(applicationId=app, **parameters)
        except LosantError as error:
            return Said(error.status), None

    def create(value: str) -> Said:
        nonlocal made
        answer, credential = call(client.credentials.post, credential=losant.post("one", description=value))
        made = credential["id"] if credential else made
        return answer

    def read() -> Said:
        answer, credential = call(client.credential.get, credentialId=made)
        return Said(200, credential["description"]) if credential else answer

    def listed() -> Said:
        answer, found = call(client.credentials.get)
        return Said(200, [item["name"] for item in found["items"]]) if found else answer

    def patch(change: dict[str, str]) -> Said:
        return call(client.credential.patch, credentialId=made, credential=change)[0]

    return Customer(
        create=create,
        read=read,
        listed=listed,
        change=lambda value: patch({"description": value}),
        delete=lambda: call(client.credential.delete, credentialId=made)[0],
        rename=lambda: patch({"name": "two"}),
        conflict=400,
        hands_on_headers=False,
    )


def _role(value: str) -> dict[str, str]:
    return AWS_ROLE["aws"] | {"external_id": value}


def _rejection(error: Any) -> Said:
    """The error response that the generated client raises."""
    return Said(error.status, None, error.headers.get("Retry-After"))


def of_tiledb(stack: Stack) -> Customer:
    """A customer with the generated client."""
    client = generated_client(stack)
    workspace = f"ws{uuid.uuid4().hex[:10]}"

    def call(operation: Callable[..., Any], *arguments: Any, value: Callable[[Any], Any] = lambda _: None) -> Said:
        try:
            return Said(200, value(operation(workspace, *arguments)))
        except api_v4.ApiException as error:
            return _rejection(error)

    def access(value: str) -> dict[str, Any]:
        return {"role": {"aws": _role(value)}}

    def create(name: str, value: str) -> Said:
        request = api_v4.CredentialCreateRequest(name=name, provider="AWS", **access(value))
        return call(client.create_credential, request)

    def get(name: str) -> Said:
        return call(client.get_credential_by_name, name, value=lambda found: found.data.role.aws.external_id)

    return named(
        create,
        get,
        lambda: call(client.get_credentials, value=lambda found: [item.name for item in found.data]),
        lambda name, value: call(
            client.patch_credential_by_name, name, api_v4.CredentialUpdateRequest(**access(value))
        ),
        lambda: call(client.patch_credential_by_name, "one", api_v4.CredentialUpdateRequest(name="two")),
        lambda name: call(client.delete_credential_by_name, name),
    )


def of_tiledb_functions(stack: Stack) -> Customer:
    """A customer with the functions that TileDB documents. Only one: they store their session in their modules."""
    workspace = f"ws{uuid.uuid4().hex[:10]}"
    tiledb.client.configure(token=stack.token, workspace=workspace, host=f"{stack.url}/tiledb", overwrite=True)
    tiledb.client.login()

    def call(
        operation: Callable[..., Any], *arguments: Any, value: Callable[[Any], Any] = lambda _: None, **named: Any
    ) -> Said:
        try:
            return Said(200, value(operation(*arguments, **named)))
        except credentials.CredentialsError as error:
            return _rejection(error.__cause__)

    def role(value: str) -> credentials.AccessCredentialRole:
        return credentials.AccessCredentialRole(aws=credentials.AWSRole(**_role(value)))

    return named(
        lambda name, value: call(credentials.create_credential, name, "AWS", role=role(value)),
        lambda name: call(credentials.get_credential, name, value=lambda found: found.role.aws.external_id),
        lambda: call(credentials.list_credentials, value=lambda found: [item.name for item in found]),
        lambda name, value: call(credentials.update_credential, name, role=role(value)),
        lambda: call(credentials.update_credential, "one", name="two"),
        lambda name: call(credentials.delete_credential, name),
    )


WITH_CLIENT = {
    "dqops client": of_dqops,
    "losant client": of_losant,
    "tiledb client": of_tiledb,
    "tiledb functions": of_tiledb_functions,
}
