"""The user's settings, and the file that tells other shells how to reach the stack."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.ministack import StackError


def port_of(name: str, default: str) -> int:
    """Returns the port that an environment variable sets. Raises a StackError if it is not a port."""
    text = os.environ.get(name, default)
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise StackError(f"{name}={text} is not a port: give a number from 1 to 65535")
    return int(text)


@contextmanager
def written_to(path: Path, text: str) -> Iterator[None]:
    """Writes a file that only the user can read, because it has keys in it, and removes it at the end."""
    path.unlink(missing_ok=True)
    with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
    try:
        yield
    finally:
        if path.is_file() and path.read_text() == text:
            path.unlink()
