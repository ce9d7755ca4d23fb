"""Every operation is complete: each of the steps of CONTRIBUTING.md's "Add an operation" has a test here."""

import re

import pytest

from local.stack import ROOT
from tests.layout.sent import Expectations
from tests.support.canary import REQUESTS
from tests.support.openapi import DOCUMENTS
from tests.support.operations import BINARIES, FUNCTIONS, NOT_OPERATIONS, OPERATIONS, TEMPLATE, Operation

# A route, or the type of a custom resource.
ROUTE = re.compile(r"`([A-Z]+ /[^`]*|Custom::\w+)`")
# A namespace is entered with one of the crate's lists of permissions.
ENTERED = re.compile(r"\benter\([^;]*?\b([A-Z][A-Z_]{3,})\)")
SERVING = [operation for operation in OPERATIONS if not operation.provisions]
WRITES = {"secretsmanager:CreateSecret", "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret"}

every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.binary)
every_serving_operation = pytest.mark.parametrize("operation", SERVING, ids=lambda operation: operation.binary)


def pascal_case(binary: str) -> str:
    return "".join(part.capitalize() for part in binary.split("-"))


def source(operation: Operation) -> str:
    return BINARIES[operation.binary].read_text()


def rows(text: str, operation: Operation) -> list[list[str]]:
    """The cells of those rows of a Markdown table that name the operation's binary."""
    lines = [line.removeprefix("//!").strip() for line in text.splitlines()]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in cells if f"`{operation.binary}`" in row]


# 1. The file, and 3. the entry in the template


def test_every_binary_has_a_function_of_its_name_in_the_template() -> None:
    declared = {logical_id: operation.binary for logical_id, operation in FUNCTIONS.items()}
    there = {pascal_case(binary): binary for binary in BINARIES}
    assert not there.keys() - declared.keys(), "template.yaml has no function for these files in functions/*/src/bin"
    assert not declared.keys() - there.keys(), "functions/*/src/bin has no file for these functions of template.yaml"
    assert declared == there, "a function's Binary in template.yaml has another name than the function"


@every_operation
def test_its_file_starts_with_its_routes(operation: Operation) -> None:
    path = BINARIES[operation.binary]
    assert operation.api == path.parent.parent.parent.name
    lines = path.read_text().splitlines()
    assert set(ROUTE.findall(lines[0])) == operation.routes, lines[0]
    assert "latchkey::serve" in path.read_text()
    assert 'env!("CARGO_BIN_NAME")' in path.read_text()
    assert len(lines) <= 60, "an operation's file is small"


@every_operation
def test_its_kms_policy_encrypts_only_if_it_writes(operation: Operation) -> None:
    policies = [policy["Fn::If"] for policy in operation.properties.get("Policies", []) if "Fn::If" in policy]
    kms = [then["Ref"] for condition, then, _ in policies if condition == "UsesKmsKeys"]
    calls_store = any(action.startswith("secretsmanager:") for action in operation.actions)
    expected = ["EncryptSecrets" if operation.actions & WRITES else "DecryptSecrets"] if calls_store else []
    assert kms == expected, "its KMS policies in template.yaml"


@every_operation
def test_its_environment_and_limits_are_those_of_all_functions(operation: Operation) -> None:
    own = set(operation.properties) - {"Policies", "Events"}
    # An event of CloudFormation waits longer for other writers, and is repeated by Lambda.
    expected = {"Timeout", "EventInvokeConfig"} if operation.provisions else set()
    assert own == expected, "template.yaml gives it settings of its own, in place of those in Globals"


# 2. and 5. The tables of the crate and of the README


@every_operation
def test_the_crate_lists_its_routes_and_its_permission(operation: Operation) -> None:
    found = rows((ROOT / "functions" / operation.api / "src" / "lib.rs").read_text(), operation)
    assert found, f"functions/{operation.api}/src/lib.rs has no row for `{operation.binary}`"
    assert {route for row in found for cell in row for route in ROUTE.findall(cell)} == operation.routes
    assert {plain(row[-1]) for row in found} == {plain(permission_of(operation))}, "lib.rs: its permission"


@every_operation
def test_the_readme_lists_its_routes_its_permission_and_its_calls(operation: Operation) -> None:
    found = rows((ROOT / "README.md").read_text(), operation)
    assert found, f"README.md has no row for `{operation.binary}`"
    assert {route for row in found for route in ROUTE.findall(row[0])} == operation.routes
    for _, _, permission, calls in found:
        assert plain(permission) == plain(permission_of(operation)), "README.md: its permission"
        assert set(calls.split(", ")) - {"nothing"} == operation.permissions, "README.md: what it may call"


def permission_of(operation: Operation) -> str:
    """The constant that the operation enters its namespace with, in its file or in a module of its crate."""
    if operation.provisions:
        return "lambda:InvokeFunction"
    own = source(operation)
    modules = re.findall(rf"use latchkey_{operation.api}::(\w+)::", own)
    files = [ROOT / "functions" / operation.api / "src" / f"{module}.rs" for module in modules]
    entered = ENTERED.findall(own) or [name for path in files for name in ENTERED.findall(path.read_text())]
    assert len(set(entered)) == 1, f"{operation.binary} enters its namespace with {entered or 'no permission'}"
    return str(entered[0])


def plain(permission: str) -> str:
    """A permission or the constant named after it: `credential.linkedResources`, CREDENTIAL_LINKED_RESOURCES."""
    return re.sub(r"[^a-z]", "", permission.lower())


# 4. Two lists in the template


@pytest.mark.parametrize("logical_id", FUNCTIONS)
def test_its_role_is_denied_what_only_lambda_does(logical_id: str) -> None:
    """A condition on the function is also one on its role."""
    role, resource = {"Ref": f"{logical_id}Role"}, TEMPLATE["Resources"][logical_id]
    condition = resource.get("Condition")
    listed = {"Fn::If": [condition, role, {"Ref": "AWS::NoValue"}]} if condition else role
    roles = TEMPLATE["Resources"]["LeaveNetworkInterfaces"]["Properties"]["Roles"]
    assert listed in roles, f"template.yaml: LeaveNetworkInterfaces does not list {logical_id}Role"


def test_a_web_page_may_ask_about_every_route() -> None:
    every = {route.partition(" ")[2] for operation in SERVING for route in operation.routes}
    asked = {route.partition(" ")[2] for route in FUNCTIONS["Preflight"].routes}
    assert not every - asked, "template.yaml: Preflight has no OPTIONS event for these paths"
    assert not asked - every, "template.yaml: Preflight has OPTIONS events for paths that no operation has"


# 6. The OpenAPI document


@every_serving_operation
def test_its_openapi_document_has_its_routes(operation: Operation) -> None:
    documented = {described.route for described in DOCUMENTS[operation.api].operations()}
    assert not operation.routes - documented, f"docs/openapi/{operation.api}.yaml has none of these routes"


# 7. The tests


@every_operation
def test_its_tests_start_with_its_routes(operation: Operation) -> None:
    assert operation.tests().is_file(), f"{operation.tests().relative_to(ROOT)} is missing"
    first = operation.tests().read_text().partition("\n")[0]
    assert set(ROUTE.findall(first)) == operation.routes, first


@every_operation
def test_its_tests_send_a_success_and_a_rejection(operation: Operation) -> None:
    expectations = Expectations(operation)
    path = operation.tests().relative_to(ROOT)
    assert expectations.success, f"{path}: no test sends {sorted(operation.routes)[0]} and expects a 2xx"
    assert expectations.rejection, f"{path}: no test sends {sorted(operation.routes)[0]} and expects a 4xx"


# 8. The canary


@every_serving_operation
def test_the_canary_is_sent_to_it(operation: Operation) -> None:
    sent = {request.operation for request in REQUESTS}
    assert operation.binary in sent, f"tests/support/canary.py sends no request to {operation.binary}"


# 9. The bench


@every_serving_operation
def test_it_is_measured(operation: Operation) -> None:
    measured = (ROOT / "bench" / "src" / "operations.rs").read_text()
    body = re.search(rf"fn others_of_{operation.api}\(.*?\n}}\n", measured, re.DOTALL)
    assert body, f"bench/src/operations.rs has no others_of_{operation.api}"
    # A create is measured for every API.
    verbs = set(re.findall(r'\(\s*"([a-z-]+)",', body[0])) | {"create"}
    assert operation.verb in verbs, f"bench/src/operations.rs has no event for {operation.binary}"


# What an operation's file leaves to others


@every_operation
def test_it_opens_connections_only_to_what_it_may_call(operation: Operation) -> None:
    services = {action.partition(":")[0] for action in operation.actions}
    upstream = re.search(r"async fn handle\((.*?): &(.*?),", source(operation))
    if not operation.provisions:
        expected = {"secretsmanager": "Store", "sts": "LiveVerification"}
        assert upstream
        assert [upstream[2]] == ([expected[service] for service in services] or ["()"])


@every_operation
def test_it_names_no_sdk_no_environment_and_no_other_api(operation: Operation) -> None:
    text = source(operation)
    forbidden = ["aws_", "std::env", "println", "#[instrument"]
    if operation.binary == "tiledb-verify":
        forbidden.remove("aws_")
    apis = {other.api for other in OPERATIONS}
    forbidden += [f"latchkey_{api}" for api in (apis | set(NOT_OPERATIONS)) - {operation.api}]
    assert not [word for word in forbidden if word in text]
