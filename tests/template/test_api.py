"""The API: which changes reach its stage, and what it waits for."""

from typing import Any

import pytest
from samcli.yamlhelper import yaml_parse
from samtranslator.model import apigateway

from local.cloudformation import mentioned
from local.expand import expand
from local.stack import ROOT, TEMPLATE
from tests.template.conftest import Resolve


def deployment(template: dict[str, Any]) -> str:
    (name,) = (
        name for name, resource in template["Resources"].items() if resource["Type"] == "AWS::ApiGateway::Deployment"
    )
    assert template["Resources"]["ApiStage"]["Properties"]["DeploymentId"] == {"Ref": name}
    return name


def test_every_update_that_changes_the_api_makes_a_deployment(
    expanded: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SAM hashes the API's document before parameters are resolved, so a parameter does not change the hash."""
    document = expanded["Resources"]["Api"]["Properties"]["Body"]
    assert "KeyCacheSeconds" in mentioned(document, expanded), "AlwaysDeploy is not needed any more"
    made = set()
    for now in (1.0, 2.0):
        monkeypatch.setattr(apigateway.time, "time", lambda now=now: now)
        made.add(deployment(yaml_parse(expand(TEMPLATE))))
    assert len(made) == 2, "a parameter that reaches the document would never reach the stage"


@pytest.mark.parametrize(("seconds", "ttl"), [("0", 0), ("60", 60), ("300", 300)])
def test_the_document_has_the_requested_cache(resolve: Resolve, seconds: str, ttl: int) -> None:
    document = resolve(KeyCacheSeconds=seconds).resources["Api"]["Properties"]["Body"]
    schemes = document["components"]["securitySchemes"]
    found = {
        name: scheme["x-amazon-apigateway-authorizer"]["authorizerResultTtlInSeconds"]
        for name, scheme in schemes.items()
    }
    assert found == {"AccessKey": ttl, "AccessKeyInAnyHeader": 0}


def test_the_access_log_waits_for_the_accounts_role_if_the_stack_creates_it(
    expanded: dict[str, Any], resolve: Resolve
) -> None:
    destination = expanded["Resources"]["ApiStage"]["Properties"]["AccessLogSetting"]["DestinationArn"]
    assert "'Ref', 'ApiGatewayAccount'" in str(destination) or "{'Ref': 'ApiGatewayAccount'}" in str(destination)
    for role, is_created in (("create", True), ("existing", False)):
        resources = resolve(ApiGatewayLogRole=role).resources
        assert ("ApiGatewayAccount" in resources) == ("ApiGatewayLogWriter" in resources) == is_created
        setting = resources["ApiStage"]["Properties"]["AccessLogSetting"]
        assert setting["DestinationArn"] == "AccessLogs.Arn"


def test_nothing_depends_on_a_resource_that_may_not_be_created(expanded: dict[str, Any]) -> None:
    """What CloudFormation does then is not documented."""
    resources = expanded["Resources"]
    for name, resource in resources.items():
        needed = resource.get("DependsOn", [])
        for other in [needed] if isinstance(needed, str) else needed:
            assert resources[other].get("Condition") in (None, resource.get("Condition")), (name, other)


def test_the_linter_ignores_only_the_checks_that_it_gets_wrong(expanded: dict[str, Any]) -> None:
    assert yaml_parse((ROOT / ".cfnlintrc.yaml").read_text()) == {"ignore_checks": ["W1028", "W1033"]}
    assert "ignore_checks" not in TEMPLATE.read_text()
    assert not [name for name, resource in expanded["Resources"].items() if "cfn-lint" in resource.get("Metadata", {})]
