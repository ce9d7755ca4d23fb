"""The calls that Terraform makes."""

from typing import Any

import pytest

from local.stack import Stack
from tests.credentials_as_code.conftest import held, in_place, new_place, properties
from tests.support.provisioning import (
    APIS,
    Source,
    tags,
    terraform,
    writes,
)
from tests.support.proxy import Proxy


@pytest.mark.parametrize("api", APIS)
def test_terraform_creates_changes_moves_and_deletes_a_credential(
    stack: Stack, proxy: Proxy, source: Source, secrets_manager: Any, api: str, place: str
) -> None:
    owner = f"prod/{place}"
    of = properties(api, source, place, Owner=owner)
    first = terraform(stack, api, "create", of).json
    assert set(first) == {"PhysicalResourceId", "Data"}
    assert set(first["Data"]) == {"Id", "Version", "SecretArn", "SecretName"}
    assert source.value in (held(secrets_manager, first["Data"]["SecretArn"]) or "")
    assert tags(secrets_manager, first["Data"]["SecretArn"])["owner"] == f"terraform/{owner}"
    # Terraform repeats an apply that was cut off.
    with proxy.recording() as calls:
        assert terraform(stack, api, "create", of).json == first
        assert terraform(stack, api, "update", of | {"OnDelete": "delete"}, of).json == first
    assert writes(calls) == []
    source.put(f"rotated-{place}")
    rotated = of | {"Revision": 2}
    second = terraform(stack, api, "update", rotated, of).json
    assert second["PhysicalResourceId"] == first["PhysicalResourceId"]
    assert second["Data"]["Version"] != first["Data"]["Version"]
    assert source.value in (held(secrets_manager, first["Data"]["SecretArn"]) or "")
    moved = properties(api, source, new_place(), Owner=owner)
    third = terraform(stack, api, "update", moved, rotated).json
    assert third["PhysicalResourceId"] != first["PhysicalResourceId"]
    assert source.value in (held(secrets_manager, third["Data"]["SecretArn"]) or "")
    assert held(secrets_manager, first["Data"]["SecretArn"]) is None
    assert not terraform(stack, api, "delete", moved).is_error
    assert held(secrets_manager, third["Data"]["SecretArn"]) is None


def test_terraform_retains_a_credential_if_told_to(
    stack: Stack, source: Source, secrets_manager: Any, place: str
) -> None:
    of = properties("dqops", source, place, Owner=place, OnDelete="retain")
    made = terraform(stack, "dqops", "create", of).json["Data"]
    # Also if another credential replaces it.
    other = properties("dqops", source, f"{place}-2", Owner=place, OnDelete="delete")
    assert not terraform(stack, "dqops", "update", other, of).is_error
    assert held(secrets_manager, made["SecretArn"]) == source.value
    assert not terraform(stack, "dqops", "delete", other).is_error
    assert held(secrets_manager, f"latchkey/dqops/{place}-2") is None


def test_terraform_can_rename_a_credential_that_keeps_its_id(
    stack: Stack, source: Source, secrets_manager: Any, place: str
) -> None:
    of = properties("losant", source, place, Owner=place)
    made = terraform(stack, "losant", "create", of).json
    renamed = terraform(stack, "losant", "update", of | {"Name": "renamed"}, of).json
    assert renamed["PhysicalResourceId"] == made["PhysicalResourceId"]
    assert '"name":"renamed"' in (held(secrets_manager, made["Data"]["SecretArn"]) or "")
    assert not terraform(stack, "losant", "delete", of | {"Name": "renamed"}).is_error
    assert held(secrets_manager, made["Data"]["SecretArn"]) is None


@pytest.mark.parametrize("api", APIS)
def test_terraform_leaves_nothing_behind_when_the_owner_changes(
    stack: Stack, source: Source, secrets_manager: Any, api: str, place: str
) -> None:
    of = properties(api, source, place, Owner=place)
    assert not terraform(stack, api, "create", of).is_error
    # Whether or not this is rejected, there must be one credential: Terraform would lose track of a second one.
    terraform(stack, api, "update", of | {"Owner": f"{place}/2", "OnConflict": "adopt"}, of)
    assert len(in_place(secrets_manager, api, place)) == 1


def test_terraform_must_name_an_owner(stack: Stack, source: Source, place: str) -> None:
    reason = terraform(stack, "dqops", "create", properties("dqops", source, place)).reason
    assert reason.startswith("Owner: is missing; name what manages this one credential: prod/warehouse")
