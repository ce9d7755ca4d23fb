"""The AWS CLI, as an administrator uses it, against a local endpoint instead of AWS."""

import os
import subprocess
import sys
from pathlib import Path

from local.ministack import REGION


def run(script: str, endpoint: str) -> subprocess.CompletedProcess[str]:
    """Runs a script of commands, which stops at the first failure."""
    env = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        # Otherwise the CLI makes five attempts at what the local endpoint does not support.
        "AWS_MAX_ATTEMPTS": "1",
    }
    command = ["bash", "-euc", script]
    return subprocess.run(command, env=env, check=False, capture_output=True, text=True, timeout=120)
