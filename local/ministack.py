"""MiniStack, the AWS emulator: its process, a front for its Secrets Manager, and clients."""

import os
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import botocore.session

from local.process import Process, uninterrupted, wait_until
from local.secrets_manager import SecretsManager

ROOT = Path(__file__).resolve().parent.parent
# Runs with -P: otherwise Python would import the ministack.py next to it in place of MiniStack.
EMULATOR = ROOT / "local" / "emulator.py"
REGION = "us-east-1"
LOOPBACK = "127.0.0.1"


class StackError(Exception):
    """The stack could not be started. The message says why, and what to do about it."""


class MiniStack:
    """Runs inside a `with` block. Nothing that it started runs after that, whatever happened."""

    def __init__(
        self,
        work: Path,
        port: int | None = None,
        report: Callable[[str], None] = lambda _: None,
        host: str = LOOPBACK,
    ):
        """Takes a free port of `host` if none is given."""
        self.work = work
        self.host = host
        self.port = port or free_port(host)
        self.endpoint = f"http://{host}:{self.port}"
        self._front = SecretsManager(self.endpoint, REGION, host)
        # The URL under which functions and tests reach Secrets Manager.
        self.secrets_manager_endpoint = self._front.url
        self._report = report
        self._processes: list[Process] = []
        self._clients: dict[str, Any] = {}

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stops everything that was started, in reverse order."""
        with uninterrupted():
            self._front.stop()
            while self._processes:
                self._processes.pop().stop()
            shutil.rmtree(self._scratch, ignore_errors=True)

    def wait(self) -> None:
        """Waits until MiniStack ends, which it only does by itself if something is wrong."""
        ministack = self._processes[0]
        ministack.wait()
        raise StackError(f"MiniStack ended:\n{ministack.last_lines()}")

    def is_up(self) -> bool:
        """Whether MiniStack responds."""
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    @property
    def log_files(self) -> list[Path]:
        """The files with the output of MiniStack and SAM CLI. `function_logs` has that of the functions."""
        return sorted(self.work.glob("*.log"))

    def function_logs(self, since: float = 0) -> Iterator[str]:
        """Yields each line that a function wrote to stdout or stderr after `since`, as MiniStack's logs have it."""
        logs = self.client("logs")
        for group in logs.describe_log_groups()["logGroups"]:
            start, seen = int(since * 1000), set()
            # MiniStack returns only the first 10,000 events, without a token for more.
            while events := [
                event
                for event in logs.filter_log_events(logGroupName=group["logGroupName"], startTime=start)["events"]
                if _identity(event) not in seen
            ]:
                yield from (event["message"] for event in events)
                start = events[-1]["timestamp"]
                seen = {_identity(event) for event in events if event["timestamp"] == start}

    def client(self, service: str) -> Any:
        """A boto client for MiniStack, or for the front of its Secrets Manager. Cached, because making one is slow."""
        if service not in self._clients:
            is_fronted = service == "secretsmanager"
            endpoint = self.secrets_manager_endpoint if is_fronted else self.endpoint
            self._clients[service] = new_client(service, endpoint)
        return self._clients[service]

    def sam(self, *arguments: str, **env: str) -> Process:
        """Starts SAM CLI with MiniStack in place of AWS, and adds `env` to its environment."""
        # No telemetry, and no request to PyPI for a newer version.
        (self._scratch / "metadata.json").write_text('{"telemetryEnabled": false, "lastVersionCheck": 4e9}')
        return self._run(f"sam-{arguments[0]}", [tool("sam"), *arguments], self._env() | env)

    def _start(self) -> None:
        require_free_port(self.host, self.port)
        self.work.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir()
        self._report(f"starting MiniStack on {self.endpoint}")
        self._start_ministack()
        self._front.start()

    def _start_ministack(self) -> None:
        env = self._env() | {
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": self.host,
            # These would listen on fixed ports, which a second stack could not open.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "STATE_DIR": str(self._scratch),
            # MiniStack enforces IAM: each function has only the rights of its own role.
            "AUTH": "true",
        }
        ministack = self._run("ministack", [sys.executable, "-P", str(EMULATOR)], env)
        if not wait_until(lambda: ministack.exit_status is not None or self.is_up(), timeout=60):
            raise StackError(f"MiniStack did not respond within a minute; see {ministack.log}")
        if ministack.exit_status is not None:
            raise StackError(f"MiniStack ended right after its start:\n{ministack.last_lines()}")

    def _run(self, name: str, command: list[str], env: Mapping[str, str]) -> Process:
        process = Process(command, env, self.work / f"{name}.log")
        self._processes.append(process)
        return process

    @property
    def _scratch(self) -> Path:
        return self.work / "tmp"

    def _env(self) -> dict[str, str]:
        """The environment of every process that is started. Nothing of the user's own AWS account is in it."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LATCHKEY_"))}
        return inherited | {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            # MiniStack passes this on to the functions, which would otherwise call the real AWS.
            "AWS_ENDPOINT_URL": self.endpoint,
            "NO_PROXY": self.host,
            "no_proxy": self.host,
            "SAM_CLI_POLL_DELAY": "0.1",
            "__SAM_CLI_APP_DIR": str(self._scratch),
            "TMPDIR": str(self._scratch),
            "PYTHONUNBUFFERED": "1",
        }


def new_client(service: str, endpoint: str) -> Any:
    """Returns a boto client that ignores the environment and the user's files, which can name a missing profile."""
    nowhere = {"profile": (None, None, None, None)}
    nowhere |= dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    session = botocore.session.Session(session_vars=nowhere)
    return session.create_client(
        service,
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def _identity(event: Mapping[str, Any]) -> tuple[str, str]:
    """Tells log events with the same timestamp apart: each names its request, or the microsecond."""
    return event["logStreamName"], event["message"]


def tool(name: str) -> str:
    """Returns the path of a program in the virtual environment that runs this."""
    return str(Path(sys.executable).parent / name)


def free_port(host: str = LOOPBACK) -> int:
    """Returns a port of `host` that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def require_free_port(host: str, port: int) -> None:
    """Raises a StackError if something already listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise StackError(f"port {port} is in use (is Latchkey running already?)") from None
