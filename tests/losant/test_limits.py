"""Losant's schemas decide: each limit of a post and of a patch is tested at its edge, one below it and one above."""

import copy
import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from tests.losant.conftest import CONFIGS, SCHEMAS, TYPES, assert_valid, collection, create, item, key_of, new_id, post
from tests.support.api import Answer, Api, at_once
from tests.support.certificates import pem

Case = tuple[str, dict[str, Any]]
POST, PATCH = (Draft7Validator(SCHEMAS[name]) for name in ("credentialPost", "credentialPatch"))


def texts(field: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Texts around the limits, which are in characters."""
    least, most = field.get("minLength", 0), field["maxLength"]
    for length in sorted({0, least - 1, least, least + 1, most - 1, most, most + 1} - {-1}):
        yield f"{length} characters", "x" * length
    if most < 10_000:
        yield f"{most} large characters", "\U0001f511" * most
        yield f"{most + 1} large characters", "\U0001f511" * (most + 1)


def values(field: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Valid and invalid values of a field."""
    if "enum" in field:
        for choice in field["enum"]:
            yield choice, choice
        yield "unknown", "unknown"
        yield "other case", field["enum"][0].swapcase()
    elif field.get("type") == "string":
        yield from texts(field)
    elif "oneOf" in field or field.get("type") == "integer":
        for number in (-1, 0, 1, 1.5, 5432.0, 65_534, 65_535, 65_536, 2**64, 1e300):
            yield str(number), number
    for odd in (None, True, False, 1, "text", [], {}, ["text"]):
        yield json.dumps(odd), odd


RSA_KEY = pem(rsa.generate_private_key(65_537, 2048))
PAIR = CONFIGS["certificateKeyPair"]
# Fields whose text must have a meaning, each with a text that has one.
MEANT = {
    ("gcp", "keyJson"): "{}",
    ("snowflake", "privateKey"): RSA_KEY,
    ("certificateKeyPair", "certificate"): PAIR["certificate"],
    ("certificateKeyPair", "privateKey"): PAIR["privateKey"],
}


def adapted(kind: str, name: str, value: Any) -> Any:
    """The value. If its field's text must have a meaning, such a text of the same length, unless that is too short."""
    meant = MEANT.get((kind, name))
    if meant is None or not isinstance(value, str) or len(value) < len(meant):
        return value
    # Around a PEM there may be any text, around JSON only whitespace.
    filler = "\U0001f511" if name == "certificate" else "\n"
    return filler * (len(value) - len(meant) - 1) + "\n" * (len(value) > len(meant)) + meant


def complete(kind: str) -> dict[str, Any]:
    """A config that can be posted, without generating a key, which takes long."""
    if kind == "snowflake":
        return {"host": "h", "username": "u", "privateKey": RSA_KEY}
    return copy.deepcopy(CONFIGS[kind])


def is_meaningless(kind: str, config: dict[str, Any]) -> bool:
    """Whether a config that fits the schema has an invalid key file, key or certificate, or contradicts itself."""
    if kind == "gcp" and "keyJson" in config:
        return not config["keyJson"].strip().startswith("{")
    if kind == "certificateKeyPair":
        return any(PAIR[name] not in config[name] for name in PAIR if name in config)
    if kind == "snowflake":
        generate, key = config.get("generatePrivateKey"), config.get("privateKey")
        return (bool(generate) and key is not None) or (key is not None and "PRIVATE KEY" not in key)
    if kind == "git":
        generate = config.get("generatePrivateKey")
        return bool(generate) and (config.get("type") != "ssh-key" or "secretValue" in config)
    return False


def config_cases(kind: str, schema: dict[str, Any], base: Callable[[], dict[str, Any]]) -> Iterator[Case]:
    """Configs that differ from `base` in one field."""
    for name, field in schema["properties"].items():
        for what, value in values(field):
            config = base()
            if name == "generatePrivateKey":
                config.pop("privateKey", None)
                config.pop("secretValue", None)
                if kind == "git":
                    config["type"] = "ssh-key"
            elif (kind, name, value) == ("git", "type", "ssh-key"):
                config.pop("secretValue", None)
            yield f"{name}: {what}", config | {name: adapted(kind, name, value)}
        missing = base()
        missing.pop(name, None)
        yield f"{name}: missing", missing
    yield "more", base() | {"more": "text"}


def post_cases(kind: str) -> Iterator[Case]:
    key = key_of(kind)
    schema = SCHEMAS["credentialPost"]["properties"][key]
    for what, config in config_cases(kind, schema, lambda: complete(kind)):
        yield what, post("n", kind, config)
    for odd in (None, "text", [], {}):
        yield f"{key}: {odd}", {"name": "n", "type": kind, key: odd}


def common_cases(schema: dict[str, Any], base: dict[str, Any]) -> Iterator[Case]:
    """Bodies that differ from `base` in a field that all types have."""
    for name in ("name", "description", "enabled"):
        for what, value in values(schema["properties"][name]):
            yield f"{name}: {what}", base | {name: value}
    yield "more", base | {"more": "text"}


def expected(validator: Draft7Validator, kind: str, body: dict[str, Any]) -> bool:
    """Whether a body must be accepted."""
    if not validator.is_valid(body):
        return False
    config = body.get(key_of(kind))
    if validator is POST and kind == "snowflake" and not (config.get("privateKey") or config.get("generatePrivateKey")):
        return False
    if validator is POST and kind == "git" and config["type"] == "ssh-key" and config.get("secretValue") is not None:
        return False
    return config is None or not is_meaningless(kind, config)


def faults(errors: Iterable[ValidationError]) -> set[str]:
    """The possible messages for a body with these schema errors. If there are several, any one may be reported."""
    return {fault for error in errors for fault in worded(error)}


def worded(error: ValidationError) -> set[str]:
    path, limit = ".".join(map(str, error.absolute_path)), error.validator_value
    match error.validator:
        case "required":
            return {f"{place(path, name)}: is missing" for name in limit if name not in error.instance}
        case "additionalProperties":
            unknown = set(error.instance) - set(error.schema["properties"])
            return {f"{place(path, name)}: is not a documented field" for name in unknown}
        case "anyOf":
            # The alternative that the body is closest to.
            inner = error.context or []
            ways = (faults(each for each in inner if each.schema_path[0] == way) for way in range(len(limit)))
            return min(ways, key=len)
        case "oneOf":
            words = f"must be a whole number from {limit[0]['minimum']} to {limit[0]['maximum']}"
            return {f"{path}: {words}", f"{path}: {words}, or null"}
        case "minLength":
            return {f"{path}: is shorter than {limit} characters" if error.instance else f"{path}: is empty"}
        case "maxLength":
            return {f"{path}: is longer than {limit} characters"}
        case "enum":
            return {f"{path}: must be one of {', '.join(limit)}"}
        case "type":
            words = {"string": "must be text", "boolean": "must be true or false", "object": "must be a JSON object"}
            return {f"{path}: {words[limit]}"}
    raise AssertionError(error)


def place(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def is_rejected(validator: Draft7Validator, body: dict[str, Any], answer: Answer) -> bool:
    """Whether a body is rejected, and in the right words if it does not fit the schema."""
    in_words = validator.is_valid(body) or answer.json["message"] in faults(validator.iter_errors(body))
    return (answer.status, answer.json["type"]) == (400, "Validation") and in_words


def field_of(what: str) -> str:
    """The field that a case is about."""
    return what.partition(":")[0]


def assert_as_the_schema_says(kind: str, validator: Draft7Validator, cases: list[Case], send: Any) -> None:
    answers = at_once(partial(send, what, body) for what, body in cases)
    wrong = []
    for (what, body), answer in zip(cases, answers, strict=True):
        if not expected(validator, kind, body):
            is_right = is_rejected(validator, body, answer)
        elif is_right := answer.status in (200, 201):
            assert_valid("credential", answer.json)
        if not is_right:
            wrong.append((what, answer))
    assert wrong == []
    assert {expected(validator, kind, body) for _, body in cases} == {True, False}


@pytest.mark.parametrize("kind", TYPES)
def test_posts(editor: Api, kind: str) -> None:
    assert_as_the_schema_says(
        kind, POST, list(post_cases(kind)), lambda _, body: editor.call("POST", collection(new_id()), body)
    )


def test_posts_of_all_types(editor: Api) -> None:
    cases = list(common_cases(SCHEMAS["credentialPost"], post("n")))
    cases += [(f"type: {kind}", post("n") | {"type": kind}) for kind in ("AWS", "", None, 1, "ftp")]
    cases += [
        (f"{name}: missing", {key: value for key, value in post("n").items() if key != name}) for name in post("n")
    ]
    # The schema does not require the config of the type.
    cases = [case for case in cases if case[0] != "awsConfig: missing"]
    assert_as_the_schema_says("aws", POST, cases, lambda _, body: editor.call("POST", collection(new_id()), body))


@pytest.mark.parametrize("kind", TYPES)
def test_patches(editor: Api, app: str, kind: str) -> None:
    schema = SCHEMAS["credentialPatch"]["properties"][key_of(kind)]
    cases = [(what, {key_of(kind): config}) for what, config in config_cases(kind, schema, dict)]
    cases += [(f"config: {odd}", {key_of(kind): odd}) for odd in (None, "text", [], {})]
    if kind == "git":
        # Whether a key can be generated or given depends on the stored type.
        cases = [case for case in cases if case[1]["gitConfig"] in ({}, None) or "type" not in case[1]["gitConfig"]]
        cases = [case for case in cases if "generatePrivateKey" not in (case[1]["gitConfig"] or {})]
    # The fields' largest values would not fit into one credential together.
    fields = {field_of(what) for what, _ in cases}
    made = {field: create(editor, app, field, kind, config=complete(kind)) for field in fields}
    assert_as_the_schema_says(
        kind, PATCH, cases, lambda what, body: editor.call("PATCH", item(app, made[field_of(what)]["id"]), body)
    )


def test_patches_of_all_types(editor: Api, app: str) -> None:
    made = create(editor, app, "n")
    cases = list(common_cases(SCHEMAS["credentialPatch"], {}))
    assert_as_the_schema_says("aws", PATCH, cases, lambda _, body: editor.call("PATCH", item(app, made["id"]), body))
