"""The documents in docs/openapi, and checks of requests and responses against them: docs/decisions/openapi.md."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jsonschema_rs
import yaml

from local.gateway.api import Route, find_route
from local.stack import ROOT

FOLDER = ROOT / "docs" / "openapi"
METHODS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True)
class Operation:
    """A method of a path."""

    document: "Document"
    method: str
    path: str
    described: dict[str, Any]

    @property
    def route(self) -> str:
        """The route, as the template and the README write it."""
        return f"{self.method.upper()} {self.path}"

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """The operation's own parameters and its path's."""
        several = [*self.document.content["paths"][self.path].get("parameters", []), *self.described["parameters"]]
        return [self.document.resolved(parameter) for parameter in several]

    @property
    def responses(self) -> dict[int, dict[str, Any]]:
        """The responses by their statuses."""
        return {int(status): self.document.resolved(found) for status, found in self.described["responses"].items()}

    @property
    def body(self) -> dict[str, Any] | None:
        """The media type object of its JSON request body."""
        found: dict[str, Any] | None = self.described.get("requestBody", {}).get("content", {}).get("application/json")
        return found

    def reject_request(self, body: bytes) -> str | None:
        """Why a request body that was accepted does not match the document; None if it does."""
        if self.body is None:
            return None
        return self.document.fault(self.body["schema"], json.loads(body), is_closed=False)

    def reject_answer(self, status: int, headers: Mapping[str, str], content: bytes) -> str | None:
        """Why a response does not match the document; None if it does. Header names must be in lower case."""
        response = self.responses.get(status)
        if response is None:
            return f"status {status} is not documented"
        for name, described in response.get("headers", {}).items():
            header = self.document.resolved(described)
            value = headers.get(name.lower())
            if value is None and header.get("required"):
                return f"the header {name} is missing"
            if value is not None:
                sent: Any = int(value) if header["schema"].get("type") == "integer" else value
                if fault := self.document.fault(header["schema"], sent):
                    return f"the header {name}: {fault}"
        media_types = response.get("content", {})
        if not media_types:
            return "there is a body" if content else None
        media_type = headers.get("content-type", "").partition(";")[0]
        if media_type not in media_types:
            return f"the media type {media_type} is not documented"
        if media_type != "application/json":
            return None
        return self.document.fault(media_types[media_type]["schema"], json.loads(content))


class Document:
    """One API's document."""

    def __init__(self, name: str):
        self.name = name
        self.content: dict[str, Any] = yaml.load(
            (FOLDER / f"{name}.yaml").read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
        self._validators: dict[tuple[str, bool], Any] = {}

    def resolved(self, found: dict[str, Any]) -> dict[str, Any]:
        """What a reference refers to; anything else unchanged."""
        if "$ref" not in found:
            return found
        place: Any = self.content
        for part in found["$ref"].removeprefix("#/").split("/"):
            place = place[part]
        return place

    def operations(self) -> Iterator[Operation]:
        for path, item in self.content["paths"].items():
            for method in METHODS:
                if method in item:
                    yield Operation(self, method, path, {"parameters": [], **item[method]})

    def fault(self, schema: dict[str, Any], value: Any, *, is_closed: bool = True) -> str | None:
        """Why a value does not match a schema. If `is_closed`, a property that the schema does not name is a fault."""
        key = (json.dumps(schema), is_closed)
        if key not in self._validators:
            components = self._closed_components if is_closed else self.content["components"]
            whole = (_closed(schema) if is_closed else schema) | {"components": components}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        try:
            self._validators[key].validate(value)
        except jsonschema_rs.ValidationError as error:
            return f"{error.message} at {error.instance_path}"
        return None

    @cached_property
    def _closed_components(self) -> dict[str, Any]:
        closed: dict[str, Any] = _closed(self.content["components"])
        return closed


def _closed(schema: Any) -> Any:
    """The schema, allowing only the properties that it names."""
    if isinstance(schema, list):
        return [_closed(value) for value in schema]
    if not isinstance(schema, dict):
        return schema
    values = {name: _closed(value) for name, value in schema.items()}
    is_object = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    return {"additionalProperties": False, **values} if is_object else values


DOCUMENTS = {path.stem: Document(path.stem) for path in sorted(FOLDER.glob("*.yaml"))}
OPERATIONS = [operation for document in DOCUMENTS.values() for operation in document.operations()]


_ROUTES = {Route(found.method.upper(), found.path, "", "", None): found for found in OPERATIONS}


def find(method: str, path: str) -> Operation | None:
    """The operation for a path (still encoded, without its stage), found as the gateway finds its routes."""
    match = find_route(_ROUTES, method, path)
    return _ROUTES[match.route] if match else None


def check(method: str, path: str, body: bytes | None, status: int, headers: Mapping[str, str], content: bytes) -> None:
    """Fails if a response, or a request that was accepted, does not match the document."""
    operation = find(method, path)
    if operation is None:
        return
    rejected = operation.reject_answer(status, headers, content)
    if rejected is None and body is not None and 200 <= status < 300:
        rejected = operation.reject_request(body)
    assert rejected is None, f"{operation.route} does not match docs/openapi: {rejected}"
