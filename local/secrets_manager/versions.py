"""What the front knows about versions. MiniStack gives them its own random ids, and dates in whole seconds."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from local.secrets_manager.upstream import Call

# MiniStack drops a version that loses its last label. So the front adds another label, which it hides from callers.
KEEPING = "kept-by-the-front/"


@dataclass
class Known:
    """What the front knows about a secret, from the writes that went through it."""

    arn: str
    # MiniStack's id for each VersionId.
    ids: dict[str, str] = field(default_factory=dict)
    created: dict[str, float] = field(default_factory=dict)
    # The version that MiniStack creates even for a secret without a value.
    empty: str | None = None
    # MiniStack's ids of the versions that it could drop at the next write; None if the front must ask MiniStack.
    at_risk: list[str] | None = None
    # Remembered here, because MiniStack's lists leave it out.
    kms_key_id: str | None = None

    def note_key(self, call: Call) -> None:
        """Remembers the KMS key if a call names one."""
        self.kms_key_id = call.parameters.get("KmsKeyId", self.kms_key_id)

    def add(self, version_id: str, inner: str) -> None:
        """Adds a version that has just been created."""
        self.ids[version_id] = inner
        self.at_risk = [inner]
        now = max([round(time.time(), 3), *(date + 0.001 for date in self.created.values())])
        self.created[inner] = round(now, 3)

    def version_id(self, inner: str) -> str:
        """Returns the VersionId of the version that MiniStack calls `inner`."""
        return next((version_id for version_id, known in self.ids.items() if known == inner), inner)

    def in_words(self, message: str) -> str:
        """Returns a message with VersionIds in place of MiniStack's ids."""
        for version_id, inner in self.ids.items():
            message = message.replace(inner, version_id)
        return message


class Versions:
    """All secrets that the front knows."""

    def __init__(self) -> None:
        self._by_name: dict[str, Known] = {}

    def named(self, secret_id: str) -> Known | None:
        """Returns what is known under a name or ARN. Only MiniStack can tell whether it is still the same secret."""
        name = secret_id.partition(":secret:")[2] if secret_id.startswith("arn:") else secret_id
        return self._by_name.get(name) or (self._by_name.get(name[:-7]) if name != secret_id else None)

    def of(self, secret: dict[str, Any]) -> Known | None:
        """Returns what is known about the secret in a response."""
        known = self._by_name.get(secret.get("Name", ""))
        return known if known and known.arn == secret.get("ARN") else None

    def meet(self, secret: dict[str, Any]) -> Known:
        """Like `of`, but starts to track a new secret. It replaces an earlier one of the same name."""
        known = self.of(secret)
        if known is None:
            known = self._by_name[secret["Name"]] = Known(secret["ARN"])
        return known

    def learn(self, secret: dict[str, Any]) -> Known:
        """Like `meet`, and adds the versions that have labels. `secret` is MiniStack's description of it."""
        known = self.meet(secret)
        versions = {inner: labels for inner, labels in secret["VersionIdsToStages"].items() if inner != known.empty}
        for inner in versions:
            known.ids.setdefault(known.version_id(inner), inner)
        known.at_risk = [inner for inner, labels in versions.items() if visible(labels) == labels]
        return known

    def renamed(self, call: Call, *names: str) -> dict[str, Any]:
        """Returns a call's parameters with MiniStack's ids in place of the VersionIds in the parameters `names`."""
        known = self.named(call.secret_id) or Known("")
        given = {name: call.parameters[name] for name in names if name in call.parameters}
        return call.parameters | {name: known.ids.get(version_id, version_id) for name, version_id in given.items()}

    def show(self, entry: dict[str, Any]) -> None:
        """Turns MiniStack's response about a secret, or its entry in a list, into what callers see."""
        known = self.of(entry) or Known("")
        for name in ("VersionIdsToStages", "SecretVersionsToStages"):
            if name in entry:
                shown = ((inner, visible(labels)) for inner, labels in entry[name].items() if inner != known.empty)
                entry[name] = {known.version_id(inner): labels for inner, labels in shown if labels}
        if "SecretVersionsToStages" in entry and known.kms_key_id:
            entry["KmsKeyId"] = known.kms_key_id
        if "Versions" in entry:
            entry["Versions"] = [version for version in entry["Versions"] if version["VersionId"] != known.empty]
        for version in [entry, *entry.get("Versions", ())]:
            inner = version.get("VersionId")
            if inner in known.created and "CreatedDate" in version:
                version["CreatedDate"] = known.created[inner]
            if inner is not None:
                version["VersionId"] = known.version_id(inner)
            if "VersionStages" in version:
                version["VersionStages"] = visible(version["VersionStages"])


def visible(labels: Iterable[str]) -> list[str]:
    """Returns the labels that are not the front's own."""
    return [label for label in labels if not label.startswith(KEEPING)]
