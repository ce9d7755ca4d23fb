"""Makes `sam build` fast: one `cargo lambda build` compiles everything, and SAM CLI only copies the binaries."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local.ministack import ROOT, StackError
from local.stack import architecture

# A release is smaller and starts faster, but takes twice as long to build.
_QUICKLY = {"SAM_BUILD_MODE": "debug"}


def environment() -> dict[str, str]:
    """Tells `sam build` where cargo-lambda and Zig are, and cargo how to build."""
    return _QUICKLY | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def compile_all(env: Mapping[str, str]) -> None:
    """Compiles what `sam build` needs, with the same options, which leaves it nothing to compile."""
    command = ["cargo", "lambda", "build"]
    if architecture() == "arm64":
        command.append("--arm64")
    done = subprocess.run(command, cwd=ROOT, env=dict(env), stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise StackError(f"`{' '.join(command)}` failed with exit status {done.returncode}")
