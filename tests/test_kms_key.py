"""Changing the KMS key, as docs/deploying.md describes it."""

import re
import uuid
from typing import Any

import pytest

from local.stack import ROOT, Stack
from tests.dqops.conftest import create, get, text
from tests.support import aws_cli
from tests.support.api import Api
from tests.support.proxy import Fault, Proxy
from tests.support.readme import commands_after


def script(old: str | None, new: str, secrets: str) -> str:
    """The document's commands with these keys, for the secrets whose names begin with `secrets`."""
    (script,) = commands_after("## Changing the KMS key\n", (ROOT / "docs" / "deploying.md").read_text())
    for written, meant in (
        (r"^OLD=.*$", f"OLD={old or ''}"),
        (r"^NEW=.*$", f"NEW={new}"),
        ("Values=latchkey/ ", f"Values={secrets} "),
    ):
        script, times = re.subn(written, meant, script, flags=re.MULTILINE)
        assert times == 1, written
    return script


@pytest.mark.parametrize("is_own", [True, False], ids=["from a key of one's own", "from the key that AWS manages"])
def test_the_commands_re_encrypt_only_the_secrets_with_the_old_key(
    stack: Stack, admin: Api, secrets_manager: Any, is_own: bool
) -> None:
    kms = stack.client("kms")
    own, new, other = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(3))
    old, third = (own, None) if is_own else (None, own)
    prefix = uuid.uuid4().hex
    names = [f"{prefix}-{number}.txt" for number in range(3)]
    for name, key in zip(names, (old, third, other), strict=True):
        encrypted = {"KmsKeyId": key} if key else {}
        secrets_manager.create_secret(Name=f"latchkey/dqops/{name}", SecretString="as it was", **encrypted)
    before = get(admin, names[0])

    commands = script(old, new, f"latchkey/dqops/{prefix}")
    done = aws_cli.run(commands, secrets_manager.meta.endpoint_url)

    assert (done.returncode, done.stdout.split()) == (0, [f"latchkey/dqops/{names[0]}"]), done.stderr
    described = [secrets_manager.describe_secret(SecretId=f"latchkey/dqops/{name}") for name in names]
    assert [secret.get("KmsKeyId") for secret in described] == [new, third, other]
    after = get(admin, names[0])
    assert (after.json["text_value"], after.headers["etag"]) == ("as it was", before.headers["etag"])
    # And nothing is left to do.
    assert aws_cli.run(commands, secrets_manager.meta.endpoint_url).stdout == ""


def test_a_deleted_credential_gets_the_new_key_and_stays_deleted(
    stack: Stack, admin: Api, secrets_manager: Any, name: str
) -> None:
    old, new = (stack.client("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    secret = f"latchkey/dqops/{name}"
    secrets_manager.create_secret(Name=secret, SecretString="as it was", KmsKeyId=old)
    assert admin.call("DELETE", f"/api/credentials/{name}").status == 204
    with pytest.raises(secrets_manager.exceptions.InvalidRequestException):
        secrets_manager.update_secret(SecretId=secret, KmsKeyId=new)

    secrets_manager.restore_secret(SecretId=secret)
    secrets_manager.update_secret(SecretId=secret, KmsKeyId=new)
    assert get(admin, name).status == 404
    secrets_manager.delete_secret(SecretId=secret)

    assert get(admin, name).status == 404
    assert secrets_manager.describe_secret(SecretId=secret)["KmsKeyId"] == new


def test_with_a_key_that_only_decrypts_a_credential_is_read_and_not_written(
    admin: Api, proxy: Proxy, name: str
) -> None:
    """This is what a former key can do. AWS then rejects a write as if the function had no permission."""
    kept, deleted = f"kept-{name}", f"deleted-{name}"
    create(admin, kept, "as it was")
    create(admin, deleted)
    assert admin.call("DELETE", f"/api/credentials/{deleted}").status == 204
    writes = (
        ("PUT", f"/api/credential/{kept}", text(kept, "new")),
        ("DELETE", f"/api/credentials/{kept}", None),
        ("POST", "/api/credentials", text(deleted, "anew")),
    )
    with proxy.faults(Fault("UpdateSecret", how="AccessDeniedException")):
        assert [admin.call(*write).status for write in writes] == [500, 500, 500]
        assert get(admin, kept).json["text_value"] == "as it was"
        assert get(admin, deleted).status == 404

    # The key encrypts again. The create had already restored the secret, and has to wait until its own calls that were
    # cut off can no longer arrive late.
    assert [admin.call(*write).status for write in writes[:2]] == [204, 204]
    again = admin.call(*writes[2])
    assert (again.status, 0 < int(again.headers["retry-after"]) <= 440) == (503, True)
