"""openapi-python-client makes a complete, working client from each document."""

import importlib
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from local.stack import Stack
from tests.losant.conftest import new_id
from tests.support.openapi import DOCUMENTS, FOLDER

PACKAGE = "generated_{}_client"


class Client:
    """A generated client, with its functions and models by their names."""

    def __init__(self, document: str, stack: Stack):
        self.package = PACKAGE.format(document)
        module = importlib.import_module(f"{self.package}.client")
        self._client = module.AuthenticatedClient(
            base_url=stack.url, token=stack.token, raise_on_unexpected_status=True
        )

    def model(self, name: str) -> Any:
        """One of its classes."""
        return getattr(importlib.import_module(f"{self.package}.models"), name)

    def call(self, place: str, *arguments: Any, **named: Any) -> Any:
        """Calls a function like `api/operation`; returns its response."""
        module = importlib.import_module(f"{self.package}.api.{place.replace('/', '.')}")
        return module.sync_detailed(*arguments, client=self._client, **named)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Generates all clients, and makes them importable."""
    folder = tmp_path_factory.mktemp("generated")
    # The generator formats its output with ruff, which is in Python's folder.
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for document in DOCUMENTS:
        command = [
            sys.executable,
            "-m",
            "openapi_python_client",
            "generate",
            "--path",
            str(FOLDER / f"{document}.yaml"),
        ]
        command += ["--output-path", str(folder / PACKAGE.format(document)), "--meta", "none", "--fail-on-warning"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Warning" not in done.stdout, done.stdout
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))


@pytest.fixture(name="client")
def _client(request: pytest.FixtureRequest, own: Stack) -> Callable[[str], Client]:
    request.getfixturevalue("generated")
    return lambda document: Client(document, own)


def test_of_dqops(client: Callable[[str], Client], name: str) -> None:
    dqops, api = client("dqops"), "shared_credentials"
    text = dqops.model("TextCredential")
    created = dqops.call(f"{api}/create_shared_credential", body=text(name, "text", "first"))
    assert created.status_code == HTTPStatus.CREATED
    read = dqops.call(f"{api}/get_shared_credential", name)
    assert (read.parsed.credential_name, read.parsed.text_value) == (name, "first")
    version = read.headers["etag"]
    known = dqops.call(f"{api}/get_shared_credential", name, if_none_match=version)
    assert known.status_code == HTTPStatus.NOT_MODIFIED
    changed = dqops.call(f"{api}/update_shared_credential", name, body=text(name, "text", "second"), if_match=version)
    assert changed.status_code == HTTPStatus.NO_CONTENT
    again = dqops.call(f"{api}/update_shared_credential", name, body=text(name, "text", "third"), if_match=version)
    assert (again.status_code, again.parsed.status) == (HTTPStatus.PRECONDITION_FAILED, 412)
    assert dqops.call(f"{api}/download_shared_credential", name).content == b"second"
    listed = dqops.call(f"{api}/get_all_shared_credentials").parsed
    assert name in [item.credential_name for item in listed]
    assert dqops.call(f"{api}/delete_shared_credential", name).status_code == HTTPStatus.NO_CONTENT


def test_of_tiledb(client: Callable[[str], Client]) -> None:
    tiledb, api, workspace = client("tiledb"), "credentials_of_a_workspace", f"ws-{uuid.uuid4().hex[:10]}"
    key = tiledb.model("AWSCredential")("AKIAIOSFODNN7EXAMPLE", "s3cret")
    body = tiledb.model("CreateAWSKey")("warehouse", "AWS", tiledb.model("AWSCredentialHolder")(key))
    made = tiledb.call(f"{api}/create_credential_in_workspace", workspace, body=body, teamspace_id="berlin")
    assert made.status_code == HTTPStatus.CREATED
    rename = tiledb.model("UpdateOther")(name="archive")
    renamed = tiledb.call(
        f"{api}/patch_credential_by_name_in_workspace", workspace, "warehouse", body=rename, teamspace_id="berlin"
    )
    assert renamed.status_code == HTTPStatus.NO_CONTENT
    read = tiledb.call(f"{api}/get_credential_by_name_in_workspace", workspace, "archive", teamspace_id="berlin")
    assert read.parsed.data.credential.aws.access_key_id == "AKIAIOSFODNN7EXAMPLE"
    clouds = tiledb.model("CloudProvider")
    page = tiledb.call(f"{api}/get_credentials_in_workspace", workspace, teamspace_id="berlin", provider=[clouds.AWS])
    assert [found.name for found in page.parsed.data] == ["archive"]
    verified = tiledb.call(
        f"{api}/verify_credential_in_workspace", body=tiledb.model("VerifyAWSKey").from_dict(body.to_dict())
    )
    assert (verified.status_code, verified.parsed.code) == (HTTPStatus.BAD_REQUEST, 400)
    looked_up = tiledb.call("workspaces_and_teamspaces/get_workspace", workspace)
    assert looked_up.parsed.data.workspace_id == workspace
    gone = tiledb.call(f"{api}/delete_credential_by_name_in_workspace", workspace, "archive", teamspace_id="berlin")
    assert gone.status_code == HTTPStatus.NO_CONTENT


def test_of_losant(client: Callable[[str], Client]) -> None:
    losant, api, application = client("losant"), "application_credentials", new_id()
    config = losant.model("AwsPostConfig")("AKIAIOSFODNN7EXAMPLE", "s3cret", "eu-central-1")
    made = losant.call(f"{api}/credentials_post", application, body=losant.model("AwsPost")("warehouse", "aws", config))
    assert made.status_code == HTTPStatus.CREATED
    credential_id = made.parsed.id
    patch = losant.model("AwsPatch")(aws_config=losant.model("AwsPatchConfig")(region="us-east-1"))
    patched = losant.call(f"{api}/credential_patch", application, credential_id, body=patch)
    assert patched.parsed.aws_config.region == "us-east-1"
    read = losant.call(f"{api}/credential_get", application, credential_id)
    assert read.parsed == patched.parsed
    page = losant.call(f"{api}/credentials_get", application, per_page=10)
    assert [item.id for item in page.parsed.items] == [credential_id]
    linked = losant.call(f"{api}/credential_linked_resources", application, credential_id)
    assert linked.parsed.flows.count == 0
    assert losant.call(f"{api}/credential_delete", application, credential_id).parsed.success is True


def test_of_organizations(client: Callable[[str], Client]) -> None:
    organizations, api, org = client("organizations"), "cloud_credentials", f"org-{uuid.uuid4().hex[:10]}"
    specific = organizations.model("GcpSpecific")("acme-data")
    kind = organizations.model("NewGcpCredentialType").GCP
    new = organizations.model("NewGcpCredential")(org, kind, "data", specific, comments="")
    created = organizations.call(f"{api}/add_credential", body=new)
    assert created.parsed.response == "Credential created"
    credential_id = created.headers["location"].rpartition("/")[2]
    change = organizations.model("Update")(org, credential_id, organizations.model("Data")(name="archive"))
    assert organizations.call(f"{api}/update_credential", body=change).parsed.response == "Credential updated"
    listed = organizations.call(f"{api}/list_credentials", org_id=org).parsed.credentials
    assert [found.name for found in listed] == ["archive"]
    removal = organizations.model("Removal")(org, credential_id)
    assert organizations.call(f"{api}/remove_credential", body=removal).parsed.response == "Credential removed"
