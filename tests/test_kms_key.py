"""Changing the KMS key, as docs/deploying.md says."""

import re
import uuid
from typing import Any

from local.stack import ROOT, Stack
from tests.dqops.conftest import create, get
from tests.support import aws_cli
from tests.support.api import Api
from tests.support.readme import commands_after


def key_of(secrets_manager: Any, secret: str) -> str | None:
    return secrets_manager.describe_secret(SecretId=secret).get("KmsKeyId")


def test_the_commands_re_encrypt_what_has_the_old_key_and_nothing_else(
    stack: Stack, admin: Api, secrets_manager: Any
) -> None:
    kms = stack.client("kms")
    old, new, other = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(3))
    made, others, neither = (f"{uuid.uuid4().hex}.txt" for _ in range(3))
    create(admin, neither)
    for name, key in ((made, old), (others, other)):
        secrets_manager.create_secret(Name=f"latchkey/dqops/{name}", SecretString="as it was", KmsKeyId=key)
    before = get(admin, made)

    (script,) = commands_after("## Changing the KMS key\n", (ROOT / "docs" / "deploying.md").read_text())
    script = re.sub(r"^OLD=.*$", f"OLD={old}", script, flags=re.MULTILINE)
    script = re.sub(r"^NEW=\S*.*$", f"NEW={new}", script, flags=re.MULTILINE)
    done = aws_cli.run(script, secrets_manager.meta.endpoint_url)

    assert (done.returncode, done.stdout.split()) == (0, [f"latchkey/dqops/{made}"]), done.stderr
    keys = [key_of(secrets_manager, f"latchkey/dqops/{name}") for name in (made, others, neither)]
    assert keys == [new, other, None]
    after = get(admin, made)
    assert (after.json["text_value"], after.headers["etag"]) == ("as it was", before.headers["etag"])
    # And nothing is left to do.
    assert aws_cli.run(script, secrets_manager.meta.endpoint_url).stdout == ""
