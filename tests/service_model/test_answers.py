"""Every response is checked against Secrets Manager's model."""

import json
from typing import Any

import pytest

from tests.support.service_model import SECRETS_MANAGER, Call, Service

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:latchkey/dqops/a.txt-AbCdEf"
TOKEN = "t" * 32


def answered(service: Service, action: str, status: int, content: Any) -> list[str]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return service.faults_of_answer(Call(action, {}), status, body)


@pytest.mark.parametrize(
    ("action", "content", "expected"),
    [
        ("GetSecretValue", {"ARN": ARN, "Name": "a" * 500, "VersionId": TOKEN, "CreatedDate": 1.5}, []),
        ("GetSecretValue", {"SecretString": None}, []),
        ("GetSecretValue", {"Secret": "v4lue"}, ["GetSecretValue.Secret: is not a member"]),
        ("GetSecretValue", {"SecretBinary": "?"}, ["GetSecretValue.SecretBinary: is not of type blob"]),
        ("GetSecretValue", {"CreatedDate": "today"}, ["GetSecretValue.CreatedDate: is not of type timestamp"]),
        ("GetSecretValue", {"VersionStages": "AWSCURRENT"}, ["GetSecretValue.VersionStages: is not of type list"]),
        ("GetSecretValue", [], ["GetSecretValue: is not of type structure"]),
        ("GetSecretValue", b"<html>", ["GetSecretValue: its response with status 200 cannot be read"]),
        ("UpdateSecret", {"CreatedDate": 1}, ["UpdateSecret.CreatedDate: is not a member"]),
        ("DescribeSecret", {"VersionIdsToStages": {TOKEN: ["AWSCURRENT"]}}, []),
        (
            "DescribeSecret",
            {"VersionIdsToStages": {TOKEN: "AWSCURRENT"}},
            ["DescribeSecret.VersionIdsToStages value 0: is not of type list"],
        ),
        ("ListSecrets", {"SecretList": [{"Nmae": "a"}]}, ["ListSecrets.SecretList[0].Nmae: is not a member"]),
    ],
)
def test_a_response_has_the_operations_shape(action: str, content: Any, expected: list[str]) -> None:
    assert answered(SECRETS_MANAGER, action, 200, content) == expected


@pytest.mark.parametrize(
    ("action", "code", "status", "expected"),
    [
        ("CreateSecret", "LimitExceededException", 400, None),
        ("CreateSecret", "com.amazonaws.secretsmanager#ResourceExistsException", 400, None),
        ("GetSecretValue", "InternalServiceError", 500, None),
        ("ListSecrets", "ThrottlingException", 400, None),
        ("ListSecrets", "ServiceUnavailable", 503, None),
        ("ListSecrets", "AccessDeniedException", 400, None),
        (
            "GetSecretValue",
            "LimitExceededException",
            400,
            "GetSecretValue: does not return the error 'LimitExceededException'",
        ),
        (
            "ListSecrets",
            "ResourceNotFoundException",
            400,
            "ListSecrets: does not return the error 'ResourceNotFoundException'",
        ),
        (
            "GetSecretValue",
            "ResourceNotFoundException",
            404,
            "GetSecretValue: does not return ResourceNotFoundException with the status 404",
        ),
        (
            "GetSecretValue",
            "ServiceUnavailable",
            400,
            "GetSecretValue: does not return ServiceUnavailable with the status 400",
        ),
        (
            "GetSecretValue",
            "KMSInvalidStateException",
            400,
            "GetSecretValue: does not return the error 'KMSInvalidStateException'",
        ),
        ("GetSecretValue", "", 400, "GetSecretValue: does not return the error ''"),
    ],
)
def test_an_error_is_one_of_the_operations(action: str, code: str, status: int, expected: str | None) -> None:
    assert answered(SECRETS_MANAGER, action, status, {"__type": code, "Message": "m"}) == (
        [expected] if expected else []
    )
