"""A stack that tests may fill with anything."""

from collections.abc import Iterator

import pytest

from local.process import exit_on_signals
from local.stack import ROOT, Stack


@pytest.fixture(scope="package")
def own() -> Iterator[Stack]:
    exit_on_signals()
    with Stack(work=ROOT / ".local" / "test-openapi") as stack:
        yield stack
