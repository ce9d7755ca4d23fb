"""Lambda's Invoke, over connections that are used again."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.connections import Client

# Lambda's limit of a request and of an answer in bytes.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
PAYLOAD_LIMIT = 6 * 1024 * 1024


class FunctionError(Exception):
    """A function that ran, and gave no answer."""


class Functions:
    """The functions of one MiniStack."""

    def __init__(self, endpoint: str, region: str):
        self._client = Client(endpoint)
        self._signature = SigV4Auth(Credentials("test", "test"), "lambda", region)

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """What it returns. An OSError or HTTPException where Lambda does not answer."""
        path = f"/2015-03-31/functions/{function}/invocations"
        body = json.dumps(event).encode()
        request = AWSRequest("POST", self._client.url + path, {"Content-Type": "application/json"}, body)
        self._signature.add_auth(request)
        answer = self._client.post(dict(request.headers), body, path)
        if answer.status != 200:
            raise ConnectionError(f"Invoke answers {answer.status}")
        if "x-amz-function-error" in answer.headers or len(answer.body) > PAYLOAD_LIMIT:
            raise FunctionError
        try:
            return json.loads(answer.body)
        except ValueError:
            raise FunctionError from None
