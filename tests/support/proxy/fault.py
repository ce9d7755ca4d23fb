"""Faults that tests inject in place of calls."""

from dataclasses import dataclass, field

from local.secrets_manager.server import Answer, rejection


@dataclass
class Fault:
    """What happens instead of a call. `after` calls of `action` go through before, `times` fail then."""

    action: str = "*"
    after: int = 0
    times: int = 1_000_000
    # An error code answers with that error; "drop" closes the connection before the call, "lose" after it;
    # "garbage" answers with what is no answer. Those three are the network's, the errors must be ones that AWS has.
    how: str = "drop"
    status: int = 400
    seen: int = field(default=0, init=False)

    def hits(self, action: str) -> bool:
        if self.action not in ("*", action):
            return False
        self.seen += 1
        return self.after < self.seen <= self.after + self.times

    @property
    def is_of_aws(self) -> bool:
        """Whether AWS answers, and not the network between."""
        return self.how not in ("drop", "lose", "garbage")

    def answer(self) -> Answer | None:
        """What is answered in place of AWS's answer, if anything is."""
        if self.how in ("drop", "lose"):
            return None
        if self.how == "garbage":
            return 200, b"<html>"
        return error(self.how, self.status)


def error(code: str, status: int = 400) -> Answer:
    """An error of Secrets Manager's."""
    return rejection(code, "injected", status)
