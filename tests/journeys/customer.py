"""One credential as a caller of any API sees it, over HTTP or with an official client."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.api import Answer


@dataclass(frozen=True)
class Said:
    """A response. `value` is what was read from the field that changes."""

    status: int
    value: Any = None
    # The seconds of Retry-After, as they were sent.
    retry_after: str | None = None


@dataclass
class Customer:
    """What a caller can do with the credential. A change is always of the field that `value` is read from."""

    create: Callable[[str], Said]
    read: Callable[[], Said]
    # What the list shows of it: nothing, or its value or name.
    listed: Callable[[], Said]
    change: Callable[[str], Said]
    delete: Callable[[], Said]
    # Gives it another name, which is its name from then on. None if it has no name.
    rename: Callable[[], Said] | None = None
    # The same as `read`, by its old name.
    read_by_old_name: Callable[[], Said] | None = None
    # The status of a second create with its name; None if names are not unique.
    conflict: int | None = 409
    # Losant's client shows no headers.
    hands_on_headers: bool = True


def said(answer: Answer, value: Callable[[Any], Any] = lambda _: None) -> Said:
    """An HTTP response. If it is a success, `value` reads the field from its JSON."""
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
    """A credential whose name is `one`, and `two` after its rename."""
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
