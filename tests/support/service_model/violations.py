"""The violations that were found, until a test fails because of them."""

import threading
from collections.abc import Iterable


class Violations:
    """Separate from the responses, so that no test mistakes a violation for an error of AWS's own."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._lock = threading.Lock()

    def add(self, found: Iterable[str]) -> None:
        """Collects these until `check`."""
        more = list(found)
        with self._lock:
            self._found += more

    def check(self) -> None:
        """Fails if there were any since the last check."""
        with self._lock:
            found, self._found = self._found, []
        # A violation that comes with every call is reported once.
        assert not found, "does not match AWS's model:\n" + "\n".join(dict.fromkeys(found))
