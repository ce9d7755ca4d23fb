"""The deployed Latchkey that is asked: its requests are counted, and the credentials that are made here end with it."""

import http.client
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from local.process import uninterrupted
from tests.probe.account import OF_A_SECRET, ProbeError
from tests.support.api import Answer, Api, encoded

# US dollars: API Gateway, Lambda, logs, and up to four calls of Secrets Manager.
_OF_A_REQUEST = 4.23 / 1_000_000 + 4 * 0.05 / 10_000


class Deployed:
    """Whoever calls it has an administrator's key."""

    def __init__(self, api: Api):
        self.requests = 0
        self.made: list[str] = []
        # What is still there, as its deletion failed.
        self.left: list[str] = []
        self._api = api

    @property
    def price(self) -> float:
        """What was spent so far, in US dollars."""
        return self.requests * _OF_A_REQUEST + len(self.made) * OF_A_SECRET

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str | None] | None = None) -> Answer:
        """What is answered; a ProbeError where nothing is."""
        self.requests += 1
        try:
            return self._api.call(method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise ProbeError(f"the deployed Latchkey does not answer: {error}") from None

    @contextmanager
    def credential(self, content: Mapping[str, str], odd: str = "") -> Iterator[str]:
        """One that is there inside of `with`, and whose name ends in `odd`."""
        name = f"latchkey-probe-{uuid.uuid4().hex}{odd}"
        self.made.append(name)
        is_made = False
        # Around the call, too, as its answer may be lost.
        try:
            made = self.call("POST", "/api/credentials", {"credential_name": name, **content})
            is_made = made.status == 201
            if not is_made:
                said = made.content.decode(errors="replace")[:200]
                raise ProbeError(f"the deployed Latchkey makes no credential: {made.status} {said}")
            yield name
        finally:
            with uninterrupted():
                if not self._is_deleted(name, is_made):
                    self.left.append(name)

    def _is_deleted(self, name: str, is_made: bool) -> bool:
        try:
            status = self.call("DELETE", f"/api/credentials/{encoded(name)}").status
        except ProbeError:
            return False
        # That there is none is no deletion of one that was made.
        return status == 204 or (status == 404 and not is_made)
