"""SAM CLI in place of API Gateway, containers in place of Lambda."""

import socket
import time
from urllib.parse import urlsplit

import docker
import pytest

from local.sam_local.api import SamLocal
from tests.support.api import Api


def list_credentials(api: Api) -> int:
    return api.call("GET", "/api/credentials").status


def test_the_templates_key_is_accepted(admin: Api) -> None:
    assert list_credentials(admin) == 200


def test_a_missing_or_wrong_key_is_rejected(stack: SamLocal, anonymous: Api) -> None:
    assert list_credentials(anonymous) == 401
    # SAM CLI ignores the gateway response that turns this into a 401 elsewhere.
    assert list_credentials(Api(stack.url, "administrator.wrong", is_documented=False)) == 403


def test_a_new_and_a_revoked_key_take_effect_immediately(stack: SamLocal, caller: type[Api]) -> None:
    api = caller([{"api": "dqops", "namespaces": ["*"], "permissions": ["view"]}])
    assert list_credentials(api) == 200
    key_id = (api.token or "").partition(".")[0]
    stack.client("secretsmanager").delete_secret(SecretId=f"latchkey/keys/{key_id}", RecoveryWindowInDays=7)
    assert list_credentials(api) == 403


def test_containers_stay_warm(stack: SamLocal, admin: Api) -> None:
    durations = []
    for _ in range(8):
        began = time.monotonic()
        assert list_credentials(admin) == 200
        durations.append(time.monotonic() - began)
    running = docker.from_env().containers.list(filters={"label": "sam.cli.function.name=DqopsList"})
    mounted = str(stack.build.resolve())
    assert len([found for found in running if found.attrs["Mounts"][0]["Source"].startswith(mounted)]) == 1
    print("\nwarm calls, in ms:", *(round(1000 * duration) for duration in sorted(durations)))


def test_only_containers_reach_its_secrets_manager(stack: SamLocal) -> None:
    """If containers share this machine's loopback interface, the two cannot be told apart."""
    if stack.host == "127.0.0.1":
        pytest.skip("Docker runs in a virtual machine")
    for host in {"127.0.0.1", *socket.gethostbyname_ex(socket.gethostname())[2]} - {stack.host}:
        for port in (stack.port, urlsplit(stack.secrets_manager_endpoint).port):
            with socket.socket() as probe:
                assert probe.connect_ex((host, port)) != 0, (host, port)
