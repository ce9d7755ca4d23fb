"""MiniStack with Latchkey deployed into it, and an API Gateway in front of the functions."""

import base64
import hashlib
import json
import platform
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local.artifacts import binaries_of, lay_out, pack
from local.cloudformation import Resolved
from local.gateway import Functions, Gateway, read_api
from local.ministack import LOOPBACK, REGION, ROOT, MiniStack, StackError, free_port, new_client, require_free_port

__all__ = ["ROOT", "Stack", "StackError", "free_port", "new_client"]

TEMPLATE = ROOT / "template.yaml"
STACK_NAME = "latchkey"
BUCKET = "latchkey-artifacts"


class Stack(MiniStack):
    """Deploys the template, unchanged, as soon as MiniStack runs."""

    def __init__(
        self,
        work: Path,
        binaries: Path = ROOT / "target" / "quick",
        port: int | None = None,
        parameters: Mapping[str, str] | None = None,
        report: Callable[[str], None] = lambda _: None,
        package: Path | None = None,
    ):
        """Takes a free port for the gateway if none is given; `parameters` override the template's defaults.

        `package` is a template with its packages, to be deployed in place of the project's with `binaries`.
        """
        super().__init__(work, report=report)
        self.binaries = binaries
        self.gateway_port = port or free_port()
        self.parameters = {"Architecture": architecture(), **(parameters or {})}
        self._package = package
        self._gateway: Gateway | None = None

    @property
    def url(self) -> str:
        """The base URL. The template's output names AWS's host, which only the real API Gateway serves."""
        return f"http://{LOOPBACK}:{self.gateway_port}/{self._stage_name}"

    @cached_property
    def token(self) -> str:
        """The administrator's access key."""
        return administrator_token(self.client("secretsmanager"), self.parameters.get("Prefix", "latchkey"))

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The template's outputs."""
        stack = self.client("cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def deploy(self, template: Path = TEMPLATE, parameters: Mapping[str, str] | None = None) -> None:
        """Deploys `template` with changed `parameters`. Updates the stack in place if it exists."""
        before = self.parameters
        self.parameters = {**before, **(parameters or {})}
        try:
            self._deploy(lay_out(template, self.binaries, self.work / "build"))
        except StackError:
            self.parameters = before
            raise

    def update_functions(self) -> list[str]:
        """Updates each function whose binary has changed, and returns the names of those binaries."""
        functions = self.client("lambda")
        deployed = {found["FunctionName"]: found["CodeSha256"] for found in functions.list_functions()["Functions"]}
        resources = self.client("cloudformation").describe_stack_resources(StackName=STACK_NAME)["StackResources"]
        names = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}
        renewed = []
        for function, binary in binaries_of(TEMPLATE).items():
            # Some functions exist only if a parameter asks for them.
            if function not in names:
                continue
            package = pack(self.binaries / binary)
            if deployed[names[function]] != base64.b64encode(hashlib.sha256(package).digest()).decode():
                # Through S3, because boto is slow with packages inside calls.
                self.client("s3").put_object(Bucket=BUCKET, Key=binary, Body=package)
                functions.update_function_code(FunctionName=names[function], S3Bucket=BUCKET, S3Key=binary)
                renewed.append(binary)
        return renewed

    def delete(self) -> None:
        """Deletes what is deployed. MiniStack keeps running."""
        sam = self.sam("delete", "--stack-name", STACK_NAME, "--no-prompts", "--region", REGION)
        if sam.wait() != 0:
            raise StackError(f"sam delete failed:\n{sam.last_lines()}")
        if self._gateway:
            self._gateway.forget()

    def stop(self) -> None:
        """Stops everything that was started."""
        if self._gateway:
            self._gateway.stop()
        super().stop()

    @property
    def _stage_name(self) -> str:
        return urlsplit(self.outputs["BaseUrl"]).path.strip("/")

    def _start(self) -> None:
        require_free_port(LOOPBACK, self.gateway_port)
        template = self._package or lay_out(TEMPLATE, self.binaries, self.work / "build")
        super()._start()
        self.client("s3").create_bucket(Bucket=BUCKET)
        self._report("deploying template.yaml with sam deploy (about 10 seconds)")
        self._deploy(template)

    def _deploy(self, template: Path) -> None:
        command = ["deploy", "--template-file", str(template), "--stack-name", STACK_NAME]
        command += ["--s3-bucket", BUCKET, "--region", REGION, "--capabilities", "CAPABILITY_IAM"]
        command += ["--no-confirm-changeset", "--no-progressbar", "--parameter-overrides"]
        endpoints = {"SecretsManagerEndpoint": self.secrets_manager_endpoint, "SsmEndpoint": self.endpoint}
        parameters = {**endpoints, **self.parameters}
        # In quotes, because SAM CLI accepts no empty values and no spaces without them.
        sam = self.sam(*command, *(f'{name}="{value}"' for name, value in parameters.items()))
        self._warm_up()
        if sam.wait() != 0:
            raise StackError(f"sam deploy failed:\n{sam.last_lines()}")
        self._serve()

    def _serve(self) -> None:
        """Makes the gateway serve what is deployed."""
        for known in ("outputs", "token"):
            self.__dict__.pop(known, None)
        if self._gateway is None:
            self._gateway = Gateway(Functions(self.endpoint, REGION), LOOPBACK, self.gateway_port)
            self._gateway.start()
        client, template = self.client("apigateway"), self._processed_template()
        self._gateway.serve(read_api(client, self.outputs["ApiId"], self._stage_name, REGION, template))
        self.token  # noqa: B018 - fail now rather than at the first use

    def _warm_up(self) -> None:
        """Makes MiniStack load services, which takes seconds at their first call, while SAM CLI is still starting."""
        self.client("cloudformation").list_stacks()
        self.client("apigateway").get_rest_apis()
        self.client("secretsmanager").list_secrets()

    def _processed_template(self) -> Resolved:
        """Returns the template as SAM expanded it, with the stack's parameters."""
        processed = self.client("cloudformation").get_template(StackName=STACK_NAME, TemplateStage="Processed")
        body: str | dict[str, Any] = processed["TemplateBody"]
        return Resolved(json.loads(body) if isinstance(body, str) else body, self.parameters)


def administrator_token(secrets_manager: Any, prefix: str = "latchkey") -> str:
    """Returns the access key that the template creates."""
    value = secrets_manager.get_secret_value(SecretId=f"{prefix}/keys/administrator")
    return "administrator." + json.loads(value["SecretString"])["secret"]


def architecture() -> str:
    """Returns this machine's architecture, which the functions are built for."""
    return "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"
