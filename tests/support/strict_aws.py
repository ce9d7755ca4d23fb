"""An AWS that enforces IAM, for what asks STS whether credentials work."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from local.ministack import MiniStack


class StrictAws(MiniStack):
    """MiniStack with IAM enforced: one user with an access key, and one role that asks for an external id."""

    EXTERNAL_ID = "right-external-id"
    access_key: dict[str, str]
    role_arn: str

    def _env(self) -> dict[str, str]:
        return super()._env() | {"AUTH": "true"}

    def _start(self) -> None:
        super()._start()
        iam = self.client("iam")
        iam.create_user(UserName="somebody")
        self.access_key = iam.create_access_key(UserName="somebody")["AccessKey"]
        trust = {
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": self.EXTERNAL_ID}},
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        self.role_arn = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=document)["Role"]["Arn"]

    @property
    def pid(self) -> int:
        return self._processes[0].pid

    def frozen(self) -> AbstractContextManager[None]:
        """Accepts connections inside of `with`, but answers nothing."""
        return frozen(self.pid)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
