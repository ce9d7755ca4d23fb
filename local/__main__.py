"""`make run`: runs the local stack until Ctrl-C. docs/decisions/python-in-local.md says why it is Python."""

import sys
import time

from local.api_page import PageServer, for_server, read_page
from local.artifacts import NotBuiltError
from local.ministack import LOOPBACK, require_free_port
from local.process import exit_on_signals
from local.settings import port_of, written_to
from local.stack import ROOT, Stack, StackError

PORTS = {"LATCHKEY_PORT": "4510", "LATCHKEY_PAGE_PORT": "4511"}
SETTINGS = ROOT / ".local" / "latchkey.env"


def main() -> int:
    """Starts the stack, prints how to reach it, and waits for Ctrl-C."""
    exit_on_signals()
    began = time.monotonic()

    def report(step: str) -> None:
        print(f"[{time.monotonic() - began:5.1f} s] {step}", flush=True)

    try:
        port, page_port = (port_of(*named) for named in PORTS.items())
        logs = ROOT / ".local" / f"run-{port}"
        page = read_page()
        require_free_port(LOOPBACK, page_port)
        # A browser can open the page under either name.
        origins = ",".join(f"http://{host}:{page_port}" for host in (LOOPBACK, "localhost"))
        with (
            Stack(work=logs, port=port, parameters={"AllowedOrigins": origins}, report=report) as stack,
            written_to(SETTINGS, _settings(stack)),
            PageServer(for_server(page, stack.url), LOOPBACK, page_port) as page_server,
        ):
            report("ready")
            print(_greeting(stack, page_server), flush=True)
            stack.wait()
    except (StackError, NotBuiltError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        print("\nStopped. The output of MiniStack and SAM CLI is in .local/run-*/", flush=True)
    return 0


def _settings(stack: Stack) -> str:
    return f"export LATCHKEY_URL={stack.url}\nexport LATCHKEY_TOKEN={stack.token}\n"


def _greeting(stack: Stack, page: PageServer) -> str:
    settings = SETTINGS.relative_to(ROOT)
    return f"""
  LATCHKEY_URL={stack.url}
  LATCHKEY_TOKEN={stack.token}

{settings} sets both. Try this in another shell:

  . {settings}
  curl -i "$LATCHKEY_URL/api/credentials" -H "Authorization: Bearer $LATCHKEY_TOKEN" \\
    -H 'Content-Type: application/json' -d '{{"credential_name":"hello.txt","type":"text","text_value":"Hello"}}'
  curl "$LATCHKEY_URL/api/credentials/hello.txt" -H "Authorization: Bearer $LATCHKEY_TOKEN"

To read about the four APIs and try them in a browser: {page.url}/

Ctrl-C stops everything, and what was stored is gone.
"""


def _fail(why: str) -> int:
    print(f"make run: {why}", file=sys.stderr)
    if "in use" in why:
        print("Use other ports: " + " ".join(f"{name}=…" for name in PORTS) + " make run", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
