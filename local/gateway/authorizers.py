"""Lambda authorizers, which decide who may call, and the cache of their results.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

import threading
import time
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any

from local.gateway.api import Api, Authorizer, Match
from local.gateway.event import authorizer_event, method_arn
from local.gateway.functions import FunctionError, Functions
from local.gateway.http import Request
from local.gateway.responses import RejectedError
from local.iam import allows

_Result = Mapping[str, Any]


class Authorizers:
    """The authorizers of one deployment, and their cached results."""

    def __init__(self, functions: Functions):
        self._functions = functions
        self._cached: dict[tuple[Authorizer, tuple[str, ...]], tuple[float, _Result]] = {}
        self._lock = threading.Lock()

    def authorize(self, api: Api, match: Match, request: Request, request_id: str) -> dict[str, Any] | None:
        """Returns what the authorizer says about the caller, or None if the route has no authorizer.

        Raises a RejectedError if the caller may not call.
        """
        authorizer = match.route.authorizer
        if authorizer is None:
            return None
        began = time.monotonic()
        result = self._result(authorizer, api, match, request, request_id)
        statements = result["policyDocument"].get("Statement") or []
        if not allows(statements, "execute-api:Invoke", method_arn(api, request)):
            raise RejectedError("ACCESS_DENIED", "User is not authorized to access this resource")
        context = {name: _text(value) for name, value in (result.get("context") or {}).items()}
        latency = int((time.monotonic() - began) * 1000)
        return context | {"principalId": result.get("principalId"), "integrationLatency": latency}

    def _result(self, authorizer: Authorizer, api: Api, match: Match, request: Request, request_id: str) -> _Result:
        identity = tuple(request.header(name) or "" for name in authorizer.identity)
        if authorizer.ttl and not all(identity):
            raise RejectedError("UNAUTHORIZED", "Unauthorized")
        key = (authorizer, identity)
        with self._lock:
            until, result = self._cached.get(key, (0.0, {}))
        if authorizer.ttl and time.monotonic() < until:
            return result
        result = self._invoke(authorizer.function, authorizer_event(api, match, request, request_id))
        if authorizer.ttl:
            with self._lock:
                self._cached[key] = time.monotonic() + authorizer.ttl, result
        return result

    def _invoke(self, function: str, event: dict[str, Any]) -> _Result:
        try:
            result = self._functions.invoke(function, event)
        except FunctionError:
            raise RejectedError("AUTHORIZER_FAILURE", None) from None
        except (OSError, HTTPException):
            raise RejectedError("AUTHORIZER_CONFIGURATION_ERROR", None) from None
        if not (isinstance(result, dict) and isinstance(result.get("policyDocument"), dict)):
            raise RejectedError("AUTHORIZER_CONFIGURATION_ERROR", None)
        return result


def _text(value: Any) -> str:
    """AWS turns numbers and booleans into strings."""
    return str(value).lower() if isinstance(value, bool) else str(value)
