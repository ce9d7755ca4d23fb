"""The deployed Latchkey that is asked. It counts its requests, and deletes the credentials that it made."""

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
    """Calls Latchkey with an administrator's key."""

    def __init__(self, api: Api):
        self.requests = 0
        self.made: list[str] = []
        # The credentials that are still there because their deletion failed.
        self.left: list[str] = []
        self._api = api

    @property
    def price(self) -> float:
        """The cost so far, in US dollars."""
        return self.requests * _OF_A_REQUEST + len(self.made) * OF_A_SECRET

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str | None] | None = None) -> Answer:
        """Makes a request. Raises a ProbeError if there is no response."""
        self.requests += 1
        try:
            return self._api.call(method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise ProbeError(f"the deployed Latchkey does not respond: {error}") from None

    @contextmanager
    def credential(self, content: Mapping[str, str], odd: str = "") -> Iterator[str]:
        """A credential that exists inside `with`, and whose name ends in `odd`."""
        name = f"latchkey-probe-{uuid.uuid4().hex}{odd}"
        self.made.append(name)
        is_made = False
        # The `try` includes the call, because its response may be lost.
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
        # A 404 does not prove that a credential was deleted that had been made.
        return status == 204 or (status == 404 and not is_made)
