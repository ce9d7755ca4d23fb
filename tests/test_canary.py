"""No secret reaches a log, an error or a list: one goes through every operation and error, and is then searched for."""

import json
from functools import partial
from typing import Any

import pytest

from local.stack import Stack
from tests.support.api import Answer, Api, at_once
from tests.support.canary import CANARY, FIELD, REQUESTS, UNUSABLE_KEYS, Sent, assert_absent, logged
from tests.support.proxy import Fault, Proxy


@pytest.fixture(scope="module")
def exchanges(
    stack: Stack, admin: Api, anonymous: Api, proxy: Proxy, secrets_manager: Any
) -> list[tuple[Sent, Answer]]:
    """Every request of every API, without faults and with each kind of failure of Secrets Manager."""

    def exchange(api: Api, sent: Sent) -> Answer:
        return api.call(sent.method, sent.path, sent.body, sent.headers, sent.query)

    done = []
    for faults in ([], [Fault("UpdateSecret", how="ValidationException")]):
        with proxy.faults(*faults):
            done += [(sent, exchange(admin, sent)) for sent in REQUESTS]
    # If every call fails, no request depends on another, and each waits for its retries: send them concurrently.
    for how in ("AccessDeniedException", "ThrottlingException", "garbage"):
        with proxy.faults(Fault(how=how)):
            done += zip(REQUESTS, at_once(partial(exchange, admin, sent) for sent in REQUESTS), strict=True)
    for key_id, document in UNUSABLE_KEYS.items():
        secrets_manager.create_secret(Name=f"latchkey/keys/canary-{key_id}", SecretString=json.dumps(document))
        sent = Sent("dqops-list", "GET", "/api/credentials")
        done.append((sent, Api(stack.url, f"canary-{key_id}.{CANARY * 2}").call(sent.method, sent.path)))
    done += zip(REQUESTS, at_once(partial(exchange, anonymous, sent) for sent in REQUESTS), strict=True)
    return done


def test_the_canary_was_sent_and_stored(exchanges: list[tuple[Sent, Answer]]) -> None:
    assert {answer.status for _, answer in exchanges} >= {200, 201, 204, 400, 401, 404, 409, 429, 500}
    assert any(CANARY in answer.content.decode(errors="replace") for sent, answer in exchanges if sent.reveals)
    named = {
        sent.operation for sent, answer in exchanges if f"{FIELD}: is not a documented field" in str(answer.content)
    }
    assert named == {"organizations-create", "organizations-update", "losant-create"}


def test_no_response_repeats_the_canary(exchanges: list[tuple[Sent, Answer]]) -> None:
    for sent, answer in exchanges:
        if not (sent.reveals and answer.status == 200):
            assert_absent(CANARY, answer.content + str(answer.headers).encode(), f"{sent.method} {sent.path}")


def test_no_log_contains_the_canary(exchanges: list[tuple[Sent, Answer]], stack: Stack) -> None:
    assert exchanges
    text = "\n".join(stack.function_logs()).encode()
    assert_absent(CANARY, text, "the functions' logs")
    assert_absent(FIELD, text, "the functions' logs")
    assert_absent(stack.token.partition(".")[2], text, "the functions' logs")
    for path in stack.log_files:
        assert_absent(CANARY, path.read_bytes(), path.name)
    # The search proves something only if each function that was called has logged its requests.
    requests = logged(stack)
    assert {line["key_id"] for line in requests if "fault" in line} >= {f"canary-{key_id}" for key_id in UNUSABLE_KEYS}
    operations = {line["operation"] for line in requests}
    assert operations >= {sent.operation for sent in REQUESTS} | {"authorizer"}


def test_log_lines_have_their_fields(exchanges: list[tuple[Sent, Answer]], stack: Stack) -> None:
    assert exchanges
    for line in logged(stack):
        assert {"timestamp", "level", "operation", "outcome", "duration_ms", "request_id"} <= set(line), line
        # Provisioning has no access keys: tests/credentials_as_code/test_canary.py.
        if line["operation"] != "authorizer" and not line["operation"].endswith("-provision"):
            assert isinstance(line["status"], int), line
            assert line["key_id"], line
