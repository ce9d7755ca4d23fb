"""A headless Chromium that needs nothing installed: npm's on Linux, Playwright's on other systems."""

import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

from local.stack import ROOT

_FILES = ROOT / "tests" / "browser"
_FOLDER = ROOT / ".local" / "browser"


def launch_options() -> dict[str, Any]:
    """The options with which Playwright starts it."""
    # Containers cannot give the sandbox its namespaces. The browser only opens pages of this machine.
    options: dict[str, Any] = {"args": ["--no-sandbox"]}
    if chosen := os.environ.get("LATCHKEY_CHROMIUM"):
        return options | {"executable_path": chosen}
    if (platform.system(), platform.machine()) == ("Linux", "x86_64"):
        libraries = {"LD_LIBRARY_PATH": str(_FOLDER / "lib")}
        return options | {"executable_path": str(_of_npm()), "env": dict(os.environ) | libraries}
    os.environ["PLAYWRIGHT_BROWSERS_PATH"] = str(_FOLDER)
    _run(sys.executable, "-m", "playwright", "install", "--only-shell", "chromium")
    return options


def _of_npm() -> Path:
    chromium, lock = _FOLDER / "chromium", _FOLDER / "package-lock.json"
    if chromium.exists() and lock.read_bytes() == (_FILES / lock.name).read_bytes():
        return chromium
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _FOLDER.mkdir(parents=True)
    for name in ("package.json", lock.name):
        shutil.copy(_FILES / name, _FOLDER)
    _run("npm", "ci", "--prefix", str(_FOLDER), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    _run("node", str(_FILES / "unpack.mjs"), str(_FOLDER))
    with tarfile.open(_FOLDER / "libraries.tar") as archive:
        archive.extractall(_FOLDER, filter="data")
    return chromium


def _run(*command: str) -> None:
    """Runs npm or Node from the folder that Python is in."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"could not install a browser: {' '.join(command)}\n{done.stdout}{done.stderr}")
