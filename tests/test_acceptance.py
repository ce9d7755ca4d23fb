"""The run of the official clients on a deployment that docs/deploying.md recommends. AWS lags, so the run waits."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from dqops.client import AuthenticatedClient
from losant_rest import Client

from local.stack import Stack
from tests.dqops import test_client as dqops
from tests.losant import conftest as losant_conftest
from tests.losant import test_client as losant
from tests.support.clock import Clock
from tests.support.eventually import eventually
from tests.support.proxy import Proxy
from tests.support.proxy.switches import Lag
from tests.support.tiledb_session import generated_client
from tests.tiledb import test_client as tiledb


def of_dqops(stack: Stack) -> None:
    client = AuthenticatedClient(stack.url, token=stack.token, timeout=60)
    dqops.test_all_operations(client, uuid.uuid4().hex, dqops.sync, "plain.json")


def of_tiledb(stack: Stack) -> None:
    tiledb.test_all_operations(generated_client(stack), uuid.uuid4().hex, "gcp key")


def of_losant(stack: Stack) -> None:
    losant.test_all_operations(Client(stack.token, url=stack.url), losant_conftest.new_id(), "loggly")


@pytest.mark.parametrize("run", [of_dqops, of_tiledb, of_losant])
def test_it_passes_if_reads_and_lists_lag(stack: Stack, proxy: Proxy, run: Callable[[Stack], None]) -> None:
    lag = Lag(reads=2, lists=2)
    with proxy.switched(lag):
        run(stack)
    assert lag.times


def within_a_minute(clock: Clock, check: Callable[[], Any]) -> Any:
    return eventually(check, 60, clock, clock.pause)


def test_a_check_that_passes_never_waits() -> None:
    clock = Clock()
    assert (within_a_minute(clock, lambda: "found"), clock.waits) == ("found", [])


@pytest.mark.parametrize("failure", [AssertionError, KeyError, pytest.fail.Exception])
def test_a_check_that_fails_at_first_is_tried_again(failure: type[BaseException]) -> None:
    clock, left = Clock(), [failure("1"), failure("2"), failure("3")]

    def check() -> str:
        if left:
            raise left.pop()
        return "found"

    assert within_a_minute(clock, check) == "found"
    assert clock.waits == [0.05, 0.1, 0.2]


def test_a_check_that_keeps_failing_raises_its_own_error_in_time() -> None:
    clock = Clock()
    with pytest.raises(AssertionError, match="never"):
        within_a_minute(clock, _never)
    assert 50 < clock.now <= 60
    assert max(clock.waits) == 5


def test_an_interruption_ends_the_wait() -> None:
    clock = Clock()
    with pytest.raises(KeyboardInterrupt):
        within_a_minute(clock, _interrupt)
    assert clock.waits == []


def _never() -> None:
    raise AssertionError("never")


def _interrupt() -> None:
    raise KeyboardInterrupt
