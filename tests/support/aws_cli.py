"""AWS's own command line, as an administrator uses it, with a local stand-in in place of AWS."""

import os
import subprocess
import sys
from pathlib import Path

from local.ministack import REGION


def run(script: str, endpoint: str) -> subprocess.CompletedProcess[str]:
    """What became of a script of commands, which ends with the first that fails."""
    env = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        # Else it asks five times for what no stand-in has.
        "AWS_MAX_ATTEMPTS": "1",
    }
    command = ["bash", "-euc", script]
    return subprocess.run(command, env=env, check=False, capture_output=True, text=True, timeout=120)
