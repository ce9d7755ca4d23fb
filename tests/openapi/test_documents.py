"""The documents in docs/openapi have exactly the routes, parameters and statuses of the template and the crates."""

import re
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from local.package import version
from local.stack import ROOT
from tests.losant.conftest import SCHEMAS
from tests.support.openapi import DOCUMENTS, OPERATIONS, Document, Operation
from tests.support.operations import APIS, BINARIES, FUNCTIONS, TEMPLATE
from tests.support.operations import OPERATIONS as FUNCTIONS_OF_ROUTES
from tests.template.test_gateway_responses import STATUSES

BINARY_OF = {route: function.binary for function in FUNCTIONS_OF_ROUTES for route in function.routes}
# The error statuses that every operation can return.
EVERYWHERE = {401, 403, 429, 500, 503, 504}
_STATUS = re.compile(r"StatusCode::([A-Z_]+)")
_CONSTANT = re.compile(r'const (\w+): &str = "(\w+)"')
_QUERY = re.compile(r'\b(?:parameters?|once|providers_of)\(\s*(?:request, )?("\w+"|[A-Z_]+)')


def source(operation: Operation) -> str:
    return BINARIES[BINARY_OF[operation.route]].read_text()


def crate(api: str) -> str:
    return "\n".join(path.read_text() for path in (ROOT / "functions" / api / "src").rglob("*.rs"))


def statuses(text: str) -> set[int]:
    """The statuses that Rust code names."""
    return {
        HTTPStatus["REQUEST_ENTITY_TOO_LARGE" if name == "PAYLOAD_TOO_LARGE" else name]
        for name in _STATUS.findall(text)
    }


def parameters(operation: Operation, place: str) -> set[str]:
    return {parameter["name"] for parameter in operation.parameters if parameter["in"] == place}


def route(operation: Operation) -> str:
    return operation.route


every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=route)
every_document = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)


def test_each_api_has_a_document() -> None:
    assert sorted(DOCUMENTS) == APIS


@every_document
def test_it_is_openapi(document: Document) -> None:
    OpenAPIV31SpecValidator(document.content).validate()


@every_document
def test_its_version_is_the_crates(document: Document) -> None:
    assert document.content["info"]["version"] == version()


@every_document
def test_its_routes_are_the_templates(document: Document) -> None:
    deployed = {found for found, binary in BINARY_OF.items() if binary.startswith(f"{document.name}-")}
    assert {operation.route for operation in document.operations()} == {
        found for found in deployed if not found.startswith("Custom::")
    }


@every_operation
def test_its_parameters_are_those_that_the_function_reads(operation: Operation) -> None:
    text = source(operation)
    assert parameters(operation, "path") == set(re.findall(r"\{(\w+)\}", operation.path))
    headers = {"If-Match": ".if_match()", "If-None-Match": ".or_not_modified(", "Idempotency-Key": ".idempotency_key()"}
    assert parameters(operation, "header") == {name for name, call in headers.items() if call in text}
    reads_body = any(call in text for call in (".json()", "CredentialInput::parse(", "::of_body("))
    assert (operation.body is not None) == reads_body


@every_document
def test_its_query_parameters_are_those_that_the_crate_reads(document: Document) -> None:
    text = crate(document.name)
    constants = dict(_CONSTANT.findall(text))
    read = {constants.get(name, name).strip('"') for name in _QUERY.findall(text)}
    documented = {name for operation in document.operations() for name in parameters(operation, "query")}
    assert documented == {name for name in read if not name.isupper()}


@every_operation
def test_its_statuses_are_those_that_the_function_returns(operation: Operation) -> None:
    text = source(operation)
    answered = statuses(text) | ({200} if "Response::list(" in text else set())
    headers = parameters(operation, "header")
    conditional = ({412} if "If-Match" in headers else set()) | ({304} if "If-None-Match" in headers else set())
    with_body = {400, 413, 415} if operation.body else set()
    documented = set(operation.responses)
    assert {status for status in documented if status < 300} == answered
    assert {status for status in documented if status in (304, 412)} == conditional
    assert (415 in documented) == bool(operation.body)
    assert EVERYWHERE | with_body <= documented
    for status in answered:
        tagged = ".etag(" in text or ".or_not_modified(" in text
        assert ("ETag" in operation.responses[status].get("headers", {})) == tagged, status


@every_document
def test_its_errors_are_those_of_the_crate_and_of_the_gateway(document: Document) -> None:
    documented = {status for operation in document.operations() for status in operation.responses if status >= 400}
    own = statuses((ROOT / "functions" / document.name / "src" / "error.rs").read_text())
    assert documented == {status for status in own | set(STATUSES.values()) if status >= 400}


@every_operation
def test_every_response_has_the_headers_of_its_status(operation: Operation) -> None:
    for status, response in operation.responses.items():
        headers = set(response.get("headers", {}))
        assert "Latchkey-Key-Expires" in headers
        assert ("Retry-After" in headers) == (status in (429, 503))
        assert ("WWW-Authenticate" in headers) == (status == 401)


@every_operation
def test_its_keys_are_those_that_the_authorizer_accepts(operation: Operation) -> None:
    events = TEMPLATE["Resources"][_logical_id(operation)]["Properties"]["Events"].values()
    (event,) = (event["Properties"] for event in events if event["Properties"]["Path"] == operation.path)
    takes_any = event.get("Auth") == {"Authorizer": "AccessKeyInAnyHeader"}
    schemes = {name for choice in operation.document.content["security"] for name in choice}
    assert schemes == {"bearer", "basic"} | ({"apiKey"} if takes_any else set())
    assert "security" not in operation.described


def _logical_id(operation: Operation) -> str:
    (found,) = (name for name, function in FUNCTIONS.items() if function.binary == BINARY_OF[operation.route])
    return found


@every_operation
def test_its_examples_match_their_schemas(operation: Operation) -> None:
    document = operation.document
    for parameter in operation.parameters:
        if "example" in parameter:
            assert document.fault(parameter["schema"], parameter["example"]) is None, parameter["name"]
    for value in examples(operation.body or {}):
        assert document.fault(operation.body["schema"], value) is None, value  # type: ignore[index]
    assert operation.body is None or examples(operation.body), "the body has no example"
    for status, response in operation.responses.items():
        for media_type, content in response.get("content", {}).items():
            assert examples(content) or media_type != "application/json", status
            for value in examples(content):
                assert document.fault(content["schema"], value) is None, (status, value)
                assert value.get("status", status) == status if isinstance(value, dict) else True


def examples(content: dict[str, Any]) -> list[Any]:
    """All examples of a media type object."""
    several = [named["value"] for named in content.get("examples", {}).values()]
    return several + ([content["example"]] if "example" in content else [])


@every_document
def test_every_component_is_used_and_every_operation_is_described(document: Document) -> None:
    text = (ROOT / "docs" / "openapi" / f"{document.name}.yaml").read_text()
    for kind, components in document.content["components"].items():
        for name in components:
            assert kind == "securitySchemes" or f"#/components/{kind}/{name}'" in text, (kind, name)
    for operation in document.operations():
        described = operation.described
        assert described["summary"], operation.route
        assert described["description"].strip().endswith("."), operation.route
    identifiers = [operation.described["operationId"] for operation in document.operations()]
    assert len(set(identifiers)) == len(identifiers)


LOSANT = DOCUMENTS["losant"]


def limits(schema: dict[str, Any]) -> dict[str, Any]:
    """The type and limits of each field in a schema of Losant's, or in ours of the same, in one form."""
    compared = ("type", "minLength", "maxLength", "minimum", "maximum", "enum", "pattern")
    found: dict[str, Any] = {}
    variants = [
        variant for kind in ("oneOf", "anyOf") for variant in schema.get(kind, []) if set(variant) != {"required"}
    ]
    for variant in variants or [schema]:
        for name, field in LOSANT.resolved(variant).get("properties", {}).items():
            field = LOSANT.resolved(field)
            if "properties" in field or ("oneOf" in field and "type" not in field):
                for inner, value in limits(field).items():
                    found.setdefault(f"{name}.{inner}", value)
            else:
                value = {key: field[key] for key in compared if key in field}
                value = {"const": True} if "const" in field or "enum" in field else value
                found.setdefault(name, value)
    return found


@pytest.mark.parametrize(("own", "vendors"), [("Credential", "credential"), ("CredentialPatch", "credentialPatch")])
def test_losants_fields_have_the_limits_of_losants_own_schemas(own: str, vendors: str) -> None:
    ours, theirs = limits(LOSANT.content["components"]["schemas"][own]), limits(SCHEMAS[vendors])
    for found in (ours, theirs):
        # The two write a null, which stands for the default port, differently.
        found.pop("sqlConfig.port", None)
    assert set(ours) == set(theirs)
    assert {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]} == {}


def test_a_post_has_the_fields_of_losants_own_schema() -> None:
    variants = LOSANT.content["components"]["schemas"]["CredentialPost"]["oneOf"]
    types = {LOSANT.resolved(variant)["properties"]["type"]["const"] for variant in variants}
    assert types == set(SCHEMAS["credentialPost"]["properties"]["type"]["enum"])
    ours = set().union(*(limits(LOSANT.resolved(variant)) for variant in variants))
    # The two write a null, which stands for the default port, differently.
    assert ours - {"sqlConfig.port"} == set(limits(SCHEMAS["credentialPost"])) - {"sqlConfig.port"}


def test_the_folder_contains_nothing_else() -> None:
    folder = Path(ROOT / "docs" / "openapi")
    assert {path.name for path in folder.iterdir()} - {"README.md"} == {f"{name}.yaml" for name in DOCUMENTS}
