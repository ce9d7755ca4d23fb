"""The README's first hour: runs every command as it is printed, in a plain shell."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import ROOT
from tests.first_hour.conftest import Run
from tests.support.readme import README, blocks, commands, commands_after

CLIENTS = ROOT / "examples" / "clients"
PROGRAMS = sorted(path.name for path in CLIENTS.glob("*_credentials.*"))


@pytest.fixture
def environment(run: Run, tmp_path: Path) -> dict[str, str]:
    """A new user's environment: an empty home, and nothing of Latchkey's. Node is the tests' own."""
    assert run
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LATCHKEY", "VIRTUAL_ENV"))}
    return kept | {"HOME": str(tmp_path), "PATH": f"{os.environ['PATH']}:{Path(sys.executable).parent}"}


def shell(script: str, environment: dict[str, str]) -> str:
    """Runs a script in a plain shell; returns what it prints."""
    done = subprocess.run(
        ["sh", "-c", f"set -eu\n{script}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_first_commands(environment: dict[str, str]) -> None:
    make, *others = commands_after("## Try it on your machine")
    assert make == "make run\n", "the fixture has run only this"
    said = shell("".join(others), environment)
    for expected in ("HTTP/1.1 201 Created", '"can_edit":true', '"text_value":"Hello"', "HTTP/1.1 204 No Content"):
        assert expected in said, said


def test_its_commands_are_portable() -> None:
    """Old systems have a curl without `--json`, which is from 2022, and not every shell has `source`."""
    for text in (README, (CLIENTS / "README.md").read_text()):
        for block in commands(text):
            assert "--json" not in block
            assert not re.search(r"(?m)^source ", block)


def test_the_commands_for_organizations(environment: dict[str, str]) -> None:
    (block,) = (block for block in commands() if "/v1/organizations/" in block)
    said = shell(f". .local/latchkey.env\n{block}", environment)
    assert '"Credential created"' in said
    assert '"name":"data"' in said


@pytest.fixture(scope="module")
def _installed() -> Iterator[None]:
    """Keeps what the commands install apart from the user's own installation."""
    folder = ROOT / ".local" / "clients"
    theirs = folder.with_name("clients-of-the-user")
    if folder.exists():
        folder.rename(theirs)
    yield
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    if theirs.exists():
        theirs.rename(folder)


@pytest.mark.usefixtures("_installed")
def test_every_client_program(environment: dict[str, str]) -> None:
    every = commands((CLIENTS / "README.md").read_text())
    said = shell("".join(every), environment)
    for program in PROGRAMS:
        assert program in "".join(every), "the README does not say how to run it"
    assert len(re.findall(r"(?m)^deleted", said)) == len(PROGRAMS) == 5, said
    assert "s3cret" not in said


def python_blocks() -> list[str]:
    return [block for block in blocks("python") if "import" in block]


@pytest.mark.parametrize("block", python_blocks(), ids=range(len(python_blocks())))
def test_its_python_is_complete(environment: dict[str, str], run: Run, block: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", block],
        env=environment | run.settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
