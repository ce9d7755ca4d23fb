"""Stacks that tests may change, break and delete: not the one that all others use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.process import exit_when_told
from local.stack import ROOT, STACK_NAME, Stack
from tests.support.api import Answer, Api, encoded

# A resource that never becomes ready, after everything else has been changed.
BROKEN = """
  NeverReady:
    Type: AWS::CloudFormation::WaitConditionHandle

  Broken:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: [DqopsCreate, DqopsDelete, Authorizer, AdministratorKey, Api, AccessLogs, FunctionLogs]
    Properties: {Count: 1, Timeout: '1', Handle: !Ref NeverReady}

Outputs:
"""


@pytest.fixture(scope="module")
def own() -> Iterator[Stack]:
    """A stack of this module's own."""
    exit_when_told()
    with Stack(work=ROOT / ".local" / "test-deployment") as stack:
        yield stack


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The template with something in it that fails."""
    path = tmp_path / "template.yaml"
    path.write_text((ROOT / "template.yaml").read_text().replace("\nOutputs:\n", BROKEN, 1))
    return path


def status_of(stack: Stack) -> str:
    return stack.client("cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"][0]["StackStatus"]


def resources(stack: Stack) -> dict[str, str]:
    """The physical id of each resource."""
    found = stack.client("cloudformation").describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}


def variable(stack: Stack, function: str, name: str) -> str:
    """An environment variable of a function."""
    found = stack.client("lambda").get_function_configuration(FunctionName=resources(stack)[function])
    return found["Environment"]["Variables"][name]


def create(api: Api, name: str, value: str) -> None:
    body = {"credential_name": name, "type": "text", "text_value": value}
    answer = api.call("POST", "/api/credentials", body)
    assert answer.status == 201, answer


def read(api: Api, name: str) -> Answer:
    return api.call("GET", f"/api/credentials/{encoded(name)}")


def value(api: Api, name: str) -> Any:
    answer = read(api, name)
    assert answer.status == 200, answer
    return answer.json["text_value"]
