"""The parameters that companies set: their groups, and what each of them changes in the template."""

import json
import re
from typing import Any

import pytest
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider

from local.cloudformation import Resolved
from local.stack import ROOT, TEMPLATE
from tests.template.conftest import Resolve, of_type

ENDPOINTS = "vpce-1a,vpce-2b"


def functions(resolved: Resolved) -> list[dict[str, Any]]:
    return list(of_type(resolved, "AWS::Lambda::Function").values())


def test_every_parameter_has_a_label_and_a_place_in_one_group(expanded: dict[str, Any]) -> None:
    interface = expanded["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(expanded["Parameters"])
    assert set(interface["ParameterLabels"]) == set(expanded["Parameters"])
    labels = [label["default"] for label in interface["ParameterLabels"].values()]
    assert len(set(labels)) == len(labels)
    assert all(parameter["Description"] for parameter in expanded["Parameters"].values())


def test_every_parameter_accepts_its_default(expanded: dict[str, Any]) -> None:
    for name, parameter in expanded["Parameters"].items():
        if "AllowedPattern" in parameter:
            assert re.fullmatch(parameter["AllowedPattern"], str(parameter["Default"])), name
            assert parameter["ConstraintDescription"], name


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        (
            "Tags",
            ["team=platform", "a b=c d,cost-center=42", "k=", "url=https://x/@y"],
            ["team", "=v", "a=b,", "a=b=c", "ä=b", "aws:x=1", "a=b,AWS:x=1", "latchkey:owner=me"],
        ),
        ("VpcEndpointIds", ["vpce-1a", ENDPOINTS], ["vpce", "vpce-1a, vpce-2b", "vpce-1a,", "vpc-1a"]),
        ("VpcSubnetIds", ["subnet-1a"], ["sg-1a", "subnet-1a,", "subnet-1a subnet-2b"]),
        ("VpcSecurityGroupIds", ["sg-1a,sg-2b"], ["subnet-1a"]),
        (
            "PermissionsBoundaryArn",
            [
                "arn:aws:iam::123456789012:policy/b",
                "arn:aws-cn:iam::123456789012:policy/p/b",
                "arn:aws:iam::aws:policy/b",
            ],
            ["b", "arn:aws:iam::123456789012:role/b"],
        ),
        (
            "AlarmTopicArn",
            ["arn:aws:sns:eu-central-1:123456789012:a"],
            ["a", "arn:aws:sqs:eu-central-1:123456789012:a"],
        ),
        (
            "CaBundleLayerArn",
            ["arn:aws:lambda:eu-central-1:123456789012:layer:authority:3"],
            ["arn:aws:lambda:eu-central-1:123456789012:layer:authority", "authority"],
        ),
        ("CaBundleFile", ["/opt/ca.pem", "/opt/certs/ca-bundle.pem"], ["/etc/ca.pem", "ca.pem", "/opt/"]),
    ],
)
def test_a_parameter_accepts_only_what_it_is_for(
    expanded: dict[str, Any], parameter: str, good: list[str], bad: list[str]
) -> None:
    pattern = expanded["Parameters"][parameter]["AllowedPattern"]
    assert all(re.fullmatch(pattern, value) for value in good)
    assert not [value for value in bad if re.fullmatch(pattern, value)]


def test_a_private_api_is_reached_only_through_its_endpoints(resolve: Resolve) -> None:
    public = resolve().resources["Api"]["Properties"]
    assert public["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert "Policy" not in public
    private = resolve(EndpointType="PRIVATE", VpcEndpointIds=ENDPOINTS).resources["Api"]["Properties"]
    assert private["EndpointConfiguration"] == {"Types": ["PRIVATE"], "VpcEndpointIds": ENDPOINTS.split(",")}
    (statement,) = private["Policy"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceVpce": ENDPOINTS.split(",")}}
    assert (statement["Effect"], statement["Action"]) == ("Allow", "execute-api:Invoke")


@pytest.mark.parametrize(("given", "is_disabled"), [({}, False), ({"DisableExecuteApiEndpoint": "true"}, True)])
def test_api_gateways_own_address_can_be_disabled(resolve: Resolve, given: dict[str, str], is_disabled: bool) -> None:
    document = resolve(**given).resources["Api"]["Properties"]["Body"]
    (server,) = document["servers"]
    assert server["x-amazon-apigateway-endpoint-configuration"] == {"disableExecuteApiEndpoint": is_disabled}


def test_all_functions_can_be_in_a_vpc(resolve: Resolve) -> None:
    every = {"Provisioning": "true", "AllowedOrigins": "*"}
    assert not any("VpcConfig" in function for function in functions(resolve(**every)))
    given = {"VpcSubnetIds": "subnet-1,subnet-2", "VpcSecurityGroupIds": "sg-1"}
    for function in functions(resolve(**every, **given)):
        assert function["VpcConfig"] == {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}


def test_all_functions_can_trust_a_companys_own_authority(resolve: Resolve) -> None:
    layer = "arn:aws:lambda:eu-central-1:123456789012:layer:authority:3"
    for function in functions(resolve()):
        assert function["Layers"] == []
        assert function["Environment"]["Variables"]["AWS_CA_BUNDLE"] == ""
    for function in functions(resolve(CaBundleLayerArn=layer, CaBundleFile="/opt/own.pem")):
        assert function["Layers"] == [layer]
        assert function["Environment"]["Variables"]["AWS_CA_BUNDLE"] == "/opt/own.pem"


# SAM CLI warns about something that it uses itself.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_sam_local_does_not_mistake_a_condition_for_a_layer() -> None:
    stacks, _ = SamLocalStackProvider.get_stacks(str(TEMPLATE))
    functions = list(SamFunctionProvider(stacks).get_all())
    assert len(functions) > 20
    assert not [function.name for function in functions if function.layers]


def test_all_functions_have_the_same_environment(resolve: Resolve) -> None:
    """A variable that is written only once cannot be forgotten elsewhere."""
    found = functions(resolve(Provisioning="true", AllowedOrigins="*"))
    assert len({json.dumps(function["Environment"], sort_keys=True) for function in found}) == 1
    variables = found[0]["Environment"]["Variables"]
    sources = [*(ROOT / "shared" / "src").rglob("*.rs"), *(ROOT / "functions").glob("*/src/**/*.rs")]
    read = set().union(*(re.findall(r'"(LATCHKEY_[A-Z_]+)"', path.read_text()) for path in sources))
    assert read == {name for name in variables if name.startswith("LATCHKEY_")}


def test_lambdas_reports_are_json_like_the_functions_lines(resolve: Resolve) -> None:
    for function in functions(resolve(Provisioning="true", AllowedOrigins="*")):
        assert function["LoggingConfig"] == {"LogGroup": "FunctionLogs", "LogFormat": "JSON"}


def test_the_access_log_is_json_with_the_client_last(resolve: Resolve) -> None:
    text = resolve().resources["ApiStage"]["Properties"]["AccessLogSetting"]["Format"]
    fields = json.loads(text)
    assert "\n" not in text
    assert (fields["ip"], fields["user_agent"]) == ("$context.identity.sourceIp", "$context.identity.userAgent")
    # API Gateway does not say whether it escapes what clients send. If that is last, it cannot cut off anything else.
    assert list(fields)[-1] == "user_agent"
    assert "$context.path" not in text


def test_the_application_repository_finds_what_the_metadata_names(expanded: dict[str, Any]) -> None:
    application = expanded["Metadata"]["AWS::ServerlessRepo::Application"]
    assert application["SpdxLicenseId"] == "Apache-2.0"
    assert (ROOT / application["LicenseUrl"]).is_file()
    assert (ROOT / application["ReadmeUrl"]).is_file()
    assert f'version = "{application["SemanticVersion"]}"' in (ROOT / "Cargo.toml").read_text()


@pytest.mark.parametrize(
    ("rule", "applies", "holds"),
    [
        ("PrivateApiHasVpcEndpoints", {"EndpointType": "PRIVATE"}, {"VpcEndpointIds": ENDPOINTS}),
        ("VpcHasSecurityGroups", {"VpcSubnetIds": "subnet-1"}, {"VpcSecurityGroupIds": "sg-1"}),
    ],
)
def test_parameters_that_cannot_work_are_rejected_before_anything_is_created(
    resolve: Resolve, rule: str, applies: dict[str, str], holds: dict[str, str]
) -> None:
    for parameters, is_asked, is_fine in (
        ({}, False, False),
        (applies, True, False),
        ({**applies, **holds}, True, True),
    ):
        resolved = resolve(**parameters)
        found = resolved.template["Rules"][rule]
        (assertion,) = found["Assertions"]
        assert resolved.value(found["RuleCondition"]) == is_asked
        assert resolved.value(assertion["Assert"]) == is_fine


def test_the_documentation_asks_nobody_to_edit_the_template() -> None:
    text = (ROOT / "docs" / "deploying.md").read_text()
    for words in ("change the `Api` in", "add to `Globals", "edit the template", "Globals.Function"):
        assert words not in text
