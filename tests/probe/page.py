"""All questions, and the page with their answers."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

from botocore.exceptions import ClientError

from tests.probe import gateway, store
from tests.probe.account import Account, code
from tests.probe.deployed import Deployed
from tests.probe.lag import lag

# The most calls and secrets that it makes, and their cost, with a deployed Latchkey.
MOST_CALLS, MOST_SECRETS, MOST_DOLLARS = 320, 8, 0.01

Report = Callable[[str], None]


def page(account: Account, deployed: Deployed | None, report: Report = lambda _: None) -> str:
    """Asks everything, and leaves nothing behind."""
    rows = []
    with account.left_as_it_was():
        for question, ask in _questions(account, deployed):
            report(question)
            rows.append(f"| {question} | {_answer(ask)} |")
    return "\n".join([*_head(account, deployed), *rows, "", _foot(account, deployed)])


def _questions(account: Account, deployed: Deployed | None) -> Iterator[tuple[str, Callable[[], str]]]:
    about_the_store = (
        store.rejected_update,
        store.repeated_update,
        store.unit_of_the_description,
        store.scheduled_name,
        store.restored_twice,
        store.unknown_secret,
        lag,
    )
    for ask in about_the_store:
        yield str(ask.__doc__), partial(ask, account)
    if deployed:
        for about_the_gateway in (
            gateway.unknown_route,
            gateway.text_download,
            gateway.bytes_download,
            gateway.encoded_names,
            gateway.compression,
        ):
            yield str(about_the_gateway.__doc__), partial(about_the_gateway, deployed)


def _answer(ask: Callable[[], str]) -> str:
    """An error that the question is not about must not stop the other questions."""
    try:
        return ask()
    except ClientError as error:
        return f"**not answered**: {error.operation_name} was rejected with {code(error)}"


def _head(account: Account, deployed: Deployed | None) -> list[str]:
    where = f"Region {account.region}, partition {account.partition}, {datetime.now(UTC):%Y-%m-%d}"
    asked = "with a deployed Latchkey" if deployed else "without a deployed Latchkey (LATCHKEY_URL is not set)"
    whose = "" if account.is_aws else " **This was not AWS**, but an endpoint in its place."
    return ["# What AWS answers", "", f"{where}, {asked}.{whose}", "", "| question | answer |", "|---|---|"]


def _foot(account: Account, deployed: Deployed | None) -> str:
    price = account.price + (deployed.price if deployed else 0)
    asked = f"{account.calls} calls" + (f" and {deployed.requests} requests to Latchkey" if deployed else "")
    return f"It took {asked}, {len(account.made)} secrets that are deleted again, and at most {price:.4f} USD."
