"""`sam build`, quick enough to be waited for: one `cargo lambda build`, whose binaries SAM CLI only copies."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local.ministack import ROOT, StackError
from local.stack import architecture

# What `sam build` makes by itself is smaller and starts sooner, and takes longer to make.
_QUICKLY = {
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "0",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16",
}


def environment() -> dict[str, str]:
    """Where `sam build` finds cargo-lambda and Zig, and how cargo is to build."""
    return _QUICKLY | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def compile_all(env: Mapping[str, str]) -> None:
    """Compiles what `sam build` will ask for, in the very way in which it will."""
    command = ["cargo", "lambda", "build", "--release"]
    if architecture() == "arm64":
        command.append("--arm64")
    done = subprocess.run(command, cwd=ROOT, env=dict(env), stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise StackError(f"`{' '.join(command)}` ended with exit status {done.returncode}")
