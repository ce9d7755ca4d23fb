"""What `make test-on-stack` says if it finds no stack to run on."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from local.ministack import free_port
from local.stack import StackError
from tests.support.running import PORTS, Coordinates, RunningStack


def test_no_stack_is_running(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="start one with `make test-stack`"):
        RunningStack.found(tmp_path / "none.json")


def test_the_stack_has_ended(tmp_path: Path) -> None:
    left = tmp_path / "left.json"
    gone = f"http://127.0.0.1:{free_port()}"
    coordinates = Coordinates(*(free_port() for _ in PORTS), gone, "", "")
    left.write_text(json.dumps(asdict(coordinates)))
    with pytest.raises(StackError, match="does not respond"):
        RunningStack.found(left)
