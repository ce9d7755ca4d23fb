"""`make package` makes an archive that can be verified, and deployed without Rust."""

import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest
from samcli.yamlhelper import yaml_parse

from local.artifacts import NotBuiltError, binaries_of
from local.package import SUMS, make, version
from local.stack import ROOT, TEMPLATE, Stack, architecture
from tests.deployment.conftest import create, value
from tests.support.api import Api

BINARIES = ROOT / "target" / "quick"
# Of compression: a minute less than with the smallest.
LEVEL = 0
OTHER = {"arm64": "x86_64", "x86_64": "arm64"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(TEMPLATE, BINARIES, architecture(), tmp_path_factory.mktemp("package"), LEVEL)


@pytest.fixture(scope="module")
def unpacked(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive as it is for a user who has nothing else of the project."""
    folder = tmp_path_factory.mktemp("unpacked")
    with ZipFile(archive) as file:
        file.extractall(folder)
    return folder / archive.stem


def test_its_name_says_version_and_architecture(archive: Path) -> None:
    assert archive.name == f"latchkey-{version()}-{architecture()}.zip"


def test_sha256sum_confirms_its_checksums(archive: Path, unpacked: Path) -> None:
    for folder, sums in ((archive.parent, f"{archive.name}.sha256"), (unpacked, SUMS)):
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", sums], cwd=folder, check=True)
    named = {line.split("  ")[1] for line in (unpacked / SUMS).read_text().splitlines()}
    assert named == {path.name for path in unpacked.iterdir()} - {SUMS}


def test_the_same_binaries_make_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    again = make(TEMPLATE, BINARIES, architecture(), tmp_path, LEVEL)
    # The checksums, because pytest would take a minute to compare the bytes.
    assert (
        again.with_name(f"{again.name}.sha256").read_text() == archive.with_name(f"{archive.name}.sha256").read_text()
    )


def test_it_contains_each_function_and_nothing_to_build(unpacked: Path) -> None:
    template = (unpacked / "template.yaml").read_text()
    assert "BuildMethod" not in template
    functions = {
        name: resource["Properties"]["CodeUri"]
        for name, resource in yaml_parse(template)["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert set(functions) == set(binaries_of(TEMPLATE))
    for name, binary in binaries_of(TEMPLATE).items():
        with ZipFile(unpacked / functions[name]) as package:
            (entry,) = package.infolist()
            assert (entry.filename, entry.external_attr >> 16) == ("bootstrap", 0o100755)
            assert package.read(entry) == (BINARIES / binary).read_bytes()


def test_it_is_for_one_architecture_only(unpacked: Path, tmp_path: Path) -> None:
    parameter = yaml_parse((unpacked / "template.yaml").read_text())["Parameters"]["Architecture"]
    assert (parameter["Default"], parameter["AllowedValues"]) == (architecture(), [architecture()])
    other = OTHER[architecture()]
    with pytest.raises(NotBuiltError, match=f"is no program for Linux on {other}"):
        make(TEMPLATE, BINARIES, other, tmp_path, LEVEL)


def test_a_missing_binary_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotBuiltError, match=r"dqops-create is missing: run `make package`"):
        make(TEMPLATE, tmp_path, architecture(), tmp_path / "package", LEVEL)


def test_sam_deploys_it_without_rust(unpacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing is found there, cargo neither.
    monkeypatch.setenv("PATH", str(tmp_path))
    with Stack(ROOT / ".local" / "test-package", package=unpacked / "template.yaml") as stack:
        admin = Api(stack.url, stack.token)
        create(admin, "packaged.txt", "a value")
        assert value(admin, "packaged.txt") == "a value"
