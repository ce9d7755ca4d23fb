"""What the official clients' tests can run against in place of the local stack."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.process import exit_when_told
from local.stack import StackError


@dataclass
class Deployment:
    """Something deployed already, by its address and key."""

    url: str
    token: str


def elsewhere(on: str, work: Path) -> Iterator[Any]:
    """Starts `sam local start-api`, or takes `on` as the URL of a deployment."""
    if on != "sam-local":
        token = os.environ.get("LATCHKEY_TOKEN") or pytest.exit("set LATCHKEY_TOKEN, the key for --on", returncode=2)
        yield Deployment(on.rstrip("/"), token)
        return
    from local.sam_local.api import SamLocal  # slow to import, as it brings half of SAM CLI

    exit_when_told()
    try:
        with SamLocal(work, report=print, stand_in=True) as running:
            yield running
    except StackError as error:
        pytest.exit(f"make test-sam-local: {error}", returncode=1)
