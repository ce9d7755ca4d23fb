"""What a user sets, and files that tell others how to reach what runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.ministack import StackError


def port_of(name: str, default: str) -> int:
    """The port that an environment variable says; a StackError where that is none."""
    text = os.environ.get(name, default)
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise StackError(f"{name}={text} is not a port: give a number from 1 to 65535")
    return int(text)


@contextmanager
def kept_in(path: Path, text: str) -> Iterator[None]:
    """Only the user may read the file, as keys are in it; it goes with the stack that it leads to."""
    path.unlink(missing_ok=True)
    with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
    try:
        yield
    finally:
        if path.is_file() and path.read_text() == text:
            path.unlink()
