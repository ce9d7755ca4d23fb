"""The template as SAM expands it."""

from collections.abc import Callable
from typing import Any

import pytest
from samcli.yamlhelper import yaml_parse

from local.cloudformation import Resolved
from local.expand import expand
from local.stack import TEMPLATE

Resolve = Callable[..., Resolved]


@pytest.fixture(scope="session")
def expanded() -> dict[str, Any]:
    return yaml_parse(expand(TEMPLATE))


@pytest.fixture(scope="session")
def resolve(expanded: dict[str, Any]) -> Resolve:
    """Resolves the template with some parameters, as CloudFormation does."""
    return lambda **parameters: Resolved(expanded, parameters)


def of_type(resolved: Resolved, resource_type: str) -> dict[str, dict[str, Any]]:
    """The properties of the resources of a type, by the resources' names."""
    found = resolved.resources.items()
    return {name: resource["Properties"] for name, resource in found if resource["Type"] == resource_type}
