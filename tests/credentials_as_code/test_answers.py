"""What is answered to CloudFormation, and where."""

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
def test_an_answer_is_as_cloudformation_takes_it(
    by_hand: Callable[[str], ByHand], answers: Answers, source: Source, secrets_manager: Any, api: str, place: str
) -> None:
    resource = by_hand(api)
    event = resource.event("Create", properties(api, source, place))
    answer = resource.send(event)
    (put,) = answers.puts
    # The URL's signature says that there is no type, and S3 takes nothing in chunks.
    assert "content-type" not in put.headers
    assert put.headers["content-length"] == str(len(put.body))
    assert put.path == "/answer"
    assert set(answer) == {"Status", "PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId", "Data"}
    for name in ("StackId", "RequestId", "LogicalResourceId"):
        assert answer[name] == event[name]
    data = assert_done(answer)
    # Losant's is the first part of that.
    assert f"latchkey/{answer['PhysicalResourceId']}".startswith(data["SecretName"])
    assert answer["PhysicalResourceId"].endswith(data["Id"])
    assert source.value in (held(secrets_manager, data["SecretArn"]) or "")
    assert tags(secrets_manager, data["SecretArn"])["owner"] == resource.owner
    answer = resource.delete(properties(api, source, place), answer["PhysicalResourceId"])
    assert set(answer) == {"Status", "PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId"}
    assert held(secrets_manager, data["SecretArn"]) is None


def test_an_answer_goes_to_cloudformation_alone(
    stack: Stack, by_hand: Callable[[str], ByHand], answers: Answers, proxy: Proxy, source: Source, place: str
) -> None:
    """And without anybody to answer to, nothing is done."""
    since, mark, port = time.time(), uuid.uuid4().hex, answers.url.rpartition(":")[2]
    for url in [
        f"https://example.com/{mark}",
        f"https://s3.amazonaws.com.example.com/{mark}",
        f"http://bucket.s3.amazonaws.com/{mark}",
        f"https://bucket.s3.amazonaws.com:8443/{mark}",
        f"https://127.0.0.1.nip.io/{mark}",
        # What is there answers also to these.
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
def test_an_answer_that_did_not_come_through_is_given_again(
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
