"""`sam local start-api`, with MiniStack as its Secrets Manager."""

import json
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from samcli.yamlhelper import yaml_parse

from local.ministack import LOOPBACK, MiniStack, StackError, free_port, require_free_port
from local.process import wait_until
from local.sam_local import build
from local.sam_local.engine import Engine
from local.stack import TEMPLATE, administrator_token, architecture


class SamLocal(MiniStack):
    """Has SAM CLI serve the built template once MiniStack runs. Only this machine and its containers can reach it."""

    def __init__(
        self,
        work: Path,
        api_port: int | None = None,
        report: Callable[[str], None] = lambda _: None,
        stand_in: bool = False,
    ):
        """Takes a free port if `api_port` is not given. With `stand_in`, makes a base image if none can be pulled."""
        self._engine = Engine()
        listens, self._reached = self._engine.addresses()
        super().__init__(work, report=report, host=listens)
        self._stand_in = f"latchkey-{work.name}" if stand_in else None
        self.api_port = api_port
        self.build = work / "build"
        self.compiled_at = 0.0

    @property
    def url(self) -> str:
        """The base URL, without a stage: SAM CLI has none."""
        return f"http://{LOOPBACK}:{self.api_port}"

    @cached_property
    def token(self) -> str:
        """The administrator's access key."""
        return administrator_token(self.client("secretsmanager"))

    def wait(self) -> None:
        """Waits until SAM CLI or MiniStack ends, which they only do by themselves if something is wrong."""
        while all(process.exit_status is None for process in self._processes):
            time.sleep(0.5)
        ended = next(process for process in self._processes if process.exit_status is not None)
        raise StackError(f"{ended.log.stem} ended:\n{ended.last_lines()}")

    def stop(self) -> None:
        """Stops everything that was started, containers too."""
        # Removed before SAM CLI stops, because it would stop them one by one.
        self._engine.remove_containers(self.build.resolve())
        super().stop()
        self._engine.remove_containers(self.build.resolve())
        if self._stand_in:
            self._engine.remove_image(self._stand_in)

    def _start(self) -> None:
        if self.api_port is not None:
            require_free_port(LOOPBACK, self.api_port)
        super()._start()
        self._report("creating the administrator's key")
        self._create_key()
        self._report("cargo lambda build (minutes the first time)")
        build.compile_all(self._env() | build.environment())
        self.compiled_at = time.time()
        self._report("sam build, which copies the binaries")
        self._sam_build()
        self._report("looking for the functions' base image")
        image = self._image_option()
        self._report("starting sam local start-api")
        self._start_api(image)

    def _sam_build(self) -> None:
        command = ["build", "--template", str(TEMPLATE), "--build-dir", str(self.build), "--parallel"]
        sam = self.sam(*command, "--parameter-overrides", f"Architecture={architecture()}", **build.environment())
        if sam.wait() != 0:
            raise StackError(f"sam build failed:\n{sam.last_lines()}")
        self._processes.remove(sam)

    def _create_key(self) -> None:
        """Has CloudFormation create the key exactly as the template defines it."""
        template = yaml_parse(TEMPLATE.read_text())
        resources = {"AdministratorKey": template["Resources"]["AdministratorKey"]}
        reduced = {name: template[name] for name in ("Parameters", "Conditions")} | {"Resources": resources}
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(StackName="latchkey-key", TemplateBody=json.dumps(reduced))
        waiter = cloudformation.get_waiter("stack_create_complete")
        waiter.wait(StackName="latchkey-key", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
        self.token  # noqa: B018 - fail now rather than at the first use

    def _image_option(self) -> list[str]:
        if self._engine.pull_base_image(architecture()):
            return []
        if self._stand_in is None:
            raise StackError(
                "the functions' base image cannot be pulled from public.ecr.aws; `docker pull` says why.\n"
                "LATCHKEY_STAND_IN=1 make sam-local builds one from this machine's own shell and C library."
            )
        self._engine.make_image(self._stand_in, next(self.build.glob("*/bootstrap")))
        return ["--invoke-image", self._stand_in]

    def _start_api(self, image_option: list[str]) -> None:
        # Chosen only now: another program could have taken the port during the minutes of the build.
        self.api_port = self.api_port or free_port()
        parameters = {
            "Architecture": architecture(),
            "SecretsManagerEndpoint": self.secrets_manager_endpoint.replace(self.host, self._reached),
            # After each call, SAM CLI waits a second unless one of its reads of the log has REPORT among its first two
            # lines. So the functions log no successes. Keys are not cached, because a call that ends within a
            # millisecond has all its lines in one read.
            "LogLevel": "warn",
            "KeyCacheSeconds": "0",
        }
        command = [
            "local",
            "start-api",
            "--template",
            str(self.build / "template.yaml"),
            "--host",
            LOOPBACK,
            "--port",
            str(self.api_port),
        ]
        command += ["--warm-containers", "LAZY", "--skip-pull-image", *image_option]
        command += ["--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())]
        sam = self.sam(*command)
        if not wait_until(lambda: sam.exit_status is not None or "Running on http" in sam.log.read_text(), timeout=60):
            raise StackError(f"sam local start-api is not running after a minute; see {sam.log}")
        if sam.exit_status is not None:
            raise StackError(f"sam local start-api ended right after its start:\n{sam.last_lines()}")
