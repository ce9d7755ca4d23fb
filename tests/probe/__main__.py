"""`make probe`."""

import argparse
import os
import sys

from local.process import exit_on_signals
from tests.probe.account import Account, ProbeError, connect
from tests.probe.clock import Skipping
from tests.probe.deployed import Deployed
from tests.probe.page import MOST_CALLS, MOST_DOLLARS, MOST_SECRETS, page
from tests.support.api import Api


def main() -> int:
    """Says what it is about to do, does it, and prints the page."""
    parser = argparse.ArgumentParser(prog="make probe", description="Asks AWS what no emulator can answer.")
    parser.add_argument("--endpoint-url", default=os.environ.get("AWS_ENDPOINT_URL"), help="in place of AWS's own")
    without = "skip all pauses: for the local stack, where nothing lags"
    parser.add_argument("--without-waiting", action="store_true", help=without)
    options = parser.parse_args()
    # If it is terminated, it must also delete what it made.
    exit_on_signals()
    try:
        account = connect(options.endpoint_url, os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"))
    except ProbeError as error:
        _say(f"make probe: {error}")
        return 1
    if options.without_waiting:
        account.clock = clock = Skipping()
        account.pause = clock.pause
    _say(
        f"Asks Secrets Manager in {account.region}: for two minutes and at most {MOST_DOLLARS:.2f} USD, with up to "
        f"{MOST_CALLS} calls and {MOST_SECRETS} secrets of its own (latchkey-probe-…), which it deletes again. "
        "Ctrl-C stops it, and deletes them, too."
    )
    return ask(account, _deployed())


def ask(account: Account, deployed: Deployed | None) -> int:
    """Prints the page, or why there is none, and what could not be deleted."""
    ended = 1
    try:
        print(page(account, deployed, _say))
        ended = 0
    except ProbeError as error:
        _say(f"make probe: {error}")
    except KeyboardInterrupt:
        _say("Stopped.")
        ended = 130
    finally:
        is_clean = _says_what_is_left(account, deployed)
    return ended if is_clean else 1


def _says_what_is_left(account: Account, deployed: Deployed | None) -> bool:
    """Says what could not be deleted; returns whether everything was deleted."""
    credentials = deployed.left if deployed else []
    if not (account.left or credentials):
        _say("Everything that it made is deleted.")
        return True
    _say("These could not be deleted. Please delete them:")
    for name in account.left:
        command = "aws secretsmanager delete-secret --force-delete-without-recovery"
        _say(f"  {command} --region {account.region} --secret-id {name}")
    for name in credentials:
        _say(f"  the credential {name} of DQOps, in the deployed Latchkey")
    return False


def _deployed() -> Deployed | None:
    url, key = os.environ.get("LATCHKEY_URL"), os.environ.get("LATCHKEY_TOKEN")
    if not (url and key):
        _say("LATCHKEY_URL and LATCHKEY_TOKEN are not set: the questions about API Gateway are left out.")
        return None
    # What responds there may be anything.
    return Deployed(Api(url.rstrip("/"), key, is_documented=False))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
