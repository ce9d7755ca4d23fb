"""Requests that carry a secret, which must appear nowhere else. Each API has its own requests."""

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric import ec

from local.stack import Stack
from tests.support.certificates import certificate
from tests.support.log import lines

CANARY = "c4n4ry-3b1f-t0p-s3cr3t-b9a7"
# A field that no form has. Responses name it, but logs must not.
FIELD = "c4n4ry-f1eld"
# A valid certificate: without one, the private key that comes with it is not looked at.
CERTIFICATE = certificate(ec.generate_private_key(ec.SECP256R1()))


def disguises(secret: str) -> list[bytes]:
    """The forms in which a secret may appear."""
    plain = secret.encode()
    # Base64 depends on where in its three bytes the secret starts; the middle is the same.
    shifted = [base64.b64encode(b"x" * shift + plain)[4:-4] for shift in range(3)]
    return [plain, plain.hex().encode(), quote(secret).encode(), json.dumps(secret)[1:-1].encode(), *shifted]


def assert_absent(secret: str, text: bytes, where: str) -> None:
    for disguise in disguises(secret):
        assert disguise not in text, f"{where}: …{text[max(0, text.find(disguise) - 200) :][:400]!r}"


def logged(stack: Stack) -> list[dict[str, Any]]:
    """The line of each request, without MiniStack's own lines."""
    return [line for line in lines(stack) if line.get("message") == "request"]


@dataclass
class Sent:
    """A request. `reveals` is true if its response has the secret."""

    operation: str
    method: str
    path: str
    body: Any = None
    query: dict[str, Any] | None = None
    headers: dict[str, str] | None = None
    reveals: bool = False


def _dqops() -> list[Sent]:
    name = "canary.txt"
    text = {"credential_name": name, "type": "text", "text_value": CANARY}
    binary = {
        "credential_name": name,
        "type": "binary",
        "binary_value": base64.b64encode(b"\xff" + CANARY.encode()).decode(),
    }
    create, update = ("dqops-create", "POST", "/api/credentials"), ("dqops-update", "PUT", f"/api/credential/{name}")
    return [
        Sent(*create, text),
        Sent(*create, text),
        Sent(*create, text | {"type": CANARY}),
        Sent(*create, text | {"text_value": [CANARY]}),
        Sent(*create, text | {"text_value": CANARY * 3000}),
        Sent(*create, text | {"binary_value": CANARY}),
        Sent(*create, binary | {"binary_value": CANARY}),
        Sent(*create, f'{{"text_value": "{CANARY}"'.encode()),
        Sent(*create, f'{{"{CANARY}": 1, "{CANARY}": 2}}'.encode()),
        Sent("dqops-list", "GET", "/api/credentials"),
        Sent("dqops-get", "GET", f"/api/credentials/{name}", reveals=True),
        Sent("dqops-download", "GET", f"/api/credentials/{name}/download", reveals=True),
        Sent(*update, binary),
        Sent(*update, text | {"credential_name": "other"}),
        Sent(*update, text | {"type": "binary"}),
        Sent("dqops-get", "GET", f"/api/credentials/{name}", reveals=True),
        Sent("dqops-get", "GET", "/api/credentials/unknown", headers={"Authorization": f"Bearer x.{CANARY}"}),
        Sent("dqops-get", "GET", "/api/credentials/x", headers={"Authorization": f"Bearer x.{CANARY}\x01"}),
        Sent("dqops-get", "GET", "/api/credentials/x", headers={"Authorization": f"Bearer {CANARY}\x7f"}),
        Sent("dqops-get", "GET", "/api/credentials/x", headers={"X-Odd": f"{CANARY}\x1b\x80"}),
        Sent("dqops-delete", "DELETE", f"/api/credentials/{name}"),
        Sent("dqops-delete", "DELETE", f"/api/credentials/{name}"),
    ]


def _organizations() -> list[Sent]:
    def sent(operation: str, body: Any = None, method: str = "POST") -> Sent:
        return Sent(f"organizations-{operation}", method, f"/v1/organizations/credentials/{operation}", body)

    specific = {"tenant": "t", "clientId": "c", "key": CANARY}
    azure = {"org_id": "canary", "type": "azure", "name": "n", "specific": specific, "comments": "c"}
    secret = {"specific": {"key": CANARY}}
    # The server makes the ids. tests/organizations changes and deletes a credential that exists.
    named = {"org_id": "canary", "credential_id": "unknown"}
    return [
        sent("create", azure),
        sent("create", azure | {"type": "gcp"}),
        sent("create", azure | {"type": CANARY}),
        sent("create", azure | {"name": [CANARY]}),
        sent("create", azure | {"specific": specific | {"key": {"key": CANARY}}}),
        sent("create", azure | {"specific": specific | {FIELD: CANARY}}),
        sent("create", azure | {"specific": CANARY}),
        sent("create", azure | {"specific": specific | {"key": CANARY * 400}}),
        sent("create", f'{{"org_id": "canary", "specific": {{"key": "{CANARY}"'.encode()),
        Sent("organizations-list", "GET", "/v1/organizations/credentials/list", query={"org_id": "canary"}),
        sent("update", named | {"data": secret}),
        sent("update", named | {"data": {FIELD: CANARY}}),
        sent("update", named | {"data": {"specific": {FIELD: CANARY}}}),
        sent("update", named | {"data": CANARY}),
        sent("delete", named | secret),
        sent("delete", named | {"comments": {"key": CANARY}}),
    ]


def _tiledb() -> list[Sent]:
    secret = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": CANARY}
    key = {"name": "canary", "provider": "AWS", "credential": {"aws": secret}}
    path = "/v4/credentials"
    create, patch = ("tiledb-create", "POST", path), ("tiledb-patch", "PATCH", f"{path}/canary")
    return [
        Sent(*create, key),
        Sent(*create, key),
        Sent(*create, key | {"provider": CANARY}),
        Sent(*create, key | {"credential": {"aws": {"secret_access_key": [CANARY]}}}),
        Sent(*create, key | {"credential": CANARY}),
        Sent(*create, key | {"token": {"gcp": {"key_text": f'{{"private_key": "{CANARY}"'}}}),
        Sent(*create, f'{{"credential": "{CANARY}"'.encode()),
        Sent("tiledb-list", "GET", path),
        Sent("tiledb-get", "GET", f"{path}/canary"),
        Sent("tiledb-get", "GET", f"{path}/canary", headers={"X-TILEDB-REST-API-KEY": f"x.{CANARY}"}),
        Sent("tiledb-get", "GET", f"{path}/canary", headers={"X-TILEDB-REST-API-KEY": f"Bearer x.{CANARY}\x01"}),
        Sent("tiledb-get-workspace", "GET", "/tiledb/v4/workspaces/canary"),
        Sent("tiledb-get-workspace", "GET", f"/tiledb/v4/workspaces/{CANARY}", headers={"Authorization": CANARY}),
        Sent("tiledb-list-teamspaces", "GET", "/tiledb/v4/teamspaces/canary", query={"order": CANARY}),
        Sent("tiledb-get-teamspace", "GET", f"/tiledb/v4/teamspaces/canary/t?key={CANARY}"),
        Sent("tiledb-verify", "POST", f"{path}/verify", key),
        Sent("tiledb-verify", "POST", f"{path}/verify", key | {"credential": {"aws": {"access_key_id": CANARY}}}),
        Sent(*patch, {"credential": {"aws": secret}, "provider_default": True}),
        Sent(*patch, {"name": "renamed"}),
        Sent("tiledb-patch", "PATCH", f"{path}/renamed", {"name": "canary"}),
        Sent("tiledb-delete", "DELETE", f"{path}/canary"),
    ]


def _losant() -> list[Sent]:
    path = f"/applications/{'c' * 24}/credentials"
    body = {"name": "canary", "type": "jwt", "jwtConfig": {"algorithm": "HS256", "secret": CANARY}}
    create = ("losant-create", "POST", path)
    pair = {"name": "pair", "type": "certificateKeyPair"}
    pairs = ({"certificate": text, "privateKey": CANARY} for text in (CANARY, CERTIFICATE))
    unknown = f"{path}/{'0' * 24}"
    return [
        Sent(*create, body),
        Sent(*create, body),
        Sent(*create, body | {"type": CANARY}),
        Sent(*create, body | {"jwtConfig": {"secret": CANARY}}),
        Sent(*create, body | {"jwtConfig": {"algorithm": CANARY, "secret": CANARY}}),
        Sent(*create, body | {FIELD: CANARY}),
        Sent(*create, body | {"jwtConfig": {FIELD: CANARY}}),
        Sent(*create, {"name": "gcp", "type": "gcp", "gcpConfig": {"keyJson": CANARY}}),
        Sent(*create, {"name": "sf", "type": "snowflake", "snowflakeConfig": {"privateKey": CANARY}}),
        *(Sent(*create, pair | {"certificateKeyPairConfig": config}) for config in pairs),
        Sent(*create, f'{{"jwtConfig": {{"secret": "{CANARY}"'.encode()),
        Sent("losant-list", "GET", path),
        Sent("losant-get", "GET", unknown),
        Sent("losant-patch", "PATCH", unknown, {"jwtConfig": {"secret": CANARY}}),
        Sent("losant-patch", "PATCH", unknown, {"jwtConfig": {"algorithm": CANARY}}),
        Sent("losant-linked-resources", "GET", f"{unknown}/linkedResources"),
        Sent("losant-delete", "DELETE", unknown),
    ]


# Access keys with one mistake each. Their callers have the right secret all the same.
UNUSABLE_KEYS: dict[str, Any] = {
    "unknown-field": {CANARY: CANARY, "secret": CANARY * 2, "grants": [], "expires": CANARY},
    "unknown-field-of-a-grant": {
        "secret": CANARY * 2,
        "grants": [{CANARY: CANARY, "api": "dqops", "namespaces": ["*"], "permissions": []}],
    },
    "wrong-time": {"secret": CANARY * 2, "grants": [], "expires_at": CANARY},
    "wrong-grant": {"secret": CANARY * 2, "grants": [{"api": CANARY, "namespaces": [{CANARY: 1}], "permissions": []}]},
    "array": [CANARY * 2, []],
    "text": CANARY * 2,
    "short": {"secret": CANARY, "grants": []},
}

REQUESTS = [*_dqops(), *_organizations(), *_tiledb(), *_losant()]
