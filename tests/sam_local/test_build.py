"""What `sam build` made."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from local.sam_local.api import SamLocal
from local.stack import ROOT, architecture

# The version in Amazon Linux 2023, and so in the runtime provided.al2023.
NEWEST_GLIBC = (2, 34)


@pytest.fixture(scope="module")
def packages(stack: SamLocal) -> dict[str, Path]:
    """Each function's binary."""
    return {path.parent.name: path for path in stack.build.glob("*/bootstrap")}


def test_every_function_of_the_template_is_built(packages: dict[str, Path]) -> None:
    named = re.findall(r"(?m)^  (\w+):\n    Type: AWS::Serverless::Function$", (ROOT / "template.yaml").read_text())
    assert named
    assert set(packages) == set(named)


def test_sam_build_recompiled_nothing(stack: SamLocal, packages: dict[str, Path]) -> None:
    metadata = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT, check=True, capture_output=True
    )
    target = Path(json.loads(metadata.stdout)["target_directory"])
    triple = {"arm64": "aarch64", "x86_64": "x86_64"}[architecture()] + "-unknown-linux-gnu"
    linked = [
        path for path in (target / triple / "debug" / "deps").iterdir() if path.is_file() and os.access(path, os.X_OK)
    ]
    assert len(linked) >= len(packages)
    assert not [path.name for path in linked if path.stat().st_mtime > stack.compiled_at]


def test_the_binaries_run_on_lambdas_c_library(packages: dict[str, Path]) -> None:
    for name, path in packages.items():
        needed = {tuple(map(int, version)) for version in re.findall(rb"GLIBC_(\d+)\.(\d+)", path.read_bytes())}
        assert needed, name
        assert max(needed) <= NEWEST_GLIBC, name
