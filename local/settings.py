"""Files that tell others how to reach what runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
