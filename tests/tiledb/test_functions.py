"""The functions that TileDB documents, in the released client, PyPI `tiledb-client`, unmodified."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiledb.client
from tiledb.client import credentials, teamspaces, workspaces

from local.stack import Stack
from tests.support.api import Api
from tests.support.aws_account import AwsAccount
from tests.support.tiledb_session import leave_none
from tests.tiledb.conftest import AWS_ROLE, KINDS, create, grant, key, shown_access, user_of, working

# Workspaces and teamspaces of any name. The client looks up the id for each name, except for names like ws_… and ts_….
ANY_NAMES = [
    ("data science", "Köln & Büro"),
    ("Köln & Büro", "🔑"),
    ("100%+", "a?b#c"),
    ("ws_acme", "ts_one"),
    ("ws_acme", "data science"),
    ("acme", "ts_one"),
]

MODELS: dict[str, tuple[Any, dict[str, Any]]] = {
    "credential": (
        credentials.Credential,
        {
            "aws": credentials.AWSCredential,
            "azure": credentials.AzureCredential,
            "gcp": credentials.GCPInteroperabilityCredential,
        },
    ),
    "role": (credentials.AccessCredentialRole, {"aws": credentials.AWSRole}),
    "token": (credentials.Token, {"azure": credentials.AzureToken, "gcp": credentials.GCPServiceAccountKey}),
}


def models(access: dict[str, Any]) -> dict[str, Any]:
    """The content of a credential, in the client's own classes."""
    ((field, clouds),) = access.items()
    ((cloud, values),) = clouds.items()
    outer, inner = MODELS[field]
    return {field: outer(**{cloud: inner[cloud](**values)})}


@pytest.fixture(autouse=True)
def _no_session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    leave_none(monkeypatch, tmp_path)


@pytest.fixture
def log_in(stack: Stack, tmp_path: Path) -> Callable[[Api, str], None]:
    """Starts a session with a key in a workspace."""
    profiles = str(tmp_path / "profiles")

    def start(api: Api, workspace: str) -> None:
        host = f"{stack.url}/tiledb"
        tiledb.client.configure(token=api.token, workspace=workspace, host=host, profile_dir=profiles, overwrite=True)
        tiledb.client.login(profile_dir=profiles)

    return start


def names(**where: Any) -> list[str]:
    return [credential.name for credential in credentials.list_credentials(**where)]


def status_of(error: pytest.ExceptionInfo[Any]) -> int:
    """The HTTP status behind the client's own error."""
    return error.value.__cause__.status


def live(name: str, kind: str, aws_account: AwsAccount, **where: str) -> None:
    """Does everything that can be done with a credential, from its verification to its deletion."""
    provider, access, _ = KINDS[kind]
    credentials.verify_credential(name, provider, **where, **models(working(kind, aws_account)))
    assert names(**where) == []

    credentials.create_credential(name, provider, **where, **models(access))
    with pytest.raises(credentials.CredentialsError) as taken:
        credentials.create_credential(name, provider, **where, **models(access))
    assert status_of(taken) == 409
    made = credentials.get_credential(name, **where)
    credential_type = "teamspace" if where else "workspace"
    assert (made.name, made.provider, made.credential_type) == (name, provider, credential_type)
    for field, model in models(shown_access(kind)).items():
        assert getattr(made, field) == model

    credentials.update_credential(name, **where, provider_default=True)
    credentials.update_credential(name, **where, name=f"{name} 2")
    (found,) = credentials.list_credentials(**where)
    assert (found.id, found.name, found.provider_default) == (made.id, f"{name} 2", True)
    with pytest.raises(credentials.CredentialsError) as renamed:
        credentials.get_credential(name, **where)
    assert status_of(renamed) == 404

    credentials.delete_credential(f"{name} 2", **where)
    assert names(**where) == []


def test_a_wrong_key_is_rejected(stack: Stack, log_in: Callable[..., None]) -> None:
    log_in(Api(stack.url, "unknown.wrong"), "ws_acme")
    with pytest.raises(credentials.CredentialsError) as rejected:
        credentials.list_credentials()
    assert status_of(rejected) == 401


def test_a_foreign_workspace_is_rejected(foreigner: Api, log_in: Callable[..., None]) -> None:
    log_in(foreigner, "ws_acme")
    with pytest.raises(credentials.CredentialsError) as rejected:
        credentials.list_credentials()
    assert status_of(rejected) == 404
    with pytest.raises(teamspaces.TeamspacesError) as rejected:
        teamspaces.list_teamspaces()
    assert status_of(rejected) == 404


@pytest.mark.parametrize("named", ["ts_two", "two"])
def test_a_foreign_teamspace_is_rejected(
    caller: Callable[..., Api], log_in: Callable[..., None], workspace: str, named: str
) -> None:
    log_in(caller([grant([workspace, "one"], permissions=["edit"])]), workspace)
    with pytest.raises(teamspaces.TeamspacesError) as rejected:
        teamspaces.get_teamspace(named)
    assert status_of(rejected) == 404
    with pytest.raises(tiledb.TileDBError):
        credentials.list_credentials(teamspace=named)
    # The workspace itself is rejected, too.
    with pytest.raises(credentials.CredentialsError) as rejected:
        credentials.list_credentials()
    assert status_of(rejected) == 404


def test_a_viewer_changes_nothing(viewer: Api, member: Api, log_in: Callable[..., None], workspace: str) -> None:
    create(member, key("a"))
    log_in(viewer, workspace)
    provider, access, _ = KINDS["aws key"]
    for change in (
        lambda: credentials.create_credential("b", provider, **models(access)),
        lambda: credentials.update_credential("a", name="b"),
        lambda: credentials.delete_credential("a"),
    ):
        with pytest.raises(credentials.CredentialsError) as rejected:
            change()
        assert status_of(rejected) == 403
    assert names() == ["a"]


def test_a_credential_that_cannot_work_is_not_verified(
    member: Api, log_in: Callable[..., None], workspace: str
) -> None:
    log_in(member, workspace)
    for provider, access in [("GCP", {}), ("AWS", models({"role": {"aws": AWS_ROLE["aws"] | {"role_arn": "x"}}}))]:
        with pytest.raises(credentials.CredentialsError) as rejected:
            credentials.verify_credential("a", provider, **access)
        assert status_of(rejected) == 400


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_lives_in_a_workspace_and_in_a_teamspace(
    member: Api, log_in: Callable[..., None], workspace: str, aws_account: AwsAccount, kind: str
) -> None:
    log_in(member, workspace)
    live("one", kind, aws_account)
    live("one", kind, aws_account, teamspace="team")


@pytest.mark.parametrize(("workspace_name", "teamspace"), ANY_NAMES)
def test_workspaces_teamspaces_and_credentials_can_have_any_name(
    caller: Callable[..., Api],
    log_in: Callable[..., None],
    workspace: str,
    aws_account: AwsAccount,
    workspace_name: str,
    teamspace: str,
) -> None:
    own = f"{workspace_name}-{workspace}"
    log_in(caller([grant([own, ""], [own, teamspace], permissions=["edit"])]), own)
    live(teamspace, "gcp key", aws_account)
    live(teamspace, "gcp key", aws_account, teamspace=teamspace)


@pytest.mark.parametrize(("workspace_name", "teamspace"), ANY_NAMES)
@pytest.mark.parametrize("kind", ["aws role", "azure sas"])
def test_a_key_for_one_teamspace_can_do_everything_there(
    caller: Callable[..., Api],
    log_in: Callable[..., None],
    workspace: str,
    aws_account: AwsAccount,
    workspace_name: str,
    teamspace: str,
    kind: str,
) -> None:
    own = f"{workspace_name}-{workspace}"
    log_in(caller([grant([own, teamspace], permissions=["edit"])]), own)
    live("one", kind, aws_account, teamspace=teamspace)


def test_an_update_can_change_the_kind(member: Api, log_in: Callable[..., None], workspace: str) -> None:
    log_in(member, workspace)
    credentials.create_credential("one", "AWS", **models({"role": AWS_ROLE}))
    made = credentials.get_credential("one")
    for kind, (provider, access, _) in KINDS.items():
        credentials.update_credential("one", provider=provider, **models(access))
        found = credentials.get_credential("one")
        held = {field: getattr(found, field) for field in MODELS if getattr(found, field)}
        assert (found.id, found.provider, held) == (made.id, provider, models(shown_access(kind)))


def test_a_pager_goes_through_all_pages(member: Api, log_in: Callable[..., None], workspace: str) -> None:
    log_in(member, workspace)
    assert names(per_page=2) == []
    expected = [f"n{number}" for number in range(7)]
    for name in expected:
        create(member, key(name))
    pager = credentials.list_credentials(per_page=3)
    assert pager.pagination_metadata.to_dict() == {"page": 1, "per_page": 3, "total_pages": 3, "total_items": 7}
    assert [credential.name for credential in pager.data] == expected[:3]
    # Twice, because a pager can be iterated again.
    for _ in range(2):
        assert [credential.name for credential in pager] == expected
    assert [pager[index].name for index in (0, 3, 6, -1, -7)] == ["n0", "n3", "n6", "n6", "n0"]
    for piece in (slice(None), slice(2, 5), slice(-2, None), slice(1, -1), slice(None, None, 3), slice(5, 99)):
        assert [credential.name for credential in pager[piece]] == expected[piece]
    assert names(page=2, per_page=3) == expected[3:]
    assert names() == expected


def test_the_workspace_is_shown_as_the_key_sees_it(
    caller: Callable[..., Api], log_in: Callable[..., None], workspace: str
) -> None:
    for name in (f"Köln & Büro {workspace}", f"ws_{workspace}"):
        api = caller([grant([name, "team"])])
        log_in(api, name)
        assert tiledb.client.get_workspace_id() == name
        for found in (tiledb.client.get_workspace(), workspaces.get_workspace(), workspaces.get_workspace(name)):
            assert (found.workspace_id, found.name) == (name, name)
            assert found.created_by.user_id == user_of(api)["user_id"]
        assert workspaces.get_workspace().workspace_role == "admin"


def test_the_teamspaces_are_those_of_the_key(
    caller: Callable[..., Api], log_in: Callable[..., None], workspace: str
) -> None:
    own = ["Köln & Büro", "data science", "ts_one"]
    log_in(caller([grant(*([workspace, name] for name in own), permissions=["edit"])]), workspace)
    expected = sorted(own)
    assert [teamspace.name for teamspace in teamspaces.list_teamspaces()] == expected
    ordered = teamspaces.list_teamspaces(memberships=True, order_by="name", order="desc")
    assert [teamspace.name for teamspace in ordered] == expected[::-1]
    assert teamspaces.list_teamspaces(memberships=False) == []
    for name in own:
        found = teamspaces.get_teamspace(name)
        assert (found.teamspace_id, found.name, found.visibility) == (name, name, "private")
        credentials.create_credential(name, "AWS", teamspace=found, **models({"role": AWS_ROLE}))
        assert names(teamspace=found) == names(teamspace=name) == [name]


def test_a_session_can_change_to_another_profile(
    stack: Stack, caller: Callable[..., Api], workspace: str, tmp_path: Path
) -> None:
    """In the client's default directory, which is in the user's home."""
    for name in ("default", "other"):
        api = caller([grant([f"{workspace}-{name}", ""], permissions=["edit"])])
        create(api, key(name))
        named = {"profile_name": "other"} if name == "other" else {}
        host = f"{stack.url}/tiledb"
        tiledb.client.configure(token=api.token, workspace=f"{workspace}-{name}", host=host, **named)
    assert (tmp_path / ".tiledb" / "profiles.json").exists()
    # The default profile needs no login.
    assert names() == ["default"]
    tiledb.client.login(profile_name="other")
    assert names() == ["other"]
    tiledb.client.login()
    assert names() == ["default"]
