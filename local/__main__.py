"""`make run`: the local stack until Ctrl-C."""

import os
import sys
import time

from local.artifacts import NotBuiltError
from local.process import exit_when_told
from local.settings import kept_in
from local.stack import ROOT, Stack, StackError

PORT = os.environ.get("LATCHKEY_PORT", "4510")
SETTINGS = ROOT / ".local" / "latchkey.env"


def main() -> int:
    """Starts the stack, says how to reach it, and stays."""
    exit_when_told()
    if not (PORT.isdecimal() and 0 < int(PORT) < 65536):
        return _fail(f"LATCHKEY_PORT={PORT} is not a port: give a number from 1 to 65535")
    logs = ROOT / ".local" / f"run-{PORT}"
    began = time.monotonic()

    def report(step: str) -> None:
        print(f"[{time.monotonic() - began:5.1f} s] {step}", flush=True)

    try:
        with Stack(work=logs, port=int(PORT), report=report) as stack, kept_in(SETTINGS, _settings(stack)):
            report("ready")
            print(_greeting(stack), flush=True)
            stack.wait()
    except (StackError, NotBuiltError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        print(f"\nStopped. What MiniStack and SAM CLI printed is in {logs.relative_to(ROOT)}/", flush=True)
    return 0


def _settings(stack: Stack) -> str:
    return f"LATCHKEY_URL={stack.url}\nLATCHKEY_TOKEN={stack.token}\n"


def _greeting(stack: Stack) -> str:
    settings = SETTINGS.relative_to(ROOT)
    return f"""
  LATCHKEY_URL={stack.url}
  LATCHKEY_TOKEN={stack.token}

Both are in {settings} too. Try, in another shell:

  source {settings}
  curl -i "$LATCHKEY_URL/api/credentials" -H "Authorization: Bearer $LATCHKEY_TOKEN" \\
    -H 'Content-Type: application/json' -d '{{"credential_name":"hello.txt","type":"text","text_value":"Hello"}}'
  curl "$LATCHKEY_URL/api/credentials/hello.txt" -H "Authorization: Bearer $LATCHKEY_TOKEN"

Ctrl-C stops everything.
"""


def _fail(why: str) -> int:
    print(f"make run: {why}", file=sys.stderr)
    if "in use" in why:
        print(f"Take another port: LATCHKEY_PORT={int(PORT) + 1} make run", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
