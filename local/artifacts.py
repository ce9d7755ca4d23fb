"""What `sam build` would leave behind, made from binaries that plain cargo has built.

`sam build` needs cargo-lambda and a cross linker. On the machine that the binaries run on, neither is needed.
"""

import re
import shutil
from pathlib import Path
from zipfile import ZipFile, ZipInfo

_FUNCTION = re.compile(r"(?m)^  (?P<id>\w+):\n    Type: AWS::Serverless::Function\n(?:    .*\n|\n)*")
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
        binary = _BINARY.search(function[0])
        if binary is None:
            raise NotBuiltError(f"{template.name}: {function['id']} does not say which Binary it is")
        package = into / f"{function['id']}.zip"
        _pack(binaries / binary["name"], package)
        return function[0].replace("    Properties:\n", f"    Properties:\n      CodeUri: {package.name}\n", 1)

    built = into / "template.yaml"
    built.write_text(_FUNCTION.sub(point_to_package, template.read_text()))
    return built


def _pack(binary: Path, package: Path) -> None:
    """Stores without compressing: SAM CLI would take half a second for each function, to save a copy on one machine."""
    if not binary.is_file():
        raise NotBuiltError(f"{binary} is missing: run `make build`")
    bootstrap = ZipInfo("bootstrap")
    bootstrap.external_attr = _EXECUTABLE << 16
    with ZipFile(package, "w") as archive:
        archive.writestr(bootstrap, binary.read_bytes())
