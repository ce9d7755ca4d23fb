"""A call of a service, as the function that makes it means it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Call:
    """One call, with its parameters."""

    action: str
    parameters: dict[str, Any]
    # What AWS would answer it with, and call its event in CloudTrail.
    request_id: str = field(default="", compare=False)

    @property
    def secret(self) -> str:
        """The name or ARN of the secret that it is about, where it is about one."""
        return self.parameters.get("SecretId") or self.parameters.get("Name") or ""

    @property
    def is_about_a_key(self) -> bool:
        """Whether it is the authorizer's."""
        return "/keys/" in self.secret
