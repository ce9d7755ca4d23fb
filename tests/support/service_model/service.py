"""A service, its calls and its responses."""

import json
from collections.abc import Callable
from email.message import Message
from functools import cached_property
from typing import Any

import botocore.session
from botocore.model import OperationModel, ServiceModel, StructureShape

from local.secrets_manager.server import JSON, Protocol
from tests.support.service_model import errors, query, secrets_manager
from tests.support.service_model.call import Call
from tests.support.service_model.shapes import Faults, faults_of_answer, faults_of_request

TARGET = "X-Amz-Target"


class Service:
    """A service that speaks JSON: a header has the action, and an error response has the error's code in `__type`."""

    protocol = JSON

    def __init__(
        self,
        name: str,
        common: dict[str, set[int]],
        rules: Callable[[Call], Faults] = lambda _: iter(()),
    ):
        """`common` has the errors of every action, and `rules` the rules that the model does not have."""
        self.name = name
        self._common = common
        self._rules = rules

    @cached_property
    def model(self) -> ServiceModel:
        """botocore's model, which is AWS's own."""
        return botocore.session.get_session().get_service_model(self.name)

    def operation(self, action: str) -> OperationModel | None:
        """The operation with that name."""
        return self.model.operation_model(action) if action in self.model.operation_names else None

    def read(self, headers: Message, body: bytes) -> Call:
        """The call that a request makes."""
        prefix, _, action = headers.get(TARGET, "").rpartition(".")
        is_own = prefix == self.model.metadata["targetPrefix"]
        return Call(action if is_own else f"{prefix}.{action}", json.loads(body))

    def faults_of_call(self, call: Call) -> list[str]:
        """What is wrong with a call."""
        operation = self.operation(call.action)
        if operation is None:
            return [f"{call.action}: is not an action of {self.name}"]
        shape = operation.input_shape or StructureShape("Nothing", {"type": "structure", "members": {}})
        # The rules rely on right shapes.
        return list(faults_of_request(call.parameters, shape, call.action)) or list(self._rules(call))

    def faults_of_answer(self, call: Call, status: int, body: bytes) -> list[str]:
        """What is wrong with the response to a call."""
        operation = self.operation(call.action)
        if operation is None:
            return []
        try:
            if status != 200:
                return list(self._faults_of_error(operation, self.code(body), status))
            return list(self._faults_of_result(operation, status, body))
        except ValueError:
            return [f"{call.action}: its response with status {status} cannot be read"]

    def code(self, body: bytes) -> str:
        """The error code of a response."""
        error = json.loads(body)
        return str(error.get("__type", "")).rpartition("#")[2]

    def _faults_of_error(self, operation: OperationModel, code: str, status: int) -> Faults:
        statuses = errors.declared(operation) | self._common
        if code not in statuses:
            yield f"{operation.name}: does not return the error {code!r}"
        elif status not in statuses[code]:
            yield f"{operation.name}: does not return {code} with the status {status}"

    def _faults_of_result(self, operation: OperationModel, status: int, body: bytes) -> Faults:  # noqa: ARG002
        shape = operation.output_shape
        if shape is not None:
            yield from faults_of_answer(json.loads(body), shape, operation.name)


class QueryService(Service):
    """A service that speaks forms and XML."""

    protocol = Protocol("text/xml", mark="Authorization")

    def read(self, headers: Message, body: bytes) -> Call:  # noqa: ARG002
        tree = query.form(body)
        action, version = tree.pop("Action", ""), tree.pop("Version", "")
        operation = self.operation(action)
        if operation is None or version != self.model.api_version:
            return Call(f"{action} of {version}", tree)
        shape = operation.input_shape
        return Call(action, query.parameters(tree, shape) if isinstance(shape, StructureShape) else tree)

    def code(self, body: bytes) -> str:
        nothing = StructureShape("Nothing", {"type": "structure", "members": {}})
        return str(query.parsed(400, body, nothing).get("Error", {}).get("Code", ""))

    def _faults_of_result(self, operation: OperationModel, status: int, body: bytes) -> Faults:
        shape = operation.output_shape
        if not isinstance(shape, StructureShape):
            return
        result: dict[str, Any] = query.parsed(status, body, shape)
        if not result.pop("ResponseMetadata", {}).get("RequestId"):
            yield f"{operation.name}: its response has no RequestId"
        yield from query.unknown_members(body, operation.name, shape)
        yield from faults_of_answer(result, shape, operation.name)


SECRETS_MANAGER = Service("secretsmanager", errors.SECRETS_MANAGER, secrets_manager.faults)
SSM = Service("ssm", errors.JSON)
STS = QueryService("sts", errors.QUERY)
