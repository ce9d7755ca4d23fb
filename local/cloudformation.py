"""Evaluates an expanded template as CloudFormation does once it knows the parameters."""

import re
from dataclasses import dataclass
from typing import Any

PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "123456789012",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "latchkey",
}
# The value of AWS::NoValue: a property or an element that has it is left out.
_NOTHING = object()
_VARIABLE = re.compile(r"\$\{([\w:.]+)\}")


@dataclass
class Resolved:
    """A template whose intrinsic functions are evaluated. Attributes of resources stay names, such as `Api.Arn`."""

    template: dict[str, Any]
    parameters: dict[str, str]

    @property
    def resources(self) -> dict[str, Any]:
        """The resources that CloudFormation creates."""
        found = self.template["Resources"].items()
        return {name: self.value(resource) for name, resource in found if self._is_created(resource)}

    def holds(self, condition: str) -> bool:
        """Whether a condition is true."""
        return bool(self.value(self.template["Conditions"][condition]))

    def value(self, given: Any) -> Any:
        """Evaluates all intrinsic functions in `given`."""
        if isinstance(given, list):
            return [value for value in map(self.value, given) if value is not _NOTHING]
        if not isinstance(given, dict):
            return given
        if len(given) == 1:
            ((function, argument),) = given.items()
            if function in ("Ref", "Condition") or function.startswith("Fn::"):
                return getattr(self, "_" + function.removeprefix("Fn::").lower())(argument)
        values = {name: self.value(value) for name, value in given.items()}
        return {name: value for name, value in values.items() if value is not _NOTHING}

    def _is_created(self, resource: dict[str, Any]) -> bool:
        return "Condition" not in resource or self.holds(resource["Condition"])

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NOTHING
        if name in PSEUDO:
            return PSEUDO[name]
        parameter = self.template["Parameters"].get(name)
        if parameter is None:
            return name
        value = str(self.parameters.get(name, parameter["Default"]))
        return value.split(",") if parameter["Type"] == "CommaDelimitedList" else value

    def _condition(self, name: str) -> bool:
        return self.holds(name)

    def _if(self, argument: list[Any]) -> Any:
        condition, then, otherwise = argument
        return self.value(then if self.holds(condition) else otherwise)

    def _equals(self, argument: list[Any]) -> bool:
        left, right = map(self.value, argument)
        return str(left) == str(right)

    def _not(self, argument: list[Any]) -> bool:
        return not self.value(argument[0])

    def _and(self, argument: list[Any]) -> bool:
        return all(map(self.value, argument))

    def _or(self, argument: list[Any]) -> bool:
        return any(map(self.value, argument))

    def _join(self, argument: list[Any]) -> str:
        separator, values = argument
        return str(separator).join(map(str, self.value(values)))

    def _select(self, argument: list[Any]) -> Any:
        index, values = argument
        return self.value(values)[int(index)]

    def _split(self, argument: list[Any]) -> list[str]:
        separator, text = argument
        return str(self.value(text)).split(separator)

    def _getatt(self, argument: Any) -> str:
        return argument if isinstance(argument, str) else ".".join(argument)

    def _sub(self, argument: Any) -> str:
        text, more = (argument, {}) if isinstance(argument, str) else argument

        def replacement(found: re.Match[str]) -> str:
            name = found[1]
            return str(self.value(more[name])) if name in more else name if "." in name else str(self._ref(name))

        return _VARIABLE.sub(replacement, text)


def mentioned(given: Any, template: dict[str, Any]) -> set[str]:
    """Returns the parameters that a value depends on, directly or through conditions."""
    if isinstance(given, list):
        return set().union(*(mentioned(value, template) for value in given))
    if not isinstance(given, dict):
        return set()
    found: set[str] = set()
    for name, value in given.items():
        if name == "Ref":
            found |= {value} & set(template["Parameters"])
        elif name == "Fn::Sub":
            text = value if isinstance(value, str) else value[0]
            found |= set(_VARIABLE.findall(text)) & set(template["Parameters"])
        elif name == "Fn::If":
            found |= mentioned(template["Conditions"][value[0]], template)
        elif name == "Condition" and isinstance(value, str):
            found |= mentioned(template["Conditions"][value], template)
        found |= mentioned(value, template)
    return found
