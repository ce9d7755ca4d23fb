"""One credential as a caller of an API knows it, whichever API, and by HTTP or with an official client."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.api import Answer


@dataclass(frozen=True)
class Said:
    """What was answered. `value` is what was read, in the field that changes."""

    status: int
    value: Any = None
    # The seconds of Retry-After, as they were sent.
    retry_after: str | None = None


@dataclass
class Customer:
    """What can be done with the credential; every change is one of the field `value`."""

    create: Callable[[str], Said]
    read: Callable[[], Said]
    # What is listed of it: nothing, or its value or name.
    listed: Callable[[], Said]
    change: Callable[[str], Said]
    delete: Callable[[], Said]
    # To another name, by which it is called from then on; None where there are no names.
    rename: Callable[[], Said] | None = None
    # The same as `read`, by the name that it had before.
    read_by_old_name: Callable[[], Said] | None = None
    # What a second create of its name is answered; None where names are not unique.
    conflict: int | None = 409
    # Losant's client shows none.
    hands_on_headers: bool = True


def said(answer: Answer, value: Callable[[Any], Any] = lambda _: None) -> Said:
    """An answer of HTTP; of a success, `value` reads the field from its JSON."""
    read = value(answer.json) if answer.status == 200 else None
    return Said(answer.status, read, answer.headers.get("retry-after"))


def named(
    create: Callable[[str, str], Said],
    get: Callable[[str], Said],
    listed: Callable[[], Said],
    change: Callable[[str, str], Said],
    rename: Callable[[], Said],
    delete: Callable[[str], Said],
) -> Customer:
    """A credential that is called `one`, and `two` from its rename on."""
    name = "one"

    def renamed() -> Said:
        nonlocal name
        answer = rename()
        name = "two" if answer.status < 300 else name
        return answer

    return Customer(
        create=lambda value: create(name, value),
        read=lambda: get(name),
        listed=listed,
        change=lambda value: change(name, value),
        delete=lambda: delete(name),
        rename=renamed,
        read_by_old_name=lambda: get("one"),
    )
