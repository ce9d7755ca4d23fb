"""Helpers for the tests of credentials as code, for all APIs."""

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.stack import Stack
from tests.support.provisioning import (
    Answers,
    ByHand,
    Source,
)

REQUEST_ID = re.compile(r" \(request id [0-9a-f-]{36}\)$")


@pytest.fixture
def answers() -> Iterator[Answers]:
    with Answers() as answers:
        yield answers


@pytest.fixture
def by_hand(stack: Stack, answers: Answers) -> Callable[[str], ByHand]:
    """Makes resources of an API whose events the test sends itself."""
    return lambda api: ByHand(stack, answers, api)


@pytest.fixture
def place() -> str:
    """An application's id, which is also a valid name in the other APIs."""
    return new_place()


def new_place() -> str:
    return uuid.uuid4().hex[:24]


def properties(api: str, source: Source, place: str, **more: Any) -> dict[str, Any]:
    """The properties of a credential of an API, in a place where there is no other."""
    reference = source.reference()
    return {
        "dqops": {"Name": place, "Secrets": {"text_value": reference}},
        "tiledb": {
            "Workspace": place,
            "Name": "n",
            "Spec": {"provider": "AWS", "credential": {"aws": {"access_key_id": "AKIAIOSFODNN7EXAMPLE"}}},
            "Secrets": {"credential.aws.secret_access_key": reference},
        },
        "losant": {
            "ApplicationId": place,
            "Name": "n",
            "Spec": {"type": "loggly"},
            "Secrets": {"logglyConfig.customerToken": reference},
        },
        "organizations": {
            "OrgId": place,
            "Name": "n",
            "Spec": {"type": "azure", "specific": {"tenant": "t", "clientId": "c"}},
            "Secrets": {"specific.key": reference},
        },
    }[api] | more


def held(secrets_manager: Any, arn: str) -> str | None:
    """The value of a credential's secret; None if the secret is deleted or never existed."""
    try:
        return secrets_manager.get_secret_value(SecretId=arn)["SecretString"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("InvalidRequestException", "ResourceNotFoundException"):
            return None
        raise


def in_place(secrets_manager: Any, api: str, place: str) -> list[str]:
    """The names of the secrets of the credentials in a place."""
    found = secrets_manager.list_secrets(Filters=[{"Key": "name", "Values": [f"latchkey/{api}/{place}"]}])
    return [secret["Name"] for secret in found["SecretList"]]


def assert_done(answer: dict[str, Any]) -> dict[str, str]:
    """Checks that a response reports success; returns its data."""
    assert answer["Status"] == "SUCCESS", answer
    return answer.get("Data", {})


def assert_failed(answer: dict[str, Any], says: str) -> None:
    assert answer["Status"] == "FAILED", answer
    assert says in answer["Reason"]
    assert REQUEST_ID.search(answer["Reason"]), answer
    assert "Data" not in answer
