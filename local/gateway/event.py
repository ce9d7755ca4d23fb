"""The events that functions get for requests.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
"""

import base64
import time
import uuid
from typing import Any

from local.gateway.api import Api, Match
from local.gateway.http import Headers, Request
from local.gateway.media import is_binary

Event = dict[str, Any]

# Members of `identity` that only requests signed with IAM have. They are null here.
_UNKNOWN = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
)
# Headers that only concern the connection.
_DROPPED = ("connection", "content-length", "host", "transfer-encoding")
_CLIENT = "127.0.0.1"


def request_id(request: Request) -> str:
    """Returns the id of a request. A client can choose it."""
    return request.header("x-amzn-requestid") or str(uuid.uuid4())


def proxy_event(api: Api, match: Match, request: Request, request_id: str, authorized: Event | None) -> Event:
    """Returns the event of an operation. `authorized` is what the authorizer said about the caller."""
    context = _context(api, match, request, request_id)
    if authorized is not None:
        context["authorizer"] = authorized
    is_base64 = bool(request.body) and is_binary(request.header("content-type"), api.binary_media_types)
    body = base64.b64encode(request.body).decode() if is_base64 else request.body.decode(errors="replace")
    return _common(api, match, request) | {
        "requestContext": context,
        "body": body or None,
        "isBase64Encoded": is_base64,
    }


def authorizer_event(api: Api, match: Match, request: Request, request_id: str) -> Event:
    """Returns the event of a REQUEST authorizer, which has no body."""
    context = _context(api, match, request, request_id)
    return (
        {"type": "REQUEST", "methodArn": method_arn(api, request)}
        | _common(api, match, request)
        | {"requestContext": context}
    )


def method_arn(api: Api, request: Request) -> str:
    """Returns the ARN that the authorizer's policy must allow."""
    path = request.path.lstrip("/")
    return f"arn:aws:execute-api:{api.region}:{api.account_id}:{api.api_id}/{api.stage}/{request.method}/{path}"


def _common(api: Api, match: Match, request: Request) -> Event:
    headers = _headers(api, request)
    several: dict[str, list[str]] = {}
    for name, value in headers:
        several.setdefault(name, []).append(value)
    return {
        "resource": match.route.resource,
        "path": request.path,
        "httpMethod": request.method,
        "headers": dict(headers),
        "multiValueHeaders": several,
        "queryStringParameters": {name: values[-1] for name, values in request.query.items()} or None,
        "multiValueQueryStringParameters": request.query or None,
        "pathParameters": match.path_parameters or None,
        "stageVariables": api.stage_variables,
    }


def _headers(api: Api, request: Request) -> Headers:
    """Returns the client's headers as it wrote them, and the gateway's own."""
    from_client = [(name, value) for name, value in request.headers if name.lower() not in _DROPPED]
    return [
        *from_client,
        ("Host", api.domain_name),
        ("X-Amzn-Trace-Id", f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"),
        ("X-Forwarded-For", _CLIENT),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ]


def _context(api: Api, match: Match, request: Request, request_id: str) -> Event:
    now = time.time()
    return {
        "accountId": api.account_id,
        "apiId": api.api_id,
        "deploymentId": api.deployment_id,
        "domainName": api.domain_name,
        "domainPrefix": api.api_id,
        "extendedRequestId": base64.b64encode(uuid.uuid4().bytes[:11]).decode(),
        "httpMethod": request.method,
        "identity": dict.fromkeys(_UNKNOWN) | {"sourceIp": _CLIENT, "userAgent": request.header("user-agent")},
        "path": f"/{api.stage}{request.path}",
        "protocol": "HTTP/1.1",
        "requestId": request_id,
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "requestTimeEpoch": int(now * 1000),
        "resourceId": match.route.resource_id,
        "resourcePath": match.route.resource,
        "stage": api.stage,
    }
