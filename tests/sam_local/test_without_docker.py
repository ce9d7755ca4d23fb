"""`make sam-local` if no Docker engine is running."""

import os
import subprocess
import sys
from pathlib import Path

from local.stack import ROOT


def test_it_says_what_is_missing_before_it_builds_anything(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local.sam_local"],
        cwd=ROOT,
        env=os.environ | {"DOCKER_HOST": f"unix://{tmp_path}/no-engine.sock", "LATCHKEY_PORT": "3001"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    for says in ("no Docker engine runs here", "apt-get install docker.io", "Docker Desktop", "`make run` needs no"):
        assert says in done.stderr, done.stderr
