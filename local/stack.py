"""MiniStack with Latchkey deployed into it."""

import json
import os
import platform
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.session

from local.artifacts import lay_out
from local.process import Process, uninterrupted, wait_until

ROOT = Path(__file__).resolve().parent.parent
REGION = "us-east-1"
STACK_NAME = "latchkey"
BUCKET = "latchkey-artifacts"
GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"


class StackError(Exception):
    """Why the stack could not be started, and what to do about it."""


class Stack:
    """Runs inside of `with`. Afterwards nothing that it started is left, whatever happened."""

    def __init__(
        self,
        work: Path,
        binaries: Path = ROOT / "target" / "quick",
        port: int | None = None,
        parameters: Mapping[str, str] | None = None,
        report: Callable[[str], None] = lambda _: None,
    ):
        """Takes a free port if none is given; `parameters` override the template's defaults."""
        self.work = work
        self.binaries = binaries
        self.port = port or free_port()
        self.parameters = {"Architecture": _architecture(), **(parameters or {})}
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._report = report
        self._processes: list[Process] = []
        self._clients: dict[str, Any] = {}

    def __enter__(self) -> "Stack":
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stops everything that was started, the last first."""
        with uninterrupted():
            while self._processes:
                self._processes.pop().stop()
            shutil.rmtree(self._scratch, ignore_errors=True)

    def wait(self) -> None:
        """Waits until MiniStack ends, which it does not by itself unless something is wrong."""
        ministack = self._processes[0]
        ministack.wait()
        raise StackError(f"MiniStack ended:\n{ministack.last_lines()}")

    @cached_property
    def url(self) -> str:
        """The base URL; the template's output names AWS's host, which only the real API Gateway answers on."""
        stack = self.client("cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"][0]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        base = urlsplit(outputs["BaseUrl"])
        return f"{self.endpoint}/_aws/execute-api/{base.netloc.split('.')[0]}{base.path}"

    @cached_property
    def token(self) -> str:
        """The administrator's access key."""
        prefix = self.parameters.get("Prefix", "latchkey")
        value = self.client("secretsmanager").get_secret_value(SecretId=f"{prefix}/keys/administrator")
        return "administrator." + json.loads(value["SecretString"])["secret"]

    @property
    def log_files(self) -> list[Path]:
        """What MiniStack and SAM CLI printed; the functions' own output is in `function_logs`."""
        return sorted(self.work.glob("*.log"))

    def function_logs(self) -> Iterator[str]:
        """Each line that a function wrote to stdout or stderr; MiniStack keeps them in its CloudWatch Logs."""
        logs = self.client("logs")
        for group in logs.describe_log_groups()["logGroups"]:
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                yield from (event["message"] for event in page["events"])

    def client(self, service: str) -> Any:
        """A boto client of MiniStack, made once, as that is slow."""
        if service not in self._clients:
            self._clients[service] = new_client(service, self.endpoint)
        return self._clients[service]

    def _start(self) -> None:
        _refuse_port_in_use(self.port)
        self.work.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir()

        template = lay_out(ROOT / "template.yaml", self.binaries, self.work / "build")
        self._report(f"starting MiniStack on {self.endpoint}")
        self._start_ministack()
        self._report("deploying template.yaml with sam deploy (10 seconds or so)")
        self._deploy(template)
        self._report("setting the gateway responses")
        self._set_gateway_responses()
        self.url, self.token  # noqa: B018 - fail now rather than at the first use

    def _start_ministack(self) -> None:
        env = self._env() | {
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            # Listeners on fixed ports of their own, which a second stack could not open.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "STATE_DIR": str(self._scratch),
        }
        ministack = self._run("ministack", [_tool("ministack")], env)
        if not wait_until(lambda: ministack.exit_status is not None or self._answers(), timeout=60):
            raise StackError(f"MiniStack did not answer within a minute; see {ministack.log}")
        if ministack.exit_status is not None:
            raise StackError(f"MiniStack ended at once:\n{ministack.last_lines()}")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def _deploy(self, template: Path) -> None:
        self.client("s3").create_bucket(Bucket=BUCKET)
        command = [_tool("sam"), "deploy", "--template-file", str(template), "--stack-name", STACK_NAME]
        command += ["--s3-bucket", BUCKET, "--region", REGION, "--capabilities", "CAPABILITY_IAM"]
        command += ["--no-confirm-changeset", "--no-progressbar", "--parameter-overrides"]
        command += [f"{name}={value}" for name, value in self.parameters.items()]
        # No telemetry, and no question to PyPI whether there is a newer version.
        (self._scratch / "metadata.json").write_text(json.dumps({"telemetryEnabled": False, "lastVersionCheck": 4e9}))
        sam = self._run("sam-deploy", command, self._env())
        self._warm_up()
        if sam.wait() != 0:
            raise StackError(f"sam deploy failed:\n{sam.last_lines()}")

    def _warm_up(self) -> None:
        """MiniStack loads a service at its first call, for seconds: better while SAM CLI is still starting."""
        self.client("cloudformation").list_stacks()
        self.client("apigateway").get_rest_apis()
        self.client("secretsmanager").list_secrets()

    def _set_gateway_responses(self) -> None:
        """MiniStack does not import them from the OpenAPI document that SAM makes of the template."""
        processed = self.client("cloudformation").get_template(StackName=STACK_NAME, TemplateStage="Processed")
        template = processed["TemplateBody"]
        resources = (json.loads(template) if isinstance(template, str) else template)["Resources"]
        responses = resources["Api"]["Properties"]["Body"][GATEWAY_RESPONSES]
        *_, api_id, stage = self.url.split("/")
        gateway = self.client("apigateway")
        for response_type, response in responses.items():
            gateway.put_gateway_response(
                restApiId=api_id,
                responseType=response_type,
                **{key: str(value) if key == "statusCode" else value for key, value in response.items()},
            )
        gateway.create_deployment(restApiId=api_id, stageName=stage)

    def _run(self, name: str, command: list[str], env: Mapping[str, str]) -> Process:
        process = Process(command, env, self.work / f"{name}.log")
        self._processes.append(process)
        return process

    @property
    def _scratch(self) -> Path:
        return self.work / "tmp"

    def _env(self) -> dict[str, str]:
        """The environment of everything started: nothing of the user's own AWS account is in it."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LATCHKEY_"))}
        return inherited | {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            # MiniStack hands this on to the functions, which otherwise look for the real AWS.
            "AWS_ENDPOINT_URL": self.endpoint,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            "SAM_CLI_POLL_DELAY": "0.1",
            "__SAM_CLI_APP_DIR": str(self._scratch),
            "TMPDIR": str(self._scratch),
            "PYTHONUNBUFFERED": "1",
        }


def new_client(service: str, endpoint: str) -> Any:
    """A boto client that reads neither the environment nor the user's files: they may name a profile that is gone."""
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


def _tool(name: str) -> str:
    """A program of the virtual environment that runs this."""
    return str(Path(sys.executable).parent / name)


def _architecture() -> str:
    return "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _refuse_port_in_use(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise StackError(f"port {port} is in use (is `make run` running already?)") from None
