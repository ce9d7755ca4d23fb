"""DQOps' get as a Python function with boto3, and a Lambda runtime that does no more than it needs.

AWS's own runtime does more, so a real Python function is slower than this one. See docs/decisions/cold-start.md.
"""

import http.client
import json
import os
from typing import Any

import boto3
from botocore.exceptions import ClientError

# Outside the handler, as AWS advises: this runs once per cold start, before the CPU is limited.
secrets_manager = boto3.client("secretsmanager")
PREFIX = os.environ["LATCHKEY_PREFIX"]


def handler(event: dict[str, Any]) -> dict[str, Any]:
    """Returns the response to one event from API Gateway."""
    grants = json.loads(event["requestContext"]["authorizer"]["grants"])
    if not any("*" in grant["permissions"] or "edit" in grant["permissions"] for grant in grants):
        return answer(403, {"message": "forbidden"})
    name = event["pathParameters"]["credentialName"]
    try:
        secret = secrets_manager.get_secret_value(SecretId=f"{PREFIX}/dqops/{name}")
    except ClientError:
        return answer(404, {"message": "not found"})
    return answer(200, {"credential_name": name, "type": "text", "text_value": secret["SecretString"]})


def answer(status: int, body: Any) -> dict[str, Any]:
    """Returns a response in the form that API Gateway expects."""
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body), "isBase64Encoded": False}


def main() -> None:
    """Handles events until Lambda stops the process."""
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    invocation = "/2018-06-01/runtime/invocation"
    while True:
        api.request("GET", f"{invocation}/next")
        response = api.getresponse()
        event = json.loads(response.read())
        result = json.dumps(handler(event)).encode()
        api.request("POST", f"{invocation}/{response.headers['Lambda-Runtime-Aws-Request-Id']}/response", result)
        api.getresponse().read()


if __name__ == "__main__":
    main()
