"""Sessions of TileDB's client, which it keeps in its modules, in the environment and in the user's home."""

import os
from pathlib import Path

import pytest
from tiledb.client import client, config


def leave_none(patch: pytest.MonkeyPatch, home: Path) -> None:
    """Starts without a session, and leaves none once the patch is undone."""
    for variable in {"TILEDB_PROFILE_DIR", "TILEDB_PROFILE_NAME", *(name for name in os.environ if "TILEDB" in name)}:
        # To be set back even where it was not set.
        patch.setenv(variable, "")
        patch.delenv(variable)
    patch.setenv("HOME", str(home))
    for state in ("_config", "_workspace_id", "_workspace", "_self_user"):
        patch.setattr(config, state, None)
    patch.setattr(client, "client", client.Client())
