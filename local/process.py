"""Child processes that never outlive this one, and are stopped by their process ids."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path


class Process:
    """A program in its own process group, so that a Ctrl-C here does not stop it before `stop` does."""

    def __init__(self, command: list[str], env: Mapping[str, str], log: Path):
        self.log = log
        with log.open("wb") as output:
            self._popen = subprocess.Popen(
                command, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._popen.pid

    @property
    def exit_status(self) -> int | None:
        """Its exit status, or None while it runs."""
        return self._popen.poll()

    def send(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        self._popen.send_signal(number)

    def wait(self) -> int:
        """Waits until it ends, and returns its exit status."""
        return self._popen.wait()

    def stop(self, timeout: float = 10) -> None:
        """Stops it and everything that it started."""
        if self.exit_status is None:
            self._popen.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._popen.wait(timeout)
        with suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def last_lines(self, count: int = 20) -> str:
        """Returns the last lines of its output."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


def wait_until(condition: Callable[[], bool], timeout: float, pause: float = 0.05) -> bool:
    """Returns whether the condition became true in time. Checks it again after each `pause`."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def exit_on_signals() -> None:
    """Makes a SIGTERM or a closed terminal unwind the program like Ctrl-C, which stops everything that it started."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # otherwise a shell's background jobs ignore it
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Delays signals, so that a second Ctrl-C does not leave half of the processes running."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
