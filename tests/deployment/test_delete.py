"""What a deleted stack leaves behind, deploying it again, and a first deployment that fails."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.stack import Stack, StackError
from tests.deployment.conftest import create, resources, status_of, value
from tests.support.api import Api

SECRET = "s" * 32


def names(stack: Stack) -> set[str]:
    return {secret["Name"] for secret in stack.client("secretsmanager").list_secrets()["SecretList"]}


def log_groups(stack: Stack) -> set[str]:
    return {group["logGroupName"] for group in stack.client("logs").describe_log_groups()["logGroups"]}


def roles(stack: Stack) -> set[str]:
    return {role["RoleName"] for role in stack.client("iam").list_roles()["Roles"]}


def test_a_deleted_stack_leaves_the_credentials_and_can_be_deployed_again(own: Stack) -> None:
    grants = [{"api": "dqops", "namespaces": ["*"], "permissions": ["edit"]}]
    secrets_manager = own.client("secretsmanager")
    secrets_manager.create_secret(
        Name="latchkey/keys/own", SecretString=json.dumps({"secret": SECRET, "grants": grants})
    )
    old_token, before = own.token, resources(own)
    create(Api(own.url, old_token), "left.txt", "as it was")

    own.delete()

    with pytest.raises(ClientError, match="does not exist"):
        status_of(own)
    assert own.client("lambda").list_functions()["Functions"] == []
    assert names(own) == {"latchkey/dqops/left.txt", "latchkey/keys/own"}
    assert secrets_manager.get_secret_value(SecretId="latchkey/dqops/left.txt")["SecretString"] == "as it was"
    assert {before["AccessLogs"], before["FunctionLogs"]} <= log_groups(own)
    # The account's API Gateway settings refer to it, and other APIs may log with it.
    assert roles(own) == {before["ApiGatewayLogWriter"]}

    own.deploy()

    assert own.token != old_token
    assert Api(own.url, old_token).call("GET", "/api/credentials").status == 401
    for token in (own.token, f"own.{SECRET}"):
        assert value(Api(own.url, token), "left.txt") == "as it was"


def test_a_first_deployment_that_fails_leaves_no_logs_and_no_key(own: Stack, broken: Path) -> None:
    own.delete()
    groups = log_groups(own)
    for group in groups:
        own.client("logs").delete_log_group(logGroupName=group)
    with pytest.raises(StackError, match="ROLLBACK_COMPLETE"):
        own.deploy(broken)
    assert status_of(own) == "ROLLBACK_COMPLETE"
    assert log_groups(own) == set()
    assert "latchkey/keys/administrator" not in names(own)
    assert "latchkey/dqops/left.txt" in names(own)
