"""What was found, until a test fails for it."""

import threading
from collections.abc import Iterable


class Violations:
    """Kept apart from the answers, so that no test takes one for AWS's own rejection."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._lock = threading.Lock()

    def add(self, found: Iterable[str]) -> None:
        """Keeps these until `check`."""
        more = list(found)
        with self._lock:
            self._found += more

    def check(self) -> None:
        """Fails where there were any since it was last asked."""
        with self._lock:
            found, self._found = self._found, []
        # One that comes with every call is said once.
        assert not found, "not as AWS has it:\n" + "\n".join(dict.fromkeys(found))
