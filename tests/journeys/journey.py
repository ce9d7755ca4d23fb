"""The life of one credential, which comes to its end whatever Secrets Manager does meanwhile."""

from collections.abc import Callable, Collection, Container
from dataclasses import dataclass
from functools import partial

from tests.journeys.customer import Customer, Said
from tests.support.api import at_once

# Each switch is worn out by calls, not by time, so what is to pass does so within a few of them.
ATTEMPTS = 30


@dataclass
class Journey:
    """Takes each step until it is done, or until something is answered that may not be."""

    customer: Customer
    # What a change or a read may be answered for a while.
    temporary: Container[int]

    def run(self) -> None:
        """From the first create to the second deletion."""
        customer = self.customer
        self.live("first")
        if customer.conflict:
            rejected = self.settled(partial(customer.create, "other"))
            assert rejected.status == customer.conflict, rejected
        self.shows("first")
        # One right after the other, so that the second can meet what was before the first, or both at the same time.
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
        """Creates the credential. One that was deleted is not seen again."""
        self.done(partial(self.customer.create, value))
        self.shows(value, meanwhile=[None])
        self.lists(1)

    def move(self, value: str) -> None:
        """Renames it, where it has a name: it is there under the new one, and no longer under the old one."""
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
        """There is no credential."""
        assert self.customer.read().status == 404
        assert self.customer.listed() == Said(200, [])

    def shows(self, value: str | None, meanwhile: Collection[str | None] = ()) -> None:
        """Reads it until it has this value; until then it may have others."""
        self.reads(self.customer.read, value, meanwhile)

    def reads(self, read: Callable[[], Said], value: str | None, meanwhile: Collection[str | None]) -> None:
        """The same, in another way."""
        for _ in range(ATTEMPTS):
            answer = self.settled(read)
            assert answer.status in (200, 404), answer
            if answer.value == value:
                return
            assert answer.value in meanwhile, f"{answer.value} is shown, {value} should be"
        raise AssertionError(f"{value} is never shown")

    def lists(self, number: int) -> None:
        """Lists until so many are there."""
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
        """What is answered besides that it has to be tried again."""
        for _ in range(ATTEMPTS):
            answer = call()
            if answer.status not in (429, 503):
                return answer
            assert answer.status in self.temporary, answer
            assert not self.customer.hands_on_headers or int(answer.retry_after or 0) > 0, answer
        raise AssertionError(f"it never ends: {answer}")
