"""The deployed local stack, and what tests need of it."""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from local.process import exit_when_told
from local.stack import ROOT, Stack, new_client
from tests.support.api import Api
from tests.support.elsewhere import elsewhere
from tests.support.proxy import Proxy
from tests.support.strict_aws import StrictAws

ADMINISTRATOR = [{"api": "*", "namespaces": ["*"], "permissions": ["*"]}]


def pytest_addoption(parser: pytest.Parser) -> None:
    where = "where the official clients' tests run: local-stack, sam-local, or a URL, with its key in LATCHKEY_TOKEN"
    parser.addoption("--on", default="local-stack", help=where)


@pytest.fixture(scope="session")
def work() -> Path:
    return ROOT / ".local" / "test"


@pytest.fixture(scope="session")
def proxy() -> Iterator[Proxy]:
    with Proxy() as proxy:
        yield proxy


@pytest.fixture(scope="session")
def strict_aws(work: Path) -> Iterator[StrictAws]:
    """Where the functions find STS."""
    exit_when_told()
    with StrictAws(work=work.with_name("test-strict-aws")) as strict_aws:
        yield strict_aws


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, proxy: Proxy, work: Path) -> Iterator[Any]:
    on = request.config.getoption("--on")
    if on != "local-stack":
        yield from elsewhere(on, work.with_name("test-sam-local"))
        return
    strict_aws = request.getfixturevalue("strict_aws")
    endpoints = {"SecretsManagerEndpoint": proxy.url, "StsEndpoint": strict_aws.endpoint}
    stack = Stack(work=work, parameters=endpoints)
    proxy.upstream = stack.endpoint
    # A terminated pytest must stop what it started, too.
    exit_when_told()
    with stack:
        yield stack


@pytest.fixture(scope="session")
def secrets_manager(stack: Stack) -> Any:
    """Secrets Manager itself, past the proxy."""
    return stack.client("secretsmanager")


@pytest.fixture(scope="session")
def moto(stack: Stack) -> Iterator[str]:
    """The address of another Secrets Manager, which binds versions to their tokens; the administrator's key is in it.

    To be used with `proxy.leading_to`.
    """
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    secrets_manager = new_client("secretsmanager", url)
    key_id, _, secret = stack.token.partition(".")
    document = json.dumps({"secret": secret, "grants": ADMINISTRATOR})
    secrets_manager.create_secret(Name=f"latchkey/keys/{key_id}", SecretString=document)
    yield url
    server.stop()


@pytest.fixture(scope="session")
def admin(stack: Stack) -> Api:
    """A caller who may do everything."""
    return Api(stack.url, stack.token)


@pytest.fixture(scope="session")
def anonymous(stack: Stack) -> Api:
    """A caller without an access key."""
    return Api(stack.url, None)


@pytest.fixture(scope="session")
def caller(stack: Stack, secrets_manager: Any) -> Callable[..., Api]:
    """Makes callers with an access key of their own."""

    def make(grants: list[dict[str, Any]], key_id: str | None = None, **more: Any) -> Api:
        key_id = key_id or f"test-{uuid.uuid4().hex[:12]}"
        secret = uuid.uuid4().hex
        document = {"secret": secret, "grants": grants, **more}
        secrets_manager.create_secret(Name=f"latchkey/keys/{key_id}", SecretString=json.dumps(document))
        return Api(stack.url, f"{key_id}.{secret}")

    return make


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"test-{uuid.uuid4().hex}.txt"
