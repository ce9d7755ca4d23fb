"""A clock for use where nothing lags."""

import time


class Skipping:
    """A clock that pauses move forward, without waiting."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._skipped

    def pause(self, seconds: float) -> None:
        self._skipped += seconds
