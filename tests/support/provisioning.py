"""Credentials as code: tests' own stacks, events that tests send themselves, and Terraform's calls."""

import json
import threading
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from local.ministack import LOOPBACK, REGION
from local.process import wait_until
from local.stack import Stack
from tests.support.proxy import Call

APIS = ("dqops", "tiledb", "losant", "organizations")
# The logical id of a stack's only credential.
LOGICAL_ID = "Credential"
ATTRIBUTES = ("Id", "Version", "SecretArn", "SecretName")
READS = {"BatchGetSecretValue", "DescribeSecret", "GetSecretValue", "ListSecrets", "ListSecretVersionIds"}
T = TypeVar("T")


def credential(api: str, **properties: Any) -> dict[str, Any]:
    """A resource of a template, without the function's ARN, which `Deployment` adds."""
    return {"Type": f"Custom::Latchkey{api.capitalize()}Credential", "Properties": properties}


def at_once(*acts: Callable[[], T]) -> list[T]:
    """Runs all of them concurrently: a function waits before it believes that a credential is somebody else's."""
    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(act) for act in acts]]


def writes(calls: Iterable[Call]) -> list[str]:
    """The actions of those calls that change something."""
    return [call.action for call in calls if call.action not in READS]


def tags(secrets_manager: Any, secret_id: str) -> dict[str, str]:
    """A secret's tags that say whose it is, without the prefix of their names.

    Leaves out `applied`, a hash of everything that was applied last.
    """
    found = secrets_manager.describe_secret(SecretId=secret_id).get("Tags", [])
    pairs = ((tag["Key"].partition("latchkey:"), tag["Value"]) for tag in found)
    return {name: value for (_, is_ours, name), value in pairs if is_ours and name != "applied"}


class Source:
    """A secret that is not Latchkey's, and that no other test uses."""

    def __init__(self, secrets_manager: Any, value: str | bytes | None = None):
        """Has a unique text if no `value` is given."""
        self.value = f"s3cret-{uuid.uuid4().hex}" if value is None else value
        self.name = f"sources/{uuid.uuid4().hex}"
        self._secrets_manager = secrets_manager
        self.arn = secrets_manager.create_secret(Name=self.name, **_value(self.value))["ARN"]

    def put(self, value: str | bytes) -> str:
        """Gives it another value; returns the id of that version."""
        self.value = value
        return self._secrets_manager.put_secret_value(SecretId=self.arn, **_value(value))["VersionId"]

    def reference(self, json_key: str | None = None, **more: str) -> dict[str, str]:
        """A reference to it, as templates have it under Secrets."""
        return {"SecretArn": self.arn, **({"JsonKey": json_key} if json_key else {}), **more}


def _value(value: str | bytes) -> dict[str, Any]:
    return {"SecretBinary": value} if isinstance(value, bytes) else {"SecretString": value}


class Deployment:
    """A test's own stack."""

    def __init__(self, stack: Stack):
        self.name = f"test-{uuid.uuid4().hex}"
        self.stack_id = ""
        self._stack = stack
        self._cloudformation = stack.client("cloudformation")
        self._operation = ""

    def deploy(self, resource: dict[str, Any] | None = None, /, **others: Any) -> dict[str, str]:
        """Creates or updates the stack. Returns the attributes of `resource`, if that is given."""
        status = self._deploy(resource, others)
        assert status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), (status, self.reasons)
        return self.attributes() if resource else {}

    def reject(self, resource: dict[str, Any] | None = None, /, **others: Any) -> str:
        """Creates or updates the stack, which must fail and roll back. Returns the reason of the first failure."""
        status = self._deploy(resource, others)
        assert status in ("ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"), (status, self.reasons)
        return self.reasons[0]

    def delete(self) -> None:
        status = self._do("delete_stack", self._cloudformation.delete_stack)
        assert status == "DELETE_COMPLETE", (status, self.reasons)

    def attributes(self, logical_id: str = LOGICAL_ID) -> dict[str, str]:
        """What Ref and GetAtt return for a credential."""
        found = self._described()["Outputs"]
        pairs = ((output["OutputKey"].partition("For"), output["OutputValue"]) for output in found)
        return {name: value for (name, _, of), value in pairs if of == logical_id}

    def owner(self, logical_id: str = LOGICAL_ID) -> str:
        """The owner in the tag of a credential of this stack."""
        return f"{self.stack_id}/{logical_id}"

    @property
    def reasons(self) -> list[str]:
        """Why resources failed in the last operation, the first failure first."""
        events = self._events()[::-1]
        events = [event for event in events if event.get("ClientRequestToken") == self._operation]
        return [event["ResourceStatusReason"] for event in events if event["ResourceStatus"].endswith("_FAILED")]

    def shown(self) -> str:
        """Everything that CloudFormation shows of the stack."""
        ask = self._cloudformation
        stages = [ask.get_template(StackName=self.stack_id, TemplateStage=stage) for stage in ("Original", "Processed")]
        resources = ask.describe_stack_resources(StackName=self.stack_id)
        return json.dumps([self._described(), self._events(), resources, stages], default=str)

    def drifted(self) -> int:
        """How many of its resources differ from the template, as CloudFormation finds."""
        detection = self._cloudformation.detect_stack_drift(StackName=self.name)
        ask = self._cloudformation.describe_stack_drift_detection_status
        found = ask(StackDriftDetectionId=detection["StackDriftDetectionId"])
        assert found["DetectionStatus"] == "DETECTION_COMPLETE", found
        return found["DriftedStackResourceCount"]

    def _deploy(self, resource: dict[str, Any] | None, others: dict[str, Any]) -> str:
        stack_tags = others.pop("tags", {})
        resources = {LOGICAL_ID: resource, **others} if resource else others
        resources = {logical_id: self._complete(resource) for logical_id, resource in resources.items()}
        outputs: dict[str, Any] = {}
        for logical_id, made in resources.items():
            outputs |= _outputs(logical_id, made)
        template = {"Resources": resources, **({"Outputs": outputs} if outputs else {})}
        act = self._cloudformation.update_stack if self.stack_id else self._cloudformation.create_stack
        given = [{"Key": key, "Value": value} for key, value in stack_tags.items()]
        return self._do(act.__name__, act, TemplateBody=json.dumps(template), Tags=given)

    def _complete(self, resource: dict[str, Any]) -> dict[str, Any]:
        api = resource["Type"].removeprefix("Custom::Latchkey").removesuffix("Credential")
        if not resource["Type"].startswith("Custom::"):
            return resource
        arn = self._stack.outputs[f"{api}ProvisionArn"]
        return resource | {"Properties": {"ServiceToken": arn, "ServiceTimeout": 30, **resource["Properties"]}}

    def _do(self, name: str, act: Any, **parameters: Any) -> str:
        """Runs an operation, and returns the stack's status after it."""
        self._operation = f"{name}-{uuid.uuid4()}".replace("_", "-")
        answer = act(StackName=self.name, ClientRequestToken=self._operation, **parameters)
        self.stack_id = answer.get("StackId") or self.stack_id
        assert wait_until(lambda: not self._described()["StackStatus"].endswith("_IN_PROGRESS"), 60, pause=0.01)
        return self._described()["StackStatus"]

    def _described(self) -> dict[str, Any]:
        return self._cloudformation.describe_stacks(StackName=self.stack_id)["Stacks"][0]

    def _events(self) -> list[dict[str, Any]]:
        """The stack's events, the last one first."""
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=self.stack_id)
        return [event for page in pages for event in page["StackEvents"]]


def _outputs(logical_id: str, resource: dict[str, Any]) -> dict[str, Any]:
    if not resource["Type"].startswith("Custom::"):
        return {}
    # A template that asks for an attribute that a resource does not return is invalid.
    names = (*ATTRIBUTES, "PublicKey") if "generatePrivateKey" in json.dumps(resource) else ATTRIBUTES
    attributes = {f"{name}For{logical_id}": {"Value": {"Fn::GetAtt": [logical_id, name]}} for name in names}
    return {f"RefFor{logical_id}": {"Value": {"Ref": logical_id}}, **attributes}


@dataclass
class Put:
    """A response to an event, as it was sent."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


class Answers:
    """Where functions send their responses inside `with`, in place of CloudFormation's bucket."""

    def __init__(self) -> None:
        self.puts: list[Put] = []
        # The HTTP status that senders get.
        self.status = 200
        taken = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                taken.puts.append(Put(self.path, headers, body))
                self.send_response(taken.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Logs nothing."""

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.url = f"http://{LOOPBACK}:{self._server.server_address[1]}/answer"

    def __enter__(self) -> "Answers":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Invoked:
    """What a function that was invoked directly has returned."""

    content: bytes
    is_error: bool

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def reason(self) -> str:
        """Why it failed."""
        assert self.is_error, self
        return self.json["errorMessage"]


def invoke(stack: Stack, api: str, event: Any) -> Invoked:
    """Invokes an API's provisioning function, and waits for it."""
    arn = stack.outputs[f"{api.capitalize()}ProvisionArn"]
    answer = stack.client("lambda").invoke(FunctionName=arn, Payload=json.dumps(event))
    return Invoked(answer["Payload"].read(), "FunctionError" in answer)


def terraform(
    stack: Stack, api: str, action: str, properties: dict[str, Any], before: dict[str, Any] | None = None
) -> Invoked:
    """Invokes the function as Terraform's aws_lambda_invocation does."""
    return invoke(stack, api, properties | {"tf": {"action": action, "prev_input": before}})


@dataclass
class ByHand:
    """A credential of a stack that does not exist. The test sends its events itself."""

    stack: Stack
    answers: Answers
    api: str
    stack_id: str = field(
        default_factory=lambda: f"arn:aws:cloudformation:{REGION}:000000000000:stack/by-hand/{uuid.uuid4()}"
    )

    @property
    def owner(self) -> str:
        """The owner in the credential's tag."""
        return f"{self.stack_id}/{LOGICAL_ID}"

    def event(
        self,
        request_type: str,
        properties: dict[str, Any],
        physical_id: str | None = None,
        before: dict[str, Any] | None = None,
        **more: str,
    ) -> dict[str, Any]:
        """An event as CloudFormation sends it, which a test can also send again."""
        named = {} if physical_id is None else {"PhysicalResourceId": physical_id}
        old = {} if before is None else {"OldResourceProperties": _as_text(before)}
        return {
            "RequestType": request_type,
            "ResponseURL": self.answers.url,
            "StackId": self.stack_id,
            "RequestId": str(uuid.uuid4()),
            "ResourceType": credential(self.api)["Type"],
            "LogicalResourceId": LOGICAL_ID,
            "ResourceProperties": _as_text(properties),
            **named,
            **old,
            **more,
        }

    def send(self, event: dict[str, Any]) -> dict[str, Any]:
        """Sends an event. Returns the function's response to CloudFormation; there must be exactly one."""
        before = len(self.answers.puts)
        invoked = invoke(self.stack, self.api, event)
        assert (invoked.is_error, invoked.json) == (False, None), invoked
        answered = [put.json for put in self.answers.puts[before:]]
        (answer,) = (answer for answer in answered if answer["RequestId"] == event["RequestId"])
        return answer

    def create(self, properties: dict[str, Any], **more: str) -> dict[str, Any]:
        return self.send(self.event("Create", properties, **more))

    def update(
        self, properties: dict[str, Any], before: dict[str, Any], physical_id: str, **more: str
    ) -> dict[str, Any]:
        return self.send(self.event("Update", properties, physical_id, before, **more))

    def delete(self, properties: dict[str, Any], physical_id: str, **more: str) -> dict[str, Any]:
        return self.send(self.event("Delete", properties, physical_id, **more))


def send(*requests: tuple[ByHand, dict[str, Any]]) -> list[dict[str, Any]]:
    """Sends events concurrently; returns the responses in order."""
    return at_once(*(partial(resource.send, event) for resource, event in requests))


def _as_text(value: Any) -> Any:
    """A resource's properties, with numbers and flags turned into text, as CloudFormation does."""
    if isinstance(value, dict):
        return {name: _as_text(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_text(inner) for inner in value]
    return json.dumps(value) if isinstance(value, bool | int | float) else value
