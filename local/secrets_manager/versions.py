"""What the front knows of versions: MiniStack gives them random ids of its own, and dates in whole seconds."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from local.secrets_manager.upstream import Call

# MiniStack drops a version that loses its last label, so each has one more, which callers never see.
KEEPING = "kept-by-the-front/"


@dataclass
class Known:
    """A secret, as far as it was written through the front."""

    arn: str
    # MiniStack's id of each VersionId.
    ids: dict[str, str] = field(default_factory=dict)
    created: dict[str, float] = field(default_factory=dict)
    # MiniStack makes a version for a secret without a value, too.
    empty: str | None = None
    # MiniStack's ids of the versions that could be dropped at the next write; None where that must be asked.
    at_risk: list[str] | None = None
    # MiniStack's lists leave it out.
    kms_key_id: str | None = None

    def note_key(self, call: Call) -> None:
        """The KMS key, where a call names one."""
        self.kms_key_id = call.parameters.get("KmsKeyId", self.kms_key_id)

    def add(self, version_id: str, inner: str) -> None:
        """A version that was made just now."""
        self.ids[version_id] = inner
        self.at_risk = [inner]
        now = max([round(time.time(), 3), *(date + 0.001 for date in self.created.values())])
        self.created[inner] = round(now, 3)

    def version_id(self, inner: str) -> str:
        """The VersionId of what MiniStack calls `inner`."""
        return next((version_id for version_id, of in self.ids.items() if of == inner), inner)

    def in_words(self, message: str) -> str:
        """A message with VersionIds in place of MiniStack's."""
        for version_id, inner in self.ids.items():
            message = message.replace(inner, version_id)
        return message


class Versions:
    """All secrets that the front knows."""

    def __init__(self) -> None:
        self._by_name: dict[str, Known] = {}

    def named(self, secret_id: str) -> Known | None:
        """What was known by this name or ARN; whether that secret is still the one must be asked of MiniStack."""
        name = secret_id.partition(":secret:")[2] if secret_id.startswith("arn:") else secret_id
        return self._by_name.get(name) or (self._by_name.get(name[:-7]) if name != secret_id else None)

    def of(self, secret: dict[str, Any]) -> Known | None:
        """What is known of the secret that an answer is about."""
        known = self._by_name.get(secret.get("Name", ""))
        return known if known and known.arn == secret.get("ARN") else None

    def meet(self, secret: dict[str, Any]) -> Known:
        """The same, known from now on. One of that name that was there before is not any more."""
        known = self.of(secret)
        if known is None:
            known = self._by_name[secret["Name"]] = Known(secret["ARN"])
        return known

    def learn(self, secret: dict[str, Any]) -> Known:
        """The same, with the versions that have labels; `secret` is as MiniStack describes it."""
        known = self.meet(secret)
        versions = {inner: labels for inner, labels in secret["VersionIdsToStages"].items() if inner != known.empty}
        for inner in versions:
            known.ids.setdefault(known.version_id(inner), inner)
        known.at_risk = [inner for inner, labels in versions.items() if visible(labels) == labels]
        return known

    def renamed(self, call: Call, *names: str) -> dict[str, Any]:
        """A call's parameters, with MiniStack's ids in place of the VersionIds that the parameters `names` hold."""
        known = self.named(call.secret_id) or Known("")
        given = {name: call.parameters[name] for name in names if name in call.parameters}
        return call.parameters | {name: known.ids.get(version_id, version_id) for name, version_id in given.items()}

    def show(self, entry: dict[str, Any]) -> None:
        """Makes of MiniStack's answer about a secret, or its entry in a list, what callers see."""
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
    """The labels that are not the front's own."""
    return [label for label in labels if not label.startswith(KEEPING)]
