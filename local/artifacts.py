"""What `sam build` would leave behind, made from binaries that plain cargo has built.

`sam build` needs cargo-lambda and a cross linker. On the machine that the binaries run on, neither is needed.
"""

import re
import shutil
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from local.ministack import ROOT

_FUNCTION = re.compile(r"(?m)^  (?P<id>\w+):\n    Type: AWS::Serverless::Function\n(?:    .*\n|\n)*")
# What the template's metadata names: SAM CLI uploads it with the template.
_NAMED = re.compile(r"(?m)^    (?:LicenseUrl|ReadmeUrl): (\S+)$")
_BINARY = re.compile(r"Binary: (?P<name>[\w-]+)")
_EXECUTABLE = 0o100755


class NotBuiltError(Exception):
    """A binary that the template names is missing."""


def lay_out(template: Path, binaries: Path, into: Path) -> Path:
    """Packs each function's binary into `into`, and returns the template that points there.

    The template is edited as text, so that its intrinsic functions stay exactly as they are.
    """
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)

    def point_to_package(function: re.Match[str]) -> str:
        package = into / f"{function['id']}.zip"
        package.write_bytes(pack(binaries / _binary(function)))
        return function[0].replace("    Properties:\n", f"    Properties:\n      CodeUri: {package.name}\n", 1)

    for named in _NAMED.findall(template.read_text()):
        # The project's own, also where the template is a changed copy elsewhere.
        shutil.copy(ROOT / named, into)
    built = into / "template.yaml"
    built.write_text(_FUNCTION.sub(point_to_package, template.read_text()))
    return built


def binaries_of(template: Path) -> dict[str, str]:
    """The name of each function's binary."""
    return {function["id"]: _binary(function) for function in _FUNCTION.finditer(template.read_text())}


def pack(binary: Path) -> bytes:
    """Stores without compressing: SAM CLI would take half a second for each function, to save a copy on one machine."""
    if not binary.is_file():
        raise NotBuiltError(f"{binary} is missing: run `make build`")
    bootstrap = ZipInfo("bootstrap")
    bootstrap.external_attr = _EXECUTABLE << 16
    package = BytesIO()
    with ZipFile(package, "w") as archive:
        archive.writestr(bootstrap, binary.read_bytes())
    return package.getvalue()


def _binary(function: re.Match[str]) -> str:
    found = _BINARY.search(function[0])
    if found is None:
        raise NotBuiltError(f"the template does not say which Binary {function['id']} is")
    return found["name"]
