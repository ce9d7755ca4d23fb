"""Who may call: Lambda authorizers, and their answers, which are kept for a while.

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

_Answer = Mapping[str, Any]


class Authorizers:
    """The authorizers of one deployment, with what they answered."""

    def __init__(self, functions: Functions):
        self._functions = functions
        self._kept: dict[tuple[Authorizer, tuple[str, ...]], tuple[float, _Answer]] = {}
        self._lock = threading.Lock()

    def authorize(self, api: Api, match: Match, request: Request, request_id: str) -> dict[str, Any] | None:
        """What is known of the caller, where the route has an authorizer; a RejectedError where it may not call."""
        authorizer = match.route.authorizer
        if authorizer is None:
            return None
        began = time.monotonic()
        answer = self._answer(authorizer, api, match, request, request_id)
        statements = answer["policyDocument"].get("Statement") or []
        if not allows(statements, "execute-api:Invoke", method_arn(api, request)):
            raise RejectedError("ACCESS_DENIED", "User is not authorized to access this resource")
        context = {name: _text(value) for name, value in (answer.get("context") or {}).items()}
        latency = int((time.monotonic() - began) * 1000)
        return context | {"principalId": answer.get("principalId"), "integrationLatency": latency}

    def _answer(self, authorizer: Authorizer, api: Api, match: Match, request: Request, request_id: str) -> _Answer:
        identity = tuple(request.header(name) or "" for name in authorizer.identity)
        if authorizer.ttl and not all(identity):
            raise RejectedError("UNAUTHORIZED", "Unauthorized")
        key = (authorizer, identity)
        with self._lock:
            until, answer = self._kept.get(key, (0.0, {}))
        if authorizer.ttl and time.monotonic() < until:
            return answer
        answer = self._ask(authorizer.function, authorizer_event(api, match, request, request_id))
        if authorizer.ttl:
            with self._lock:
                self._kept[key] = time.monotonic() + authorizer.ttl, answer
        return answer

    def _ask(self, function: str, event: dict[str, Any]) -> _Answer:
        try:
            answer = self._functions.invoke(function, event)
        except FunctionError:
            raise RejectedError("AUTHORIZER_FAILURE", None) from None
        except (OSError, HTTPException):
            raise RejectedError("AUTHORIZER_CONFIGURATION_ERROR", None) from None
        if not (isinstance(answer, dict) and isinstance(answer.get("policyDocument"), dict)):
            raise RejectedError("AUTHORIZER_CONFIGURATION_ERROR", None)
        return answer


def _text(value: Any) -> str:
    """AWS makes texts of numbers and booleans."""
    return str(value).lower() if isinstance(value, bool) else str(value)
