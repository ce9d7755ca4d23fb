"""What is asked about Secrets Manager. Each question has a sentence, and its answer is one, too."""

from collections.abc import Callable
from statistics import median

from tests.probe.account import Account, code, status, token, value

# How long a write is waited for, and how many are tried.
_PATIENCE, _ROUNDS, _PAUSE = 60.0, 3, 0.1
_EMOJI, _TWO_BYTES = "\U0001f511", "\u00fc"


def refused_update(account: Account) -> str:
    """What is the Description after an UpdateSecret that was refused, as its token has another value?"""
    name, used = account.new_secret(Description="before"), token()
    account.call("update_secret", SecretId=name, SecretString=value(), ClientRequestToken=used, Description="between")
    changed = {"SecretString": value(), "ClientRequestToken": used, "Description": "of the refused"}
    error = account.refusal("update_secret", SecretId=name, **changed)
    return f"{code(error)} ({status(error)}); {_written(account, name, 'of the refused', 'between')}"


def repeated_update(account: Account) -> str:
    """What is the Description after an UpdateSecret that repeats another, with another Description?"""
    name, used, same = account.new_secret(Description="before"), token(), value()
    for description in ("first", "of the repetition"):
        changed = {"SecretString": same, "ClientRequestToken": used, "Description": description}
        error = account.refusal("update_secret", SecretId=name, **changed)
    return f"{code(error)} ({status(error)}); {_written(account, name, 'of the repetition', 'first')}"


def unit_of_the_description(account: Account) -> str:
    """In what are the 2,048 of a Description counted?"""
    name = account.new_secret()

    def is_accepted(text: str) -> bool:
        return account.refusal("update_secret", SecretId=name, Description=text) is None

    accepted = {
        "2,048 letters of one byte": is_accepted("a" * 2_048),
        "2,048 letters of two bytes": is_accepted(_TWO_BYTES * 2_048),
        "1,024 emoji": is_accepted(_EMOJI * 1_024),
        "1,025 emoji": is_accepted(_EMOJI * 1_025),
        "2,048 emoji": is_accepted(_EMOJI * 2_048),
    }
    unit = {
        (True, True, True, True, True): "characters",
        (True, True, True, False, False): "UTF-16 units",
        (True, False, False, False, False): "UTF-8 bytes",
    }.get(tuple(accepted.values()), "something else")
    said = ", ".join(f"{text} {'yes' if is_yes else 'no'}" for text, is_yes in accepted.items())
    return f"{unit} ({said})"


def lag(account: Account, clock: Callable[[], float], pause: Callable[[float], None]) -> str:
    """How long after a write do reads and lists show it?"""
    name = account.new_secret()

    def read() -> str:
        return account.call("get_secret_value", SecretId=name)["VersionId"]

    def described() -> str:
        versions = account.call("describe_secret", SecretId=name)["VersionIdsToStages"]
        return next((version for version, labels in versions.items() if "AWSCURRENT" in labels), "")

    def listed() -> str:
        found = account.call("list_secrets", Filters=[{"Key": "name", "Values": [name]}])["SecretList"]
        return found[0].get("Description", "") if found else ""

    shown: dict[str, list[float | None]] = {"GetSecretValue": [], "DescribeSecret": [], "ListSecrets": []}
    for _ in range(_ROUNDS):
        written = token()
        changed = {"SecretString": value(), "ClientRequestToken": written, "Description": written}
        account.call("update_secret", SecretId=name, **changed)
        for action, show in zip(shown, (read, described, listed), strict=True):
            shown[action].append(_until(lambda show=show, written=written: show() == written, clock, pause))
    return "; ".join(f"{action} {_times(times)}" for action, times in shown.items())


def scheduled_name(account: Account) -> str:
    """How is a create refused whose name is scheduled for deletion?"""
    name = account.new_secret()
    account.call("delete_secret", SecretId=name, RecoveryWindowInDays=7)
    error = account.refusal("create_secret", Name=name, SecretString=value(), ClientRequestToken=token())
    return f"{code(error)} ({status(error)})"


def restored_twice(account: Account) -> str:
    """How is a RestoreSecret answered where nothing is to be restored?"""
    error = account.refusal("restore_secret", SecretId=account.new_secret())
    return f"{code(error)} ({status(error)})" if error else "as a success"


def unknown_secret(account: Account) -> str:
    """How is a call refused about a secret that there is not?"""
    error = account.refusal("describe_secret", SecretId=f"latchkey-probe-none/{token()}")
    return f"{code(error)} ({status(error)})"


def _written(account: Account, name: str, written: str, left: str) -> str:
    description = account.call("describe_secret", SecretId=name)["Description"]
    answers = {written: "the Description **was written**", left: "the Description was left alone"}
    return answers.get(description, "the Description is neither the old nor the new one")


def _until(is_shown: Callable[[], bool], clock: Callable[[], float], pause: Callable[[float], None]) -> float | None:
    """After what time it is shown, in seconds."""
    began = clock()
    while not is_shown():
        if clock() - began > _PATIENCE:
            return None
        pause(_PAUSE)
    return clock() - began


def _times(times: list[float | None]) -> str:
    known = [passed for passed in times if passed is not None]
    if not known:
        return f"never within {_PATIENCE:.0f} s"
    never = f", {len(times) - len(known)} never within {_PATIENCE:.0f} s" if len(known) < len(times) else ""
    return f"{min(known):.2f} to {max(known):.2f} s, mostly {median(known):.2f} s{never}"
