"""`examples/nested-stack`: Latchkey as a part of another team's stack."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.artifacts import lay_out
from local.expand import expand
from local.ministack import REGION, MiniStack
from local.process import exit_when_told
from local.stack import BUCKET, ROOT, TEMPLATE
from tests.deployment.conftest import create
from tests.support.api import Api

EXAMPLE = ROOT / "examples" / "nested-stack" / "template.yaml"
LOCATION = "Location: ../../template.yaml\n"


@pytest.fixture(scope="module")
def team() -> Iterator[MiniStack]:
    """The example, deployed with what `sam build` would have made of it.

    MiniStack expands no nested template, as CloudFormation does: so that is done before.
    """
    exit_when_told()
    with MiniStack(work=ROOT / ".local" / "test-nested") as ministack:
        built = lay_out(TEMPLATE, ROOT / "target" / "quick", ministack.work / "build")
        ministack.client("s3").create_bucket(Bucket=BUCKET)
        packaged, expanded = built.with_name("packaged.yaml"), built.with_name("expanded.yaml")
        sam(ministack, "package", "--template-file", str(built), "--output-template-file", str(packaged))
        expanded.write_text(expand(packaged))
        text = EXAMPLE.read_text()
        assert text.count(LOCATION) == 1
        example = built.with_name("example.yaml")
        example.write_text(text.replace(LOCATION, f"Location: {expanded.name}\n"))
        command = ["deploy", "--template-file", str(example), "--stack-name", "reporting", "--no-confirm-changeset"]
        sam(ministack, *command, "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")
        yield ministack


def sam(ministack: MiniStack, *arguments: str) -> None:
    process = ministack.sam(*arguments, "--s3-bucket", BUCKET, "--region", REGION, "--no-progressbar")
    assert process.wait() == 0, process.last_lines()


@pytest.fixture(scope="module")
def outputs(team: MiniStack) -> dict[str, str]:
    (stack,) = team.client("cloudformation").describe_stacks(StackName="reporting")["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


@pytest.fixture(scope="module")
def pipeline(team: MiniStack, outputs: dict[str, str]) -> Api:
    """A caller with the key that the example makes."""
    value = team.client("secretsmanager").get_secret_value(SecretId=outputs["PipelineKeyArn"])
    base = urlsplit(outputs["LatchkeyUrl"])
    url = f"{team.endpoint}/_aws/execute-api/{base.netloc.split('.')[0]}{base.path}"
    return Api(url, f"pipeline.{json.loads(value['SecretString'])['secret']}")


def report(team: MiniStack) -> Any:
    """What the example's function returns."""
    functions = team.client("lambda")
    (name,) = (f["FunctionName"] for f in functions.list_functions()["Functions"] if "Report" in f["FunctionName"])
    answer = functions.invoke(FunctionName=name)
    return json.loads(answer["Payload"].read())


def test_what_the_pipeline_stores_the_function_reads(team: MiniStack, pipeline: Api) -> None:
    create(pipeline, "warehouse.json", json.dumps({"user": "reader", "password": "p"}))
    assert report(team) == {"connected_as": "reader"}


def test_the_pipelines_key_opens_nothing_else(pipeline: Api) -> None:
    assert pipeline.call("GET", "/v1/organizations/credentials/list", query={"org_id": "acme"}).status == 404


def test_the_function_may_read_that_one_credential(team: MiniStack) -> None:
    iam = team.client("iam")
    (role,) = (r["RoleName"] for r in iam.list_roles()["Roles"] if "ReportRole" in r["RoleName"])
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    (statement,) = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]["Statement"]
    arn = f"arn:aws:secretsmanager:{REGION}:000000000000:secret:reporting/dqops/warehouse.json-??????"
    assert statement == {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn}
