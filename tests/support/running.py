"""`make test-stack`: what the end-to-end tests run against, until Ctrl-C; and how they find it.

The functions look for AWS's services at the ports of proxies, which each run of the tests opens by itself.
"""

import hashlib
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from local.artifacts import NotBuiltError
from local.ministack import LOOPBACK, reject_port_in_use
from local.process import exit_when_told
from local.settings import kept_in, port_of
from local.stack import ROOT, TEMPLATE, Stack, StackError

COORDINATES = ROOT / ".local" / "test-stack.json"
WORK = ROOT / ".local" / "test-stack"
# What the tests read values from; nothing else may be read.
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
    # Of the template that is deployed.
    template: str


class RunningStack(Stack):
    """A Stack that another process has started. It is not to be started or stopped here."""

    def __init__(self, coordinates: Coordinates):
        super().__init__(WORK, port=coordinates.port)
        self.endpoint = coordinates.endpoint
        self.secrets_manager_endpoint = coordinates.secrets_manager_endpoint
        self.proxy_port = coordinates.proxy_port
        self.sts_proxy_port = coordinates.sts_proxy_port
        self.ssm_proxy_port = coordinates.ssm_proxy_port

    @classmethod
    def found(cls, path: Path = COORDINATES) -> "RunningStack":
        """The one whose coordinates are in that file; a StackError if none runs."""
        if not path.exists():
            raise StackError("no test stack runs here: start one with `make test-stack`, in another shell")
        coordinates = Coordinates(**json.loads(path.read_text()))
        stack = cls(coordinates)
        if not stack.is_up():
            raise StackError(f"the test stack of {path} does not answer: start one anew with `make test-stack`")
        if coordinates.template != digest(TEMPLATE):
            raise StackError("template.yaml has changed since it was deployed: start `make test-stack` anew")
        for port in (stack.proxy_port, stack.sts_proxy_port, stack.ssm_proxy_port):
            try:
                reject_port_in_use(LOOPBACK, port)
            except StackError:
                raise StackError(f"port {port} is in use: do other tests run on the stack?") from None
        return stack


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    exit_when_told()
    began = time.monotonic()

    def report(step: str) -> None:
        print(f"[{time.monotonic() - began:5.1f} s] {step}", flush=True)

    try:
        port, *proxy_ports = (port_of(*named) for named in PORTS.items())
        for proxy_port in proxy_ports:
            reject_port_in_use(LOOPBACK, proxy_port)
        proxies = (f"http://{LOOPBACK}:{proxy_port}" for proxy_port in proxy_ports)
        endpoints = dict(zip(("SecretsManagerEndpoint", "StsEndpoint", "SsmEndpoint"), proxies, strict=True))
        template = digest(TEMPLATE)
        with Stack(WORK, port=port, parameters=endpoints | PROVISIONING, report=report) as stack:
            coordinates = Coordinates(port, *proxy_ports, stack.endpoint, stack.secrets_manager_endpoint, template)
            with kept_in(COORDINATES, json.dumps(asdict(coordinates))):
                report("ready: make test-on-stack TESTS=tests/dqops, in another shell. Ctrl-C stops everything.")
                stack.wait()
    except (StackError, NotBuiltError) as error:
        print(f"make test-stack: {error}", file=sys.stderr)
        if "in use" in str(error):
            print("Take other ports: " + " ".join(f"{name}=…" for name in PORTS), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
