"""Key pairs: generated ones, and the public half of given ones."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
    load_ssh_private_key,
    load_ssh_public_key,
)

from tests.losant.conftest import (
    CONFIGS,
    NOT_FOUND,
    assert_invalid,
    assert_rejected,
    collection,
    create,
    document,
    get,
    key_of,
    listed,
    names,
    new_id,
    patch,
    post,
)
from tests.support.api import Api
from tests.support.certificates import pem
from tests.support.proxy import OPEN, Proxy, round_trips

GIT = {"type": "ssh-key", "cloneUrl": "git@example.com:r.git"}
SNOWFLAKE = {"host": "x.snowflakecomputing.com", "username": "u"}
# Configs that ask for a generated key.
TO_MAKE = {kind: config | {"generatePrivateKey": True} for kind, config in (("snowflake", SNOWFLAKE), ("git", GIT))}


def with_passphrase(key: str) -> str:
    """An OpenSSH key that looks as if it had a passphrase. Making a real one needs another library."""
    head, *body, foot = key.splitlines()
    file = base64.b64decode("".join(body)).replace(b"\4none", b"\4aes1", 1)
    return "\n".join([head, base64.b64encode(file).decode(), foot])


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (
            "snowflake",
            SNOWFLAKE | {"privateKey": "key"},
            "snowflakeConfig.generatePrivateKey: cannot be given together with privateKey",
        ),
        (
            "git",
            GIT | {"secretValue": "key"},
            "gitConfig.generatePrivateKey: cannot be given together with secretValue",
        ),
    ],
)
def test_a_key_is_given_or_generated_and_not_both(
    editor: Api, app: str, kind: str, given: dict[str, Any], message: str
) -> None:
    both = given | {"generatePrivateKey": True}
    assert_invalid(editor.call("POST", collection(app), post("n", kind, both)), message)
    assert names(editor, app) == []
    made = create(editor, app, "n", kind, config=TO_MAKE[kind])
    assert_invalid(patch(editor, app, made["id"], {key_of(kind): both}), message)
    assert get(editor, app, made["id"]).json == made


@pytest.mark.parametrize("kind", ["snowflake", "git"])
def test_no_key_is_generated_for_an_unknown_credential(editor: Api, proxy: Proxy, app: str, kind: str) -> None:
    made = create(editor, app)
    body = {key_of(kind): {"generatePrivateKey": True}}
    with proxy.recording() as calls:
        for odd in (new_id(), made["id"][:16] + "00000000"):
            answer = patch(editor, app, odd, body)
            assert (answer.status, answer.json) == (404, NOT_FOUND)
        message = f"{key_of(kind)}: is not for a credential of type aws"
        assert_invalid(patch(editor, app, made["id"], body), message)
    assert {call.action for call in calls} <= {"GetSecretValue", "DescribeSecret"}
    assert get(editor, app, made["id"]).json == made


def test_a_generated_snowflake_key_is_rsa_2048(editor: Api, secrets_manager: Any, app: str) -> None:
    made = create(editor, app, "n", "snowflake")
    text = document(secrets_manager, app, made["id"])["secrets"]["privateKey"]
    assert text.startswith("-----BEGIN PRIVATE KEY-----\n")
    private = load_pem_private_key(text.encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    assert private.key_size >= 2048
    public = load_pem_public_key(made["snowflakeConfig"]["publicKey"].encode())
    assert isinstance(public, rsa.RSAPublicKey)
    assert public.public_numbers() == private.public_key().public_numbers()
    signature = private.sign(b"message", padding.PKCS1v15(), hashes.SHA256())
    public.verify(signature, b"message", padding.PKCS1v15(), hashes.SHA256())


def test_a_generated_git_key_is_one_of_openssh(editor: Api, secrets_manager: Any, app: str) -> None:
    made = create(editor, app, "n", "git", config=TO_MAKE["git"])
    text = document(secrets_manager, app, made["id"])["secrets"]["secretValue"]
    private = load_ssh_private_key(text.encode(), None)
    public = load_ssh_public_key(made["gitConfig"]["publicKey"].encode())
    assert isinstance(private, ed25519.Ed25519PrivateKey)
    assert isinstance(public, ed25519.Ed25519PublicKey)
    public.verify(private.sign(b"message"), b"message")


@pytest.mark.parametrize("kind", ["snowflake", "git"])
def test_a_patch_makes_another_key(editor: Api, proxy: Proxy, secrets_manager: Any, app: str, kind: str) -> None:
    key = key_of(kind)
    made = create(editor, app, "n", kind, config=TO_MAKE[kind])
    before = document(secrets_manager, app, made["id"])["secrets"]
    same = patch(editor, app, made["id"], {key: {"generatePrivateKey": False, "username": "v"}}).json
    assert same[key]["publicKey"] == made[key]["publicKey"]
    assert document(secrets_manager, app, made["id"])["secrets"] == before
    with proxy.recording() as calls:
        changed = patch(editor, app, made["id"], {key: {"generatePrivateKey": True}}).json
    assert round_trips(calls) == [OPEN, "UpdateSecret"]
    assert changed[key]["publicKey"] != made[key]["publicKey"]
    assert document(secrets_manager, app, made["id"])["secrets"] != before
    assert get(editor, app, made["id"]).json == changed
    assert listed(editor, app)["items"] == [changed]


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("bits", [2048, 4096])
def test_a_given_snowflake_key_shows_its_public_half(editor: Api, app: str, form: PrivateFormat, bits: int) -> None:
    private = rsa.generate_private_key(65_537, bits)
    made = create(editor, app, "n", "snowflake", config=SNOWFLAKE | {"privateKey": pem(private, form)})
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert made["snowflakeConfig"]["publicKey"] == public


@pytest.mark.parametrize(
    "private",
    [
        ed25519.Ed25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        # Half of these have a leading zero, which is not written.
        *(ec.generate_private_key(ec.SECP521R1()) for _ in range(5)),
        rsa.generate_private_key(65_537, 3072),
    ],
    ids=["ed25519", "p256", "p384", *["p521"] * 5, "rsa"],
)
def test_a_given_git_key_shows_its_public_half(editor: Api, app: str, private: Any) -> None:
    given = pem(private, PrivateFormat.OpenSSH)
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    made = create(editor, app, "n", "git", config=GIT | {"secretValue": given})
    assert made["gitConfig"]["publicKey"] == public
    # A password replaces the key, and then a key replaces the password.
    changed = patch(editor, app, made["id"], {"gitConfig": {"type": "http-password", "secretValue": "p"}}).json
    assert "publicKey" not in changed["gitConfig"]
    changed = patch(editor, app, made["id"], {"gitConfig": {"type": "ssh-key", "secretValue": given}}).json
    assert changed["gitConfig"]["publicKey"] == public


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_given_git_key_can_be_rsa_in_pem(editor: Api, app: str, form: PrivateFormat) -> None:
    private = rsa.generate_private_key(65_537, 2048)
    made = create(editor, app, "n", "git", config=GIT | {"secretValue": pem(private, form)})
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    assert made["gitConfig"]["publicKey"] == public


def test_other_keys_are_rejected(editor: Api, app: str) -> None:
    small = rsa.generate_private_key(65_537, 1024)
    p256 = ec.generate_private_key(ec.SECP256R1())
    public = small.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    snowflake = [
        pem(small, PrivateFormat.PKCS8, b"passphrase"),
        pem(small, PrivateFormat.OpenSSH),
        pem(p256, PrivateFormat.PKCS8),
        pem(dsa.generate_private_key(1024), PrivateFormat.PKCS8),
        public,
        "",
    ]
    git = [
        with_passphrase(pem(ed25519.Ed25519PrivateKey.generate(), PrivateFormat.OpenSSH)),
        pem(p256, PrivateFormat.PKCS8),
        pem(p256, PrivateFormat.TraditionalOpenSSL),
        public,
        "password",
        "",
    ]
    for key in snowflake:
        body = post("n", "snowflake", SNOWFLAKE | {"privateKey": key})
        answer = editor.call("POST", collection(app), body)
        assert_rejected(answer, 400, "Validation", "snowflakeConfig.privateKey: must be an RSA private key")
    for key in git:
        answer = editor.call("POST", collection(app), post("n", "git", GIT | {"secretValue": key}))
        assert_rejected(answer, 400, "Validation", "gitConfig.secretValue: must be a private key")


def test_a_git_credential_needs_no_key(editor: Api, secrets_manager: Any, app: str) -> None:
    made = create(editor, app, "n", "git", config=GIT | {"generatePrivateKey": False})
    assert made["gitConfig"] == GIT
    assert document(secrets_manager, app, made["id"])["secrets"] == {}
    changed = patch(editor, app, made["id"], {"gitConfig": {"generatePrivateKey": True}}).json
    assert changed["gitConfig"]["publicKey"].startswith("ssh-ed25519 ")


def test_a_private_key_never_becomes_a_password(editor: Api, secrets_manager: Any, app: str) -> None:
    made = create(editor, app, "n", "git", config=TO_MAKE["git"])
    changed = patch(editor, app, made["id"], {"gitConfig": {"type": "http-password"}}).json
    assert changed["gitConfig"] == GIT | {"type": "http-password"}
    assert document(secrets_manager, app, made["id"])["secrets"] == {}
    made = create(editor, app, "m", "git")
    changed = patch(editor, app, made["id"], {"gitConfig": {"type": "ssh-key"}}).json
    assert changed["gitConfig"] == {name: CONFIGS["git"][name] for name in ("cloneUrl",)} | {"type": "ssh-key"}
    assert "secretValue" not in json.dumps(document(secrets_manager, app, made["id"]))
