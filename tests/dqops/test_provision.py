"""`Custom::LatchkeyDqopsCredential`: a value from a source, or a generated one."""

import json
from typing import Any

import pytest

from local.stack import Stack
from tests.dqops.conftest import create, get, text
from tests.support.api import Api, encoded
from tests.support.provisioning import Deployment, Source, at_once, credential, tags, writes
from tests.support.proxy import Proxy


def made_of(source: Source, name: str, **properties: Any) -> dict[str, Any]:
    return credential("dqops", Name=name, Secrets={"text_value": source.reference()}, **properties)


def generated(name: str, generate: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return credential("dqops", Name=name, Secrets={"text_value": {"Generate": generate}}, **properties)


def value(api: Api, name: str) -> Any:
    answer = get(api, name)
    assert answer.status == 200, answer
    return answer.json["text_value"]


def put(api: Api, name: str, value: str) -> None:
    assert api.call("PUT", f"/api/credential/{name}", text(name, value)).status == 204


def test_a_stack_makes_a_credential_and_shows_no_secret(
    own: Deployment, source: Source, admin: Api, secrets_manager: Any, name: str
) -> None:
    made = own.deploy(made_of(source, name))
    answer = get(admin, name)
    assert answer.json == text(name, source.value)
    secret = secrets_manager.describe_secret(SecretId=f"latchkey/dqops/{name}")
    assert made == {
        "Ref": f"dqops/{name}",
        "Id": name,
        "Version": answer.headers["etag"].strip('"'),
        "SecretArn": secret["ARN"],
        "SecretName": f"latchkey/dqops/{name}",
    }
    assert tags(secrets_manager, made["SecretArn"]) == {"owner": own.owner(), "origin": "created", "generated": ""}
    shown = own.shown()
    assert source.arn in shown
    assert source.value not in shown


def test_a_reference_can_name_a_field_of_json_and_a_version(
    own: Deployment, secrets_manager: Any, admin: Api, name: str
) -> None:
    source = Source(secrets_manager, json.dumps({"key": "first", "port": 5432}))
    first = secrets_manager.describe_secret(SecretId=source.arn)["VersionIdsToStages"]
    source.put(json.dumps({"key": "second", "port": 5432}))
    for reference, holds in [
        (source.reference("key"), "second"),
        (source.reference("key", VersionStage="AWSPREVIOUS"), "first"),
        (source.reference("key", VersionId=next(iter(first))), "first"),
        (source.reference("port"), "5432"),
        (source.reference(), json.dumps({"key": "second", "port": 5432})),
    ]:
        own.deploy(credential("dqops", Name=name, Secrets={"text_value": reference}))
        assert value(admin, name) == holds


def test_an_update_that_changes_nothing_writes_nothing(
    own: Deployment, source: Source, proxy: Proxy, name: str
) -> None:
    made = own.deploy(made_of(source, name))
    with proxy.recording() as calls:
        assert own.deploy(made_of(source, name, OnDelete="retain")) == made
    assert calls
    assert writes(calls) == []
    # If other properties make the same credential, only its tags are written.
    with proxy.recording() as calls:
        assert own.deploy(made_of(source, name, OnDelete="retain", Spec={"type": "text"})) == made
    assert writes(calls) == ["TagResource"]


def test_another_value_is_a_change_in_place(
    own: Deployment, source: Source, secrets_manager: Any, admin: Api, name: str
) -> None:
    before = own.deploy(made_of(source, name))
    other = Source(secrets_manager)
    after = own.deploy(made_of(other, name))
    assert get(admin, name).json == text(name, other.value)
    assert after == before | {"Version": get(admin, name).headers["etag"].strip('"')}
    assert after["Version"] != before["Version"]
    assert tags(secrets_manager, after["SecretArn"])["owner"] == own.owner()


# After the second one, a secret's name has no room for the credential's name.
@pytest.mark.parametrize("longer", ["", "\u00fc" * 90], ids=["short", "long"])
def test_another_name_is_another_credential(
    own: Deployment, source: Source, secrets_manager: Any, admin: Api, name: str, longer: str
) -> None:
    name = longer + name
    before = own.deploy(made_of(source, name))
    made = own.deploy(made_of(source, f"other-{name}"))
    assert made["Id"] == f"other-{name}"
    assert made["Ref"] != before["Ref"]
    assert value(admin, f"other-{name}") == source.value
    assert get(admin, name).status == 404
    # And back, to a name whose secret still exists, scheduled for deletion.
    made = own.deploy(made_of(source, name))
    assert (made["Ref"], made["Id"]) == (before["Ref"], name)
    assert value(admin, name) == source.value
    assert get(admin, f"other-{name}").status == 404
    assert tags(secrets_manager, made["SecretArn"])["origin"] == "created"


def test_somebody_elses_credential_is_left_alone_or_adopted(
    stack: Stack, own: Deployment, source: Source, admin: Api, secrets_manager: Any, name: str
) -> None:
    by_hand, foreign = f"by-hand-{name}", f"foreign-{name}"
    create(admin, by_hand, "by hand")
    own.deploy(made_of(source, foreign))
    another = Source(secrets_manager)
    before = [(get(admin, there).json, get(admin, there).headers["etag"]) for there in (by_hand, foreign)]
    reasons = at_once(
        lambda: Deployment(stack).reject(made_of(another, by_hand)),
        lambda: Deployment(stack).reject(made_of(another, foreign)),
    )
    assert all("OnConflict" in reason for reason in reasons)
    assert before == [(get(admin, there).json, get(admin, there).headers["etag"]) for there in (by_hand, foreign)]
    assert tags(secrets_manager, f"latchkey/dqops/{by_hand}") == {}

    arns = [secrets_manager.describe_secret(SecretId=f"latchkey/dqops/{there}")["ARN"] for there in (by_hand, foreign)]
    adopter = Deployment(stack)
    adopter.deploy(
        ByHand=made_of(another, by_hand, OnConflict="adopt"),
        Foreign=made_of(another, foreign, OnConflict="adopt", OnDelete="delete"),
    )
    assert [adopter.attributes(of)["SecretArn"] for of in ("ByHand", "Foreign")] == arns
    for arn, logical_id in zip(arns, ("ByHand", "Foreign"), strict=True):
        owner = {"owner": adopter.owner(logical_id), "origin": "adopted", "generated": ""}
        assert tags(secrets_manager, arn) == owner
    assert [value(admin, there) for there in (by_hand, foreign)] == [another.value] * 2
    # They are the adopter's own now, so OnConflict need not be given again.
    another.put("rotated")
    adopter.deploy(
        ByHand=made_of(another, by_hand, Revision="2"),
        Foreign=made_of(another, foreign, Revision="2", OnDelete="delete"),
    )
    adopter.delete()
    assert value(admin, by_hand) == "rotated"
    assert get(admin, foreign).status == 404


@pytest.mark.parametrize(("properties", "status"), [({}, 404), ({"OnDelete": "retain"}, 200)])
def test_the_resource_decides_what_happens_to_its_credential(
    own: Deployment, source: Source, admin: Api, name: str, properties: dict[str, str], status: int
) -> None:
    own.deploy(made_of(source, name, **properties))
    own.delete()
    assert get(admin, name).status == status


def test_a_source_is_read_again_when_the_revision_changes(
    own: Deployment, source: Source, admin: Api, name: str
) -> None:
    old = source.value
    own.deploy(made_of(source, name))
    source.put("rotated")
    own.deploy(made_of(source, name), Other={"Type": "AWS::SNS::Topic"})
    assert value(admin, name) == old
    own.deploy(made_of(source, name, Revision="2"))
    assert value(admin, name) == "rotated"


def test_an_update_undoes_a_change_or_deletion_by_hand(
    own: Deployment, source: Source, admin: Api, secrets_manager: Any, name: str
) -> None:
    made = own.deploy(made_of(source, name))
    put(admin, name, "by hand")
    assert get(admin, name).headers["etag"] != f'"{made["Version"]}"'
    own.deploy(made_of(source, name, Revision="2"))
    assert value(admin, name) == source.value
    assert admin.call("DELETE", f"/api/credentials/{name}").status == 204
    own.deploy(made_of(source, name, Revision="3"))
    assert value(admin, name) == source.value
    assert tags(secrets_manager, made["SecretArn"])["owner"] == own.owner()


def test_a_generated_text_stays_until_another_one_is_requested(
    own: Deployment, admin: Api, secrets_manager: Any, name: str
) -> None:
    made = own.deploy(generated(name, {}))
    first = value(admin, name)
    assert len(first) == 32
    assert first.isalnum()
    assert first not in own.shown()
    assert tags(secrets_manager, made["SecretArn"])["generated"]
    # A change of something else does not write the text.
    assert own.deploy(generated(name, {}, OnDelete="retain")) == made
    assert value(admin, name) == first
    own.deploy(generated(name, {}, OnDelete="retain", Revision="2"))
    second = value(admin, name)
    own.deploy(generated(name, {"Length": 48}, Revision="2"))
    third = value(admin, name)
    assert len({first, second, third}) == 3
    assert (len(second), len(third)) == (32, 48)
    # If somebody puts another text in its place, that also stays until the next revision.
    put(admin, name, "by hand")
    own.deploy(generated(name, {"Length": 48}, OnDelete="delete", Revision="2"))
    assert value(admin, name) == "by hand"
    own.deploy(generated(name, {"Length": 48}, OnDelete="delete", Revision="3"))
    assert len(value(admin, name)) == 48


def test_a_generated_text_can_be_a_field_of_a_template(own: Deployment, admin: Api, name: str) -> None:
    generate = {"Template": '{"user":"reader","port":5432}', "JsonKey": "password", "Length": 20}
    own.deploy(generated(name, generate))
    first = json.loads(value(admin, name))
    assert first | {"password": ""} == {"user": "reader", "port": 5432, "password": ""}
    assert len(first["password"]) == 20
    own.deploy(generated(name, generate | {"Template": '{"user":"writer"}'}))
    second = json.loads(value(admin, name))
    assert second | {"password": ""} == {"user": "writer", "password": ""}
    assert first["password"] != second["password"]


def test_a_generated_text_replaces_an_adopted_one(own: Deployment, source: Source, admin: Api, name: str) -> None:
    create(admin, name, "by hand")
    own.deploy(generated(name, {}, OnConflict="adopt"))
    first = value(admin, name)
    assert len(first) == 32
    # A change to a source and back generates another text.
    own.deploy(made_of(source, name))
    assert value(admin, name) == source.value
    own.deploy(generated(name, {}))
    assert value(admin, name) not in (first, source.value)


@pytest.mark.parametrize("content", [b"\xff\x00\x80", b"abcd", b"plain text"])
def test_bytes_are_copied_unchanged(
    own: Deployment, secrets_manager: Any, admin: Api, name: str, content: bytes
) -> None:
    source = Source(secrets_manager, content)
    resource = credential("dqops", Name=name, Secrets={"binary_value": source.reference()})
    own.deploy(resource)
    assert admin.call("GET", f"/api/credentials/{encoded(name)}/download").content == content
    # Bytes that are text are stored as text, as the API does.
    assert get(admin, name).json["type"] == ("binary" if content[0] == 0xFF else "text")
    # It can become a text in place.
    own.deploy(made_of(Source(secrets_manager, "text"), name))
    assert get(admin, name).json == text(name, "text")


def test_a_credential_can_have_any_name(own: Deployment, source: Source, admin: Api, name: str) -> None:
    # The last one is longer than the name of a secret can be.
    names = [f"with space {name}", f"tail-{name[5:11]}", f"=hidden{name}", "\u00fc" * 90 + name]
    own.deploy(**{f"Number{number}": made_of(source, each) for number, each in enumerate(names)})
    for number, each in enumerate(names):
        assert own.attributes(f"Number{number}")["Id"] == each
        assert value(admin, each) == source.value
    own.delete()
    assert [get(admin, each).status for each in names] == [404] * 4
