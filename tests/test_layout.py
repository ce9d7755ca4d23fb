"""The layout is a promise: routes, files, binaries, template, permissions, tests and README agree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from local.stack import ROOT

TEMPLATE = yaml_parse((ROOT / "template.yaml").read_text())
README = (ROOT / "README.md").read_text()
# What is no operation of an API: who is calling, and whether a web page may.
BESIDE = ("authorizer", "preflight")
APIS = sorted(folder.name for folder in (ROOT / "functions").iterdir() if folder.name not in BESIDE)
# The secrets of the stack's own prefix; what follows tells the API.
SECRETS = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${Prefix}/"

# IAM takes no secret for these, or (AssumeRole) the resource is the caller's data. BatchGetSecretValue reads no secret
# that GetSecretValue may not.
NOT_BY_RESOURCE = {"secretsmanager:ListSecrets", "secretsmanager:BatchGetSecretValue", "sts:AssumeRole"}

# A route, or the type of a custom resource.
ROUTE = re.compile(r"`([A-Z]+ /[^`]*|Custom::\w+)`")


@dataclass
class Operation:
    """What the template says of one function."""

    binary: str
    routes: set[str] = field(default_factory=set)
    actions: set[str] = field(default_factory=set)
    # What it may do besides where secrets get tags.
    with_tags: set[str] = field(default_factory=set)
    resources: set[str] = field(default_factory=set)


def pascal_case(binary: str) -> str:
    return "".join(part.capitalize() for part in binary.split("-"))


def functions() -> Iterator[tuple[str, Operation]]:
    for logical_id, resource in TEMPLATE["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        properties = resource["Properties"]
        operation = Operation(resource["Metadata"]["BuildProperties"]["Binary"])
        for event in properties.get("Events", {}).values():
            operation.routes.add(f"{event['Properties']['Method']} {event['Properties']['Path']}")
        if operation.binary.endswith("-provision"):
            operation.routes.add(f"Custom::Latchkey{logical_id.removesuffix('Provision')}Credential")
        for policy in properties.get("Policies", []):
            for statement in policy.get("Statement", []):
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
        yield logical_id, operation


FUNCTIONS = dict(functions())
OPERATIONS = [operation for operation in FUNCTIONS.values() if operation.binary not in BESIDE]
BINARIES = {path.stem: path for path in (ROOT / "functions").glob("*/src/bin/*.rs")}


def test_every_binary_is_a_function_of_its_name() -> None:
    assert {logical_id: operation.binary for logical_id, operation in FUNCTIONS.items()} == {
        pascal_case(binary): binary for binary in BINARIES
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.binary)
def test_an_operations_file_says_its_routes_first(operation: Operation) -> None:
    path = BINARIES[operation.binary]
    api = path.parent.parent.parent.name
    assert operation.binary.startswith(f"{api}-")
    lines = path.read_text().splitlines()
    assert set(ROUTE.findall(lines[0])) == operation.routes, lines[0]
    assert "latchkey::serve" in path.read_text()
    assert 'env!("CARGO_BIN_NAME")' in path.read_text()
    assert len(lines) <= 60, "an operation's file is small"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.binary)
def test_an_operation_has_a_file_of_tests_that_says_its_routes_first(operation: Operation) -> None:
    api, _, verb = operation.binary.partition("-")
    first = (ROOT / "tests" / api / f"test_{verb.replace('-', '_')}.py").read_text().partition("\n")[0]
    assert set(ROUTE.findall(first)) == operation.routes, first


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.binary)
def test_the_readme_and_the_crate_list_every_route(operation: Operation) -> None:
    listed: set[str] = set()
    for row in README.splitlines():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if len(cells) == 4 and cells[1] == f"`{operation.binary}`":
            listed |= set(ROUTE.findall(cells[0]))
            assert permissions_of(operation) == set(cells[3].split(", ")) - {"nothing"}, operation.binary
    assert listed == operation.routes
    api = operation.binary.partition("-")[0]
    documented = (ROOT / "functions" / api / "src" / "lib.rs").read_text()
    assert all(f"`{route}`" in documented for route in operation.routes)


def permissions_of(operation: Operation) -> set[str]:
    """As the README writes them: Secrets Manager's without their service."""
    return {action.removeprefix("secretsmanager:") for action in operation.actions}


@pytest.mark.parametrize("operation", FUNCTIONS.values(), ids=lambda operation: operation.binary)
def test_a_function_reaches_its_own_secrets_alone(operation: Operation) -> None:
    if operation.binary == "preflight":
        assert not operation.actions, operation
        return
    own = "keys" if operation.binary == "authorizer" else operation.binary.partition("-")[0]
    everywhere = operation.actions & NOT_BY_RESOURCE
    allowed = {f"{SECRETS}{own}/*"} | ({"*"} if everywhere else set())
    assert operation.resources <= allowed, operation
    assert not any("*" in action for action in operation.actions)


def test_who_creates_secrets_may_tag_them_where_they_get_tags() -> None:
    for operation in FUNCTIONS.values():
        may_tag = operation.actions | operation.with_tags
        assert ("secretsmanager:CreateSecret" in operation.actions) == ("secretsmanager:TagResource" in may_tag)
        assert operation.with_tags <= {"secretsmanager:TagResource"}
        assert not operation.actions & operation.with_tags, "it may anyway"


def test_a_page_may_ask_of_every_route() -> None:
    every = {route.partition(" ")[2] for operation in OPERATIONS for route in operation.routes} - {""}
    assert FUNCTIONS["Preflight"].routes == {f"OPTIONS {path}" for path in every}


def test_sources_are_no_access_keys_and_only_provisioning_functions_read_them() -> None:
    policy = TEMPLATE["Resources"]["ReadSources"]["Properties"]["PolicyDocument"]["Statement"]
    denied = [(statement["Action"], statement["Resource"]) for statement in policy if statement["Effect"] == "Deny"]
    assert denied == [("secretsmanager:*", {"Fn::Sub": f"{SECRETS}keys/*"})]
    for logical_id, operation in FUNCTIONS.items():
        resource = TEMPLATE["Resources"][logical_id]
        is_provisioning = operation.binary.endswith("-provision")
        assert ("ReadSources" in str(resource["Properties"].get("Policies"))) == is_provisioning
        optional = "AllowsOrigins" if operation.binary == "preflight" else None
        assert resource.get("Condition") == ("Provisions" if is_provisioning else optional)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.binary)
def test_an_operation_opens_a_connection_to_what_it_may_call_alone(operation: Operation) -> None:
    services = {action.partition(":")[0] for action in operation.actions}
    upstream = re.search(r"async fn handle\((.*?): &(.*?),", BINARIES[operation.binary].read_text())
    if not operation.binary.endswith("-provision"):
        expected = {"secretsmanager": "Store", "sts": "LiveVerification"}
        assert upstream
        assert [upstream[2]] == ([expected[service] for service in services] or ["()"])


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.binary)
def test_an_operation_names_no_sdk_no_environment_and_no_other_api(operation: Operation) -> None:
    text = BINARIES[operation.binary].read_text()
    own = operation.binary.partition("-")[0]
    forbidden = ["aws_", "std::env", "println", "#[instrument"]
    if operation.binary == "tiledb-verify":
        forbidden.remove("aws_")
    forbidden += [f"latchkey_{api}" for api in APIS if api != own]
    assert not [word for word in forbidden if word in text]


def test_only_the_store_names_secrets_managers_sdk() -> None:
    users = {
        path.relative_to(ROOT)
        for folder in ("shared/src", "functions")
        for path in (ROOT / folder).rglob("*.rs")
        if "aws_sdk_secretsmanager" in path.read_text()
    }
    # What every AWS client is made of stands in aws.rs, and takes its types from the one SDK that all binaries have.
    users -= {Path("shared/src/aws.rs"), Path("shared/src/store.rs")}
    assert all(path.parts[:3] == ("shared", "src", "store") for path in users), users


STORE = {
    path.stem: re.sub(r"(?m)^\s*//.*$", "", path.read_text())
    for path in (ROOT / "shared" / "src" / "store").glob("*.rs")
}


@pytest.mark.parametrize("module", STORE)
def test_the_store_knows_nothing_of_http(module: str) -> None:
    assert not re.findall(r"\bcrate::(request|response|event|serve)\b", STORE[module])


def test_the_store_is_a_stair() -> None:
    """No module uses one that uses it, over however many others."""
    # An operation of the store is a method, so whoever calls it is found by the file that defines it.
    method = re.compile(r"\bpub(?:\(super\))? (?:async )?fn (\w+)[<(]\s*(?:<'a>\()?\s*&")
    defined = {name: module for module, text in STORE.items() for name in method.findall(text)}
    uses = {
        module: {used for used in re.findall(r"\bsuper::(\w+)", text) if used in STORE}
        | {defined[name] for name in re.findall(r"\b(?:self|store)\.(\w+)\(", text) if name in defined}
        for module, text in STORE.items()
    }
    below = {module: used - {module} for module, used in uses.items()}
    while steps := {module for module, used in below.items() if not used}:
        below = {module: used - steps for module, used in below.items() if module not in steps}
    assert not below, f"in a circle: {below}"
