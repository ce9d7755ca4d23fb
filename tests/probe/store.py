"""Questions about Secrets Manager. Each docstring is the question on the page, and each function returns the answer."""

from tests.probe.account import Account, code, status, token, value

# How often a Description is read, and how many seconds apart.
_READS, _BETWEEN_READS = 5, 1.5
# The errors for a Description that is too long. Other errors say nothing about its length.
_TOO_LONG = ("InvalidParameterException", "ValidationException")
_EMOJI, _TWO_BYTES = "\U0001f511", "\u00fc"


def rejected_update(account: Account) -> str:
    """What is the Description after an UpdateSecret that was rejected because its token has another value?"""
    name, used = account.new_secret(Description="before"), token()
    account.call("update_secret", SecretId=name, SecretString=value(), ClientRequestToken=used, Description="between")
    changed = {"SecretString": value(), "ClientRequestToken": used, "Description": "of the rejected"}
    error = account.rejection("update_secret", SecretId=name, **changed)
    return f"{code(error)} ({status(error)}); {_written(account, name, 'of the rejected', 'between')}"


def repeated_update(account: Account) -> str:
    """How does AWS respond to an UpdateSecret that repeats another's token and value? What is the Description then?"""
    name, used, same = account.new_secret(Description="before"), token(), value()
    for description in ("first", "of the repetition"):
        changed = {"SecretString": same, "ClientRequestToken": used, "Description": description}
        error = account.rejection("update_secret", SecretId=name, **changed)
    answered = f"{code(error)} ({status(error)})" if error else "as a success"
    return f"{answered}; {_written(account, name, 'of the repetition', 'first')}"


def unit_of_the_description(account: Account) -> str:
    """In which unit are the 2,048 of a Description counted?"""
    name = account.new_secret()

    def is_accepted(text: str) -> bool:
        error = account.rejection("update_secret", SecretId=name, Description=text)
        if error and code(error) not in _TOO_LONG:
            raise error
        return error is None

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


def scheduled_name(account: Account) -> str:
    """What is the error of a create whose name is scheduled for deletion?"""
    name = account.new_secret()
    account.call("delete_secret", SecretId=name, RecoveryWindowInDays=7)
    error = account.rejection("create_secret", Name=name, SecretString=value(), ClientRequestToken=token())
    return f"{code(error)} ({status(error)})"


def restored_twice(account: Account) -> str:
    """What is the response to a RestoreSecret if there is nothing to restore?"""
    error = account.rejection("restore_secret", SecretId=account.new_secret())
    return f"{code(error)} ({status(error)})" if error else "as a success"


def unknown_secret(account: Account) -> str:
    """What is the error of a call about a secret that does not exist?"""
    error = account.rejection("describe_secret", SecretId=f"latchkey-probe-none/{token()}")
    return f"{code(error)} ({status(error)})"


def _written(account: Account, name: str, written: str, left: str) -> str:
    """Reads several times, because a read can lag: one that shows the old Description proves nothing."""
    description = None
    for number in range(_READS):
        if number:
            account.pause(_BETWEEN_READS)
        description = account.read("describe_secret", SecretId=name).get("Description")
        if description == written:
            return "the Description **was written**"
    return "the Description was left alone" if description == left else "the Description is neither old nor new"
