"""The error responses of the gateway itself.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

import json
from collections.abc import Mapping
from typing import Any

from local.gateway.http import Headers, Response

# The status of each response type that can occur here, and the error that its header names. A type that is not in
# AWS's list gets the response DEFAULT_4XX or DEFAULT_5XX, depending on its status.
_TYPES = {
    "ACCESS_DENIED": (403, "AccessDeniedException"),
    "API_CONFIGURATION_ERROR": (500, "InternalServerErrorException"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "AuthorizerConfigurationException"),
    "AUTHORIZER_FAILURE": (500, "AuthorizerConfigurationException"),
    "BAD_REQUEST_BODY": (400, "BadRequestException"),
    "INTEGRATION_FAILURE": (504, "InternalServerErrorException"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "MissingAuthenticationTokenException"),
    "REQUEST_TOO_LARGE": (413, "RequestTooLargeException"),
    "UNAUTHORIZED": (401, "UnauthorizedException"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "UnsupportedMediaTypeException"),
    # A call to an unknown route whose Authorization is not a signature.
    "INCOMPLETE_SIGNATURE": (403, "IncompleteSignatureException"),
    # A function failed, or its response is malformed.
    "INTERNAL_SERVER_ERROR": (502, "InternalServerErrorException"),
}
_UNLISTED = ("INCOMPLETE_SIGNATURE", "INTERNAL_SERVER_ERROR")
_HEADER = "gatewayresponse.header."


class RejectedError(Exception):
    """A request that gets a gateway response."""

    def __init__(self, response_type: str, message: str | None):
        super().__init__(response_type)
        self.response_type = response_type
        self.message = message


def gateway_response(responses: Mapping[str, Any], rejected: RejectedError, request_id: str) -> Response:
    """Returns the response that the API's own `responses` define for a rejected request."""
    status, error = _TYPES[rejected.response_type]
    default = "DEFAULT_4XX" if status < 500 else "DEFAULT_5XX"
    is_listed = rejected.response_type not in _UNLISTED
    own = (responses.get(rejected.response_type) if is_listed else None) or responses.get(default) or {}
    headers: Headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", error)]
    for name, value in (own.get("responseParameters") or {}).items():
        if name.startswith(_HEADER):
            headers.append((name.removeprefix(_HEADER), value.strip("'")))
    templates = own.get("responseTemplates") or {"application/json": '{"message":$context.error.messageString}'}
    body = templates["application/json"]
    for variable, value in (
        ("$context.error.messageString", json.dumps(rejected.message)),
        ("$context.requestId", request_id),
    ):
        body = body.replace(variable, value)
    return Response(int(own.get("statusCode") or status), headers, body.encode())
