"""Responses to CloudFormation: what they say, and where they go."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from local.stack import Stack
from tests.credentials_as_code.conftest import assert_done, held, properties
from tests.support.provisioning import (
    APIS,
    Answers,
    ByHand,
    Source,
    invoke,
    tags,
    writes,
)
from tests.support.proxy import Proxy


@pytest.mark.parametrize("api", APIS)
def test_a_response_has_cloudformations_form(
    by_hand: Callable[[str], ByHand], answers: Answers, source: Source, secrets_manager: Any, api: str, place: str
) -> None:
    resource = by_hand(api)
    event = resource.event("Create", properties(api, source, place))
    answer = resource.send(event)
    (put,) = answers.puts
    # The URL is signed without a Content-Type, and S3 does not accept chunks.
    assert "content-type" not in put.headers
    assert put.headers["content-length"] == str(len(put.body))
    assert put.path == "/answer"
    assert set(answer) == {"Status", "PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId", "Data"}
    for name in ("StackId", "RequestId", "LogicalResourceId"):
        assert answer[name] == event[name]
    data = assert_done(answer)
    # Losant's secrets have only the first part of the id in their names.
    assert f"latchkey/{answer['PhysicalResourceId']}".startswith(data["SecretName"])
    assert answer["PhysicalResourceId"].endswith(data["Id"])
    assert source.value in (held(secrets_manager, data["SecretArn"]) or "")
    assert tags(secrets_manager, data["SecretArn"])["owner"] == resource.owner
    answer = resource.delete(properties(api, source, place), answer["PhysicalResourceId"])
    assert set(answer) == {"Status", "PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId"}
    assert held(secrets_manager, data["SecretArn"]) is None


def test_a_response_goes_only_to_cloudformation(
    stack: Stack, by_hand: Callable[[str], ByHand], answers: Answers, proxy: Proxy, source: Source, place: str
) -> None:
    """If there is nobody to respond to, the function does nothing."""
    since, mark, port = time.time(), uuid.uuid4().hex, answers.url.rpartition(":")[2]
    for url in [
        f"https://example.com/{mark}",
        f"https://s3.amazonaws.com.example.com/{mark}",
        f"http://bucket.s3.amazonaws.com/{mark}",
        f"https://bucket.s3.amazonaws.com:8443/{mark}",
        f"https://127.0.0.1.nip.io/{mark}",
        # The test's own server would accept these.
        f"http://user@127.0.0.1:{port}/{mark}",
        f"http://0.0.0.0:{port}/{mark}",
        mark,
        "",
    ]:
        resource = by_hand("dqops")
        event = resource.event("Create", properties("dqops", source, place, OnConflict="adopt"), ResponseURL=url)
        with proxy.recording() as calls:
            invoked = invoke(stack, "dqops", event)
        assert (invoked.is_error, calls) == (True, []), url
        assert mark.encode() not in invoked.content
    assert answers.puts == []
    assert not [line for line in stack.function_logs(since) if mark in line]


@pytest.mark.parametrize("api", APIS)
def test_a_response_that_did_not_arrive_is_sent_again(
    by_hand: Callable[[str], ByHand],
    answers: Answers,
    proxy: Proxy,
    source: Source,
    secrets_manager: Any,
    api: str,
    place: str,
) -> None:
    resource = by_hand(api)
    event = resource.event("Create", properties(api, source, place))
    answers.status = 500
    invoked = invoke(resource.stack, api, event)
    assert (invoked.is_error, invoked.json["errorMessage"]) == (True, "The answer could not be sent.")
    sent = [put.json for put in answers.puts]
    assert len(sent) > 1
    assert all(answer == sent[0] for answer in sent)
    answers.status = 200
    with proxy.recording() as calls:
        again = resource.send(event)
    assert again == sent[0]
    assert writes(calls) == []
    assert source.value in (held(secrets_manager, again["Data"]["SecretArn"]) or "")
