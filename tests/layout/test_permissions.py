"""A function may do only what its operation needs, and only with its own API's secrets."""

import pytest

from tests.support.operations import FUNCTIONS, TEMPLATE, Operation

# The secrets of the stack's own prefix; what follows is the API.
SECRETS = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${Prefix}/"

# IAM accepts no secret as the resource of these, or (AssumeRole) the caller names it. BatchGetSecretValue returns only
# secrets that GetSecretValue may read.
NOT_BY_RESOURCE = {"secretsmanager:ListSecrets", "secretsmanager:BatchGetSecretValue", "sts:AssumeRole"}


@pytest.mark.parametrize("operation", FUNCTIONS.values(), ids=lambda operation: operation.binary)
def test_a_function_reaches_only_its_own_secrets(operation: Operation) -> None:
    if operation.binary == "preflight":
        assert not operation.actions, operation
        return
    own = "keys" if operation.binary == "authorizer" else operation.api
    everywhere = operation.actions & NOT_BY_RESOURCE
    allowed = {f"{SECRETS}{own}/*"} | ({"*"} if everywhere else set())
    assert operation.resources <= allowed, f"template.yaml: {operation.binary} reaches secrets of others"
    assert not any("*" in action for action in operation.actions)


def test_a_function_that_creates_secrets_may_tag_them_if_they_get_tags() -> None:
    for operation in FUNCTIONS.values():
        may_tag = operation.actions | operation.with_tags
        assert ("secretsmanager:CreateSecret" in operation.actions) == ("secretsmanager:TagResource" in may_tag)
        assert operation.with_tags <= {"secretsmanager:TagResource"}
        assert not operation.actions & operation.with_tags, "it may anyway"


def test_sources_are_no_access_keys_and_only_provisioning_functions_read_them() -> None:
    policy = TEMPLATE["Resources"]["ReadSources"]["Properties"]["PolicyDocument"]["Statement"]
    denied = [(statement["Action"], statement["Resource"]) for statement in policy if statement["Effect"] == "Deny"]
    assert denied == [("secretsmanager:*", {"Fn::Sub": f"{SECRETS}keys/*"})]
    for logical_id, operation in FUNCTIONS.items():
        resource = TEMPLATE["Resources"][logical_id]
        assert ("ReadSources" in str(operation.properties.get("Policies"))) == operation.provisions
        optional = "AllowsOrigins" if operation.binary == "preflight" else None
        assert resource.get("Condition") == ("Provisions" if operation.provisions else optional)
