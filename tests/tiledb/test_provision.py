"""`Custom::LatchkeyTiledbCredential`: keys and roles of a workspace or teamspace."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from local.stack import Stack
from tests.support.api import Answer, Api, encoded
from tests.support.provisioning import Deployment, Source, at_once, credential, tags, writes
from tests.support.proxy import Proxy
from tests.tiledb.conftest import AWS_ROLE, GCP_KEY, SEED, SERVICE_ACCOUNT, create, key

PUBLIC = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "use_path_style": True}
SECRET = "credential.aws.secret_access_key"


def aws(source: Source, workspace: str, /, spec: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    """An AWS key, whose name is "a" by default."""
    spec = {"provider": "AWS", "credential": {"aws": PUBLIC}, **(spec or {})}
    secrets = {SECRET: source.reference()}
    return credential("tiledb", **{"Workspace": workspace, "Name": "a", "Spec": spec, "Secrets": secrets} | properties)


def get(admin: Api, workspace: str, name: str = "a", **query: str) -> Answer:
    return admin.call("GET", f"/tiledb{SEED}/{workspace}/{encoded(name)}", query=query)


def data(admin: Api, workspace: str, name: str = "a", **query: str) -> dict[str, Any]:
    answer = get(admin, workspace, name, **query)
    assert answer.status == 200, answer
    return answer.json["data"]


def stored(secrets_manager: Any, workspace: str, name: str = "a") -> dict[str, Any]:
    """The document in a credential's secret."""
    secret = secrets_manager.get_secret_value(SecretId=f"latchkey/tiledb/{workspace}/=/{name}")
    return json.loads(secret["SecretString"])


def secret_of(secrets_manager: Any, workspace: str, name: str = "a") -> str:
    return stored(secrets_manager, workspace, name)["credential"]["aws"]["secret_access_key"]


def test_a_stack_makes_a_credential_and_shows_no_secret(
    own: Deployment, source: Source, admin: Api, secrets_manager: Any, workspace: str
) -> None:
    made = own.deploy(aws(source, workspace))
    answer = get(admin, workspace)
    found = answer.json["data"]
    assert found["credential"] == {"aws": PUBLIC | {"secret_access_key": ""}}
    assert (found["provider_default"], found["allowed_in_tasks"]) == (False, False)
    assert stored(secrets_manager, workspace)["credential"] == {"aws": PUBLIC | {"secret_access_key": source.value}}
    name = f"latchkey/tiledb/{workspace}/=/a"
    assert made == {
        "Ref": f"tiledb/{workspace}/=/a",
        "Id": "a",
        "Version": answer.headers["etag"].strip('"'),
        "SecretArn": secrets_manager.describe_secret(SecretId=name)["ARN"],
        "SecretName": name,
    }
    assert tags(secrets_manager, name) == {"owner": own.owner(), "origin": "created", "generated": ""}
    shown = own.shown()
    assert source.arn in shown
    assert source.value not in shown


def test_an_update_that_changes_nothing_writes_nothing(
    own: Deployment, source: Source, proxy: Proxy, workspace: str
) -> None:
    made = own.deploy(aws(source, workspace, {"provider_default": True}))
    with proxy.recording() as calls:
        assert own.deploy(aws(source, workspace, {"provider_default": "true"}, OnDelete="retain")) == made
    assert calls
    assert writes(calls) == []


def test_everything_but_name_and_place_is_changed_in_place(
    own: Deployment, source: Source, admin: Api, secrets_manager: Any, workspace: str
) -> None:
    before = own.deploy(aws(source, workspace, {"allowed_in_tasks": True}))
    uuid = data(admin, workspace)["uuid"]
    role = {"provider": "AWS", "role": AWS_ROLE}
    after = own.deploy(credential("tiledb", Workspace=workspace, Name="a", Spec=role))
    found = data(admin, workspace)
    assert (found["uuid"], found["role"]) == (uuid, AWS_ROLE)
    # A field that is not given is as after a create, whatever it was before.
    assert "credential" not in found
    assert found["allowed_in_tasks"] is False
    assert after == before | {"Version": get(admin, workspace).headers["etag"].strip('"')}
    spec = {"provider": "GCP", "token": {"gcp": {}}}
    account = Source(secrets_manager, SERVICE_ACCOUNT)
    secrets = {"token.gcp.key_text": account.reference()}
    own.deploy(credential("tiledb", Workspace=workspace, Name="a", Spec=spec, Secrets=secrets))
    found = data(admin, workspace)
    assert (found["uuid"], found["provider"]) == (uuid, "GCP")
    assert found["token"]["gcp"]["account_id"] == "reader@project.iam.gserviceaccount.com"
    assert stored(secrets_manager, workspace)["token"]["gcp"]["key_text"] == SERVICE_ACCOUNT


def test_a_public_field_can_come_from_the_source_too(
    own: Deployment, secrets_manager: Any, admin: Api, workspace: str
) -> None:
    source = Source(secrets_manager, json.dumps({"id": "AKIA1", "key": "first"}))
    spec = {"provider": "AWS", "credential": {"aws": {"use_path_style": "true"}}}
    secrets = {"credential.aws.access_key_id": source.reference("id"), SECRET: source.reference("key")}
    own.deploy(aws(source, workspace, Spec=spec, Secrets=secrets))
    assert data(admin, workspace)["credential"]["aws"]["access_key_id"] == "AKIA1"
    assert stored(secrets_manager, workspace)["credential"]["aws"]["secret_access_key"] == "first"
    source.put(json.dumps({"id": "AKIA2", "key": "second"}))
    own.deploy(aws(source, workspace, Spec=spec, Secrets=secrets, Revision=2))
    assert data(admin, workspace)["credential"]["aws"] == {
        "access_key_id": "AKIA2",
        "secret_access_key": "",
        "use_path_style": True,
    }
    assert stored(secrets_manager, workspace)["credential"]["aws"]["secret_access_key"] == "second"


@pytest.mark.parametrize("moved", ["Name", "Teamspace", "Workspace"])
def test_another_name_or_place_is_another_credential(
    own: Deployment, source: Source, admin: Api, secrets_manager: Any, workspace: str, moved: str
) -> None:
    own.deploy(aws(source, workspace))
    uuid = data(admin, workspace)["uuid"]
    # Secrets' names cannot contain a space, so it is encoded.
    place = {"Workspace": workspace, "Teamspace": "", "Name": "a", moved: f"{workspace} 2"}
    made = own.deploy(aws(source, workspace, **place))
    spelled = [part.replace(" ", "=20") or "=" for part in place.values()]
    assert (made["Ref"], made["Id"]) == ("/".join(["tiledb", *spelled]), place["Name"])
    there = (admin, quote(place["Workspace"]), place["Name"])
    assert data(*there, teamspace_id=place["Teamspace"])["uuid"] != uuid
    secret = secrets_manager.get_secret_value(SecretId=made["SecretArn"])
    assert json.loads(secret["SecretString"])["credential"]["aws"]["secret_access_key"] == source.value
    assert get(admin, workspace).status == 404
    # And back.
    own.deploy(aws(source, workspace))
    assert data(admin, workspace)["uuid"] != uuid
    assert get(*there, teamspace_id=place["Teamspace"]).status == 404


def test_somebody_elses_credential_is_left_alone_or_adopted(
    stack: Stack, own: Deployment, source: Source, admin: Api, member: Api, secrets_manager: Any, workspace: str
) -> None:
    own.deploy(aws(source, workspace))
    create(member, key("b"))
    another = Source(secrets_manager)
    before = [data(admin, workspace, name) for name in "ab"]
    reasons = at_once(
        lambda: Deployment(stack).reject(aws(another, workspace)),
        lambda: Deployment(stack).reject(aws(another, workspace, Name="b")),
    )
    assert all("OnConflict" in reason for reason in reasons)
    assert [data(admin, workspace, name) for name in "ab"] == before
    assert secret_of(secrets_manager, workspace) == source.value

    adopter = Deployment(stack)
    adopter.deploy(
        A=aws(another, workspace, OnConflict="adopt", OnDelete="delete"),
        B=aws(another, workspace, {"allowed_in_tasks": True}, Name="b", OnConflict="adopt"),
    )
    for name, was in zip("ab", before, strict=True):
        assert data(admin, workspace, name)["uuid"] == was["uuid"]
        assert secret_of(secrets_manager, workspace, name) == another.value
        owner = {"owner": adopter.owner(name.upper()), "origin": "adopted", "generated": ""}
        assert tags(secrets_manager, f"latchkey/tiledb/{workspace}/=/{name}") == owner
    assert data(admin, workspace, "b")["allowed_in_tasks"] is True
    # They are the adopter's own now, so OnConflict need not be given again.
    adopter.deploy(A=aws(another, workspace, OnDelete="delete"), B=aws(another, workspace, Name="b"))
    assert data(admin, workspace, "b")["allowed_in_tasks"] is False
    adopter.delete()
    assert get(admin, workspace).status == 404
    assert data(admin, workspace, "b")["uuid"] == before[1]["uuid"]


@pytest.mark.parametrize(("properties", "status"), [({}, 404), ({"OnDelete": "retain"}, 200)])
def test_the_resource_decides_what_happens_to_its_credential(
    own: Deployment, source: Source, admin: Api, workspace: str, properties: dict[str, str], status: int
) -> None:
    own.deploy(aws(source, workspace, **properties))
    own.delete()
    assert get(admin, workspace).status == status


def test_a_source_is_read_again_when_the_revision_changes(
    own: Deployment, source: Source, secrets_manager: Any, workspace: str
) -> None:
    old = source.value
    own.deploy(aws(source, workspace))
    source.put("rotated")
    own.deploy(aws(source, workspace), Other={"Type": "AWS::SNS::Topic"})
    assert secret_of(secrets_manager, workspace) == old
    own.deploy(aws(source, workspace, Revision="2"))
    assert secret_of(secrets_manager, workspace) == "rotated"


def test_flags_may_be_text(own: Deployment, source: Source, admin: Api, workspace: str) -> None:
    flags = {"provider_default": "true", "allowed_in_tasks": "true"}
    own.deploy(aws(source, workspace, flags))
    found = data(admin, workspace)
    assert (found["provider_default"], found["allowed_in_tasks"]) == (True, True)
    own.deploy(aws(source, workspace, {"provider_default": "false", "allowed_in_tasks": False}))
    found = data(admin, workspace)
    assert (found["provider_default"], found["allowed_in_tasks"]) == (False, False)
    assert "provider_default: must be true or false" in own.reject(aws(source, workspace, {"provider_default": "yes"}))


def test_the_default_is_the_one_that_was_updated_last(
    own: Deployment, source: Source, admin: Api, workspace: str
) -> None:
    default = {"provider_default": True}
    a, b = aws(source, workspace, default), aws(source, workspace, default, Name="b")
    own.deploy(A=a, B=b | {"DependsOn": "A"})
    assert [data(admin, workspace, name)["provider_default"] for name in "ab"] == [False, True]
    a["Properties"]["Revision"] = "2"
    own.deploy(A=a, B=b | {"DependsOn": "A"})
    assert [data(admin, workspace, name)["provider_default"] for name in "ab"] == [True, False]
    own.deploy(B=b)
    assert get(admin, workspace).status == 404
    assert data(admin, workspace, "b")["provider_default"] is False


def google(source: Source, workspace: str, **spec: Any) -> dict[str, Any]:
    """The same credential as a key of Google's."""
    spec = {"provider": "GCP", "credential": {"gcp": {"access_key_id": GCP_KEY["gcp"]["access_key_id"]}}, **spec}
    secrets = {"credential.gcp.secret_access_key": source.reference()}
    return credential("tiledb", Workspace=workspace, Name="a", Spec=spec, Secrets=secrets)


@pytest.mark.parametrize("is_default", [True, False])
def test_a_default_can_change_its_provider(
    own: Deployment, source: Source, secrets_manager: Any, admin: Api, workspace: str, is_default: bool
) -> None:
    own.deploy(aws(source, workspace, {"provider_default": True}))
    other = Source(secrets_manager, GCP_KEY["gcp"]["secret_access_key"])
    own.deploy(google(other, workspace, provider_default=is_default))
    found = data(admin, workspace)
    assert (found["provider"], found["provider_default"]) == ("GCP", is_default)
    # On the way back it is not the default, although no other one has become the first provider's.
    own.deploy(aws(source, workspace))
    found = data(admin, workspace)
    assert (found["provider"], found["provider_default"]) == ("AWS", False)


def test_an_update_undoes_a_change_or_deletion_by_hand(
    own: Deployment, source: Source, admin: Api, secrets_manager: Any, workspace: str
) -> None:
    own.deploy(aws(source, workspace))
    path = f"/tiledb{SEED}/{workspace}/a"
    change = {"credential": {"aws": {"access_key_id": "other", "secret_access_key": "other"}}, "allowed_in_tasks": True}
    assert admin.call("PATCH", path, change).status == 204
    own.deploy(aws(source, workspace, Revision="2"))
    assert secret_of(secrets_manager, workspace) == source.value
    assert data(admin, workspace)["allowed_in_tasks"] is False
    assert admin.call("DELETE", path).status == 204
    own.deploy(aws(source, workspace, Revision="3"))
    assert secret_of(secrets_manager, workspace) == source.value
    assert tags(secrets_manager, f"latchkey/tiledb/{workspace}/=/a")["owner"] == own.owner()


def test_what_the_api_rejects_is_rejected_in_the_same_words(
    stack: Stack, source: Source, admin: Api, workspace: str
) -> None:
    for spec, properties, says in [
        ({"provider": "ALIBABA"}, {}, "Spec.provider: must be one of AWS, AZURE, GCP"),
        ({"provider": "GCP"}, {}, "Spec.provider: does not agree with credential.aws"),
        ({}, {"Name": "verify"}, "Name: "),
        ({}, {"Workspace": "*"}, "Workspace: cannot be *, which stands for all of them in grants"),
        ({}, {"Workspace": ""}, "Workspace: is empty"),
    ]:
        assert says in Deployment(stack).reject(aws(source, workspace, spec, **properties))
    assert get(admin, workspace).status == 404
