"""What a client does where Secrets Manager lags: it asks again. At once true where nothing lags."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")

# For a read or a change after a write. AWS promises no bound; Terraform's provider gives a new secret two minutes.
READS = 120.0
# What AWS says of lists, and a bit.
LISTS = 330.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0


def equals(found: object, expected: object) -> None:
    """Fails where they do not."""
    assert found == expected


def eventually(
    check: Callable[[], T],
    within: float = READS,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> T:
    """What `check` returns, once nothing fails in it any more; after so many seconds, how it fails."""
    deadline, wait = clock() + within, _FIRST_PAUSE
    while True:
        try:
            return check()
        # pytest's own failures (an error that was expected and did not come) are no Exceptions.
        except (Exception, pytest.fail.Exception):
            if clock() + wait > deadline:
                raise
        pause(wait)
        wait = min(2 * wait, _LONGEST_PAUSE)
