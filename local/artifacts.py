"""What `sam build` would leave behind, made from binaries that plain cargo has built.

`sam build` needs cargo-lambda and a cross linker. On the machine that the binaries run on, neither is needed.
"""

import re
import shutil
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from local.ministack import ROOT

_FUNCTION = re.compile(r"(?m)^  (?P<id>\w+):\n    Type: AWS::Serverless::Function\n(?:    .*\n|\n)*")
# What the template's metadata names: SAM CLI uploads it with the template.
_NAMED = re.compile(r"(?m)^    (?:LicenseUrl|ReadmeUrl): (\S+)$")
_BINARY = re.compile(r"Binary: (?P<name>[\w-]+)")
_EXECUTABLE = 0o100755


class NotBuiltError(Exception):
    """A binary that the template names is missing."""


def lay_out(template: Path, binaries: Path, into: Path, level: int | None = None) -> Path:
    """Packs each function's binary into `into`, and returns the template that points there.

    The template is edited as text, so that its intrinsic functions stay exactly as they are.
    """
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)

    def point_to_package(function: re.Match[str]) -> str:
        package = into / f"{function['id']}.zip"
        package.write_bytes(pack(binaries / _binary(function), level))
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


def pack(binary: Path, level: int | None = None) -> bytes:
    """The zip of a function, compressed at that level; the same bytes for the same binary.

    Without a level it is only stored: on one machine, compressing takes half a second for each and saves a copy.
    """
    if not binary.is_file():
        raise NotBuiltError(f"{binary} is missing: run `make build`")
    bootstrap = ZipInfo("bootstrap")
    bootstrap.external_attr = _EXECUTABLE << 16
    bootstrap.compress_type = ZIP_STORED if level is None else ZIP_DEFLATED
    package = BytesIO()
    with ZipFile(package, "w") as archive:
        archive.writestr(bootstrap, binary.read_bytes(), compresslevel=level)
    return package.getvalue()


def _binary(function: re.Match[str]) -> str:
    found = _BINARY.search(function[0])
    if found is None:
        raise NotBuiltError(f"the template does not say which Binary {function['id']} is")
    return found["name"]
