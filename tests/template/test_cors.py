"""Web pages of other origins may call only if AllowedOrigins says so."""

from typing import Any

import pytest

from local.cloudformation import Resolved
from tests.template.conftest import Resolve

ALLOW, EXPOSE = (f"gatewayresponse.header.Access-Control-{name}" for name in ("Allow-Origin", "Expose-Headers"))
TWO = "https://app.example.com,http://localhost:8080"


def document(resolved: Resolved) -> dict[str, Any]:
    found: dict[str, Any] = resolved.resources["Api"]["Properties"]["Body"]
    return found


def headers(resolved: Resolved) -> list[dict[str, str]]:
    responses = document(resolved)["x-amazon-apigateway-gateway-responses"].values()
    return [response.get("responseParameters", {}) for response in responses]


def test_without_allowed_origins_no_page_may_call(resolve: Resolve) -> None:
    resolved = resolve()
    assert "Preflight" not in resolved.resources
    assert not [path for path, methods in document(resolved)["paths"].items() if "options" in methods]
    assert not [name for found in headers(resolved) for name in found if "Access-Control" in name]


@pytest.mark.parametrize("origins", [TWO, "*"])
def test_with_allowed_origins_every_route_answers_a_preflight_without_a_key(resolve: Resolve, origins: str) -> None:
    resolved = resolve(AllowedOrigins=origins)
    for path, methods in document(resolved)["paths"].items():
        assert methods["options"]["security"] == [{"NONE": []}], path
        assert "Preflight.Arn" in methods["options"]["x-amazon-apigateway-integration"]["uri"], path
    for found in headers(resolved):
        assert found[ALLOW] == "'*'"
        assert (EXPOSE in found) == ("gatewayresponse.header.Retry-After" in found)


def test_everything_else_needs_a_key(resolve: Resolve) -> None:
    for path, methods in document(resolve(AllowedOrigins="*"))["paths"].items():
        for method, operation in methods.items():
            (security,) = operation["security"]
            expected = {"NONE"} if method == "options" else {"AccessKey", "AccessKeyInAnyHeader"}
            assert set(security) <= expected, (method, path)


def test_every_function_knows_the_origins(resolve: Resolve) -> None:
    resources = resolve(AllowedOrigins=TWO).resources
    functions = [found for found in resources.values() if found["Type"] == "AWS::Lambda::Function"]
    assert {found["Properties"]["Environment"]["Variables"]["LATCHKEY_ALLOWED_ORIGINS"] for found in functions} == {TWO}


def test_a_preflight_may_call_nothing(resolve: Resolve) -> None:
    resources = resolve(AllowedOrigins="*").resources
    role = resources["PreflightRole"]["Properties"]
    assert "Policies" not in role
    # SAM's own. tests/template/test_rights.py tests what they still allow.
    attached = [policy.rpartition("/")[2] for policy in role["ManagedPolicyArns"]]
    assert attached == ["AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole"]
