"""Calls functions through Lambda's Invoke, over connections that it reuses."""

import json
from collections.abc import Mapping
from typing import Any

from local.connections import SignedClient

# Lambda's limit for a request and for a response, in bytes.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
PAYLOAD_LIMIT = 6 * 1024 * 1024


class FunctionError(Exception):
    """A function ran, but returned no valid response."""


class Functions:
    """The functions of one MiniStack."""

    def __init__(self, endpoint: str, region: str):
        self._client = SignedClient(endpoint, "lambda", region)

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Returns what the function returns. Raises an OSError or HTTPException if Lambda does not respond."""
        path = f"/2015-03-31/functions/{function}/invocations"
        body = json.dumps(event).encode()
        answer = self._client.post_signed({"Content-Type": "application/json"}, body, path)
        if answer.status != 200:
            raise ConnectionError(f"Invoke responded with {answer.status}")
        if "x-amz-function-error" in answer.headers or len(answer.body) > PAYLOAD_LIMIT:
            raise FunctionError
        try:
            return json.loads(answer.body)
        except ValueError:
            raise FunctionError from None
