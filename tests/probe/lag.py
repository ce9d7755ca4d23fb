"""How long reads and lists show the state before a write."""

from collections.abc import Callable
from statistics import median
from typing import Any

from tests.probe.account import Account, token, value

# The number of secrets; the time limit for all writes of one kind, in seconds; and the pauses between two looks.
_SECRETS, _TIME_LIMIT = 3, 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 4.0

Write = Callable[[], tuple[str, str]]


def lag(account: Account) -> str:
    """How long after a write do reads and lists show it?"""
    names: list[str] = []

    def create() -> tuple[str, str]:
        written = token()
        names.append(account.new_secret(ClientRequestToken=written, Description=written))
        return names[-1], written

    def update(name: str) -> tuple[str, str]:
        written = token()
        changed = {"SecretString": value(), "ClientRequestToken": written, "Description": written}
        account.call("update_secret", SecretId=name, **changed)
        return name, written

    created = _watched(account, [create] * _SECRETS)
    updated = _watched(account, [lambda name=name: update(name) for name in names])
    return f"after CreateSecret: {created}; after UpdateSecret: {updated}"


def _watched(account: Account, writes: list[Write]) -> str:
    """Looks after each write which writes are shown, and then again until all are, or until the time limit."""
    shown: dict[str, list[float | None]] = {}
    waiting: list[tuple[str, float, Callable[[], bool]]] = []

    def look() -> None:
        for watched in list(waiting):
            action, written_at, is_shown = watched
            if is_shown():
                shown.setdefault(action, []).append(account.clock() - written_at)
                waiting.remove(watched)

    for write in writes:
        name, written = write()
        now = account.clock()
        waiting += [(action, now, is_shown) for action, is_shown in _looks(account, name, written).items()]
        look()
    deadline, wait = account.clock() + _TIME_LIMIT, _FIRST_PAUSE
    while waiting and account.clock() + wait <= deadline:
        account.pause(wait)
        wait = min(1.5 * wait, _LONGEST_PAUSE)
        look()
    for action, _, _ in waiting:
        shown.setdefault(action, []).append(None)
    return ", ".join(f"{action} {_times(shown[action])}" for action in _looks(account, "", ""))


def _looks(account: Account, name: str, written: str) -> dict[str, Callable[[], bool]]:
    """For each way to read, a check of whether it shows the write whose token and Description are `written`."""

    def listed() -> Any:
        found = account.call("list_secrets", Filters=[{"Key": "name", "Values": [name]}])["SecretList"]
        return found[0].get("Description") if found else None

    def described() -> Any:
        return account.read("describe_secret", SecretId=name).get("VersionIdsToStages", {}).get(written, [])

    return {
        "GetSecretValue": lambda: account.read("get_secret_value", SecretId=name).get("VersionId") == written,
        "DescribeSecret": lambda: "AWSCURRENT" in described(),
        "ListSecrets": lambda: listed() == written,
    }


def _times(times: list[float | None]) -> str:
    known = [passed for passed in times if passed is not None]
    if not known:
        return f"never within {_TIME_LIMIT:.0f} s"
    never = f" ({len(times) - len(known)} of {len(times)} never within {_TIME_LIMIT:.0f} s)" if None in times else ""
    return f"{min(known):.2f} to {max(known):.2f} s, mostly {median(known):.2f} s{never}"
