"""TileDB's client: its generated part, and its sessions, which it stores in its modules and in the user's home."""

import os
from pathlib import Path

import pytest
from tiledb.client import client, config
from tiledb.client._common import api_v4

from local.stack import Stack


def generated_client(stack: Stack) -> api_v4.CredentialsApi:
    """A client with an administrator's access key."""
    configuration = api_v4.Configuration(host=f"{stack.url}/tiledb", api_key={"X-TILEDB-REST-API-KEY": stack.token})
    return api_v4.CredentialsApi(api_v4.ApiClient(configuration))


def leave_none(patch: pytest.MonkeyPatch, home: Path) -> None:
    """Starts without a session, and leaves none behind once the patch is undone."""
    for variable in {"TILEDB_PROFILE_DIR", "TILEDB_PROFILE_NAME", *(name for name in os.environ if "TILEDB" in name)}:
        # Setting it first makes the undo restore it, even if it was not set.
        patch.setenv(variable, "")
        patch.delenv(variable)
    patch.setenv("HOME", str(home))
    for state in ("_config", "_workspace_id", "_workspace", "_self_user"):
        patch.setattr(config, state, None)
    patch.setattr(client, "client", client.Client())
