"""Stacks that tests can change, break and delete, apart from the stack that all other tests use."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from samcli.yamlhelper import yaml_parse

from local.artifacts import lay_out
from local.cloudformation import Resolved
from local.expand import expand
from local.gateway import Functions, Gateway, read_api
from local.gateway.api import Api as RestApi
from local.ministack import LOOPBACK, REGION, MiniStack
from local.process import exit_on_signals
from local.stack import BUCKET, ROOT, STACK_NAME, TEMPLATE, Stack
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
    """This module's own stack."""
    exit_on_signals()
    with Stack(work=ROOT / ".local" / "test-deployment") as stack:
        yield stack


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The template with a resource that fails."""
    path = tmp_path / "template.yaml"
    path.write_text((ROOT / "template.yaml").read_text().replace("\nOutputs:\n", BROKEN, 1))
    return path


@dataclass
class Example:
    """Another team's stack, with a Latchkey inside."""

    ministack: MiniStack
    name: str
    gateway: Gateway

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of its template."""
        (stack,) = self.ministack.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def rest_api(self, template: Path) -> RestApi:
        """The API of its Latchkey, whose expanded template is `template`."""
        base = urlsplit(self.outputs["LatchkeyUrl"])
        api_id, stage = base.netloc.split(".")[0], base.path.strip("/")
        expanded = Resolved(yaml_parse(template.read_text()), {})
        return read_api(self.ministack.client("apigateway"), api_id, stage, REGION, expanded)

    @property
    def url(self) -> str:
        """Its Latchkey's local address, because only AWS responds at API Gateway's host."""
        return self.gateway.url

    def resource(self, logical_id: str) -> str:
        """The physical id of a resource."""
        describe = self.ministack.client("cloudformation").describe_stack_resource
        found = describe(StackName=self.name, LogicalResourceId=logical_id)
        return found["StackResourceDetail"]["PhysicalResourceId"]

    def call(self, logical_id: str) -> Any:
        """Invokes one of its functions, and returns the result."""
        answer = self.ministack.client("lambda").invoke(FunctionName=self.resource(logical_id))
        return json.loads(answer["Payload"].read())

    def statements(self, role: str) -> list[dict[str, Any]]:
        """What one of its roles may do, apart from logging."""
        iam, role_name = self.ministack.client("iam"), self.resource(role)
        policies = iam.list_role_policies(RoleName=role_name)["PolicyNames"]
        documents = (iam.get_role_policy(RoleName=role_name, PolicyName=policy) for policy in policies)
        return [statement for document in documents for statement in document["PolicyDocument"]["Statement"]]


@dataclass
class Examples:
    """Deploys examples, with what `sam build` would have made from Latchkey."""

    ministack: MiniStack
    # Latchkey's template as CloudFormation expands it, because MiniStack does not expand nested templates.
    template: Path
    # Stops the examples' gateways when it closes.
    running: ExitStack

    def deploy(self, name: str, *options: str, changed: dict[str, str] | None = None) -> Example:
        """Deploys the example in that folder, with some of its text `changed`."""
        text = (ROOT / "examples" / name / "template.yaml").read_text()
        location = {"Location: ../../template.yaml\n": f"Location: {self.template.name}\n"}
        for old, new in (location | (changed or {})).items():
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        example = self.template.with_name(f"{name}.yaml")
        example.write_text(text)
        command = ["deploy", "--template-file", str(example), "--stack-name", name, "--no-confirm-changeset", *options]
        sam(self.ministack, *command, "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")
        gateway = self.running.enter_context(Gateway(Functions(self.ministack.endpoint, REGION), LOOPBACK))
        deployed = Example(self.ministack, name, gateway)
        gateway.serve(deployed.rest_api(self.template))
        return deployed


@pytest.fixture(scope="package")
def examples() -> Iterator[Examples]:
    exit_on_signals()
    with MiniStack(work=ROOT / ".local" / "test-examples") as ministack, ExitStack() as running:
        built = lay_out(TEMPLATE, ROOT / "target" / "quick", ministack.work / "build")
        ministack.client("s3").create_bucket(Bucket=BUCKET)
        packaged, expanded = built.with_name("packaged.yaml"), built.with_name("expanded.yaml")
        sam(ministack, "package", "--template-file", str(built), "--output-template-file", str(packaged))
        expanded.write_text(expand(packaged))
        yield Examples(ministack, expanded, running)


def sam(ministack: MiniStack, *arguments: str) -> None:
    process = ministack.sam(*arguments, "--s3-bucket", BUCKET, "--region", REGION, "--no-progressbar")
    assert process.wait() == 0, process.last_lines()


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
