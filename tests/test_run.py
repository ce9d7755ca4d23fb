"""`make run`, and what the README says to do then."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.process import wait_until
from local.stack import ROOT, free_port
from tests.support.readme import commands

SETTINGS = ROOT / ".local" / "latchkey.env"


def running_from(folder: Path) -> list[str]:
    """The command lines of all processes that have this folder in their environment or arguments."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if str(folder).encode() in (process / "environ").read_bytes() + command.encode():
                found.append(command)
        except OSError:
            continue
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """What `make run` starts once everything is built."""
    # Somebody may be running it already.
    theirs = SETTINGS.read_bytes() if SETTINGS.exists() else None
    port = free_port()
    log = tmp_path_factory.mktemp("run") / "output"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "local"],
            cwd=ROOT,
            env=os.environ | {"LATCHKEY_PORT": str(port)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        ready = wait_until(lambda: process.poll() is not None or b"Ctrl-C" in log.read_bytes(), timeout=120)
        assert ready, log.read_text()
        assert process.poll() is None, log.read_text()
        yield process, port
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(30)
        if theirs is not None:
            SETTINGS.touch(mode=0o600)
            SETTINGS.write_bytes(theirs)


def test_the_settings_are_the_users_alone(run: object) -> None:
    assert run
    assert SETTINGS.stat().st_mode & 0o777 == 0o600


def test_the_lines_of_the_readme_work_as_printed(run: object) -> None:
    assert run
    blocks = [block for block in commands() if "curl" in block]
    lines = "".join(blocks).replace("\\\n", "").strip().splitlines()
    script = "\n".join(["set -eu", *lines]).replace("curl ", "curl --silent --show-error --fail-with-body ")
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for expected in (
        "201 Created",
        '"can_edit":true',
        '"text_value":"Hello"',
        "\nHello",
        "204 No Content",
        '"Credential created"',
    ):
        assert expected in done.stdout.replace("}Hello", "}\nHello"), done.stdout


def test_a_port_in_use_is_a_clear_error(run: tuple[object, int]) -> None:
    environment = os.environ | {"LATCHKEY_PORT": str(run[1])}
    again = subprocess.run(
        [sys.executable, "-m", "local"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert again.returncode == 1
    assert f"port {run[1]} is in use" in again.stderr
    assert "LATCHKEY_PORT=" in again.stderr


def test_ctrl_c_stops_everything(run: tuple[subprocess.Popen[bytes], int]) -> None:
    process, port = run
    folder = ROOT / ".local" / f"run-{port}"
    assert running_from(folder)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert wait_until(lambda: not running_from(folder), timeout=10), running_from(folder)
    assert not SETTINGS.exists()
