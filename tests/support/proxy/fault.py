"""Faults that tests inject in place of calls."""

from dataclasses import dataclass, field

from local.secrets_manager.server import Answer, rejection


@dataclass
class Fault:
    """What happens instead of a call. The first `after` calls of `action` go through, the next `times` fail."""

    action: str = "*"
    after: int = 0
    times: int = 1_000_000
    # An error code returns that error, which must be one that AWS has. The other three are the network's: "drop" closes
    # the connection before the call, "lose" after it, and "garbage" responds with something that is not AWS's.
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
        """Whether the fault is an error of AWS's, and not the network's."""
        return self.how not in ("drop", "lose", "garbage")

    def answer(self) -> Answer | None:
        """The response in place of AWS's, if there is one."""
        if self.how in ("drop", "lose"):
            return None
        if self.how == "garbage":
            return 200, b"<html>"
        return error(self.how, self.status)


def error(code: str, status: int = 400) -> Answer:
    """An error response of Secrets Manager's."""
    return rejection(code, "injected", status)
