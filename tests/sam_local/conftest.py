"""These tests run only with `make test-sam-local`, because they need Docker."""

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves these tests out of other runs. None leaves the decision to other hooks."""
    everywhere = collection_path.is_dir() or collection_path.name == "test_without_docker.py"
    return None if everywhere or config.getoption("--on") == "sam-local" else True
