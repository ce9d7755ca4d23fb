"""`make test-stack` runs a stack for the end-to-end tests until Ctrl-C; and how the tests find it.

The functions call AWS's services at the ports of proxies, which each test run opens itself.
"""

import hashlib
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from local.artifacts import NotBuiltError
from local.ministack import LOOPBACK, require_free_port
from local.process import exit_on_signals
from local.settings import port_of, written_to
from local.stack import ROOT, TEMPLATE, Stack, StackError

COORDINATES = ROOT / ".local" / "test-stack.json"
WORK = ROOT / ".local" / "test-stack"
# The sources that the tests read values from; provisioning may read no others.
SOURCES = ("arn:aws:secretsmanager:*:*:secret:sources/*", "arn:aws:ssm:*:*:parameter/sources/*")
PROVISIONING = {"Provisioning": "true", "ProvisioningSources": ",".join(SOURCES)}
PORTS = {
    "LATCHKEY_PORT": "4520",
    "LATCHKEY_PROXY_PORT": "4521",
    "LATCHKEY_STS_PROXY_PORT": "4522",
    "LATCHKEY_SSM_PROXY_PORT": "4523",
}


@dataclass
class Coordinates:
    """Where everything is."""

    port: int
    proxy_port: int
    sts_proxy_port: int
    ssm_proxy_port: int
    endpoint: str
    secrets_manager_endpoint: str
    # The digest of the deployed template.
    template: str


class RunningStack(Stack):
    """A Stack that another process has started. Do not start or stop it here."""

    def __init__(self, coordinates: Coordinates):
        super().__init__(WORK, port=coordinates.port)
        self.endpoint = coordinates.endpoint
        self.secrets_manager_endpoint = coordinates.secrets_manager_endpoint
        self.proxy_port = coordinates.proxy_port
        self.sts_proxy_port = coordinates.sts_proxy_port
        self.ssm_proxy_port = coordinates.ssm_proxy_port

    @classmethod
    def found(cls, path: Path = COORDINATES) -> "RunningStack":
        """The stack whose coordinates are in that file. Raises StackError if none is running."""
        if not path.exists():
            raise StackError("no test stack is running: start one with `make test-stack`, in another shell")
        coordinates = Coordinates(**json.loads(path.read_text()))
        stack = cls(coordinates)
        if not stack.is_up():
            raise StackError(f"the test stack of {path} does not respond: start it again with `make test-stack`")
        if coordinates.template != digest(TEMPLATE):
            raise StackError("template.yaml has changed since it was deployed: start `make test-stack` again")
        for port in (stack.proxy_port, stack.sts_proxy_port, stack.ssm_proxy_port):
            try:
                require_free_port(LOOPBACK, port)
            except StackError:
                raise StackError(f"port {port} is in use: are other tests running on the stack?") from None
        return stack


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    exit_on_signals()
    began = time.monotonic()

    def report(step: str) -> None:
        print(f"[{time.monotonic() - began:5.1f} s] {step}", flush=True)

    try:
        port, *proxy_ports = (port_of(*named) for named in PORTS.items())
        for proxy_port in proxy_ports:
            require_free_port(LOOPBACK, proxy_port)
        proxies = (f"http://{LOOPBACK}:{proxy_port}" for proxy_port in proxy_ports)
        endpoints = dict(zip(("SecretsManagerEndpoint", "StsEndpoint", "SsmEndpoint"), proxies, strict=True))
        template = digest(TEMPLATE)
        with Stack(WORK, port=port, parameters=endpoints | PROVISIONING, report=report) as stack:
            coordinates = Coordinates(port, *proxy_ports, stack.endpoint, stack.secrets_manager_endpoint, template)
            with written_to(COORDINATES, json.dumps(asdict(coordinates))):
                report("ready: make test-on-stack TESTS=tests/dqops, in another shell. Ctrl-C stops everything.")
                stack.wait()
    except (StackError, NotBuiltError) as error:
        print(f"make test-stack: {error}", file=sys.stderr)
        if "in use" in str(error):
            print("Use other ports: " + " ".join(f"{name}=…" for name in PORTS), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
