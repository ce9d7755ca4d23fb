"""What runs with `make test-sam-local` alone, as it needs Docker."""

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves the rest out of other runs; None lets others decide."""
    everywhere = collection_path.is_dir() or collection_path.name == "test_without_docker.py"
    return None if everywhere or config.getoption("--on") == "sam-local" else True
