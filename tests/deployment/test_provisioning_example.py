"""`examples/credentials-as-code`: a service whose stack makes its credentials."""

import json
from contextlib import suppress
from typing import Any

import pytest

from local.process import wait_until
from local.stack import administrator_token
from tests.deployment.conftest import Example, Examples, value
from tests.support.api import Api

APPLICATION = "575ec8687ae143cd83dc4a97"


@pytest.fixture(scope="module")
def service(examples: Examples) -> Example:
    # Here, responses to CloudFormation go to this machine. The functions accept that only if they use an emulator.
    endpoint = f"        SecretsManagerEndpoint: {examples.ministack.secrets_manager_endpoint}\n"
    provisioning = "        Provisioning: 'true'\n"
    return examples.deploy("credentials-as-code", changed={provisioning: provisioning + endpoint})


@pytest.fixture(scope="module")
def secrets_manager(service: Example) -> Any:
    return service.ministack.client("secretsmanager")


@pytest.fixture(scope="module")
def clients(service: Example, secrets_manager: Any) -> Api:
    """A caller who may do everything in the stack's Latchkey."""
    return Api(service.url, administrator_token(secrets_manager, "billing"))


def held(secrets_manager: Any, name: str) -> Any:
    """A secret's value, parsed if it is JSON."""
    text = secrets_manager.get_secret_value(SecretId=name)["SecretString"]
    # A password that Secrets Manager generates can begin with a brace, too.
    with suppress(ValueError):
        return json.loads(text) if text.startswith("{") else text
    return text


def losant(clients: Api, name: str) -> dict[str, Any]:
    found = clients.call("GET", f"/applications/{APPLICATION}/credentials").json["items"]
    (credential,) = (each for each in found if each["name"] == name)
    return credential


def everything_secret(secrets_manager: Any) -> list[str]:
    """All secret values that the sources and the credentials have now."""
    sources = [held(secrets_manager, f"billing-sources/{name}") for name in ("storage", "token", "azure")]
    made = held(secrets_manager, "billing/dqops/login.json")["password"]
    return [sources[0]["secret_access_key"], *sources[1:], made, "PRIVATE KEY"]


def test_every_api_has_its_credentials_from_the_sources(service: Example, secrets_manager: Any, clients: Api) -> None:
    warehouse = clients.call("GET", "/tiledb/v4/credentials/acme/warehouse")
    assert warehouse.json["data"]["provider_default"] is True
    assert warehouse.headers["etag"] == f'"{service.outputs["WarehouseVersion"]}"'
    storage = held(secrets_manager, "billing-sources/storage")
    stored = held(secrets_manager, "billing/tiledb/acme/=/warehouse")["credential"]["aws"]
    assert stored == storage | {"endpoint": "https://storage.example.com", "use_path_style": True}

    tokens, repository = losant(clients, "device-tokens"), losant(clients, "repository")
    assert tokens["jwtConfig"] == {"algorithm": "HS256", "issuer": "billing"}
    stored = held(secrets_manager, f"billing/losant/{APPLICATION}/{tokens['id'][:16]}")["secrets"]
    assert stored == {"secret": held(secrets_manager, "billing-sources/token")}
    assert repository["gitConfig"]["publicKey"] == service.outputs["RepositoryPublicKey"]

    (costs,) = clients.call("GET", "/v1/organizations/credentials/list", query={"org_id": "acme"}).json["credentials"]
    assert (costs["name"], costs["type"]) == ("costs", "azure")
    stored = held(secrets_manager, f"billing/organizations/acme/{costs['id']}")["specific"]
    assert stored["key"] == held(secrets_manager, "billing-sources/azure")

    login = json.loads(value(clients, "login.json"))
    assert (login["user"], len(login["password"])) == ("reader", 40)


def test_the_function_connects_with_that_one_credential(service: Example, secrets_manager: Any) -> None:
    assert service.call("Report") == {"connected_as": "reader"}
    arn = secrets_manager.describe_secret(SecretId="billing/dqops/login.json")["ARN"]
    allowed = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn}
    assert service.statements("ReportRole") == [allowed]


def test_cloudformation_shows_no_secret(service: Example, secrets_manager: Any) -> None:
    ask = service.ministack.client("cloudformation")
    shown = [ask.get_template(StackName=service.name, TemplateStage=stage) for stage in ("Original", "Processed")]
    shown += ask.get_paginator("describe_stack_events").paginate(StackName=service.name)
    shown += [describe(StackName=service.name) for describe in (ask.describe_stacks, ask.describe_stack_resources)]
    text = json.dumps(shown, default=str)
    assert "billing-sources/storage" in text
    assert not [secret for secret in everything_secret(secrets_manager) if secret in text]


def test_a_revision_updates_the_credentials_from_new_sources(
    service: Example, secrets_manager: Any, clients: Api
) -> None:
    login, public_key = value(clients, "login.json"), service.outputs["RepositoryPublicKey"]
    secrets_manager.put_secret_value(
        SecretId="billing-sources/storage",
        SecretString=json.dumps({"access_key_id": "rotated", "secret_access_key": "rotated key"}),
    )
    update(service, Revision="2")
    stored = held(secrets_manager, "billing/tiledb/acme/=/warehouse")["credential"]["aws"]
    assert (stored["access_key_id"], stored["secret_access_key"]) == ("rotated", "rotated key")
    # Generated values do not change.
    assert value(clients, "login.json") == login
    assert service.outputs["RepositoryPublicKey"] == public_key
    assert service.call("Report") == {"connected_as": "reader"}


def test_a_deleted_stack_takes_its_credentials_and_leaves_latchkey(
    service: Example, secrets_manager: Any, clients: Api
) -> None:
    service.ministack.client("cloudformation").delete_stack(StackName=service.name)
    assert ended(service) == "DELETE_COMPLETE"
    assert clients.call("GET", "/api/credentials").json == []
    assert clients.call("GET", "/tiledb/v4/credentials/acme").json["data"] == []
    assert clients.call("GET", f"/applications/{APPLICATION}/credentials").json["items"] == []
    listed = clients.call("GET", "/v1/organizations/credentials/list", query={"org_id": "acme"})
    assert listed.json["credentials"] == []
    names = [secret["Name"] for secret in secrets_manager.list_secrets()["SecretList"]]
    assert not [name for name in names if name.startswith("billing-sources/")]


def update(service: Example, **parameters: str) -> None:
    """Deploys the service again, with other parameters."""
    service.ministack.client("cloudformation").update_stack(
        StackName=service.name,
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    assert ended(service) == "UPDATE_COMPLETE"


def ended(service: Example) -> str:
    """Waits until the current operation ends; returns the stack's status."""
    describe = service.ministack.client("cloudformation").describe_stacks
    # By its id, because a deleted stack is not found by its name.
    stack_id = describe(StackName=service.name)["Stacks"][0]["StackId"]

    def status() -> str:
        return describe(StackName=stack_id)["Stacks"][0]["StackStatus"]

    assert wait_until(lambda: not status().endswith("_IN_PROGRESS"), timeout=60)
    return status()
