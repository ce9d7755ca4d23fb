"""Certificates and keys, as PEM."""

import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Time = datetime.datetime


def pem(key: Any, form: PrivateFormat = PrivateFormat.PKCS8, password: bytes | None = None) -> str:
    """A private key, encrypted if there is a password."""
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, encryption).decode()


def common_name(text: str) -> x509.Name:
    """A distinguished name that has only a common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


SUBJECT, ISSUER = common_name("device"), common_name("Acme CA")
SINCE, UNTIL = Time(2026, 1, 2, 3, 4, 5), Time(2036, 1, 2, 3, 4, 5)


def certificate(
    key: Any,
    subject: x509.Name = SUBJECT,
    issuer: x509.Name = ISSUER,
    signed_with: Any = None,
    serial: int | None = None,
    since: Time = SINCE,
    until: Time = UNTIL,
) -> str:
    """A certificate for `key`, signed with `signed_with` or, without that, with `key` itself."""
    signer = signed_with or key
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), serial or x509.random_serial_number())
    builder = builder.not_valid_before(since).not_valid_after(until)
    algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else SHA256()
    return builder.sign(signer, algorithm).public_bytes(Encoding.PEM).decode()


def pair(key: Any, form: PrivateFormat = PrivateFormat.PKCS8) -> dict[str, str]:
    """A certificate for `key`, and that key, under Losant's names."""
    return {"certificate": certificate(key), "privateKey": pem(key, form)}


def info_of(text: str) -> dict[str, str]:
    """The public details of the first certificate in `text`, under Losant's names."""
    found = x509.load_pem_x509_certificate(text.encode())
    serial = found.serial_number
    common_names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return {
        **({"commonName": str(common_names[0].value)[:1024]} if common_names else {}),
        "fingerprint": found.fingerprint(SHA256()).hex(":").upper(),
        "issuerName": found.issuer.rfc4514_string()[:1024],
        "notValidBefore": written(found.not_valid_before_utc),
        "notValidAfter": written(found.not_valid_after_utc),
        "serialNumber": serial.to_bytes((serial.bit_length() + 7) // 8, "big").hex(),
    }


def written(time: Time) -> str:
    """A time as Losant writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z")
