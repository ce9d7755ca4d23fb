"""Checks whether a value has the shape that the model gives it. A fault's text never repeats the value."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

# A sequence of faults, each with the member that has it.
Faults = Iterator[str]


def faults_of_request(value: Any, shape: Shape, where: str) -> Faults:
    """What AWS would reject in a value that is sent to it."""
    return _faults(value, shape, where, is_sent=True)


def faults_of_answer(value: Any, shape: Shape, where: str) -> Faults:
    """What AWS would not return in a value.

    Lengths are not checked: the model's are too short for what AWS returns, for example a secret's name.
    """
    return _faults(value, shape, where, is_sent=False)


def _faults(value: Any, shape: Shape, where: str, *, is_sent: bool) -> Faults:
    if value is None and not is_sent:
        # In a response, a null member is one that is left out.
        return
    if not _KINDS[shape.type_name](value):
        yield f"{where}: is not of type {shape.type_name}"
        return
    if is_sent:
        yield from _faults_of_size(value, shape, where)
    if shape.type_name == "string":
        yield from _faults_of_text(value, shape, where, is_sent=is_sent)
    yield from _faults_inside(value, shape, where, is_sent=is_sent)


def _faults_inside(value: Any, shape: Shape, where: str, *, is_sent: bool) -> Faults:
    if isinstance(shape, StructureShape):
        for name in shape.required_members:
            if name not in value:
                yield f"{where}.{name}: is required, and missing"
        for name, inner in value.items():
            if name in shape.members:
                yield from _faults(inner, shape.members[name], f"{where}.{name}", is_sent=is_sent)
            else:
                yield f"{where}.{name}: is not a member"
    elif isinstance(shape, ListShape):
        for index, inner in enumerate(value):
            yield from _faults(inner, shape.member, f"{where}[{index}]", is_sent=is_sent)
    elif isinstance(shape, MapShape):
        for index, (key, inner) in enumerate(value.items()):
            yield from _faults(key, shape.key, f"{where} key {index}", is_sent=is_sent)
            yield from _faults(inner, shape.value, f"{where} value {index}", is_sent=is_sent)


def _faults_of_size(value: Any, shape: Shape, where: str) -> Faults:
    size, what = _size(value, shape.type_name)
    least, most = (shape.metadata.get(bound) for bound in ("min", "max"))
    if size is not None and least is not None and size < least:
        yield f"{where}: {what} is below {least}"
    if size is not None and most is not None and size > most:
        yield f"{where}: {what} is above {most}"


def _faults_of_text(value: str, shape: Shape, where: str, *, is_sent: bool) -> Faults:
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield f"{where}: is not one of {', '.join(allowed)}"
    pattern = shape.metadata.get("pattern")
    if is_sent and pattern:
        compiled = _compiled(pattern)
        if compiled is None:
            yield f"{where}: has a pattern that cannot be checked here, {pattern}"
        elif not compiled.fullmatch(value):
            yield f"{where}: does not match {pattern}"


def _size(value: Any, kind: str) -> tuple[int | None, str]:
    """The number that min and max limit, and what it is called."""
    if kind == "string":
        # UTF-16 code units, as in Java and so in AWS.
        return len(value.encode("utf-16-le", "surrogatepass")) // 2, "its length"
    if kind == "blob":
        return len(base64.b64decode(value)), "its number of bytes"
    if kind in ("list", "map"):
        return len(value), "its number of entries"
    if kind in ("integer", "long", "float", "double"):
        return value, "it"
    return None, ""


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """A pattern of the model, which is for Java, compiled for Python: `\\w` and `\\d` are ASCII."""
    if r"\p{" in pattern:
        # Python has no Unicode classes. Only STS's tags have them, and nothing sends those.
        return None
    return re.compile(pattern.replace(r"\u10000-\u10FFFF", "\U00010000-\U0010ffff"), re.ASCII)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_base64(value: Any) -> bool:
    try:
        return isinstance(value, str) and base64.b64decode(value, validate=True) is not None
    except (binascii.Error, ValueError):
        return False


_KINDS: dict[str, Callable[[Any], bool]] = {
    "blob": _is_base64,
    "boolean": lambda value: isinstance(value, bool),
    "double": _is_number,
    "float": _is_number,
    "integer": _is_whole,
    "list": lambda value: isinstance(value, list),
    "long": _is_whole,
    "map": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
    "structure": lambda value: isinstance(value, dict),
    # In JSON these are seconds; botocore has read those of XML.
    "timestamp": lambda value: _is_number(value) or isinstance(value, datetime),
}
