"""The path of a request through the gateway. docs/decisions/rest-api.md says why it is a REST API."""

import base64
import binascii
import time
from email.utils import formatdate
from http.client import HTTPException
from typing import Any

from local.connections import Listener
from local.gateway.api import Api
from local.gateway.authorizers import Authorizers
from local.gateway.compression import compressed, decompressed
from local.gateway.event import proxy_event, request_id
from local.gateway.functions import PAYLOAD_LIMIT, FunctionError, Functions
from local.gateway.http import Headers, Request, Response, Server
from local.gateway.media import is_binary
from local.gateway.responses import RejectedError, gateway_response

_SIGNED = "AWS4-HMAC-SHA256"
# API Gateway renames these headers of a function's response, because it sets its own.
_REMAPPED = ("connection", "content-length", "date", "host", "server", "transfer-encoding", "www-authenticate")


class Gateway(Listener):
    """A gateway that listens on a port of `host`."""

    def __init__(self, functions: Functions, host: str, port: int = 0):
        """Takes a free port if none is given."""
        super().__init__(Server(self._answer, host, port))
        self._functions = functions
        self._api: Api | None = None
        self._authorizers = Authorizers(functions)

    @property
    def url(self) -> str:
        """The base URL of the API's stage."""
        return f"{super().url}/{self._api.stage if self._api else ''}"

    def serve(self, api: Api) -> None:
        """Serves `api` from now on. As on AWS, only a new deployment changes anything, whatever else has changed."""
        known = self._api
        if known is None or known.deployment != api.deployment:
            self._api, self._authorizers = api, Authorizers(self._functions)

    def forget(self) -> None:
        """Stops serving the API, as after its deletion."""
        self._api = None

    def _answer(self, request: Request) -> Response:
        api, authorizers, call_id = self._api, self._authorizers, request_id(request)
        base = f"/{api.stage}" if api else ""
        if api is None or not (request.path == base or request.path.startswith(f"{base}/")):
            # Gateway responses belong to a stage, so there are none here.
            return Response(403, [("x-amzn-ErrorType", "ForbiddenException")], b'{"message":"Forbidden"}')
        inner = Request(request.method, request.path[len(base) :] or "/", request.query, request.headers, request.body)
        try:
            response = self._run(api, authorizers, inner, call_id)
        except RejectedError as rejected:
            response = gateway_response(api.responses, rejected, call_id)
        own: Headers = [("Date", formatdate(time.time(), usegmt=True)), ("x-amzn-RequestId", call_id)]
        return Response(response.status, own + response.headers, response.body)

    def _run(self, api: Api, authorizers: Authorizers, request: Request, call_id: str) -> Response:
        match = api.find(request.method, request.path)
        if match is None:
            raise _no_route(request)
        authorized = authorizers.authorize(api, match, request, call_id)
        request = decompressed(api, request)
        event = proxy_event(api, match, request, call_id, authorized)
        if len(event["body"] or "") > PAYLOAD_LIMIT:
            raise RejectedError("REQUEST_TOO_LARGE", "Request Too Long")
        try:
            answer = _from_function(self._functions.invoke(match.route.function, event), api, request)
            return compressed(api, request, answer)
        except (FunctionError, LookupError, ValueError, TypeError, AttributeError):
            # API Gateway logs this as "Malformed Lambda proxy response".
            raise RejectedError("INTERNAL_SERVER_ERROR", "Internal server error") from None
        except (OSError, HTTPException):
            raise RejectedError("INTEGRATION_FAILURE", "Internal server error") from None


def _no_route(request: Request) -> RejectedError:
    """API Gateway treats a call to an unknown route as a call to AWS, which must be signed."""
    authorization = request.header("authorization")
    if authorization and not authorization.startswith(_SIGNED):
        return RejectedError("INCOMPLETE_SIGNATURE", "The header Authorization holds no signature.")
    return RejectedError("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")


def _from_function(answer: Any, api: Api, request: Request) -> Response:
    """Turns what a proxy integration returned into a response. Raises if it is malformed."""
    status, body = int(answer["statusCode"]), answer.get("body") or ""
    headers = {name.lower(): [(name, value)] for name, value in (answer.get("headers") or {}).items()}
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        headers[name.lower()] = [(name, value) for value in values]
    if "content-type" not in headers:
        headers["content-type"] = [("Content-Type", "application/json")]
    content = body.encode()
    if answer.get("isBase64Encoded") and is_binary(request.header("accept"), api.binary_media_types):
        content = _bytes(body)
    sent = [_remapped(name, value) for several in headers.values() for name, value in several]
    return Response(status, sent, content)


def _bytes(body: str) -> bytes:
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise RejectedError("API_CONFIGURATION_ERROR", "Internal server error") from None


def _remapped(name: str, value: str) -> tuple[str, str]:
    return (f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name), value
