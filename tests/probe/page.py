"""All questions, and the page of their answers."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tests.probe import gateway, store
from tests.probe.account import Account
from tests.support.api import Api

# The most that it makes, and what that costs at most.
MOST_CALLS, MOST_SECRETS, MOST_DOLLARS = 400, 12, 0.01

Report = Callable[[str], None]


def page(
    account: Account,
    api: Api | None,
    report: Report = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Asks everything, and leaves nothing."""
    rows = []
    with account.left_as_it_was():
        for question, ask in _questions(account, api, clock, pause):
            report(question)
            rows.append(f"| {question} | {ask()} |")
    return "\n".join([*_head(account, api), *rows, "", *_foot(account)])


def _questions(
    account: Account, api: Api | None, clock: Callable[[], float], pause: Callable[[float], None]
) -> Iterator[tuple[str, Callable[[], str]]]:
    about_the_store: list[Any] = [
        store.refused_update,
        store.repeated_update,
        store.unit_of_the_description,
        store.scheduled_name,
        store.restored_twice,
        store.unknown_secret,
    ]
    for ask in about_the_store:
        yield ask.__doc__, partial(ask, account)
    yield str(store.lag.__doc__), partial(store.lag, account, clock, pause)
    if api:
        for about_the_gateway in (
            gateway.unknown_route,
            gateway.text_download,
            gateway.bytes_download,
            gateway.encoded_names,
        ):
            yield str(about_the_gateway.__doc__), partial(about_the_gateway, api)


def _head(account: Account, api: Api | None) -> list[str]:
    where = f"Region {account.region}, partition {account.partition}, {datetime.now(UTC):%Y-%m-%d}"
    asked = "with a deployed Latchkey" if api else "without a deployed Latchkey (LATCHKEY_URL is not set)"
    return ["# What AWS answers", "", f"{where}, {asked}.", "", "| question | answer |", "|---|---|"]


def _foot(account: Account) -> list[str]:
    spent = f"{account.calls} calls, {len(account.made)} secrets that are deleted again, {account.price:.4f} USD"
    return [f"It took {spent}."]
