"""The Docker engine: whether one runs, how its containers reach this machine, and the functions' base image."""

import io
import re
import socket
import subprocess
import tarfile
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path

import docker
from docker.errors import DockerException, ImageNotFound

from local.ministack import LOOPBACK, StackError

# The programs with which SAM CLI builds its own layer on top of the base image.
_PROGRAMS = ("/bin/sh", "/bin/mv", "/bin/chmod")
_LIBRARY = re.compile(r"(/\S+\.so\S*) \(0x")

_NOT_RUNNING = """no Docker engine runs here, and `sam local` runs the functions in containers.
  Debian and Ubuntu: apt-get install docker.io, and then systemctl start docker (or dockerd, as root)
  macOS and Windows: Docker Desktop, Rancher Desktop or Colima
  Then try again, as a user who has access to it: `docker info` must succeed. `make run` needs no Docker."""


class Engine:
    """The Docker engine that SAM CLI would use."""

    def __init__(self) -> None:
        try:
            self._docker = docker.from_env(timeout=120)
            self._docker.ping()
        except DockerException:
            raise StackError(_NOT_RUNNING) from None

    def addresses(self) -> tuple[str, str]:
        """Returns the address on which only containers can reach a server, and the name that they reach it by."""
        bridge = self._docker.networks.get("bridge").attrs["IPAM"]["Config"][0]
        gateway = bridge.get("Gateway") or str(ip_network(bridge["Subnet"])[1])
        with socket.socket() as probe:
            try:
                probe.bind((gateway, 0))
            except OSError:
                # The engine runs in a virtual machine, which maps this name to the loopback interface here.
                return LOOPBACK, "host.docker.internal"
        return gateway, gateway

    def pull_base_image(self, architecture: str) -> bool:
        """Pulls the image in which SAM CLI emulates Lambda's runtime, if it is missing. Returns whether it is here."""
        image = f"public.ecr.aws/lambda/provided:al2023-{architecture}"
        with suppress(ImageNotFound):
            return bool(self._docker.images.get(image))
        with suppress(DockerException):
            return bool(self._docker.images.pull(image))
        return False

    def make_image(self, name: str, binary: Path) -> None:
        """Builds an image from this machine's own shell and C library, which is all that `binary` needs."""
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w", dereference=True) as archive:
            for path in (*_PROGRAMS, *_libraries(*_PROGRAMS, str(binary))):
                archive.add(path)
            for folder in ("tmp", "opt", "var/task", "var/runtime", "var/rapid"):
                entry = tarfile.TarInfo(folder)
                entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
                archive.addfile(entry)
        self._docker.api.import_image_from_data(content.getvalue(), repository=name, tag="latest")

    def remove_image(self, name: str) -> None:
        """Removes the image, and those that SAM CLI built on it."""
        for image in self._docker.images.list(name):
            self._docker.images.remove(image.id, force=True)

    def remove_containers(self, mounted: Path) -> None:
        """Removes the containers that SAM CLI leaves behind if it is stopped before it can remove them."""
        for container in self._docker.containers.list(all=True, filters={"label": "sam.cli.container.type=lambda"}):
            if any(Path(mount["Source"]).is_relative_to(mounted) for mount in container.attrs["Mounts"]):
                container.remove(force=True)


def _libraries(*programs: str) -> list[str]:
    """Returns the libraries that the programs load, and the dynamic loader itself."""
    listed = subprocess.run(["ldd", *programs], check=True, capture_output=True, text=True).stdout
    return sorted(set(_LIBRARY.findall(listed)))
