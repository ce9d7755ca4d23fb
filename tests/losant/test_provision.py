"""`Custom::LatchkeyLosantCredential`: any type, and generated keys."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from local.stack import Stack
from tests.losant.conftest import (
    CONFIGS,
    TYPES,
    assert_valid,
    create,
    delete,
    document,
    get,
    key_of,
    new_id,
    patch,
    secret_fields,
    secret_name,
)
from tests.losant.conftest import names as names_of
from tests.support.api import Api
from tests.support.certificates import certificate, info_of, pair, pem
from tests.support.provisioning import Deployment, Source, at_once, credential, tags, writes
from tests.support.proxy import Proxy

GIT = {"type": "ssh-key", "cloneUrl": "git@example.com:r.git", "generatePrivateKey": True}
PAIR = "certificateKeyPairConfig"
SNOWFLAKE = {"host": "x.snowflakecomputing.com", "username": "u", "generatePrivateKey": "true"}


def jwt(source: Source, app: str, /, spec: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    """A credential of the type jwt, whose name is "n" by default."""
    spec = {"type": "jwt", "jwtConfig": {"algorithm": "HS256", "issuer": "me"}, **(spec or {})}
    secrets = {"jwtConfig.secret": source.reference()}
    return credential("losant", **{"ApplicationId": app, "Name": "n", "Spec": spec, "Secrets": secrets} | properties)


def keyed(app: str, kind: str, config: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """A credential with a generated key."""
    return credential("losant", ApplicationId=app, Name="n", Spec={"type": kind, key_of(kind): config}, **properties)


def paired(app: str, config: dict[str, Any], secrets: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """A certificate and its key: each is in the config, or is a reference in `secrets`, under its field's name."""
    spec = {"type": "certificateKeyPair", PAIR: config} if config else {"type": "certificateKeyPair"}
    at = {f"{PAIR}.{name}": reference for name, reference in secrets.items()}
    return credential("losant", ApplicationId=app, Name="n", Spec=spec, Secrets=at, **properties)


def the_one(api: Api, app: str) -> dict[str, Any]:
    """The only credential of an application."""
    (found,) = api.call("GET", f"/applications/{app}/credentials").json["items"]
    return found


def secrets_of(secrets_manager: Any, app: str, credential_id: str) -> dict[str, Any]:
    return document(secrets_manager, app, credential_id)["secrets"]


def test_a_stack_makes_a_credential_and_shows_no_secret(
    own: Deployment, source: Source, admin: Api, secrets_manager: Any, app: str
) -> None:
    made = own.deploy(jwt(source, app, {"description": "d", "enabled": False}))
    credential_id = made["Id"]
    answer = get(admin, app, credential_id)
    assert_valid("credential", answer.json)
    assert answer.json["jwtConfig"] == {"algorithm": "HS256", "issuer": "me"}
    assert [answer.json[name] for name in ("name", "type", "description", "enabled")] == ["n", "jwt", "d", False]
    assert secrets_of(secrets_manager, app, credential_id) == {"secret": source.value}
    name = secret_name(app, credential_id)
    assert made == {
        "Ref": f"losant/{app}/{credential_id}",
        "Id": credential_id,
        "Version": answer.headers["etag"].strip('"'),
        "SecretArn": secrets_manager.describe_secret(SecretId=name)["ARN"],
        "SecretName": name,
    }
    assert tags(secrets_manager, name) == {"owner": own.owner(), "origin": "created", "generated": ""}
    shown = own.shown()
    assert source.arn in shown
    assert source.value not in shown


def test_every_type_can_be_provisioned(own: Deployment, admin: Api, secrets_manager: Any, app: str) -> None:
    """Each with its secrets from sources, and with text in place of numbers and flags, as CloudFormation sends them."""
    resources, values = {}, {}
    for kind in TYPES:
        given, hidden = CONFIGS[kind], secret_fields(kind)
        values[kind] = {name: value for name, value in given.items() if name in hidden and value is not True}
        public = {name: value for name, value in given.items() if name not in values[kind]}
        at = {f"{key_of(kind)}.{name}": Source(secrets_manager, value) for name, value in values[kind].items()}
        spec = {"type": kind, key_of(kind): public} if public else {"type": kind}
        secrets = {path: source.reference() for path, source in at.items()}
        resources[kind.capitalize()] = credential("losant", ApplicationId=app, Name=kind, Spec=spec, Secrets=secrets)
    own.deploy(**resources)
    elsewhere = new_id()
    for kind in TYPES:
        made = own.attributes(kind.capitalize())
        provisioned, by_hand = get(admin, app, made["Id"]).json, create(admin, elsewhere, kind, kind)
        assert_valid("credential", provisioned)
        for found in (provisioned, by_hand):
            found.get(key_of(kind), {}).pop("publicKey", None)
            for name in ("id", "applicationId", "creationDate", "lastUpdated"):
                del found[name]
        assert provisioned == by_hand
        held = secrets_of(secrets_manager, app, made["Id"])
        assert held == values[kind] or kind == "snowflake"


def test_an_update_that_changes_nothing_writes_nothing(own: Deployment, source: Source, proxy: Proxy, app: str) -> None:
    made = own.deploy(jwt(source, app))
    with proxy.recording() as calls:
        assert own.deploy(jwt(source, app, OnDelete="retain")) == made
    assert calls
    assert writes(calls) == []


def test_everything_but_type_and_application_is_changed_in_place(
    own: Deployment, source: Source, secrets_manager: Any, admin: Api, app: str
) -> None:
    before = own.deploy(jwt(source, app, {"description": "d"}))
    other = Source(secrets_manager)
    after = own.deploy(jwt(other, app, {"enabled": "false", "jwtConfig": {"algorithm": "HS512"}}, Name="renamed"))
    answer = get(admin, app, before["Id"])
    assert after == before | {"Version": answer.headers["etag"].strip('"')}
    assert answer.json["name"] == "renamed"
    assert answer.json["enabled"] is False
    # A field that is not given is as after a create, whatever it was before.
    assert "description" not in answer.json
    assert answer.json["jwtConfig"] == {"algorithm": "HS512"}
    assert secrets_of(secrets_manager, app, before["Id"]) == {"secret": other.value}
    assert names_of(admin, app) == ["renamed"]
    assert tags(secrets_manager, after["SecretArn"])["owner"] == own.owner()


def test_another_type_is_another_credential_and_needs_another_name(
    own: Deployment, source: Source, secrets_manager: Any, admin: Api, app: str
) -> None:
    made = own.deploy(jwt(source, app))
    before = get(admin, app, made["Id"]).json
    mail = {"Spec": {"type": "mailgun"}, "Secrets": {"mailgunConfig.apiKey": source.reference()}}
    assert "choose another Name" in own.reject(jwt(source, app, **mail))
    assert get(admin, app, made["Id"]).json == before
    assert secrets_of(secrets_manager, app, made["Id"]) == {"secret": source.value}
    changed = own.deploy(jwt(source, app, **mail, Name="mail"))
    assert changed["Id"] != made["Id"]
    assert get(admin, app, made["Id"]).status == 404
    assert the_one(admin, app)["id"] == changed["Id"]
    assert secrets_of(secrets_manager, app, changed["Id"]) == {"apiKey": source.value}


def test_another_application_is_another_credential(own: Deployment, source: Source, admin: Api, app: str) -> None:
    made, other = own.deploy(jwt(source, app)), new_id()
    changed = own.deploy(jwt(source, other))
    assert changed["Ref"] == f"losant/{other}/{changed['Id']}"
    assert get(admin, app, made["Id"]).status == 404
    assert the_one(admin, other)["name"] == "n"
    own.deploy(jwt(source, app))
    assert names_of(admin, app) == ["n"]
    assert names_of(admin, other) == []


def test_somebody_elses_credential_is_left_alone_or_adopted(
    stack: Stack, own: Deployment, source: Source, admin: Api, secrets_manager: Any, app: str
) -> None:
    ids = [own.deploy(jwt(source, app))["Id"], create(admin, app, "by hand", "jwt")["id"]]
    another, renamed = Source(secrets_manager), Deployment(stack)
    third = renamed.deploy(jwt(source, app, Name="third"))["Id"]
    before = [document(secrets_manager, app, each) for each in ids]
    reasons = at_once(
        lambda: Deployment(stack).reject(jwt(another, app)),
        lambda: Deployment(stack).reject(jwt(another, app, Name="by hand")),
        # A resource that has a credential does not give it up for another one.
        lambda: renamed.reject(jwt(another, app, OnConflict="adopt")),
    )
    assert all("A credential of this name exists" in reason for reason in reasons)
    assert [document(secrets_manager, app, each) for each in ids] == before
    assert get(admin, app, third).json["name"] == "third"

    adopter = Deployment(stack)
    adopter.deploy(
        A=jwt(another, app, OnConflict="adopt", OnDelete="delete"),
        B=jwt(another, app, Name="by hand", OnConflict="adopt"),
    )
    for credential_id, logical_id in zip(ids, "AB", strict=True):
        assert adopter.attributes(logical_id)["Id"] == credential_id
        assert secrets_of(secrets_manager, app, credential_id) == {"secret": another.value}
        owner = {"owner": adopter.owner(logical_id), "origin": "adopted", "generated": ""}
        assert tags(secrets_manager, secret_name(app, credential_id)) == owner
    # They are the adopter's own now, whatever their names are, so OnConflict need not be given again.
    adopter.deploy(A=jwt(another, app, OnDelete="delete"), B=jwt(another, app, Name="renamed"))
    adopter.delete()
    assert get(admin, app, ids[0]).status == 404
    assert get(admin, app, ids[1]).json["name"] == "renamed"


@pytest.mark.parametrize(("properties", "stays"), [({}, []), ({"OnDelete": "retain"}, ["n"])])
def test_the_resource_decides_what_happens_to_its_credential(
    own: Deployment, source: Source, admin: Api, app: str, properties: dict[str, str], stays: list[str]
) -> None:
    own.deploy(jwt(source, app, **properties))
    own.delete()
    assert names_of(admin, app) == stays


def test_a_source_is_read_again_when_the_revision_changes(
    own: Deployment, source: Source, secrets_manager: Any, app: str
) -> None:
    old, credential_id = source.value, own.deploy(jwt(source, app))["Id"]
    source.put("rotated")
    own.deploy(jwt(source, app), Other={"Type": "AWS::SNS::Topic"})
    assert secrets_of(secrets_manager, app, credential_id) == {"secret": old}
    own.deploy(jwt(source, app, Revision="2"))
    assert secrets_of(secrets_manager, app, credential_id) == {"secret": "rotated"}


def test_an_update_undoes_a_change_or_deletion_by_hand(
    own: Deployment, source: Source, admin: Api, secrets_manager: Any, app: str
) -> None:
    made = own.deploy(jwt(source, app))
    change = {"name": "by hand", "description": "d", "jwtConfig": {"secret": "by hand", "issuer": "you"}}
    assert patch(admin, app, made["Id"], change).status == 200
    own.deploy(jwt(source, app, Revision="2"))
    found = get(admin, app, made["Id"]).json
    assert (found["name"], found["jwtConfig"]) == ("n", {"algorithm": "HS256", "issuer": "me"})
    assert "description" not in found
    assert secrets_of(secrets_manager, app, made["Id"]) == {"secret": source.value}
    assert delete(admin, app, made["Id"]).status == 200
    again = own.deploy(jwt(source, app, Revision="3"))
    assert the_one(admin, app)["id"] == again["Id"]
    assert tags(secrets_manager, again["SecretArn"])["owner"] == own.owner()


@pytest.mark.parametrize(
    ("kind", "config", "field"), [("git", GIT, "secretValue"), ("snowflake", SNOWFLAKE, "privateKey")]
)
def test_a_generated_key_stays_until_the_next_revision(
    own: Deployment,
    proxy: Proxy,
    admin: Api,
    secrets_manager: Any,
    app: str,
    kind: str,
    config: dict[str, Any],
    field: str,
) -> None:
    made = own.deploy(keyed(app, kind, config))
    first = secrets_of(secrets_manager, app, made["Id"])[field]
    assert "PRIVATE KEY" in first
    assert get(admin, app, made["Id"]).json[key_of(kind)]["publicKey"] == made["PublicKey"]
    assert json.dumps(first)[1:60] not in own.shown()
    with proxy.recording() as calls:
        assert own.deploy(keyed(app, kind, config, OnDelete="retain")) == made
    assert writes(calls) == []
    changed = own.deploy(keyed(app, kind, config | {"username": "v"}, OnDelete="retain"))
    assert changed["PublicKey"] == made["PublicKey"]
    assert get(admin, app, made["Id"]).json[key_of(kind)]["username"] == "v"
    assert secrets_of(secrets_manager, app, made["Id"]) == {field: first}
    rotated = own.deploy(keyed(app, kind, config | {"username": "v"}, OnDelete="retain", Revision="2"))
    assert rotated["Id"] == made["Id"]
    assert rotated["PublicKey"] != made["PublicKey"]
    assert get(admin, app, made["Id"]).json[key_of(kind)]["publicKey"] == rotated["PublicKey"]
    assert secrets_of(secrets_manager, app, made["Id"])[field] != first


def test_a_generated_key_replaces_a_given_one(own: Deployment, secrets_manager: Any, admin: Api, app: str) -> None:
    by_hand = create(admin, app, "n", "git", config=GIT)
    adopted = own.deploy(keyed(app, "git", GIT, OnConflict="adopt"))
    assert adopted["Id"] == by_hand["id"]
    assert adopted["PublicKey"] != by_hand["gitConfig"]["publicKey"]
    # A password replaces it, and then another generated key.
    password = Source(secrets_manager)
    config = {"type": "http-password", "cloneUrl": "https://example.com/r.git"}
    secrets = {"gitConfig.secretValue": password.reference()}
    own.deploy(keyed(app, "git", config, Secrets=secrets))
    assert secrets_of(secrets_manager, app, by_hand["id"]) == {"secretValue": password.value}
    again = own.deploy(keyed(app, "git", GIT))
    assert again["PublicKey"] not in (adopted["PublicKey"], by_hand["gitConfig"]["publicKey"])


def test_a_certificate_is_in_the_template_and_its_key_is_not(
    own: Deployment, proxy: Proxy, admin: Api, secrets_manager: Any, app: str
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    given, renewed = pair(key), certificate(key)
    source = Source(secrets_manager, given["privateKey"])
    secrets = {"privateKey": source.reference()}
    made = own.deploy(paired(app, {"certificate": given["certificate"]}, secrets))
    found = get(admin, app, made["Id"]).json
    assert_valid("credential", found)
    assert found[PAIR] == {"certificate": given["certificate"], "info": info_of(given["certificate"])}
    assert secrets_of(secrets_manager, app, made["Id"]) == {"privateKey": given["privateKey"]}
    with proxy.recording() as calls:
        assert own.deploy(paired(app, {"certificate": given["certificate"]}, secrets, OnDelete="retain")) == made
    assert writes(calls) == []
    changed = own.deploy(paired(app, {"certificate": renewed}, secrets, OnDelete="retain"))
    assert changed["Id"] == made["Id"]
    assert get(admin, app, made["Id"]).json[PAIR] == {"certificate": renewed, "info": info_of(renewed)}
    assert secrets_of(secrets_manager, app, made["Id"]) == {"privateKey": given["privateKey"]}
    shown = own.shown()
    for line in given["privateKey"].splitlines():
        assert line not in shown


def test_a_certificate_and_its_key_change_together(
    own: Deployment, source: Source, admin: Api, secrets_manager: Any, app: str
) -> None:
    pairs = [pair(ec.generate_private_key(ec.SECP256R1())) for _ in range(2)]
    secrets = {name: source.reference(name) for name in ("certificate", "privateKey")}
    ids = set()
    for revision, given in enumerate(pairs):
        source.put(json.dumps(given))
        ids.add(own.deploy(paired(app, {}, secrets, Revision=str(revision)))["Id"])
        found = the_one(admin, app)
        assert found[PAIR] == {"certificate": given["certificate"], "info": info_of(given["certificate"])}
        assert secrets_of(secrets_manager, app, found["id"]) == {"privateKey": given["privateKey"]}
    assert ids == {found["id"]}
    # The halves of two pairs are rejected, and nothing changes.
    source.put(json.dumps(pairs[1] | {"privateKey": pairs[0]["privateKey"]}))
    rejected = own.reject(paired(app, {}, secrets, Revision="3"))
    assert f"{PAIR}.privateKey: is not the key of the certificate" in rejected
    assert the_one(admin, app) == found
    assert secrets_of(secrets_manager, app, found["id"]) == {"privateKey": pairs[1]["privateKey"]}


def test_numbers_and_flags_may_be_text(own: Deployment, source: Source, admin: Api, app: str) -> None:
    config = {
        "system": "pg",
        "host": "db.example.com",
        "port": "5432",
        "username": "u",
        "secureConnection": "true",
        "disableSSLVerification": "false",
    }
    secrets = {"sqlConfig.password": source.reference()}
    made = own.deploy(jwt(source, app, Spec={"type": "sql", "sqlConfig": config}, Secrets=secrets))
    found = get(admin, app, made["Id"]).json["sqlConfig"]
    assert (found["port"], found["secureConnection"]) == (5432, True)
    rejected = own.reject(jwt(source, app, Spec={"type": "sql", "sqlConfig": config | {"port": "x"}}, Secrets=secrets))
    assert "sqlConfig.port: must be a number" in rejected
    assert get(admin, app, made["Id"]).json["sqlConfig"] == found


def test_what_the_api_rejects_is_rejected_in_the_same_words(
    stack: Stack, source: Source, secrets_manager: Any, admin: Api, app: str
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public, its_key = {"certificate": certificate(key)}, Source(secrets_manager, pem(key))
    for resource, says in [
        (jwt(source, app, {"type": "ftp"}), "Spec.type: "),
        (jwt(source, app, {"jwtConfig": {"algorithm": "none"}}), "Spec.jwtConfig.algorithm: "),
        (jwt(source, app, Secrets={}), "jwtConfig.secret: is missing"),
        (jwt(source, "application"), "ApplicationId: is no id"),
        (keyed(app, "git", GIT, Secrets={"gitConfig.secretValue": source.reference()}), "leave out one of the two"),
        (keyed(app, "git", GIT | {"publicKey": "k"}), "gitConfig.publicKey: is not a documented field"),
        (paired(app, pair(key), {}), f"Spec.{PAIR}.privateKey: is secret, and cannot stand in a template"),
        (paired(app, public, {}), f"{PAIR}.privateKey: is missing"),
        (
            paired(app, public, {"privateKey": source.reference()}),
            f"{PAIR}.privateKey: must be an RSA, EC or Ed25519 private key in PEM",
        ),
        (paired(app, {}, {"privateKey": its_key.reference()}), f"{PAIR}.certificate: is missing"),
        (
            paired(app, {"certificate": "c"}, {"privateKey": its_key.reference()}),
            f"{PAIR}.certificate: must be an X.509",
        ),
        (
            paired(app, public | {"info": {"commonName": "n"}}, {"privateKey": its_key.reference()}),
            f"Spec.{PAIR}.info: is not a documented field",
        ),
    ]:
        assert says in Deployment(stack).reject(resource)
    assert names_of(admin, app) == []
