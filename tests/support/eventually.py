"""Asks again, as a client does if Secrets Manager lags. If nothing lags, the first attempt succeeds."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")

# For a read or a change after a write. AWS promises no bound; Terraform's provider waits two minutes for a new secret.
READS = 120.0
# For lists: AWS says five minutes, and this is a little more.
LISTS = 330.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0


def equals(found: object, expected: object) -> None:
    """Fails if they differ."""
    assert found == expected


def eventually(
    check: Callable[[], T],
    within: float = READS,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> T:
    """Returns what `check` returns, once it no longer fails. After `within` seconds, raises its failure."""
    deadline, wait = clock() + within, _FIRST_PAUSE
    while True:
        try:
            return check()
        # pytest's own failures (an error that was expected and did not come) are not Exceptions.
        except (Exception, pytest.fail.Exception):
            if clock() + wait > deadline:
                raise
        pause(wait)
        wait = min(2 * wait, _LONGEST_PAUSE)
