"""`make sam-local`: runs the functions in containers, behind SAM CLI's own gateway, until Ctrl-C."""

import os
import sys
import time

from local.ministack import ROOT, StackError
from local.process import exit_on_signals
from local.sam_local.api import SamLocal

PORT = os.environ.get("LATCHKEY_PORT", "3000")
STAND_IN = bool(os.environ.get("LATCHKEY_STAND_IN"))


def main() -> int:
    """Builds and starts everything, prints how to reach it, and waits for Ctrl-C."""
    exit_on_signals()
    if not (PORT.isdecimal() and 0 < int(PORT) < 65536):
        return _fail(f"LATCHKEY_PORT={PORT} is not a port: give a number from 1 to 65535")
    work = ROOT / ".local" / f"sam-local-{PORT}"
    began = time.monotonic()

    def report(step: str) -> None:
        print(f"[{time.monotonic() - began:5.1f} s] {step}", flush=True)

    try:
        with SamLocal(work, int(PORT), report, STAND_IN) as api:
            report("ready")
            print(_greeting(api), flush=True)
            api.wait()
    except StackError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        print(f"\nStopped. The output of SAM CLI and MiniStack is in {work.relative_to(ROOT)}/", flush=True)
    return 0


def _greeting(api: SamLocal) -> str:
    return f"""
  LATCHKEY_URL={api.url}
  LATCHKEY_TOKEN={api.token}

Copy these two lines into another shell and try:

  curl -i "$LATCHKEY_URL/api/credentials" -H "Authorization: Bearer $LATCHKEY_TOKEN" \\
    -H 'Content-Type: application/json' -d '{{"credential_name":"hello.txt","type":"text","text_value":"Hello"}}'
  curl "$LATCHKEY_URL/api/credentials/hello.txt" -H "Authorization: Bearer $LATCHKEY_TOKEN"

The first call of each function starts its container. SAM CLI has no gateway responses: a wrong key gives 403, not 401.
Ctrl-C stops everything.
"""


def _fail(why: str) -> int:
    print(f"make sam-local: {why}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
