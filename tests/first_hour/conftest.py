"""What `make run` starts, for a new user."""

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from local.process import wait_until
from local.stack import ROOT, free_port
from tests.support.api import Api
from tests.support.browser import launch_options

SETTINGS = ROOT / ".local" / "latchkey.env"
# Without building: a build would give the functions other features than they have for the tests that run at the same
# time.
MAKE_RUN = ["make", "--old-file=build", "run"]
# Other tests run at the same time.
expect.set_options(timeout=30_000)


@dataclass
class Run:
    """A `make run` that is ready."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int
    page_port: int

    @property
    def page_url(self) -> str:
        """The address of the APIs' page."""
        return f"http://127.0.0.1:{self.page_port}"

    @property
    def settings(self) -> dict[str, str]:
        """The settings that it writes for other shells."""
        lines = SETTINGS.read_text().splitlines()
        return dict(line.removeprefix("export ").split("=", 1) for line in lines)

    @property
    def api(self) -> Api:
        """The API for the administrator."""
        return Api(self.settings["LATCHKEY_URL"], self.settings["LATCHKEY_TOKEN"])

    def interrupt(self) -> int:
        """Does what Ctrl-C does in a terminal; returns the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(30)


@pytest.fixture(scope="package")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    # The user may already be running it: their settings must survive.
    theirs = SETTINGS.read_bytes() if SETTINGS.exists() else None
    port, page_port = free_port(), free_port()
    log = tmp_path_factory.mktemp("run") / "output"
    ports = {"LATCHKEY_PORT": str(port), "LATCHKEY_PAGE_PORT": str(page_port)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            MAKE_RUN, cwd=ROOT, env=os.environ | ports, stdout=output, stderr=output, start_new_session=True
        )
    found = Run(process, log, port, page_port)
    try:
        ready = wait_until(lambda: process.poll() is not None or b"Ctrl-C" in log.read_bytes(), timeout=600)
        assert ready, log.read_text()
        assert process.poll() is None, log.read_text()
        yield found
    finally:
        if process.poll() is None:
            found.interrupt()
        if theirs is not None:
            SETTINGS.touch(mode=0o600)
            SETTINGS.write_bytes(theirs)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        yield browser
        browser.close()
