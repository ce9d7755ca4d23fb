"""The operations, as template.yaml declares them, and the file that each is made of."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from local.stack import ROOT

TEMPLATE: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
# Functions that are no operation of an API: they decide who calls, and whether a web page may.
NOT_OPERATIONS = ("authorizer", "preflight")
APIS = sorted(folder.name for folder in (ROOT / "functions").iterdir() if folder.name not in NOT_OPERATIONS)


@dataclass
class Operation:
    """What the template says about one function."""

    binary: str
    properties: dict[str, Any]
    routes: set[str] = field(default_factory=set)
    actions: set[str] = field(default_factory=set)
    # What it may do in addition if secrets get tags.
    with_tags: set[str] = field(default_factory=set)
    resources: set[str] = field(default_factory=set)

    @property
    def api(self) -> str:
        return self.binary.partition("-")[0]

    @property
    def verb(self) -> str:
        return self.binary.partition("-")[2]

    @property
    def provisions(self) -> bool:
        return self.verb == "provision"

    @property
    def permissions(self) -> set[str]:
        """As the README writes them: Secrets Manager's without their service."""
        return {action.removeprefix("secretsmanager:") for action in self.actions}

    def tests(self) -> Path:
        """The file of its end-to-end tests."""
        return ROOT / "tests" / self.api / f"test_{self.verb.replace('-', '_')}.py"


def functions() -> Iterator[tuple[str, Operation]]:
    for logical_id, resource in TEMPLATE["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        properties = resource["Properties"]
        operation = Operation(resource["Metadata"]["BuildProperties"]["Binary"], properties)
        for event in properties.get("Events", {}).values():
            operation.routes.add(f"{event['Properties']['Method']} {event['Properties']['Path']}")
        if operation.provisions:
            operation.routes.add(f"Custom::Latchkey{logical_id.removesuffix('Provision')}Credential")
        for policy in properties.get("Policies", []):
            for statement in policy.get("Statement", []):
                _read(statement, operation)
        yield logical_id, operation


def _read(statement: dict[str, Any], operation: Operation) -> None:
    assert statement["Effect"] == "Allow"
    actions = statement["Action"]
    for action in [actions] if isinstance(actions, str) else actions:
        if isinstance(action, str):
            operation.actions.add(action)
        else:
            condition, optional, nothing = action["Fn::If"]
            assert (condition, nothing) == ("TagsSecrets", {"Ref": "AWS::NoValue"})
            operation.with_tags.add(optional)
    target = statement["Resource"]
    operation.resources.add(target if isinstance(target, str) else target["Fn::Sub"])


FUNCTIONS = dict(functions())
OPERATIONS = [operation for operation in FUNCTIONS.values() if operation.binary not in NOT_OPERATIONS]
BINARIES = {path.stem: path for path in (ROOT / "functions").glob("*/src/bin/*.rs")}
