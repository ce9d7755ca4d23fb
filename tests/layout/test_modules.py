"""Dependencies between modules run one way."""

import re
from pathlib import Path

import pytest

from local.stack import ROOT
from tests.support.operations import TEMPLATE

# Variables that Lambda sets, and those that only a machine's own settings do.
FROM_ELSEWHERE = {"AWS_REGION", "AWS_LAMBDA_RUNTIME_API", "AWS_ENDPOINT_URL"}
# Read by the C library.
NOT_OURS = {"GLIBC_TUNABLES"}

SOURCES = {
    path.relative_to(ROOT): path.read_text()
    for folder in ("shared/src", "functions")
    for path in (ROOT / folder).rglob("*.rs")
    if "tests" not in path.parts
}


def test_the_template_sets_every_variable_that_the_code_reads_and_no_other() -> None:
    own = "\n".join(text.partition("#[cfg(test)]")[0] for path, text in SOURCES.items() if "test" not in path.stem)
    read = set(re.findall(r'"((?:LATCHKEY|AWS)_[A-Z_]+)"', own))
    variables = set(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])
    assert read - FROM_ELSEWHERE == variables - NOT_OURS


def test_only_the_store_names_secrets_managers_sdk() -> None:
    users = {path for path, text in SOURCES.items() if "aws_sdk_secretsmanager" in text}
    # aws.rs has what every AWS client is made of, and takes its types from the one SDK that all binaries contain.
    users -= {Path("shared/src/aws.rs"), Path("shared/src/store.rs")}
    assert all(path.parts[:3] == ("shared", "src", "store") for path in users), users


STORE = {
    path.stem: re.sub(r"(?m)^\s*//.*$", "", text)
    for path, text in SOURCES.items()
    if path.parts[:3] == ("shared", "src", "store")
}


@pytest.mark.parametrize("module", STORE)
def test_the_store_knows_nothing_of_http(module: str) -> None:
    assert not re.findall(r"\bcrate::(request|response|event|serve)\b", STORE[module])


def test_the_store_is_a_stair() -> None:
    """No module uses one that uses it, not even over several others."""
    # An operation of the store is a method, so a caller is found by the file that defines the method.
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
