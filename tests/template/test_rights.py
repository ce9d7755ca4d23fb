"""What the functions' roles allow, as IAM decides it: access to their own API's secrets, and to no others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.cloudformation import PSEUDO, Resolved
from local.iam import allows, listed
from tests.support.operations import FUNCTIONS
from tests.template.conftest import Resolve, of_type

ACCOUNT = f"{PSEUDO['AWS::Region']}:{PSEUDO['AWS::AccountId']}"
SECRET = f"arn:aws:secretsmanager:{ACCOUNT}:secret:"
KEY, FORMER, OLDEST = (f"arn:aws:kms:{ACCOUNT}:key/{name}" for name in ("present", "former", "oldest"))
VIA_SECRETS_MANAGER = {"kms:ViaService": f"secretsmanager.{PSEUDO['AWS::Region']}.amazonaws.com"}
# IAM accepts no secret for these; BatchGetSecretValue reads only what the role may read with GetSecretValue.
WITHOUT_RESOURCE = {"secretsmanager:ListSecrets", "secretsmanager:BatchGetSecretValue"}
# The policies that SAM attaches: to log, and to manage the network interfaces of functions in a VPC.
SAMS = {
    f"arn:aws:iam::aws:policy/service-role/AWSLambda{name}ExecutionRole": actions
    for name, actions in {"Basic": [], "VPCAccess": ["ec2:CreateNetworkInterface", "ec2:DescribeSubnets"]}.items()
}


@dataclass
class Role:
    """What one function may do."""

    statements: list[dict[str, Any]]

    def allows(self, action: str, resource: str, context: dict[str, str] | None = None) -> bool:
        """Whether IAM allows it."""
        return allows(self.statements, action, resource, context)


def roles(resolved: Resolved) -> Iterator[tuple[str, Role]]:
    resources = resolved.resources
    for name in FUNCTIONS:
        if name not in resources:
            continue
        properties = resources[f"{name}Role"]["Properties"]
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        attached = [arn for arn in properties["ManagedPolicyArns"] if arn not in SAMS]
        documents += [resources[arn]["Properties"]["PolicyDocument"] for arn in attached]
        yield name, Role([statement for document in documents for statement in document["Statement"]])


def denials(resolved: Resolved) -> dict[str, list[dict[str, Any]]]:
    """The statements of the policies that name roles, by role."""
    found: dict[str, list[dict[str, Any]]] = {}
    for resource in resolved.resources.values():
        for role in resource["Properties"].get("Roles", []):
            found.setdefault(role, []).extend(resource["Properties"]["PolicyDocument"]["Statement"])
    return found


@pytest.fixture(scope="module")
def everything(resolve: Resolve) -> dict[str, Role]:
    """The roles if every part of the template is deployed."""
    sources = f"{SECRET}sources/*,{SECRET}latchkey/*,arn:aws:ssm:{ACCOUNT}:parameter/sources/*"
    more = {"ProvisioningSources": sources, "KmsKeyArn": KEY, "AllowedOrigins": "*", "Tags": "team=platform"}
    return dict(roles(resolve(Provisioning="true", **more)))


def own(name: str) -> str:
    return "keys" if name == "Authorizer" else FUNCTIONS[name].binary.partition("-")[0]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_do_what_its_operation_does_and_only_with_its_own_secrets(
    everything: dict[str, Role], name: str
) -> None:
    role, actions = everything[name], FUNCTIONS[name].actions | FUNCTIONS[name].with_tags
    strange = [
        f"latchkey/{api}/x" for api in ("dqops", "tiledb", "losant", "organizations", "keys") if api != own(name)
    ]
    strange += [f"other/{own(name)}/x", f"latchkey-2/{own(name)}/x", f"latchkey/{own(name)}-2/x", "sources-2/x"]
    for action in actions - {"sts:AssumeRole"}:
        assert role.allows(action, f"{SECRET}latchkey/{own(name)}/some-name-AbCdEf"), action
        # A provisioning function may also read the values of sources.
        if action not in WITHOUT_RESOURCE and not (name.endswith("Provision") and action.endswith("GetSecretValue")):
            for secret in strange:
                assert not role.allows(action, f"{SECRET}{secret}-AbCdEf"), (action, secret)
    named = {action for statement in role.statements for action in listed(statement["Action"])}
    named -= {"kms:Decrypt", "kms:GenerateDataKey", "ssm:GetParameter"} | {"secretsmanager:*"}
    assert named <= actions | {"secretsmanager:GetSecretValue"}, "the role allows what its operation never uses"


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "Authorizer"])
def test_only_the_authorizer_reads_access_keys(everything: dict[str, Role], name: str) -> None:
    for action in ("GetSecretValue", "DescribeSecret", "PutSecretValue", "UpdateSecret", "DeleteSecret"):
        for key in ("administrator", "somebody"):
            assert not everything[name].allows(f"secretsmanager:{action}", f"{SECRET}latchkey/keys/{key}-AbCdEf")


def test_the_authorizer_changes_nothing(everything: dict[str, Role]) -> None:
    assert {action for s in everything["Authorizer"].statements for action in listed(s["Action"])} == {
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
    }


@pytest.mark.parametrize(
    ("parameters", "encrypts", "decrypts"),
    [
        ({}, [], []),
        ({"KmsKeyArn": KEY}, [KEY], [KEY]),
        ({"KmsKeyArn": KEY, "FormerKmsKeyArns": FORMER}, [KEY], [KEY, FORMER]),
        ({"KmsKeyArn": KEY, "FormerKmsKeyArns": f"{FORMER},{OLDEST}"}, [KEY], [KEY, FORMER, OLDEST]),
        # Back to the key that AWS manages.
        ({"FormerKmsKeyArns": FORMER}, [], [FORMER]),
    ],
    ids=["none", "one", "one after another", "two former", "only a former one"],
)
def test_a_former_kms_key_still_decrypts_and_encrypts_nothing(
    resolve: Resolve, parameters: dict[str, str], encrypts: list[str], decrypts: list[str]
) -> None:
    for name, role in roles(resolve(Provisioning="true", **parameters)):
        touches_secrets = any(action.startswith("secretsmanager:") for action in FUNCTIONS[name].actions)
        writes = bool(FUNCTIONS[name].actions & {"secretsmanager:CreateSecret", "secretsmanager:UpdateSecret"})
        for key in (KEY, FORMER, OLDEST):
            may_read, may_write = touches_secrets and key in decrypts, writes and key in encrypts
            assert role.allows("kms:Decrypt", key, VIA_SECRETS_MANAGER) == may_read, (name, key)
            assert role.allows("kms:GenerateDataKey", key, VIA_SECRETS_MANAGER) == may_write, (name, key)
            # Not directly, without Secrets Manager.
            assert not role.allows("kms:Decrypt", key), (name, key)


@pytest.mark.parametrize(
    "parameters", [{}, {"VpcSubnetIds": "subnet-1", "VpcSecurityGroupIds": "sg-1"}], ids=["no", "yes"]
)
def test_no_function_manages_network_interfaces_although_lambda_does_so_with_its_role(
    resolve: Resolve, parameters: dict[str, str]
) -> None:
    """SAM gives all roles that permission, whether there is a VPC or not."""
    resolved = resolve(Provisioning="true", AllowedOrigins="*", **parameters)
    resources, denied = resolved.resources, denials(resolved)
    roles_of_functions = {f"{name}Role" for name in FUNCTIONS}
    assert roles_of_functions == set(denied)
    for name in roles_of_functions:
        rights = [{"Effect": "Allow", "Action": SAMS[arn], "Resource": "*"} for arn in SAMS]
        assert set(SAMS) <= set(resources[name]["Properties"]["ManagedPolicyArns"])
        # Calls that a function's code makes have the function's ARN.
        for action in SAMS[list(SAMS)[1]]:
            own = {"lambda:SourceFunctionArn": "arn:aws:lambda:eu-central-1:123456789012:function:own"}
            assert allows([*rights, *denied[name]], action, "*")
            assert not allows([*rights, *denied[name]], action, "*", own)


def test_only_provisioning_functions_may_tag(resolve: Resolve) -> None:
    for name, role in roles(resolve(Provisioning="true")):
        tags = role.allows("secretsmanager:TagResource", f"{SECRET}latchkey/{own(name)}/some-name-AbCdEf")
        assert tags == name.endswith("Provision"), name


def test_all_roles_have_the_boundary_that_a_company_asks_for(resolve: Resolve) -> None:
    boundary = "arn:aws:iam::123456789012:policy/teams/boundary"
    for given, expected in (({}, None), ({"PermissionsBoundaryArn": boundary}, boundary)):
        found = of_type(resolve(Provisioning="true", AllowedOrigins="*", **given), "AWS::IAM::Role")
        assert len(found) == len(FUNCTIONS) + 1, "one for each function, and API Gateway's for its log"
        assert {role.get("PermissionsBoundary") for role in found.values()} == {expected}
