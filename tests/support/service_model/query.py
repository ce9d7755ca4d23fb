"""The query protocol, which STS has: requests are forms, responses are XML."""

from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from botocore.model import ListShape, Shape, StructureShape
from botocore.parsers import QueryParser

from tests.support.service_model.shapes import Faults

# A form, with a level for each dot in the names of its fields.
Tree = dict[str, Any]


def form(body: bytes) -> Tree:
    """The fields of a request."""
    tree: Tree = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True):
        *parents, last = name.split(".")
        inner = tree
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = value
    return tree


def parameters(tree: Tree, shape: StructureShape) -> dict[str, Any]:
    """The fields as JSON would have them. Those that the shape does not have stay as they are."""
    return {name: _read(inner, shape.members.get(name)) for name, inner in tree.items()}


def _read(value: Any, shape: Shape | None) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return parameters(value, shape)
    if isinstance(shape, ListShape) and isinstance(value, dict):
        members = value.get("member", {})
        return [_read(members[index], shape.member) for index in sorted(members, key=int)]
    if shape is not None and shape.type_name in ("integer", "long") and value.lstrip("-").isdecimal():
        return int(value)
    if shape is not None and shape.type_name == "boolean":
        return {"true": True, "false": False}.get(value, value)
    return value


def parsed(status: int, body: bytes, shape: StructureShape) -> dict[str, Any]:
    """A response as botocore reads it. Raises ValueError if it cannot."""
    try:
        return QueryParser().parse({"status_code": status, "headers": {}, "body": body}, shape)
    except Exception as error:
        raise ValueError(type(error).__name__) from error


def unknown_members(body: bytes, action: str, shape: StructureShape) -> Faults:
    """The elements of a result that botocore would ignore."""
    root = ElementTree.fromstring(body)
    if _name(root) != f"{action}Response":
        yield f"{action}: its response is not an {action}Response"
    for part in root:
        if _name(part) == f"{action}Result":
            yield from _unknown(part, shape, action)
        elif _name(part) != "ResponseMetadata":
            yield f"{action}: its response has an element that is neither {action}Result nor ResponseMetadata"


def _unknown(element: ElementTree.Element, shape: Shape, where: str) -> Faults:
    if not isinstance(shape, StructureShape):
        return
    for part in element:
        if _name(part) in shape.members:
            yield from _unknown(part, shape.members[_name(part)], f"{where}.{_name(part)}")
        else:
            yield f"{where}.{_name(part)}: is not a member"


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
