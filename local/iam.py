"""IAM's decisions, for local code that decides in place of IAM."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

Statement = Mapping[str, Any]


def allows(
    statements: Iterable[Statement], action: str, resource: str, context: Mapping[str, str] | None = None
) -> bool:
    """Whether a statement allows it and none denies it. The only conditions it knows are StringEquals and Null."""
    effects = {each.get("Effect") for each in statements if _is_about(each, action, resource, context or {})}
    return effects == {"Allow"}


def listed(value: Any) -> list[str]:
    """Returns a list, because IAM accepts a single value in place of a list."""
    return value if isinstance(value, list) else [value]


def _is_about(statement: Statement, action: str, resource: str, context: Mapping[str, str]) -> bool:
    conditions = statement.get("Condition", {})
    wanted, absent = conditions.get("StringEquals", {}), conditions.get("Null", {})
    return (
        all(context.get(key) in listed(values) for key, values in wanted.items())
        and all((key not in context) == (is_absent == "true") for key, is_absent in absent.items())
        and any(_covers(pattern, action) for pattern in listed(statement.get("Action", [])))
        and any(_covers(pattern, resource) for pattern in listed(statement.get("Resource", [])))
    )


def _covers(pattern: str, name: str) -> bool:
    # IAM's patterns give brackets no meaning.
    return fnmatchcase(name, pattern.replace("[", "[[]"))
