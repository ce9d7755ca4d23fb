"""What schemathesis has to know about the APIs' texts, and JSON Schema cannot say."""

import json
import re
from typing import Any

import schemathesis
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import PrivateFormat
from hypothesis import strategies

from tests.support.certificates import certificate, pem

_EC = ec.generate_private_key(ec.SECP256R1())
_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_SSH = ed25519.Ed25519PrivateKey.generate()
_ACCOUNT = {
    "type": "service_account",
    "private_key": pem(_RSA),
    "private_key_id": "0123456789abcdef0123456789abcdef01234567",
    "client_email": "reader@project.iam.gserviceaccount.com",
}
# A valid text of each format. The first two belong together.
_TEXTS = {
    "x509-certificate": certificate(_EC),
    "certificate-private-key": pem(_EC),
    "google-service-account-key": json.dumps(_ACCOUNT),
    "rsa-private-key": pem(_RSA),
    "ssh-private-key": pem(_SSH, PrivateFormat.OpenSSH),
}
for _format, _text in _TEXTS.items():
    schemathesis.openapi.format(_format, strategies.just(_text))


@schemathesis.deserializer("application/octet-stream")
def any_file(_: Any, response: schemathesis.Response) -> str:
    """The file as text: it can contain any bytes, but schemathesis only compares values without bytes."""
    return response.content.decode("latin-1")


# Reasons to reject a request of the documented form that no schema has: a rule in the description, or the state of the
# credential.
_BEYOND_SCHEMAS = re.compile(
    r"is longer than \d+ bytes"
    r"|larger than \d+ bytes"
    r"|[Ii]f-[Mm]atch: is too long"
    r"|is not the name in the path"
    r"|does not agree with (the credential's provider|[a-z.]+, which the credential holds)"
    r"|is not a documented field of (aws|azure|gcp)"
    r"|Config: is not for a credential of type"
    r"|is that of another credential of this application"
    r"|This Idempotency-Key has made a credential already"
    r"|cannot be given together with secretValue"
)


@schemathesis.hook
def filter_failure(_: Any, failure: Any, case: Any, response: schemathesis.Response) -> bool:
    """Whether a failure is a real one."""
    if type(failure).__name__ != "RejectedPositiveData":
        return True
    # A verification rejects a credential that does not work. And schemathesis takes a 0 for a text of any pattern.
    is_expected = case.operation.path.endswith("/verify") or (case.headers or {}).get("If-Match") == "0"
    return not is_expected and not _BEYOND_SCHEMAS.search(response.text)
