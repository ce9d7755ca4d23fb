"""The template with parameters that companies set. Each set deploys, as an update of the one before, and works."""

import json

import pytest
from botocore.exceptions import ClientError

from local.parameter_sets import SETS
from local.stack import STACK_NAME, Stack, StackError
from tests.deployment.conftest import create, resources, status_of, value, variable
from tests.support import aws_cli
from tests.support.api import Api
from tests.support.readme import ROOT, commands_after

TOPIC = SETS["alarms"]["AlarmTopicArn"]
# SAM CLI keeps parameters that are not given, so each set resets those of the others.
NONE = dict.fromkeys(SETS["all"], "") | {
    "EndpointType": "REGIONAL",
    **dict.fromkeys(("DisableExecuteApiEndpoint", "Dashboard", "AuditNames", "Provisioning"), "false"),
}


@pytest.fixture(scope="module", autouse=True)
def boundary(own: Stack) -> None:
    """A company's permissions boundary: the most that any of its roles may do."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    own.client("iam").create_policy(PolicyName="boundary", PolicyDocument=json.dumps(document))


def of_type(stack: Stack, resource_type: str) -> list[str]:
    found = stack.client("cloudformation").describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    return [resource["PhysicalResourceId"] for resource in found if resource["ResourceType"] == resource_type]


@pytest.mark.parametrize("name", SETS)
def test_a_set_of_parameters_deploys_and_works(own: Stack, name: str) -> None:
    given = SETS[name]
    own.deploy(parameters=NONE | given)
    assert status_of(own) == "UPDATE_COMPLETE"
    admin = Api(own.url, own.token)
    create(admin, f"{name}.txt", "value")
    assert value(admin, f"{name}.txt") == "value"
    if "Tags" in given:
        described = own.client("secretsmanager").describe_secret(SecretId=f"latchkey/dqops/{name}.txt")
        tags = [{"Key": "team", "Value": "platform"}, {"Key": "cost-center", "Value": "42"}]
        assert sorted(described["Tags"], key=str) == sorted(tags, key=str)
    if "AlarmTopicArn" in given:
        alarms = own.client("cloudwatch").describe_alarms()["MetricAlarms"]
        assert len(alarms) == (15 if "Provisioning" in given else 14)
        assert {topic for alarm in alarms for topic in alarm["AlarmActions"]} == {TOPIC}
        assert len(of_type(own, "AWS::CloudWatch::Dashboard")) == 1
    assert variable(own, "DqopsGet", "LATCHKEY_AUDIT_NAMES") == given.get("AuditNames", "false")


def test_resetting_the_parameters_leaves_nothing_behind(own: Stack) -> None:
    own.deploy(parameters=NONE)
    for resource_type in ("AWS::CloudWatch::Alarm", "AWS::Logs::MetricFilter", "AWS::CloudWatch::Dashboard"):
        assert of_type(own, resource_type) == []
    assert value(Api(own.url, own.token), "all.txt") == "value"


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"EndpointType": "PRIVATE"}, "needs VpcEndpointIds"),
        ({"VpcSubnetIds": "subnet-0a1b2c3d4e5f60718"}, "needs VpcSecurityGroupIds"),
        ({"AlarmTopicArn": TOPIC, "LogLevel": "warn"}, "need LogLevel=info"),
        ({"Tags": "team"}, "KEY=VALUE"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_parameters_that_cannot_work_are_rejected_before_anything_changes(
    own: Stack, parameters: dict[str, str], says: str
) -> None:
    before = resources(own)
    with pytest.raises(StackError, match=says):
        own.deploy(parameters=parameters)
    assert resources(own) == before


def test_the_runbook_moves_everything_to_another_prefix(own: Stack) -> None:
    own.deploy(parameters=NONE)
    admin = Api(own.url, own.token)
    create(admin, "to move-abcdef.txt", "moved")
    key = {"aws": {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "s" * 40}}
    body = {"name": "moved", "provider": "AWS", "credential": key, "provider_default": True}
    assert admin.call("POST", "/v4/credentials", body).status == 201
    document = {"secret": "s" * 32, "grants": [{"api": "*", "namespaces": ["*"], "permissions": ["*"]}]}
    own.client("secretsmanager").create_secret(Name="latchkey/keys/own", SecretString=json.dumps(document))

    (move,) = commands_after("## Move to another prefix", (ROOT / "docs" / "runbook.md").read_text())
    done = aws_cli.run(move, own.secrets_manager_endpoint)
    assert done.returncode == 0, done
    own.deploy(parameters=NONE | {"Prefix": "moved"})

    # The administrator has a new key, everybody else the same one.
    with pytest.raises(ClientError):
        own.client("secretsmanager").describe_secret(SecretId="latchkey/keys/administrator")
    for api in (Api(own.url, own.token), Api(own.url, f"own.{'s' * 32}")):
        assert value(api, "to move-abcdef.txt") == "moved"
        (listed,) = (c for c in api.call("GET", "/v4/credentials").json["data"] if c["name"] == "moved")
        assert listed["provider_default"] is True
        names = [item["credential_name"] for item in api.call("GET", "/api/credentials").json]
        assert "to move-abcdef.txt" in names
