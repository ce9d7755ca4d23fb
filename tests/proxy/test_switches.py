"""Each of the proxy's switches does what it says, and nothing once it is off."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.process import wait_until
from tests.proxy.one_secret import NAME, Caller, OneSecret
from tests.support.proxy import Proxy
from tests.support.proxy.switches import (
    Lag,
    Late,
    Repeated,
    Sparse,
    Throttles,
    VersionCap,
    WritesDescriptionsOfRejected,
)
from tests.support.service_model import Violations

THROTTLED = "ThrottlingException"


@pytest.fixture
def truth() -> Iterator[OneSecret]:
    with OneSecret() as truth:
        yield truth


@pytest.fixture
def proxy(truth: OneSecret, violations: Violations) -> Iterator[Proxy]:
    with Proxy(violations=violations) as proxy:
        proxy.upstream = truth.url
        yield proxy


@pytest.fixture
def caller(proxy: Proxy) -> Caller:
    return Caller(proxy)


def test_reads_lag_by_calls(proxy: Proxy, caller: Caller) -> None:
    lag = Lag(reads=2)
    with proxy.switched(lag):
        assert caller.create("first") is None
        assert [caller.read() for _ in range(3)] == [None, None, "first"]
        assert caller.update("second") is None
        assert caller.read() == "first"
        # Two reads ago is still before both writes.
        assert caller.update("third") is None
        assert [caller.read() for _ in range(3)] == ["first", "second", "third"]
        assert lag.times == 5
        assert caller.update("fourth") is None
        assert caller.listed() == ["of fourth"]
    assert caller.read() == "fourth"


def test_batches_lag_as_reads_do(proxy: Proxy, caller: Caller) -> None:
    with proxy.switched(Lag(reads=1)):
        assert caller.create("first") is None
        missing = {"SecretId": NAME, "ErrorCode": "ResourceNotFoundException", "Message": "none"}
        assert caller.batch() == {"SecretValues": [], "Errors": [missing]}
        assert caller.update("second") is None
        assert [value["SecretString"] for value in caller.batch()["SecretValues"]] == ["first"]
        assert [value["SecretString"] for value in caller.batch()["SecretValues"]] == ["second"]


def test_lists_lag_by_lists(proxy: Proxy, caller: Caller) -> None:
    with proxy.switched(Lag(lists=1)):
        assert caller.create("first") is None
        assert caller.update("second") is None
        assert caller.read() == "second"
        assert [caller.listed() for _ in range(2)] == [[], ["of second"]]
        assert caller.update("third") is None
        assert [caller.listed() for _ in range(2)] == [["of second"], ["of third"]]


def test_throttles_are_for_each_action_and_secret(proxy: Proxy, caller: Caller, truth: OneSecret) -> None:
    with proxy.switched(Throttles(times=2)):
        assert [caller.create("first") for _ in range(3)] == [THROTTLED, THROTTLED, None]
        assert [caller.update("second") for _ in range(3)] == [THROTTLED, THROTTLED, None]
        assert caller.call("DeleteSecret", SecretId=NAME)["Name"] == NAME
    with proxy.switched(Throttles(times=1, actions=("UpdateSecret",))):
        assert caller.read() == "second"
        assert [caller.update("third") for _ in range(2)] == [THROTTLED, None]
    assert truth.done == ["CreateSecret first", "UpdateSecret second", "UpdateSecret third"]


def test_a_rejected_write_leaves_its_description(proxy: Proxy, caller: Caller) -> None:
    switch = WritesDescriptionsOfRejected()
    assert caller.create("first") is None
    with proxy.switched(switch):
        assert caller.update("second") is None
        assert caller.update("third", token="second") == "ResourceExistsException"
    assert (caller.read(), caller.listed(), switch.times) == ("second", ["of third"], 1)


def test_a_secret_can_get_only_so_many_versions_in_a_day(proxy: Proxy, caller: Caller, truth: OneSecret) -> None:
    with proxy.switched(VersionCap(per_day=2)):
        assert caller.create("first") is None
        assert [caller.update(value) for value in ("second", "third", "second")] == [
            None,
            "LimitExceededException",
            None,
        ]
        assert caller.call("UpdateSecret", SecretId=NAME, Description="alone")["Name"] == NAME
    assert truth.done == ["CreateSecret first", "UpdateSecret second", "UpdateSecret second", "UpdateSecret None"]
    assert caller.update("third") is None


def test_sparse_responses_have_no_optional_members(proxy: Proxy, caller: Caller) -> None:
    assert caller.create("first") is None
    assert caller.call("DescribeSecret", SecretId=NAME).keys() == {"ARN", "Name", "Description", "KmsKeyId"}
    with proxy.switched(Sparse()):
        assert caller.call("DescribeSecret", SecretId=NAME).keys() == {"ARN", "Name"}
        assert caller.batch().keys() == {"SecretValues"}
        assert caller.read() == "first"


def test_a_late_write_arrives_after_others(proxy: Proxy, caller: Caller, truth: OneSecret) -> None:
    with proxy.switched(Late(after=2)):
        assert caller.create("first") == "lost"
        assert caller.read() is None
        assert truth.done == []
        assert caller.create("first") is None
        assert truth.done == ["CreateSecret first"] * 2
        assert caller.update("second") == "lost"
        assert truth.done == ["CreateSecret first"] * 2
    # A write that was still under way arrives at the end.
    assert truth.done[2:] == ["UpdateSecret second"]


def test_a_repeated_call_gets_the_second_response(proxy: Proxy, caller: Caller, truth: OneSecret) -> None:
    with proxy.switched(Repeated()):
        assert caller.create("first") is None
    assert truth.done == ["CreateSecret first"] * 2


def test_calls_about_keys_are_left_alone(proxy: Proxy, caller: Caller) -> None:
    throttles = Throttles(times=1)
    with proxy.switched(throttles):
        caller.call("GetSecretValue", SecretId="latchkey/keys/administrator")
    assert throttles.times == 0


def test_a_frozen_proxy_accepts_a_call_and_does_not_respond(proxy: Proxy, caller: Caller, truth: OneSecret) -> None:
    with ThreadPoolExecutor() as pool:
        with proxy.frozen():
            call = pool.submit(caller.create, "first")
            assert wait_until(lambda: len(proxy.calls) == 1, timeout=10)
            assert not call.done()
        assert call.result() == "lost"
    assert truth.done == []
    assert caller.create("first") is None
