"""A call of a service, parsed."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Call:
    """One call, with its parameters."""

    action: str
    parameters: dict[str, Any]
    # The id that AWS would return with the response, and that the call's event in CloudTrail would have.
    request_id: str = field(default="", compare=False)

    @property
    def secret(self) -> str:
        """The name or ARN of the secret that it is about, if it is about one."""
        return self.parameters.get("SecretId") or self.parameters.get("Name") or ""

    @property
    def is_about_a_key(self) -> bool:
        """Whether it is the authorizer's."""
        return "/keys/" in self.secret
