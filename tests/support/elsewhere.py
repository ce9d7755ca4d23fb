"""What the official clients' tests can run against instead of the local stack."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.process import exit_on_signals
from local.stack import StackError


@dataclass
class Deployment:
    """An existing deployment, by its address and key."""

    url: str
    token: str


def elsewhere(on: str, work: Path) -> Iterator[Any]:
    """Starts `sam local start-api`, or takes `on` as the URL of a deployment."""
    if on != "sam-local":
        token = os.environ.get("LATCHKEY_TOKEN") or pytest.exit("set LATCHKEY_TOKEN, the key for --on", returncode=2)
        yield Deployment(on.rstrip("/"), token)
        return
    from local.sam_local.api import SamLocal  # slow to import: it loads half of SAM CLI

    exit_on_signals()
    try:
        with SamLocal(work, report=print, stand_in=True) as running:
            yield running
    except StackError as error:
        pytest.exit(f"make test-sam-local: {error}", returncode=1)
