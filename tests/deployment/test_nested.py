"""`examples/nested-stack`: Latchkey as a part of another team's stack."""

import json

import pytest

from local.ministack import REGION
from tests.deployment.conftest import Example, Examples, create
from tests.support.api import Api


@pytest.fixture(scope="module")
def team(examples: Examples) -> Example:
    return examples.deploy("nested-stack")


@pytest.fixture(scope="module")
def pipeline(team: Example) -> Api:
    """A caller with the key that the example makes."""
    secrets_manager = team.ministack.client("secretsmanager")
    value = secrets_manager.get_secret_value(SecretId=team.outputs["PipelineKeyArn"])
    return Api(team.url, f"pipeline.{json.loads(value['SecretString'])['secret']}")


def test_the_function_reads_what_the_pipeline_stores(team: Example, pipeline: Api) -> None:
    create(pipeline, "warehouse.json", json.dumps({"user": "reader", "password": "p"}))
    assert team.call("Report") == {"connected_as": "reader"}


def test_the_pipelines_key_opens_nothing_else(pipeline: Api) -> None:
    assert pipeline.call("GET", "/v1/organizations/credentials/list", query={"org_id": "acme"}).status == 404


def test_the_function_may_read_only_that_credential(team: Example) -> None:
    arn = f"arn:aws:secretsmanager:{REGION}:000000000000:secret:reporting/dqops/warehouse.json-??????"
    allowed = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn}
    assert team.statements("ReportRole") == [allowed]
