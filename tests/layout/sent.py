"""What an operation's tests send and expect, read from their source."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from local.stack import ROOT
from tests.support.operations import Operation

Function = ast.FunctionDef


class Expectations:
    """Whether tests of the operation send requests to its routes, and expect a success and an error response."""

    def __init__(self, operation: Operation):
        self._operation = operation
        # What the file defines hides what the API's conftest does.
        self._known = functions(ROOT / "tests" / operation.api / "conftest.py") | functions(operation.tests())
        names = [name for name in functions(operation.tests()) if name.startswith("test_")]
        reached = [list(self._reached(self._known[name], set())) for name in names]
        sent = [nodes for nodes in reached if self._sends(nodes)]
        self.success = any(self._expects(nodes, range(200, 300), "deploy") for nodes in sent)
        self.rejection = any(self._expects(nodes, range(400, 500), "reject") for nodes in sent)

    def _reached(self, function: Function, seen: set[str]) -> Iterator[ast.AST]:
        """The syntax of a function and of what it calls in these files."""
        seen.add(function.name)
        for node in ast.walk(function):
            yield node
            if isinstance(node, ast.Name) and node.id in self._known and node.id not in seen:
                yield from self._reached(self._known[node.id], seen)

    def _sends(self, nodes: list[ast.AST]) -> bool:
        """Whether they name a method of the operation's routes; a provisioning test deploys."""
        if self._operation.provisions:
            return True
        methods = {route.partition(" ")[0] for route in self._operation.routes}
        return any(isinstance(node, ast.Constant) and node.value in methods for node in nodes)

    def _expects(self, nodes: list[ast.AST], statuses: range, deployment: str) -> bool:
        """Whether they compare with one of the `statuses`, or call that method of a deployment."""
        if self._operation.provisions:
            return any(isinstance(node, ast.Attribute) and node.attr == deployment for node in nodes)
        return any(
            isinstance(node, ast.Constant) and type(node.value) is int and node.value in statuses for node in nodes
        )


@cache
def functions(path: Path) -> dict[str, Function]:
    """The functions that a file defines; none if there is no such file."""
    if not path.is_file():
        return {}
    return {node.name: node for node in ast.parse(path.read_text()).body if isinstance(node, Function)}
