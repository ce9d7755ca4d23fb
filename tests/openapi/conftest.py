"""A stack that may be filled with whatever comes."""

from collections.abc import Iterator

import pytest

from local.process import exit_when_told
from local.stack import ROOT, Stack


@pytest.fixture(scope="session")
def own() -> Iterator[Stack]:
    exit_when_told()
    with Stack(work=ROOT / ".local" / "test-openapi") as stack:
        yield stack
