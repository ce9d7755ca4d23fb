"""What a contributor finds at the door is true: manifests, versions, workflows, and the paths that documents name."""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.package import version
from local.stack import ROOT
from tests.support import openapi
from tests.support.operations import TEMPLATE

MANIFESTS = sorted(ROOT.glob("*/Cargo.toml")) + sorted(ROOT.glob("*/*/Cargo.toml"))
RECORDS = {path.name: path for path in (ROOT / "docs" / "decisions").glob("*.md") if path.name != "README.md"}
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text()
DOCUMENTS = [
    ROOT / name
    for name in (
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "README.md",
        "SECURITY.md",
        "docs/decisions/README.md",
    )
]

# Where a path in a document may start.
_STARTS = "bench|docs|examples|functions|local|shared|tests"
_PATH = re.compile(rf"`((?:{_STARTS})/[\w./-]*)`")
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")
_TARGET = re.compile(r"(?m)(?:^|[`(]|run: )(?:\w+=\S+ )*make (?:--silent )?([a-z][a-z0-9-]*)")


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_a_crate_says_what_it_is_and_where_it_comes_from(manifest: Path) -> None:
    package = tomllib.loads(manifest.read_text())["package"]
    assert package["description"]
    for name in ("version", "edition", "rust-version", "license", "repository", "publish"):
        assert package[name] == {"workspace": True}, name


def test_one_version_is_everywhere() -> None:
    released = re.findall(r"(?m)^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", (ROOT / "CHANGELOG.md").read_text())
    assert released[0][0] == version(), "CHANGELOG.md's newest version is another one"
    assert date.fromisoformat(released[0][1])
    application = TEMPLATE["Metadata"]["AWS::ServerlessRepo::Application"]
    assert application["SemanticVersion"] == version(), "template.yaml's SemanticVersion"
    for name, document in openapi.DOCUMENTS.items():
        assert document.content["info"]["version"] == version(), f"docs/openapi/{name}.yaml"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_run_what_everybody_can_run(workflow: Path) -> None:
    text = workflow.read_text()
    for used in re.findall(r"uses: (\S+.*)", text):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used), f"{used}: pinned by its commit"
    assert set(_TARGET.findall(text)) <= targets()
    permissions = load(workflow)["permissions"]
    assert permissions == {"contents": "write" if workflow.name == "release.yml" else "read"}


def test_the_forge_runs_what_must_pass_before_a_change_lands() -> None:
    assert commands("ci.yml") == [".ci/run", "make advisories"]
    assert commands("weekly.yml") == ["make test", "make advisories"]


def commands(workflow: str) -> list[str]:
    jobs = load(ROOT / ".github" / "workflows" / workflow)["jobs"]
    return [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]


def test_dependencies_are_updated_wherever_there_are_any() -> None:
    manifests = {"cargo": "Cargo.lock", "pip": "requirements*.txt", "npm": "package-lock.json"}
    for update in load(ROOT / ".github" / "dependabot.yml")["updates"]:
        found = update.get("directories") or [update["directory"]]
        pattern = manifests.pop(update["package-ecosystem"], None)
        if pattern:
            locked = {path.parent for folder in LOCKED for path in (ROOT / folder).glob(pattern)}
            assert {ROOT / folder.strip("/") for folder in found} == locked, pattern
    assert not manifests


# Every folder that could have a lock file: all but what is installed or built.
LOCKED = [".", *(f"{folder}/" for folder in ("local", "tests", "tests/browser", "docs/page", "examples/clients"))]
LOCKED += ["bench/functions/node", "bench/functions/python"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_names_is_there(document: Path) -> None:
    text = document.read_text()
    for path in _PATH.findall(text):
        assert (ROOT / path).exists(), path
    for link in _LINK.findall(text):
        assert (document.parent / link).exists(), link
    assert set(_TARGET.findall(text)) <= targets()


def targets() -> set[str]:
    return set(re.findall(r"(?m)^([a-z][a-z0-9-]*):", MAKEFILE))


def test_every_decision_is_in_the_index_with_its_date_and_its_status() -> None:
    rows = re.findall(
        r"(?m)^\| \[[^]]+\]\(([\w-]+\.md)\) \| (\d{4}-\d\d-\d\d)(?:, revised \d{4}-\d\d-\d\d)? \| ([^|]+) \|",
        (ROOT / "docs/decisions/README.md").read_text(),
    )
    assert {name for name, _, _ in rows} == set(RECORDS)
    for name, day, status in rows:
        assert date.fromisoformat(day)
        assert re.match(r"accepted|superseded by", status, re.IGNORECASE), name


@pytest.mark.parametrize("record", RECORDS.values(), ids=lambda path: path.stem)
def test_what_a_decision_explains_leads_to_it(record: Path) -> None:
    _, status, *_ = [line for line in record.read_text().splitlines() if line]
    assert status.startswith("Accepted, "), status
    explained = re.findall(r"`([\w./-]+)`", status)
    assert explained, "it says what it explains"
    for path in explained:
        assert (ROOT / path).exists(), path
    linked = [path for path in explained if (ROOT / path).is_file() and record.name in (ROOT / path).read_text()]
    assert linked, f"none of {explained} leads to docs/decisions/{record.name}"
