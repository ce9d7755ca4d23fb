"""`Custom::LatchkeyOrganizationsCredential`: accounts of an organization, identified by their ids."""

import json
import uuid
from typing import Any

import pytest

from local.stack import Stack
from tests.organizations.conftest import (
    SPECIFIC,
    assert_done,
    create,
    delete,
    document,
    listed,
    new_org,
    update,
)
from tests.support.api import Api
from tests.support.provisioning import Deployment, Source, at_once, credential, tags, writes
from tests.support.proxy import Proxy

TENANT = {"tenant": "the tenant", "clientId": "the client"}


def azure(source: Source, org: str, /, specific: dict[str, str] | None = None, **properties: Any) -> dict[str, Any]:
    """A credential of the type azure, whose name is "production" by default."""
    spec = {"type": "azure", "comments": "as code", "specific": TENANT | (specific or {})}
    secrets = {"specific.key": source.reference()}
    said = {"OrgId": org, "Name": "production", "Spec": spec, "Secrets": secrets}
    return credential("organizations", **said | properties)


def aws(org: str, **properties: Any) -> dict[str, Any]:
    spec = {"type": "aws", "specific": SPECIFIC["aws"]}
    return credential("organizations", OrgId=org, Name="production", Spec=spec, **properties)


def the_one(api: Api, org: str) -> dict[str, Any]:
    """The only credential of an organization."""
    (found,) = listed(api, org)
    return found


def key_of(secrets_manager: Any, org: str, credential_id: str) -> str:
    return document(secrets_manager, org, credential_id)["specific"]["key"]


def test_a_stack_makes_a_credential_and_shows_no_secret(
    own: Deployment, source: Source, admin: Api, secrets_manager: Any, org: str
) -> None:
    made = own.deploy(azure(source, org))
    found = the_one(admin, org)
    assert [found[name] for name in ("id", "name", "type", "comments")] == [
        made["Id"],
        "production",
        "azure",
        "as code",
    ]
    assert document(secrets_manager, org, made["Id"])["specific"] == TENANT | {"key": source.value}
    name = f"latchkey/organizations/{org}/{made['Id']}"
    secret = secrets_manager.describe_secret(SecretId=name)
    (current,) = (each for each, stages in secret["VersionIdsToStages"].items() if "AWSCURRENT" in stages)
    assert str(uuid.UUID(made["Id"])) == made["Id"]
    assert made == {
        "Ref": f"organizations/{org}/{made['Id']}",
        "Id": made["Id"],
        "Version": current,
        "SecretArn": secret["ARN"],
        "SecretName": name,
    }
    assert tags(secrets_manager, name) == {"owner": own.owner(), "origin": "created", "generated": ""}
    shown = own.shown()
    assert source.arn in shown
    assert source.value not in shown


def test_every_type_can_be_provisioned(own: Deployment, admin: Api, secrets_manager: Any, org: str) -> None:
    key = Source(secrets_manager, SPECIFIC["azure"]["key"])
    google = {"type": "gcp", "specific": SPECIFIC["gcp"]}
    own.deploy(
        Aws=aws(org),
        Azure=azure(key, org),
        Gcp=credential("organizations", OrgId=org, Name="n", Spec=google),
    )
    kinds = {"Aws": "aws", "Azure": "azure", "Gcp": "gcp"}
    held = {kind: document(secrets_manager, org, own.attributes(of)["Id"]) for of, kind in kinds.items()}
    assert {kind: found["specific"] for kind, found in held.items()} == SPECIFIC
    assert {found["id"] for found in listed(admin, org)} == {own.attributes(of)["Id"] for of in kinds}


def test_an_update_that_changes_nothing_writes_nothing(own: Deployment, source: Source, proxy: Proxy, org: str) -> None:
    made = own.deploy(azure(source, org))
    with proxy.recording() as calls:
        assert own.deploy(azure(source, org, OnDelete="retain")) == made
    assert calls
    assert writes(calls) == []


def test_everything_but_type_and_tenant_is_changed_in_place(
    own: Deployment, source: Source, secrets_manager: Any, admin: Api, org: str
) -> None:
    before = own.deploy(azure(source, org))
    other = Source(secrets_manager)
    spec = {"type": "azure", "specific": TENANT | {"clientId": "another"}}
    after = own.deploy(azure(other, org, Name="renamed", Spec=spec))
    assert after == before | {"Version": after["Version"]}
    assert after["Version"] != before["Version"]
    assert the_one(admin, org)["name"] == "renamed"
    stored = document(secrets_manager, org, after["Id"])
    assert stored["specific"] == TENANT | {"clientId": "another", "key": other.value}
    # A field that is not given is as after a create, whatever it was before.
    assert stored.get("comments", "") == ""
    assert tags(secrets_manager, after["SecretArn"])["owner"] == own.owner()


@pytest.mark.parametrize("changed", ["type", "tenant", "OrgId"])
def test_a_change_of_type_tenant_or_organization_makes_another_credential(
    own: Deployment, source: Source, admin: Api, secrets_manager: Any, org: str, changed: str
) -> None:
    made, elsewhere = own.deploy(azure(source, org)), new_org()
    other = {
        "type": aws(org),
        "tenant": azure(source, org, {"tenant": "another"}),
        "OrgId": azure(source, elsewhere),
    }[changed]
    replaced = own.deploy(other)
    assert replaced["Id"] != made["Id"]
    place = elsewhere if changed == "OrgId" else org
    assert the_one(admin, place)["id"] == replaced["Id"]
    # And back, to the id that it had: its secret still exists, scheduled for deletion.
    assert own.deploy(azure(source, org))["Id"] == made["Id"]
    assert the_one(admin, org)["id"] == made["Id"]
    assert key_of(secrets_manager, org, made["Id"]) == source.value
    assert tags(secrets_manager, made["SecretArn"])["origin"] == "created"


def test_names_are_not_unique(stack: Stack, own: Deployment, source: Source, admin: Api, org: str) -> None:
    by_hand = create(admin, org)
    other = Deployment(stack)
    ids = {deployed.deploy(azure(source, org))["Id"] for deployed in (own, other)} | {by_hand}
    assert len(ids) == 3
    assert {found["id"] for found in listed(admin, org)} == ids
    other.delete()
    assert len(listed(admin, org)) == 2


def test_somebody_elses_credential_is_left_alone_or_adopted(
    stack: Stack, own: Deployment, source: Source, admin: Api, secrets_manager: Any, org: str
) -> None:
    ids = [own.deploy(azure(source, org))["Id"], create(admin, org, name="by hand")]
    another = Source(secrets_manager)
    before = [document(secrets_manager, org, each) for each in ids]
    reasons = at_once(
        lambda: Deployment(stack).reject(azure(another, org, CredentialId=ids[0])),
        lambda: Deployment(stack).reject(azure(another, org, CredentialId=ids[1])),
    )
    assert all("OnConflict" in reason for reason in reasons)
    assert [document(secrets_manager, org, each) for each in ids] == before

    adopter = Deployment(stack)
    adopter.deploy(
        A=azure(another, org, CredentialId=ids[0], OnConflict="adopt", OnDelete="delete"),
        B=azure(another, org, CredentialId=ids[1], OnConflict="adopt"),
    )
    for credential_id, logical_id in zip(ids, "AB", strict=True):
        made = adopter.attributes(logical_id)
        assert (made["Id"], made["Ref"]) == (credential_id, f"organizations/{org}/{credential_id}")
        assert key_of(secrets_manager, org, credential_id) == another.value
        owner = {"owner": adopter.owner(logical_id), "origin": "adopted", "generated": ""}
        assert tags(secrets_manager, made["SecretArn"]) == owner
    assert {found["name"] for found in listed(admin, org)} == {"production"}
    # They are the adopter's own now, so OnConflict need not be given again.
    adopter.deploy(
        A=azure(another, org, CredentialId=ids[0], OnDelete="delete"),
        B=azure(another, org, CredentialId=ids[1], Name="renamed"),
    )
    adopter.delete()
    found = the_one(admin, org)
    assert (found["id"], found["name"]) == (ids[1], "renamed")


def test_an_adopted_credential_stays_when_another_replaces_it(
    own: Deployment, source: Source, admin: Api, org: str
) -> None:
    by_hand = create(admin, org)
    own.deploy(azure(source, org, CredentialId=by_hand, OnConflict="adopt"))
    made = own.deploy(azure(source, org))
    assert made["Id"] != by_hand
    assert {found["id"] for found in listed(admin, org)} == {by_hand, made["Id"]}


@pytest.mark.parametrize(("properties", "count"), [({}, 0), ({"OnDelete": "retain"}, 1)])
def test_the_resource_decides_what_happens_to_its_credential(
    own: Deployment, source: Source, admin: Api, org: str, properties: dict[str, str], count: int
) -> None:
    own.deploy(azure(source, org, **properties))
    own.delete()
    assert len(listed(admin, org)) == count


def test_a_source_is_read_again_when_the_revision_changes(
    own: Deployment, source: Source, secrets_manager: Any, org: str
) -> None:
    old, credential_id = source.value, own.deploy(azure(source, org))["Id"]
    source.put("rotated")
    own.deploy(azure(source, org), Other={"Type": "AWS::SNS::Topic"})
    assert key_of(secrets_manager, org, credential_id) == old
    own.deploy(azure(source, org, Revision="2"))
    assert key_of(secrets_manager, org, credential_id) == "rotated"


def test_an_update_undoes_a_change_or_deletion_by_hand(
    own: Deployment, source: Source, admin: Api, secrets_manager: Any, org: str
) -> None:
    made = own.deploy(azure(source, org))
    assert_done(update(admin, org, made["Id"], name="by hand", specific={"key": "by hand"}), "Credential updated")
    own.deploy(azure(source, org, Revision="2"))
    assert the_one(admin, org)["name"] == "production"
    assert key_of(secrets_manager, org, made["Id"]) == source.value
    assert_done(delete(admin, org, made["Id"]), "Credential removed")
    assert own.deploy(azure(source, org, Revision="3"))["Id"] == made["Id"]
    assert key_of(secrets_manager, org, made["Id"]) == source.value
    assert tags(secrets_manager, made["SecretArn"])["owner"] == own.owner()


def test_what_the_api_rejects_is_rejected_in_the_same_words(stack: Stack, source: Source, admin: Api, org: str) -> None:
    for resource, says in [
        (azure(source, org, Spec={"type": "oracle"}), "Spec.type: must be one of aws, azure, gcp"),
        (azure(source, org, Secrets={}), "Secrets.specific.key: is missing"),
        (azure(source, org, CredentialId="production", OnConflict="adopt"), "CredentialId: is no id"),
        (azure(source, "\u00fc" * 129), "OrgId: is longer than 128 characters"),
        (azure(source, "*"), "OrgId: cannot be *, which stands for all of them in grants"),
        (
            azure(source, org, Spec={"type": "azure", "specific": TENANT | {"role": "r"}}),
            "Spec.specific.role: is not a documented field of azure",
        ),
        (
            azure(source, org, Spec={"type": "azure", "specific": TENANT | {"rloe": "r"}}),
            "Spec.specific.rloe: is not a documented field",
        ),
    ]:
        assert says in Deployment(stack).reject(resource), json.dumps(resource)
    assert listed(admin, org) == []
