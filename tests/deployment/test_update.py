"""An update in place, and one that fails: neither touches a credential or a key."""

import json
from pathlib import Path

import pytest

from local.artifacts import binaries_of
from local.stack import TEMPLATE, Stack, StackError
from tests.deployment.conftest import create, read, resources, status_of, value, variable
from tests.support.api import Api

SECRET = "s" * 32
WINDOW = ("DqopsDelete", "LATCHKEY_RECOVERY_WINDOW_IN_DAYS")


def test_an_update_keeps_the_address_the_credentials_and_the_keys(own: Stack) -> None:
    url, admin = own.url, Api(own.url, own.token)
    document = {"secret": SECRET, "grants": [{"api": "*", "namespaces": ["*"], "permissions": ["edit"]}]}
    own.client("secretsmanager").create_secret(Name="latchkey/keys/own", SecretString=json.dumps(document))
    create(admin, "kept.txt", "as it was")
    before, etag = resources(own), read(admin, "kept.txt").headers["etag"]
    api_id = own.outputs["ApiId"]

    own.deploy(parameters={"RecoveryWindowInDays": "21", "LogLevel": "warn"})

    assert status_of(own) == "UPDATE_COMPLETE"
    assert variable(own, *WINDOW) == "21"
    assert (own.url, own.token, own.outputs["ApiId"]) == (url, admin.token, api_id)
    for api in (admin, Api(own.url, f"own.{SECRET}")):
        assert value(api, "kept.txt") == "as it was"
    assert read(admin, "kept.txt").headers["etag"] == etag
    after = resources(own)
    # Each update makes a new deployment of the API, and replaces nothing else.
    assert {name for name in before if after.get(name) != before[name]} <= {n for n in before if "Deployment" in n}


def test_an_update_can_turn_off_the_caching_of_keys(own: Stack) -> None:
    """The secret before a rotation can also become invalid immediately."""
    own.deploy(parameters={"PreviousKeyHours": "0", "KeyCacheSeconds": "0"})
    for number in range(3):
        document = {"secret": SECRET + str(number), "grants": [{"api": "*", "namespaces": ["*"], "permissions": ["*"]}]}
        secrets_manager = own.client("secretsmanager")
        if number == 0:
            secrets_manager.create_secret(Name="latchkey/keys/rotated", SecretString=json.dumps(document))
        else:
            secrets_manager.put_secret_value(SecretId="latchkey/keys/rotated", SecretString=json.dumps(document))
        # A route for which the gateway has cached answers until now.
        statuses = [
            Api(own.url, f"rotated.{SECRET}{secret}").call("GET", "/api/credentials").status
            for secret in (number, number - 1)
        ]
        assert statuses == [200, 401]


def test_an_update_that_fails_is_rolled_back(own: Stack, broken: Path) -> None:
    admin = Api(own.url, own.token)
    create(admin, "survives.txt", "as it was")
    before, window = resources(own), variable(own, *WINDOW)

    with pytest.raises(StackError, match="UPDATE_ROLLBACK_COMPLETE"):
        own.deploy(broken, {"RecoveryWindowInDays": "30", "KeyCacheSeconds": "300"})

    assert status_of(own) == "UPDATE_ROLLBACK_COMPLETE"
    assert variable(own, *WINDOW) == window
    assert variable(own, "Authorizer", "LATCHKEY_KEY_CACHE_SECONDS") == "0"
    assert value(admin, "survives.txt") == "as it was"
    after = resources(own)
    assert {name: after[name] for name in before if "Deployment" not in name} == {
        name: found for name, found in before.items() if "Deployment" not in name
    }
    # And the next update succeeds.
    own.deploy(parameters={"RecoveryWindowInDays": "14"})
    assert (status_of(own), variable(own, *WINDOW)) == ("UPDATE_COMPLETE", "14")
    assert value(admin, "survives.txt") == "as it was"


@pytest.mark.parametrize(
    ("parameter", "wrong", "says"),
    [("RecoveryWindowInDays", "3", "7 to 30 days"), ("KmsKeyArn", "alias/mine", "not of an alias")],
)
def test_a_wrong_parameter_is_rejected_before_anything_is_changed(
    own: Stack, parameter: str, wrong: str, says: str
) -> None:
    before = resources(own)
    with pytest.raises(StackError, match=says):
        own.deploy(parameters={parameter: wrong})
    assert resources(own) == before


def test_functions_can_be_given_other_binaries(own: Stack, tmp_path: Path) -> None:
    """`make test-on-stack` does this."""
    create(Api(own.url, own.token), "given.txt", "value")
    assert own.update_functions() == []
    built, own.binaries = own.binaries, tmp_path
    try:
        for binary in binaries_of(TEMPLATE).values():
            (tmp_path / binary).symlink_to(built / ("dqops-download" if binary == "dqops-get" else binary))
        assert own.update_functions() == ["dqops-get"]
        assert read(Api(own.url, own.token, is_documented=False), "given.txt").content == b"value"
    finally:
        own.binaries = built
    assert own.update_functions() == ["dqops-get"]
    assert value(Api(own.url, own.token), "given.txt") == "value"
