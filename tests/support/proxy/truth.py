"""Secrets Manager's actual state, for switches that need it."""

import json
from typing import Any

from local.ministack import REGION
from local.secrets_manager.rules import RejectedError
from local.secrets_manager.server import Answer, rejection
from local.secrets_manager.upstream import Upstream


class Truth:
    """Makes the switches' own calls."""

    def __init__(self, url: str) -> None:
        self._upstream = Upstream(url, REGION)

    def ask(self, action: str, parameters: dict[str, Any]) -> Answer:
        """The response, as it goes over the wire."""
        try:
            return 200, json.dumps(self._upstream.do(action, parameters)).encode()
        except RejectedError as rejected:
            return rejection(rejected.code, rejected.message, rejected.status)
