"""MiniStack with Latchkey deployed into it."""

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
from local.ministack import REGION, ROOT, MiniStack, StackError, free_port, new_client

__all__ = ["ROOT", "Stack", "StackError", "free_port", "new_client"]

TEMPLATE = ROOT / "template.yaml"
STACK_NAME = "latchkey"
BUCKET = "latchkey-artifacts"
GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"


class Stack(MiniStack):
    """The template, deployed unchanged as soon as MiniStack runs."""

    def __init__(
        self,
        work: Path,
        binaries: Path = ROOT / "target" / "quick",
        port: int | None = None,
        parameters: Mapping[str, str] | None = None,
        report: Callable[[str], None] = lambda _: None,
    ):
        """Takes a free port if none is given; `parameters` override the template's defaults."""
        super().__init__(work, port, report)
        self.binaries = binaries
        self.parameters = {"Architecture": architecture(), **(parameters or {})}

    @cached_property
    def url(self) -> str:
        """The base URL; the template's output names AWS's host, which only the real API Gateway answers on."""
        base = urlsplit(self.outputs["BaseUrl"])
        return f"{self.endpoint}/_aws/execute-api/{base.netloc.split('.')[0]}{base.path}"

    @cached_property
    def token(self) -> str:
        """The administrator's access key."""
        return administrator_token(self.client("secretsmanager"), self.parameters.get("Prefix", "latchkey"))

    @property
    def outputs(self) -> dict[str, str]:
        """What the template hands out."""
        stack = self.client("cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def deploy(self, template: Path = TEMPLATE, parameters: Mapping[str, str] | None = None) -> None:
        """Deploys again, in place where the stack exists already: `template`, with `parameters` changed."""
        before = self.parameters
        self.parameters = {**before, **(parameters or {})}
        try:
            self._deploy(lay_out(template, self.binaries, self.work / "build"))
        except StackError:
            self.parameters = before
            raise

    def renew_functions(self) -> list[str]:
        """Gives functions their binaries as they are now, where they run others; returns the binaries' names."""
        functions = self.client("lambda")
        deployed = {found["FunctionName"]: found["CodeSha256"] for found in functions.list_functions()["Functions"]}
        resources = self.client("cloudformation").describe_stack_resources(StackName=STACK_NAME)["StackResources"]
        names = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}
        renewed = []
        for function, binary in binaries_of(TEMPLATE).items():
            # Some are there only where a parameter asks for them.
            if function not in names:
                continue
            package = pack(self.binaries / binary)
            if deployed[names[function]] != base64.b64encode(hashlib.sha256(package).digest()).decode():
                # By way of S3, as boto is slow with packages in calls.
                self.client("s3").put_object(Bucket=BUCKET, Key=binary, Body=package)
                functions.update_function_code(FunctionName=names[function], S3Bucket=BUCKET, S3Key=binary)
                renewed.append(binary)
        return renewed

    def delete(self) -> None:
        """Deletes what is deployed; MiniStack runs on."""
        sam = self.sam("delete", "--stack-name", STACK_NAME, "--no-prompts", "--region", REGION)
        if sam.wait() != 0:
            raise StackError(f"sam delete failed:\n{sam.last_lines()}")

    def _start(self) -> None:
        template = lay_out(TEMPLATE, self.binaries, self.work / "build")
        super()._start()
        self.client("s3").create_bucket(Bucket=BUCKET)
        self._report("deploying template.yaml with sam deploy (10 seconds or so)")
        self._deploy(template)

    def _deploy(self, template: Path) -> None:
        command = ["deploy", "--template-file", str(template), "--stack-name", STACK_NAME]
        command += ["--s3-bucket", BUCKET, "--region", REGION, "--capabilities", "CAPABILITY_IAM"]
        command += ["--no-confirm-changeset", "--no-progressbar", "--parameter-overrides"]
        endpoints = {"SecretsManagerEndpoint": self.secrets_manager_endpoint, "SsmEndpoint": self.endpoint}
        parameters = {**endpoints, **self.parameters}
        sam = self.sam(*command, *(f"{name}={value}" for name, value in parameters.items()))
        self._warm_up()
        if sam.wait() != 0:
            raise StackError(f"sam deploy failed:\n{sam.last_lines()}")
        self._report("setting the gateway responses")
        for known in ("url", "token"):
            self.__dict__.pop(known, None)
        self._set_gateway_responses()
        self.url, self.token  # noqa: B018 - fail now rather than at the first use

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


def administrator_token(secrets_manager: Any, prefix: str = "latchkey") -> str:
    """The access key that the template makes."""
    value = secrets_manager.get_secret_value(SecretId=f"{prefix}/keys/administrator")
    return "administrator." + json.loads(value["SecretString"])["secret"]


def architecture() -> str:
    """What the functions are built for, so that they run on this machine."""
    return "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"
