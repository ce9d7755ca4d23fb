"""All four APIs and the official clients, while Secrets Manager does what it may do at any time."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import pytest

from local.stack import Stack
from tests.journeys.clients import WITH_CLIENT
from tests.journeys.http import BY_HTTP
from tests.journeys.journey import Journey
from tests.support.api import Api
from tests.support.proxy import Proxy
from tests.support.proxy.switch import Switch
from tests.support.proxy.switches import Lag, Late, Repeated, Sparse, Throttles, WritesDescriptionsOfRejected
from tests.support.tiledb_session import leave_none


@dataclass(frozen=True)
class Weather:
    """What Secrets Manager does, and the error statuses that callers may temporarily get because of it."""

    switches: Callable[[], tuple[Switch, ...]]
    temporary: tuple[int, ...] = ()


WEATHERS = {
    # A change relies on what it reads, so it may not find what was created a moment ago.
    "reads that lag": Weather(lambda: (Lag(reads=2),), (404,)),
    "descriptions of rejected writes": Weather(lambda: (WritesDescriptionsOfRejected(), Lag(reads=2)), (404,)),
    "lists that lag": Weather(lambda: (Lag(lists=2),)),
    # The SDK tries again.
    "throttled once": Weather(lambda: (Throttles(times=1),)),
    # The SDK gives up. Only for one action, because TileDB's clients wait for a second each time.
    "throttled until the SDK gives up": Weather(lambda: (Throttles(3, ("UpdateSecret",)),), (429,)),
    "sparse responses": Weather(lambda: (Sparse(),)),
    # A name is not free while its former credential's deletion is under way.
    "late calls": Weather(lambda: (Late(after=2),), (503,)),
    "repeated calls": Weather(lambda: (Repeated(),)),
}


@pytest.fixture(scope="module", autouse=True)
def _no_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        leave_none(patch, tmp_path_factory.mktemp("home"))
        yield


@pytest.fixture(scope="module", params=WEATHERS)
def ends(request: pytest.FixtureRequest, stack: Stack, admin: Api, proxy: Proxy) -> dict[str, Future[None]]:
    """The ends of all journeys. They are independent, and run concurrently because each spends its time waiting."""
    weather = WEATHERS[request.param]
    switches = weather.switches()
    customers = {name: make(admin) for name, make in BY_HTTP.items()}
    customers |= {name: make(stack) for name, make in WITH_CLIENT.items()}
    journeys = {name: Journey(customer, weather.temporary) for name, customer in customers.items()}
    with ThreadPoolExecutor(len(journeys)) as pool:
        with proxy.switched(*switches):
            ends = {name: pool.submit(journey.run) for name, journey in journeys.items()}
            wait(ends.values())
        # The late calls have arrived, and must have changed nothing.
        over = {name: pool.submit(journey.is_over) for name, journey in journeys.items()}
    assert all(switch.times for switch in switches)
    return {name: over[name] if end.exception() is None else end for name, end in ends.items()}


@pytest.mark.parametrize("journey", [*BY_HTTP, *WITH_CLIENT])
def test_a_journey_ends_well(ends: dict[str, Future[None]], journey: str) -> None:
    ends[journey].result()
