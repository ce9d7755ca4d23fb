"""`make package`: a template with its functions as zips, which `sam deploy` takes without Rust, and checksums."""

import hashlib
import re
import shutil
import sys
import tomllib
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from local.artifacts import NotBuiltError, binaries_of, lay_out
from local.ministack import ROOT

SUMS = "SHA256SUMS"

# What SAM CLI would build the functions with.
_BUILD = re.compile(r"    Metadata:\n      BuildMethod: .*\n      BuildProperties: .*\n")
_CODE = re.compile(r"(?m)^    CodeUri: \.\n")
_ARCHITECTURE = re.compile(r"(?m)(^  Architecture:\n    Type: String\n    Default: ).*(\n    AllowedValues: ).*$")
# e_machine, as ELF's header has it.
_MACHINES = {"arm64": 0xB7, "x86_64": 0x3E}
_REGULAR = 0o100644


def version() -> str:
    """The version of all crates, and so of the package."""
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]
    return str(workspace["package"]["version"])


def make(template: Path, binaries: Path, architecture: str, into: Path, level: int) -> Path:
    """Makes the folder and its archive below `into`, and returns the archive. The same binaries make the same bytes."""
    for binary in binaries_of(template).values():
        _check(binaries / binary, architecture)
    folder = into / f"latchkey-{version()}-{architecture}"
    built = lay_out(template, binaries, folder, level)
    built.write_text(_without_build(built.read_text(), architecture))
    files = sorted(path for path in folder.iterdir())
    (folder / SUMS).write_text("".join(f"{_digest(path)}  {path.name}\n" for path in files))
    archive = folder.with_name(f"{folder.name}.zip")
    _archive(folder, archive)
    archive.with_name(f"{archive.name}.sha256").write_text(f"{_digest(archive)}  {archive.name}\n")
    return archive


def _without_build(template: str, architecture: str) -> str:
    """The template without what only a build needs, and for nothing but the architecture of its functions."""
    template, count = _ARCHITECTURE.subn(rf"\g<1>{architecture}\g<2>[{architecture}]", template)
    if count != 1:
        raise NotBuiltError("template.yaml has no parameter Architecture as this program knows it")
    return _CODE.sub("", _BUILD.sub("", template))


def _check(binary: Path, architecture: str) -> None:
    """Lambda would only fail when it starts the function."""
    if not binary.is_file():
        raise NotBuiltError(f"{binary} is missing: run `make package`")
    with binary.open("rb") as file:
        header = file.read(20)
    if header[:4] != b"\x7fELF" or int.from_bytes(header[18:20], "little") != _MACHINES[architecture]:
        raise NotBuiltError(f"{binary} is no program for Linux on {architecture}")


def _archive(folder: Path, archive: Path) -> None:
    # ZipInfo's date is the same for all, so that two builds can be compared.
    with ZipFile(archive, "w", ZIP_STORED) as file:
        for path in sorted(folder.iterdir()):
            entry = ZipInfo(f"{folder.name}/{path.name}")
            entry.external_attr = _REGULAR << 16
            file.writestr(entry, path.read_bytes())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(architecture: str, binaries: str, into: str, level: str) -> int:
    """What the Makefile calls, with cargo-lambda's folder, and 9 for a package as small as it gets."""
    programs = Path(into) / f"bootstraps-{architecture}"
    shutil.rmtree(programs, ignore_errors=True)
    programs.mkdir(parents=True)
    try:
        for binary in binaries_of(ROOT / "template.yaml").values():
            # cargo-lambda has a folder for each binary.
            shutil.copy(Path(binaries) / binary / "bootstrap", programs / binary)
        archive = make(ROOT / "template.yaml", programs, architecture, Path(into), int(level))
    except (NotBuiltError, FileNotFoundError) as error:
        print(f"make package: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(programs)
    print(f"{archive}: {archive.stat().st_size / 1e6:.0f} MB, sha256 {_digest(archive)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
