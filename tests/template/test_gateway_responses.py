"""API Gateway's own responses have one shape, and say what to do."""

import json
from typing import Any

import pytest

from tests.template.conftest import Resolve

# Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
STATUSES = {
    "ACCESS_DENIED": 401,
    "AUTHORIZER_CONFIGURATION_ERROR": 503,
    "AUTHORIZER_FAILURE": 503,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "DEFAULT_4XX": 404,
    "DEFAULT_5XX": 500,
    "EXPIRED_TOKEN": 404,
    "INTEGRATION_FAILURE": 503,
    "INTEGRATION_TIMEOUT": 504,
    "INVALID_API_KEY": 403,
    "INVALID_SIGNATURE": 404,
    "MISSING_AUTHENTICATION_TOKEN": 404,
    "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "THROTTLED": 429,
    "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "WAF_FILTERED": 403,
}
# It means that the template is wrong, and a client cannot know more than DEFAULT_5XX says.
BY_DEFAULT = {"API_CONFIGURATION_ERROR"}


@pytest.fixture
def responses(resolve: Resolve) -> dict[str, Any]:
    body = resolve().resources["Api"]["Properties"]["Body"]
    return body["x-amazon-apigateway-gateway-responses"]


def test_every_documented_type_has_a_response_of_its_own(responses: dict[str, Any]) -> None:
    assert {name: int(response["statusCode"]) for name, response in responses.items()} == STATUSES
    assert not BY_DEFAULT & set(responses)


@pytest.mark.parametrize("name", STATUSES)
def test_a_response_has_the_fields_of_every_api(responses: dict[str, Any], name: str) -> None:
    (template,) = responses[name]["responseTemplates"].values()
    body = json.loads(template)
    assert set(body) == {"type", "code", "status", "message", "response", "request_id"}
    assert body["code"] == body["status"] == STATUSES[name]
    assert body["message"] == body["response"]
    assert body["message"].endswith(".")
    # Anything else in the context can come from the client.
    assert template.count("$") == template.count("$context.requestId") == 1
    is_temporary = STATUSES[name] in (429, 503)
    headers = responses[name].get("responseParameters", {})
    assert ("gatewayresponse.header.Retry-After" in headers) == is_temporary
    assert ("gatewayresponse.header.WWW-Authenticate" in headers) == (STATUSES[name] == 401)
