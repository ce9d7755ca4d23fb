"""`make probe`."""

import argparse
import os
import sys

from local.process import exit_when_told
from tests.probe.account import ProbeError, connect
from tests.probe.page import MOST_DOLLARS, MOST_SECRETS, page
from tests.support.api import Api


def main() -> int:
    """Says what it is about to do, does it, and prints the page."""
    parser = argparse.ArgumentParser(prog="make probe", description="Asks AWS what no emulator answers.")
    parser.add_argument("--endpoint-url", default=os.environ.get("AWS_ENDPOINT_URL"), help="in place of AWS's own")
    endpoint_url = parser.parse_args().endpoint_url
    # A terminated one has to delete what it made, too.
    exit_when_told()
    try:
        account = connect(endpoint_url, os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"))
        _say(
            f"Asks Secrets Manager in {account.region}: for two minutes and at most {MOST_DOLLARS:.2f} USD, with up to "
            f"{MOST_SECRETS} secrets of its own (latchkey-probe-…), which it deletes again. Ctrl-C ends it just so."
        )
        print(page(account, _api(), _say))
    except ProbeError as error:
        _say(f"make probe: {error}")
        return 1
    except KeyboardInterrupt:
        _say("Stopped. What it had made is deleted.")
        return 130
    return 0


def _api() -> Api | None:
    url, key = os.environ.get("LATCHKEY_URL"), os.environ.get("LATCHKEY_TOKEN")
    if not (url and key):
        _say("LATCHKEY_URL and LATCHKEY_TOKEN are not set: the questions about API Gateway are left out.")
        return None
    return Api(url.rstrip("/"), key)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
