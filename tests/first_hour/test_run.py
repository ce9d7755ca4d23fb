"""`make run`, from its start to Ctrl-C."""

import os
import subprocess
from pathlib import Path

from local.process import wait_until
from local.stack import ROOT
from tests.first_hour.conftest import MAKE_RUN, SETTINGS, Run


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


def test_only_the_user_can_read_the_settings(run: Run) -> None:
    assert run
    assert SETTINGS.stat().st_mode & 0o777 == 0o600


def test_it_says_where_everything_is(run: Run) -> None:
    said = run.log.read_text()
    assert f"LATCHKEY_URL={run.settings['LATCHKEY_URL']}" in said
    assert f"{run.page_url}/" in said
    assert "what was stored is gone" in said


def test_a_port_in_use_is_a_clear_error(run: Run) -> None:
    for name, port in (("LATCHKEY_PORT", run.port), ("LATCHKEY_PAGE_PORT", run.page_port)):
        again = subprocess.run(
            MAKE_RUN,
            cwd=ROOT,
            env=os.environ | {name: str(port)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert again.returncode != 0
        assert f"port {port} is in use" in again.stderr
        assert f"{name}=" in again.stderr


def test_an_invalid_port_is_a_clear_error() -> None:
    for name in ("LATCHKEY_PORT", "LATCHKEY_PAGE_PORT"):
        done = subprocess.run(
            MAKE_RUN, cwd=ROOT, env=os.environ | {name: "none"}, capture_output=True, text=True, check=False
        )
        assert f"{name}=none is not a port" in done.stderr


def test_ctrl_c_stops_everything(run: Run) -> None:
    folder = ROOT / ".local" / f"run-{run.port}"
    assert running_from(folder)
    run.interrupt()
    assert "Stopped." in run.log.read_text()
    assert wait_until(lambda: not running_from(folder), timeout=10), running_from(folder)
    assert not SETTINGS.exists()
