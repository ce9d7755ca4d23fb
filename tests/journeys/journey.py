"""The life of one credential, which must reach its end whatever Secrets Manager does meanwhile."""

from collections.abc import Callable, Collection, Container
from dataclasses import dataclass
from functools import partial

from tests.journeys.customer import Customer, Said
from tests.support.api import at_once

# The effects of switches end after some calls, not after some time, so a few attempts are enough.
ATTEMPTS = 30


@dataclass
class Journey:
    """Repeats each step until it succeeds, or until a response is not allowed."""

    customer: Customer
    # The error statuses that a change or a read may get temporarily.
    temporary: Container[int]

    def run(self) -> None:
        """From the first create to the second deletion."""
        customer = self.customer
        self.live("first")
        if customer.conflict:
            rejected = self.settled(partial(customer.create, "other"))
            assert rejected.status == customer.conflict, rejected
        self.shows("first")
        # First one right after the other, so that the second can meet the state before the first; then concurrently.
        changes = [partial(self.done, partial(customer.change, value)) for value in ("second", "third")]
        for change in changes:
            change()
        self.shows("third", meanwhile=["first", "second"])
        at_once(changes)
        self.done(partial(customer.change, "fourth"))
        self.shows("fourth", meanwhile=["second", "third"])
        self.move("fourth")
        self.die("fourth")
        self.live("fifth")
        self.die("fifth")

    def live(self, value: str) -> None:
        """Creates the credential. A deleted one must not be seen again."""
        self.done(partial(self.customer.create, value))
        self.shows(value, meanwhile=[None])
        self.lists(1)

    def move(self, value: str) -> None:
        """Renames it, if it has a name. It must be found by the new name, and no longer by the old one."""
        if self.customer.rename:
            self.done(self.customer.rename)
            self.shows(value, meanwhile=[None])
        if self.customer.read_by_old_name:
            self.reads(self.customer.read_by_old_name, None, meanwhile=[value])
        self.lists(1)

    def die(self, last: str) -> None:
        """Deletes it, for good."""
        self.done(self.customer.delete)
        self.shows(None, meanwhile=[last])
        self.lists(0)
        self.shows(None)

    def is_over(self) -> None:
        """Checks that there is no credential."""
        assert self.customer.read().status == 404
        assert self.customer.listed() == Said(200, [])

    def shows(self, value: str | None, meanwhile: Collection[str | None] = ()) -> None:
        """Reads it until it has this value. Until then it may have those of `meanwhile`."""
        self.reads(self.customer.read, value, meanwhile)

    def reads(self, read: Callable[[], Said], value: str | None, meanwhile: Collection[str | None]) -> None:
        """The same, with another way to read it."""
        for _ in range(ATTEMPTS):
            answer = self.settled(read)
            assert answer.status in (200, 404), answer
            if answer.value == value:
                return
            assert answer.value in meanwhile, f"{answer.value} is shown instead of {value}"
        raise AssertionError(f"{value} is never shown")

    def lists(self, number: int) -> None:
        """Lists until the list has this many."""
        for _ in range(ATTEMPTS):
            answer = self.settled(self.customer.listed)
            assert answer.status == 200, answer
            assert len(answer.value) <= 1, answer
            if len(answer.value) == number:
                return
        raise AssertionError(f"{number} are never listed")

    def done(self, call: Callable[[], Said]) -> Said:
        """Makes a change until it is accepted."""
        for _ in range(ATTEMPTS):
            answer = self.settled(call)
            if answer.status != 404 or 404 not in self.temporary:
                break
        assert answer.status in (200, 201, 204), answer
        return answer

    def settled(self, call: Callable[[], Said]) -> Said:
        """Repeats a call while the response says to try again; returns the next response."""
        for _ in range(ATTEMPTS):
            answer = call()
            if answer.status not in (429, 503):
                return answer
            assert answer.status in self.temporary, answer
            assert not self.customer.hands_on_headers or int(answer.retry_after or 0) > 0, answer
        raise AssertionError(f"it always says to try again: {answer}")
