"""Certificates with their keys: invalid ones, which key fits, and what a response says about a certificate."""

import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    pkcs7,
)
from cryptography.x509.oid import NameOID

from tests.losant.conftest import (
    NOT_FOUND,
    assert_invalid,
    assert_valid,
    collection,
    create,
    document,
    get,
    item,
    listed,
    names,
    new_id,
    patch,
    post,
)
from tests.support.api import Answer, Api, at_once
from tests.support.certificates import ISSUER, Time, certificate, common_name, info_of, pair, pem
from tests.support.proxy import OPEN, Proxy, round_trips

KIND, CONFIG = "certificateKeyPair", "certificateKeyPairConfig"
NO_CERTIFICATE = f"{CONFIG}.certificate: must be an X.509 certificate in PEM"
NO_KEY = (
    f"{CONFIG}.privateKey: must be an RSA, EC or Ed25519 private key in PEM (PKCS #8, PKCS #1 or SEC 1), not encrypted"
)
NOT_ITS_KEY = f"{CONFIG}.privateKey: is not the key of the certificate"

PKCS8, TRADITIONAL = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL
# Two of each algorithm.
KEYS: dict[str, list[Any]] = {
    "RSA 1024": [rsa.generate_private_key(65_537, 1024) for _ in range(2)],
    "RSA 2048": [rsa.generate_private_key(65_537, 2048) for _ in range(2)],
    "P-256": [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)],
    "P-384": [ec.generate_private_key(ec.SECP384R1()) for _ in range(2)],
    "P-521": [ec.generate_private_key(ec.SECP521R1()) for _ in range(2)],
    "secp256k1": [ec.generate_private_key(ec.SECP256K1()) for _ in range(2)],
    "Ed25519": [ed25519.Ed25519PrivateKey.generate() for _ in range(2)],
}
RSA, P256, P521, ED25519 = (KEYS[name][0] for name in ("RSA 2048", "P-256", "P-521", "Ed25519"))
PAIR, OTHER_PAIR = (pair(key) for key in KEYS["P-256"])
CERTIFICATE, PRIVATE_KEY = PAIR["certificate"], PAIR["privateKey"]


def der(text: str) -> bytes:
    """The content of a PEM."""
    return base64.b64decode("".join(text.splitlines()[1:-1]))


def armoured(label: str, content: bytes) -> str:
    """A PEM with this content."""
    encoded = base64.b64encode(content).decode()
    lines = [encoded[start : start + 64] for start in range(0, len(encoded), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def public_pem(key: Any, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    return key.public_key().public_bytes(Encoding.PEM, form).decode()


def request() -> str:
    """A certificate signing request."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(common_name("device"))
    return builder.sign(P256, SHA256()).public_bytes(Encoding.PEM).decode()


def posted(api: Api, app: str, **config: Any) -> Answer:
    return api.call("POST", collection(app), post("n", KIND, config))


def stored(secrets_manager: Any, app: str, credential_id: str) -> dict[str, Any]:
    """The secret fields of a stored credential, which no response shows."""
    return document(secrets_manager, app, credential_id)["secrets"]


def assert_hides(answer: Answer, config: dict[str, str]) -> None:
    """Checks that a response has nothing of the key, apart from the certificate."""
    shown = json.dumps(answer.json, ensure_ascii=False)
    shown = shown.replace(json.dumps(config["certificate"], ensure_ascii=False), "")
    assert "PRIVATE KEY" not in shown
    lines = [line for line in config["privateKey"].splitlines() if len(line) >= 44 and "-----" not in line]
    assert lines
    assert not [line for line in lines if line in shown]


NO_CERTIFICATES = {
    "nothing": "",
    "blank": " \r\n",
    "garbage": "certificate",
    "its public key": public_pem(P256),
    "a request": request(),
    "a request that calls itself a certificate": request().replace("CERTIFICATE REQUEST", "CERTIFICATE"),
    "a key that calls itself a certificate": PRIVATE_KEY.replace("PRIVATE KEY", "CERTIFICATE"),
    "PKCS#7": pkcs7.serialize_certificates(
        [x509.load_pem_x509_certificate(CERTIFICATE.encode())], Encoding.PEM
    ).decode(),
    "only base64": "\n".join(CERTIFICATE.splitlines()[1:-1]),
    "nothing in PEM": armoured("CERTIFICATE", b""),
    "a byte too few": armoured("CERTIFICATE", der(CERTIFICATE)[:-1]),
    "half of it": armoured("CERTIFICATE", der(CERTIFICATE)[:200]),
    "a byte too many": armoured("CERTIFICATE", der(CERTIFICATE) + b"\0"),
    "a text that is cut off": CERTIFICATE.partition("-----END")[0],
    "another end": CERTIFICATE.replace("-----END CERTIFICATE", "-----END PUBLIC KEY"),
    "no base64": CERTIFICATE.replace("\nM", "\n*", 1),
    "a broken one before a good one": armoured("CERTIFICATE", der(CERTIFICATE)[:-1]) + CERTIFICATE,
}


@pytest.mark.parametrize(
    "text",
    [PRIVATE_KEY, CERTIFICATE + PRIVATE_KEY, PRIVATE_KEY + CERTIFICATE, CERTIFICATE + pem(P256, TRADITIONAL)],
    ids=["only the key", "the key after it", "the key before it", "the key as SEC 1"],
)
def test_a_certificate_must_not_include_its_key(editor: Api, app: str, text: str) -> None:
    """Files with both are common, and everybody can see the certificate."""
    message = f"{CONFIG}.certificate: holds a private key, which everybody would see"
    assert_invalid(posted(editor, app, certificate=text, privateKey=PRIVATE_KEY), message)
    assert names(editor, app) == []


def assert_all_invalid(editor: Api, app: str, configs: dict[str, dict[str, str]], message: str) -> None:
    """Checks that posts of these configs are all rejected with this message."""
    answers = at_once(partial(posted, editor, app, **config) for config in configs.values())
    body = {"type": "Validation", "message": message}
    wrong = {what: answer for what, answer in zip(configs, answers, strict=True) if answer.json != body}
    assert not wrong
    assert {answer.status for answer in answers} == {400}
    assert names(editor, app) == []


def test_an_invalid_certificate_is_rejected(editor: Api, app: str) -> None:
    configs = {what: {"certificate": text, "privateKey": PRIVATE_KEY} for what, text in NO_CERTIFICATES.items()}
    assert_all_invalid(editor, app, configs, NO_CERTIFICATE)


NO_KEYS: dict[str, tuple[Any, str]] = {
    "nothing": (P256, ""),
    "blank": (P256, " \r\n"),
    "garbage": (P256, "key"),
    "its certificate": (P256, CERTIFICATE),
    "a request": (P256, request()),
    "its public key": (P256, public_pem(P256)),
    "its public key in PKCS#1": (RSA, public_pem(RSA, PublicFormat.PKCS1)),
    "its public key that calls itself private": (P256, public_pem(P256).replace("PUBLIC", "PRIVATE")),
    "EC in encrypted PKCS#8": (P256, pem(P256, PKCS8, b"passphrase")),
    "RSA in encrypted PKCS#8": (RSA, pem(RSA, PKCS8, b"passphrase")),
    "Ed25519 in encrypted PKCS#8": (ED25519, pem(ED25519, PKCS8, b"passphrase")),
    "EC encrypted by OpenSSL": (P256, pem(P256, TRADITIONAL, b"passphrase")),
    "RSA encrypted by OpenSSL": (RSA, pem(RSA, TRADITIONAL, b"passphrase")),
    "in OpenSSH's form": (ED25519, pem(ED25519, PrivateFormat.OpenSSH)),
    "only base64": (P256, "\n".join(PRIVATE_KEY.splitlines()[1:-1])),
    "nothing in PEM": (P256, armoured("PRIVATE KEY", b"")),
    "EC, a byte too few": (P256, armoured("PRIVATE KEY", der(PRIVATE_KEY)[:-1])),
    "RSA, a byte too few": (RSA, armoured("RSA PRIVATE KEY", der(pem(RSA, TRADITIONAL))[:-1])),
    "EC, a byte too many": (P256, armoured("PRIVATE KEY", der(PRIVATE_KEY) + b"\0")),
    "RSA, a byte too many": (RSA, armoured("RSA PRIVATE KEY", der(pem(RSA, TRADITIONAL)) + b"\0")),
    "a text that is cut off": (P256, PRIVATE_KEY.partition("-----END")[0]),
    "another end": (P256, PRIVATE_KEY.replace("-----END PRIVATE KEY", "-----END CERTIFICATE")),
    "no base64": (P256, PRIVATE_KEY.replace("\nM", "\n*", 1)),
    "EC that calls itself RSA": (P256, pem(P256, TRADITIONAL).replace("EC PRIVATE", "RSA PRIVATE")),
    "RSA that calls itself EC": (RSA, pem(RSA, TRADITIONAL).replace("RSA PRIVATE", "EC PRIVATE")),
    "PKCS#1 that calls itself PKCS#8": (RSA, pem(RSA, TRADITIONAL).replace("RSA PRIVATE", "PRIVATE")),
    "only parameters": (P256, armoured("EC PARAMETERS", bytes.fromhex("06082a8648ce3d030107"))),
    "a broken one before a good one": (P256, armoured("PRIVATE KEY", der(PRIVATE_KEY)[:-1]) + PRIVATE_KEY),
}


def test_an_invalid_key_is_rejected(editor: Api, app: str) -> None:
    configs = {what: {"certificate": certificate(key), "privateKey": text} for what, (key, text) in NO_KEYS.items()}
    assert_all_invalid(editor, app, configs, NO_KEY)


def test_another_key_is_rejected(editor: Api, app: str) -> None:
    """Keys of every other algorithm, and of the same one."""
    configs = {
        f"{of_certificate}, {of_key}, {form}": {"certificate": text, "privateKey": pem(KEYS[of_key][1], form)}
        for of_certificate, text in ((name, certificate(keys[0])) for name, keys in KEYS.items())
        for of_key in KEYS
        for form in ((PKCS8,) if of_key == "Ed25519" else (PKCS8, TRADITIONAL))
    }
    assert_all_invalid(editor, app, configs, NOT_ITS_KEY)


def test_the_key_is_that_of_the_first_certificate_and_not_of_its_signer(editor: Api, app: str) -> None:
    authority, device = KEYS["P-256"]
    of_authority, of_device = certificate(authority, ISSUER), certificate(device, signed_with=authority)
    for text, key in (
        (of_device, authority),
        (of_device + of_authority, authority),
        (of_authority + of_device, device),
    ):
        assert_invalid(posted(editor, app, certificate=text, privateKey=pem(key)), NOT_ITS_KEY)
    # Of several keys, the first one counts, too.
    both = pem(authority) + pem(device)
    assert_invalid(posted(editor, app, certificate=of_device, privateKey=both), NOT_ITS_KEY)
    assert names(editor, app) == []
    chain = {"certificate": of_device + of_authority, "privateKey": pem(device) + pem(authority)}
    assert create(editor, app, "n", KIND, config=chain)[CONFIG]["info"] == info_of(of_device)


@pytest.mark.parametrize("curve", ["P-256", "P-384"])
@pytest.mark.parametrize(
    ("form", "label"), [(PKCS8, "PRIVATE KEY"), (TRADITIONAL, "EC PRIVATE KEY")], ids=["PKCS#8", "SEC 1"]
)
def test_the_public_half_in_a_key_is_not_trusted(
    editor: Api, app: str, curve: str, form: PrivateFormat, label: str
) -> None:
    """A key's file contains its public half, and here it contains that of another key."""
    own, other = (key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) for key in KEYS[curve])
    forged = der(pem(KEYS[curve][1], form)).replace(other, own)
    assert own in forged
    answer = posted(editor, app, certificate=certificate(KEYS[curve][0]), privateKey=armoured(label, forged))
    assert_invalid(answer, NOT_ITS_KEY)
    assert names(editor, app) == []


@pytest.mark.parametrize(
    "key", [ed448.Ed448PrivateKey.generate(), dsa.generate_private_key(1024)], ids=["Ed448", "DSA"]
)
def test_a_key_of_another_algorithm_is_rejected(editor: Api, app: str, key: Any) -> None:
    assert_invalid(posted(editor, app, certificate=CERTIFICATE, privateKey=pem(key)), NOT_ITS_KEY)
    assert names(editor, app) == []


@pytest.mark.parametrize("info", [info_of(CERTIFICATE), {}, None, "text"], ids=["right", "empty", "null", "text"])
def test_the_info_cannot_be_given(editor: Api, app: str, info: Any) -> None:
    message = f"{CONFIG}.info: is not a documented field"
    assert_invalid(posted(editor, app, **PAIR, info=info), message)
    assert names(editor, app) == []
    made = create(editor, app, "n", KIND, config=PAIR)
    for config in ({"info": info}, {**OTHER_PAIR, "info": info}):
        assert_invalid(patch(editor, app, made["id"], {CONFIG: config}), message)
    assert get(editor, app, made["id"]).json == made


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, f"{CONFIG}.certificate: is missing"),
        ({"privateKey": PRIVATE_KEY}, f"{CONFIG}.certificate: is missing"),
        ({"certificate": CERTIFICATE}, f"{CONFIG}.privateKey: is missing"),
    ],
)
def test_half_a_pair_is_rejected(editor: Api, app: str, config: dict[str, Any], message: str) -> None:
    assert_invalid(posted(editor, app, **config), message)
    assert names(editor, app) == []


INVALID_PATCHES: dict[str, tuple[dict[str, Any], str]] = {
    "no certificate": ({"certificate": "certificate"}, NO_CERTIFICATE),
    "an empty certificate": ({"certificate": ""}, NO_CERTIFICATE),
    "no certificate, and another key": ({**OTHER_PAIR, "certificate": "certificate"}, NO_CERTIFICATE),
    "no key": ({"privateKey": "key"}, NO_KEY),
    "an empty key": ({"privateKey": ""}, NO_KEY),
    "another certificate, and no key": ({**OTHER_PAIR, "privateKey": "key"}, NO_KEY),
    "an encrypted key": ({"privateKey": pem(P256, PKCS8, b"passphrase")}, NO_KEY),
    "another's certificate": ({"certificate": OTHER_PAIR["certificate"]}, NOT_ITS_KEY),
    "another's key": ({"privateKey": OTHER_PAIR["privateKey"]}, NOT_ITS_KEY),
    "a certificate of another algorithm": ({"certificate": certificate(RSA)}, NOT_ITS_KEY),
    "a key of another algorithm": ({"privateKey": pem(ED25519)}, NOT_ITS_KEY),
    "halves of two pairs": ({"certificate": certificate(RSA), "privateKey": pem(ED25519)}, NOT_ITS_KEY),
    "a null certificate": ({"certificate": None}, f"{CONFIG}.certificate: must be text"),
    "a null key": ({"privateKey": None}, f"{CONFIG}.privateKey: must be text"),
}


@pytest.mark.parametrize(("config", "message"), INVALID_PATCHES.values(), ids=INVALID_PATCHES)
def test_a_patch_that_does_not_make_a_pair_changes_nothing(
    editor: Api, proxy: Proxy, secrets_manager: Any, app: str, config: dict[str, Any], message: str
) -> None:
    made = create(editor, app, "n", KIND, config=PAIR)
    before = get(editor, app, made["id"]).headers["etag"]
    with proxy.recording() as calls:
        for more in ({}, {"name": "m", "description": "d"}):
            assert_invalid(patch(editor, app, made["id"], {CONFIG: config, **more}), message)
    assert {call.action for call in calls} <= {"GetSecretValue", "DescribeSecret"}
    found = get(editor, app, made["id"])
    assert (found.json, found.headers["etag"]) == (made, before)
    assert stored(secrets_manager, app, made["id"]) == {"privateKey": PRIVATE_KEY}
    assert listed(editor, app)["items"] == [made]


def test_a_pair_for_an_unknown_credential_is_404(editor: Api, app: str) -> None:
    for config in (PAIR, {"certificate": CERTIFICATE}, {"privateKey": PRIVATE_KEY}):
        answer = patch(editor, app, new_id(), {CONFIG: config})
        assert (answer.status, answer.json) == (404, NOT_FOUND)


PARAMETERS = {
    "P-256": "06082a8648ce3d030107",
    "P-384": "06052b81040022",
    "P-521": "06052b81040023",
    "secp256k1": "06052b8104000a",
}
PAIRS = {
    **{f"{name} in PKCS#8": pair(key) for name, (key, _) in KEYS.items()},
    **{f"{name} in its own form": pair(key, TRADITIONAL) for name, (key, _) in KEYS.items() if name != "Ed25519"},
    **{
        f"{name} after its parameters": {
            "certificate": certificate(KEYS[name][0]),
            "privateKey": armoured("EC PARAMETERS", bytes.fromhex(curve)) + pem(KEYS[name][0], TRADITIONAL),
        }
        for name, curve in PARAMETERS.items()
    },
    "RSA 3072": pair(rsa.generate_private_key(65_537, 3072)),
    "RSA with the exponent 3": pair(rsa.generate_private_key(3, 2048)),
}


@pytest.mark.parametrize("config", PAIRS.values(), ids=PAIRS)
def test_a_pair_is_stored_and_its_key_is_in_no_response(
    editor: Api, viewer: Api, secrets_manager: Any, app: str, config: dict[str, str]
) -> None:
    answer = posted(editor, app, **config)
    assert answer.status == 201, answer
    made = answer.json
    assert_valid("credential", made)
    assert made[CONFIG] == {"certificate": config["certificate"], "info": info_of(config["certificate"])}
    assert stored(secrets_manager, app, made["id"]) == {"privateKey": config["privateKey"]}

    found, all_found = viewer.call("GET", item(app, made["id"])), viewer.call("GET", collection(app))
    changed = patch(editor, app, made["id"], {CONFIG: {"privateKey": config["privateKey"]}})
    assert found.json == made
    assert all_found.json["items"] == [made]
    assert changed.json == made | {"lastUpdated": changed.json["lastUpdated"]}
    for seen in (answer, found, all_found, changed):
        assert_hides(seen, config)


def without_public_half(key: Any, name: str) -> bytes:
    """An EC key without its public half, which SEC 1 and Java leave out."""
    secret = key.private_numbers().private_value.to_bytes((key.key_size + 7) // 8, "big")
    curve = bytes.fromhex(PARAMETERS[name])
    parts = b"\x02\x01\x01" + bytes([4, len(secret)]) + secret + bytes([0xA0, len(curve)]) + curve
    return bytes([0x30, len(parts)]) + parts


@pytest.mark.parametrize("name", ["P-256", "P-384"])
def test_a_key_needs_no_public_half(editor: Api, app: str, name: str) -> None:
    key, other = KEYS[name]
    text = certificate(key)
    wrong = armoured("EC PRIVATE KEY", without_public_half(other, name))
    assert_invalid(posted(editor, app, certificate=text, privateKey=wrong), NOT_ITS_KEY)
    right = armoured("EC PRIVATE KEY", without_public_half(key, name))
    assert create(editor, app, "n", KIND, config={"certificate": text, "privateKey": right})[CONFIG]["info"]


def lines_of_dos(text: str) -> str:
    return text.replace("\n", "\r\n")


FORMS: dict[str, Callable[[str], str]] = {
    "CRLF": lines_of_dos,
    "no line end": str.strip,
    "blank lines": lambda text: f"\n\n{text}\n\n",
    "text before": lambda text: (
        f"Bag Attributes\n    friendlyName: d\u00e9vice \U0001f511\nsubject=CN = device\n{text}"
    ),
    "text after": lambda text: f"{text}# the end\n",
    "text around, and CRLF": lambda text: lines_of_dos(f"Certificate:\n    Data:\n{text}\nThe end"),
    "another kind before": lambda text: public_pem(P521) + text,
    "another kind after": lambda text: text + public_pem(P521),
    "twice": lambda text: text + text,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("of", ["certificate", "privateKey"])
def test_text_around_a_pem_is_stored_unchanged(
    editor: Api, secrets_manager: Any, app: str, of: str, form: Callable[[str], str]
) -> None:
    config = PAIR | {of: form(PAIR[of])}
    made = create(editor, app, "n", KIND, config=config)
    assert made[CONFIG] == {"certificate": config["certificate"], "info": info_of(CERTIFICATE)}
    assert stored(secrets_manager, app, made["id"]) == {"privateKey": config["privateKey"]}
    assert get(editor, app, made["id"]).json == made


def test_a_chain_shows_its_first_certificate(editor: Api, app: str) -> None:
    authority = KEYS["RSA 2048"][1]
    first = certificate(RSA, signed_with=authority)
    chain = first + certificate(authority, ISSUER) + certificate(P256)
    made = create(editor, app, "n", KIND, config={"certificate": chain, "privateKey": pem(RSA)})
    assert made[CONFIG] == {"certificate": chain, "info": info_of(first)}


def test_a_key_and_its_certificate_can_be_in_one_text(editor: Api, secrets_manager: Any, app: str) -> None:
    """Only in the secret field: what is next to a certificate is shown with it."""
    for text in (CERTIFICATE + PRIVATE_KEY, PRIVATE_KEY + CERTIFICATE):
        made = create(editor, app, new_id(), KIND, config=PAIR | {"privateKey": text})
        assert made[CONFIG] == {"certificate": CERTIFICATE, "info": info_of(CERTIFICATE)}
        assert stored(secrets_manager, app, made["id"]) == {"privateKey": text}


def name_of(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in attributes])


CN, O, OU = NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME  # noqa: E741
C, L, ST = NameOID.COUNTRY_NAME, NameOID.LOCALITY_NAME, NameOID.STATE_OR_PROVINCE_NAME
CERTIFICATES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "the smallest serial number": ({"serial": 1}, {"serialNumber": "01"}),
    "a serial number of an odd number of digits": ({"serial": 0xABC}, {"serialNumber": "0abc"}),
    "a serial number with its first bit set": ({"serial": 0x80}, {"serialNumber": "80"}),
    "a long serial number with its first bit set": ({"serial": 0xFE << 120}, {"serialNumber": "fe" + "00" * 15}),
    "a serial number that ends with zeros": ({"serial": 0x7F0000}, {"serialNumber": "7f0000"}),
    "a serial number of 20 bytes": ({"serial": 2**159 - 1}, {"serialNumber": "7f" + "ff" * 19}),
    "an issuer's whole name": (
        {"issuer": name_of((C, "DE"), (ST, "Berlin"), (L, "Berlin"), (O, "Acme"), (OU, "PKI"), (CN, "Acme CA"))},
        {"issuerName": "CN=Acme CA,OU=PKI,O=Acme,L=Berlin,ST=Berlin,C=DE"},
    ),
    "an issuer's name with what has to be escaped": (
        {"issuer": name_of((O, 'Acme, "Sons" + <Co>; \\ = #1'), (CN, "CA"))},
        {"issuerName": r"CN=CA,O=Acme\, \"Sons\" \+ \<Co\>\; \\ = #1"},
    ),
    "an issuer's name that begins with #": ({"issuer": name_of((O, "#1 Acme"))}, {"issuerName": r"O=\#1 Acme"}),
    "an issuer's name with spaces around": ({"issuer": name_of((O, "  Acme  "))}, {"issuerName": r"O=\  Acme \ "}),
    "an issuer's name that is a space": ({"issuer": name_of((O, " "))}, {"issuerName": r"O=\ "}),
    "an issuer's name twice": (
        {"issuer": name_of((OU, "a"), (OU, "b"), (CN, "CA"))},
        {"issuerName": "CN=CA,OU=b,OU=a"},
    ),
    "an issuer's name of two in one": (
        {
            "issuer": x509.Name(
                [
                    x509.RelativeDistinguishedName([x509.NameAttribute(O, "Acme")]),
                    x509.RelativeDistinguishedName([x509.NameAttribute(CN, "CA"), x509.NameAttribute(OU, "PKI")]),
                ]
            )
        },
        {"issuerName": "CN=CA+OU=PKI,O=Acme"},
    ),
    "an issuer's name in Unicode": (
        {"issuer": name_of((O, "\u00c4cm\u00e9 \u4f8b\u3048 \U0001f511"))},
        {"issuerName": "O=\u00c4cm\u00e9 \u4f8b\u3048 \U0001f511"},
    ),
    "an issuer without a name": ({"issuer": x509.Name([])}, {"issuerName": ""}),
    "the longest issuer's name": (
        {"issuer": name_of((O, "x" * 1022))},
        {"issuerName": "O=" + "x" * 1022},
    ),
    "an issuer's name that is too long": (
        {"issuer": name_of((O, "\U0001f511" * 1023))},
        {"issuerName": "O=" + "\U0001f511" * 1022},
    ),
    "a subject's name in Unicode": (
        {"subject": common_name("\u00c4cm\u00e9 \u4f8b\u3048 \U0001f511")},
        {"commonName": "\u00c4cm\u00e9 \u4f8b\u3048 \U0001f511"},
    ),
    "a subject's name with what no name escapes": (
        {"subject": common_name(' #"Acme", \\ + Sons ')},
        {"commonName": ' #"Acme", \\ + Sons '},
    ),
    "a subject's name among others": (
        {"subject": name_of((C, "DE"), (CN, "device"), (O, "Acme"))},
        {"commonName": "device"},
    ),
    "a subject without a common name": ({"subject": name_of((O, "Acme"))}, {}),
    "a subject without a name": ({"subject": x509.Name([])}, {}),
    "the last century": (
        {"since": Time(1970, 1, 1), "until": Time(1999, 12, 31, 23, 59, 59)},
        {"notValidBefore": "1970-01-01T00:00:00.000Z", "notValidAfter": "1999-12-31T23:59:59.000Z"},
    ),
    "until the end of the short years": (
        {"since": Time(2000, 2, 29, 12), "until": Time(2049, 12, 31, 23, 59, 59)},
        {"notValidBefore": "2000-02-29T12:00:00.000Z", "notValidAfter": "2049-12-31T23:59:59.000Z"},
    ),
    "long years": (
        {"since": Time(2050, 1, 1), "until": Time(2100, 6, 7, 8, 9, 10)},
        {"notValidBefore": "2050-01-01T00:00:00.000Z", "notValidAfter": "2100-06-07T08:09:10.000Z"},
    ),
    "no end": ({"until": Time(9999, 12, 31, 23, 59, 59)}, {"notValidAfter": "9999-12-31T23:59:59.000Z"}),
}


@pytest.mark.parametrize(("said", "shown"), CERTIFICATES.values(), ids=CERTIFICATES)
def test_the_info_shows_what_is_in_the_certificate(
    editor: Api, app: str, said: dict[str, Any], shown: dict[str, str]
) -> None:
    text = certificate(P256, **said, signed_with=RSA)
    made = create(editor, app, "n", KIND, config={"certificate": text, "privateKey": PRIVATE_KEY})
    assert_valid("credential", made)
    info = made[CONFIG]["info"]
    assert info == info_of(text)
    assert {name: info[name] for name in shown} == shown
    assert ("commonName" in info) == ("commonName" in shown or "subject" not in said)
    assert listed(editor, app)["items"] == [made]


@pytest.mark.filterwarnings("ignore:Attribute's length")
@pytest.mark.parametrize("length", [1024, 1025])
def test_a_common_name_is_cut_after_1024_characters(editor: Api, app: str, length: int) -> None:
    subject = x509.Name([x509.NameAttribute(CN, "\U0001f511" * length, _validate=False)])
    config = {"certificate": certificate(P256, subject), "privateKey": PRIVATE_KEY}
    info = create(editor, app, "n", KIND, config=config)[CONFIG]["info"]
    assert info == info_of(config["certificate"])
    assert info["commonName"] == "\U0001f511" * 1024


def test_a_renewed_certificate_keeps_the_key(editor: Api, proxy: Proxy, secrets_manager: Any, app: str) -> None:
    made = create(editor, app, "n", KIND, config=PAIR)
    renewed = certificate(P256, common_name("renewed"), until=Time(2077, 1, 1))
    with proxy.recording() as calls:
        changed = patch(editor, app, made["id"], {CONFIG: {"certificate": renewed}}).json
    assert round_trips(calls) == [OPEN, "UpdateSecret"]
    assert changed[CONFIG] == {"certificate": renewed, "info": info_of(renewed)}
    assert stored(secrets_manager, app, made["id"]) == {"privateKey": PRIVATE_KEY}
    assert get(editor, app, made["id"]).json == changed
    # If the new certificate has less, nothing of the old one is left.
    nameless = certificate(P256, x509.Name([]))
    changed = patch(editor, app, made["id"], {CONFIG: {"certificate": nameless}}).json
    assert changed[CONFIG] == {"certificate": nameless, "info": info_of(nameless)}


def test_a_key_can_be_converted_to_another_form(editor: Api, secrets_manager: Any, app: str) -> None:
    made = create(editor, app, "n", KIND, config=PAIR)
    other = pem(P256, TRADITIONAL)
    changed = patch(editor, app, made["id"], {CONFIG: {"privateKey": other}}).json
    assert changed == made | {"lastUpdated": changed["lastUpdated"]}
    assert stored(secrets_manager, app, made["id"]) == {"privateKey": other}


@pytest.mark.parametrize("other", [OTHER_PAIR, pair(RSA, TRADITIONAL), pair(ED25519)], ids=["P-256", "RSA", "Ed25519"])
def test_another_pair_replaces_the_whole_pair(
    editor: Api, secrets_manager: Any, app: str, other: dict[str, str]
) -> None:
    made = create(editor, app, "n", KIND, config=PAIR, description="d")
    answer = patch(editor, app, made["id"], {CONFIG: other})
    config = {"certificate": other["certificate"], "info": info_of(other["certificate"])}
    assert answer.json == made | {CONFIG: config, "lastUpdated": answer.json["lastUpdated"]}
    assert stored(secrets_manager, app, made["id"]) == {"privateKey": other["privateKey"]}
    assert_hides(answer, other)


def test_other_changes_leave_the_pair_alone(editor: Api, secrets_manager: Any, app: str) -> None:
    made = create(editor, app, "n", KIND, config=PAIR)
    for body in ({"enabled": False}, {"name": "m"}, {CONFIG: {}}):
        assert patch(editor, app, made["id"], body).json[CONFIG] == made[CONFIG]
    assert stored(secrets_manager, app, made["id"]) == {"privateKey": PRIVATE_KEY}


def test_concurrent_patches_always_leave_a_pair(editor: Api, secrets_manager: Any, app: str) -> None:
    """A half is rejected unless it fits the half that is stored when it is written."""
    made = create(editor, app, "n", KIND, config=PAIR)
    configs: list[dict[str, str]] = [OTHER_PAIR, PAIR]
    for key in KEYS["P-256"]:
        configs += [{"privateKey": pem(key, TRADITIONAL)}, {"certificate": certificate(key, common_name("renewed"))}]
    with ThreadPoolExecutor(len(configs)) as pool:
        answers = list(pool.map(lambda config: patch(editor, app, made["id"], {CONFIG: config}), configs))
    assert [answer.status for answer in answers[:2]] == [200, 200]
    for answer in answers[2:]:
        if answer.status != 200:
            assert_invalid(answer, NOT_ITS_KEY)
    found = get(editor, app, made["id"]).json[CONFIG]
    assert found["info"] == info_of(found["certificate"])
    public = x509.load_pem_x509_certificate(found["certificate"].encode()).public_key()
    private = load_pem_private_key(stored(secrets_manager, app, made["id"])["privateKey"].encode(), None)
    assert private.public_key() == public
