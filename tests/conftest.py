"""Fixtures: the deployed local stack, and clients for it. docs/decisions/test-worlds.md says what it is for."""

import json
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from local.artifacts import NotBuiltError
from local.process import exit_on_signals
from local.stack import ROOT, Stack, StackError
from tests.support.api import Api
from tests.support.aws_account import AwsAccount
from tests.support.elsewhere import elsewhere
from tests.support.provisioning import Deployment, Source
from tests.support.proxy import Proxy, ServiceProxy
from tests.support.running import PROVISIONING, RunningStack
from tests.support.service_model import SSM, STS, Violations


def pytest_addoption(parser: pytest.Parser) -> None:
    where = (
        "where the end-to-end tests run: local-stack, or running, the stack that `make test-stack` has started; "
        "and for the official clients only: sam-local, or a URL, with its key in LATCHKEY_TOKEN"
    )
    parser.addoption("--on", default="local-stack", help=where)


# The folders that take longest. They come first, so that no process ends long before the other.
LONGEST = ("deployment", "losant", "openapi", "tiledb", "first_hour", "credentials_as_code")


def _folder(nodeid: str) -> str:
    """The folder of a test below tests/, or its file if it is in none."""
    return Path(nodeid.partition("::")[0]).parts[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _folder(item.nodeid) not in LONGEST)


class ByFolder(LoadScopeScheduling):
    """The tests of a folder run one after another in one process. Each process has a stack, once a test needs one."""

    def _split_scope(self, nodeid: str) -> str:
        return _folder(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    # xdist would start with the folders that have most tests, which are not those that take longest.
    config.option.loadscopereorder = False
    return ByFolder(config, log)


@pytest.fixture(scope="session")
def work() -> Path:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    return ROOT / ".local" / (f"test-{worker}" if worker else "test")


@pytest.fixture(scope="session")
def running(request: pytest.FixtureRequest) -> RunningStack | None:
    """The stack that `make test-stack` has started, if the tests are to run on it."""
    if request.config.getoption("--on") != "running":
        return None
    try:
        stack = RunningStack.found()
        renewed = stack.update_functions()
    except (StackError, NotBuiltError) as error:
        pytest.exit(str(error), returncode=1)
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and renewed:
        reporter.write_line(f"\nnew on the test stack: {', '.join(renewed)}")
    return stack


@pytest.fixture(scope="session")
def violations() -> Violations:
    """The functions' calls, and responses to them, that do not match AWS's model."""
    return Violations()


@pytest.fixture(autouse=True)
def _as_aws_has_it(violations: Violations) -> Iterator[None]:
    """Fails a test during which there was a violation."""
    yield
    violations.check()


@pytest.fixture(scope="session")
def proxy(running: RunningStack | None, violations: Violations) -> Iterator[Proxy]:
    with Proxy(running.proxy_port if running else 0, violations) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def sts_proxy(running: RunningStack | None, violations: Violations) -> Iterator[ServiceProxy]:
    with ServiceProxy(STS, violations, running.sts_proxy_port if running else 0) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def ssm_proxy(running: RunningStack | None, violations: Violations) -> Iterator[ServiceProxy]:
    with ServiceProxy(SSM, violations, running.ssm_proxy_port if running else 0) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, running: RunningStack | None, proxy: Proxy, work: Path) -> Iterator[Any]:
    on = request.config.getoption("--on")
    if on not in ("local-stack", "running"):
        yield from elsewhere(on, work.with_name("test-sam-local"))
        return
    sts_proxy, ssm_proxy = (request.getfixturevalue(f"{service}_proxy") for service in ("sts", "ssm"))
    endpoints = {"SecretsManagerEndpoint": proxy.url, "StsEndpoint": sts_proxy.url, "SsmEndpoint": ssm_proxy.url}
    stack = running or Stack(work=work, parameters=endpoints | PROVISIONING)
    proxy.upstream = stack.secrets_manager_endpoint
    sts_proxy.upstream = ssm_proxy.upstream = stack.endpoint
    if running:
        yield running
        return
    # If pytest is terminated, it must also stop what it started.
    exit_on_signals()
    with stack:
        yield stack


@pytest.fixture(scope="session")
def aws_account(stack: Stack) -> AwsAccount:
    """The user and the role that STS knows."""
    return AwsAccount.prepared(stack.client("iam"))


@pytest.fixture(scope="session")
def secrets_manager(stack: Stack) -> Any:
    """Secrets Manager itself, without the proxy."""
    return stack.client("secretsmanager")


@pytest.fixture(scope="session")
def is_documented(request: pytest.FixtureRequest) -> bool:
    """Whether every response must match docs/openapi. `sam local` has no gateway responses, and its own rejections."""
    return request.config.getoption("--on") in ("local-stack", "running")


@pytest.fixture(scope="session")
def admin(stack: Stack, is_documented: bool) -> Api:
    """A caller who may do everything."""
    return Api(stack.url, stack.token, is_documented=is_documented)


@pytest.fixture(scope="session")
def anonymous(stack: Stack, is_documented: bool) -> Api:
    """A caller without an access key."""
    return Api(stack.url, None, is_documented=is_documented)


@pytest.fixture(scope="session")
def caller(stack: Stack, secrets_manager: Any, is_documented: bool) -> Callable[..., Api]:
    """Makes callers with an access key of their own."""

    def make(grants: list[dict[str, Any]], key_id: str | None = None, **more: Any) -> Api:
        key_id = key_id or f"test-{uuid.uuid4().hex[:12]}"
        secret = uuid.uuid4().hex
        document = {"secret": secret, "grants": grants, **more}
        secrets_manager.create_secret(Name=f"latchkey/keys/{key_id}", SecretString=json.dumps(document))
        return Api(stack.url, f"{key_id}.{secret}", is_documented=is_documented)

    return make


@pytest.fixture
def own(stack: Stack) -> Deployment:
    """A CloudFormation stack for this test only."""
    return Deployment(stack)


@pytest.fixture
def source(secrets_manager: Any) -> Source:
    """A secret whose value a credential can be made from."""
    return Source(secrets_manager)


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"test-{uuid.uuid4().hex}.txt"
