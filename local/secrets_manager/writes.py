"""The calls that change versions, labels and whole secrets."""

import time
from collections.abc import Callable

from local.secrets_manager import rules
from local.secrets_manager.rules import RejectedError
from local.secrets_manager.upstream import NOT_FOUND, Call, Content, MiniStackError, Upstream, identity
from local.secrets_manager.versions import KEEPING, Known, Versions

_EXISTS = "ResourceExistsException"
_UNUSABLE = "InvalidRequestException"


class Writes:
    """Call its methods one at a time."""

    def __init__(self, upstream: Upstream, versions: Versions):
        self._upstream = upstream
        self._versions = versions
        self.actions: dict[str, Callable[[Call], Content]] = {
            "CreateSecret": self._create,
            "DeleteSecret": self._delete,
            "PutSecretValue": self._write,
            "RestoreSecret": self._restore,
            "RotateSecret": self._move_labels,
            "UpdateSecret": self._write,
            "UpdateSecretVersionStage": self._move_labels,
        }

    def _create(self, call: Call) -> Content:
        try:
            content = self._upstream.ask(call)
        except MiniStackError as error:
            if error.code != _EXISTS:
                raise
            return self._create_again(call, error)
        known = self._versions.meet(content)
        known.note_key(call)
        if call.has_value:
            known.add(call.token, content["VersionId"])
            self._versions.show(content)
        else:
            known.empty = content.pop("VersionId")
        return content

    def _create_again(self, call: Call, error: MiniStackError) -> Content:
        secret = self._upstream.describe(call.secret_id)
        if "DeletedDate" in secret:
            message = "You can't create this secret because a secret with this name is already scheduled for deletion."
            raise RejectedError(_UNUSABLE, message)
        if not self._is_written(call, secret):
            raise error
        return identity(secret) | {"VersionId": call.token}

    def _write(self, call: Call) -> Content:
        """UpdateSecret and PutSecretValue."""
        if not call.has_value:
            content = self._upstream.ask(call)
            self._versions.meet(content).note_key(call)
            return content
        known = self._versions.named(call.secret_id)
        if known is None or known.at_risk is None or call.token in known.ids:
            secret = self._usable(call.secret_id)
            known = self._versions.learn(secret) if secret else None
            if known and secret and call.token in known.ids:
                return self._write_again(call, secret)
        if known:
            self._keep(known)
        content = self._upstream.ask(call)
        known = self._versions.meet(content)
        known.note_key(call)
        known.add(call.token, content["VersionId"])
        if "AWSCURRENT" not in call.parameters.get("VersionStages", ["AWSCURRENT"]):
            known.at_risk = None
        self._versions.show(content)
        return content

    def _write_again(self, call: Call, secret: Content) -> Content:
        if not self._is_written(call, secret):
            message = f"You can't use ClientRequestToken {call.token} because that value is already in use for a "
            raise RejectedError(_EXISTS, message + f"version of secret {secret['ARN']}.")
        self._versions.show(secret)
        content = identity(secret) | {"VersionId": call.token}
        if call.action == "PutSecretValue":
            content["VersionStages"] = secret["VersionIdsToStages"].get(call.token, [])
        return content

    def _move_labels(self, call: Call) -> Content:
        known = self._versions.named(call.secret_id)
        renamed = self._versions.renamed(call, "MoveToVersionId", "RemoveFromVersionId")
        try:
            try:
                content = self._upstream.ask(call)
            except MiniStackError as error:
                if error.code != NOT_FOUND or renamed == call.parameters:
                    raise
                content = self._upstream.do(call.action, renamed)
        except MiniStackError as error:
            raise RejectedError(error.code, known.in_words(error.message) if known else error.message) from None
        if known:
            known.at_risk = None
        self._versions.show(content)
        return content

    def _delete(self, call: Call) -> Content:
        try:
            return self._upstream.ask(call)
        except MiniStackError as error:
            if error.code != NOT_FOUND or not call.parameters.get("ForceDeleteWithoutRecovery"):
                raise
            return {"ARN": call.secret_id, "Name": call.secret_id, "DeletionDate": time.time()}

    def _restore(self, call: Call) -> Content:
        try:
            return self._upstream.ask(call)
        except MiniStackError as error:
            secret = self._usable(call.secret_id)
            if error.code != _UNUSABLE or secret is None:
                raise
            # There is nothing to restore.
            return identity(secret)

    def _usable(self, secret_id: str) -> Content | None:
        """Returns MiniStack's description of the secret, or None if it is missing or scheduled for deletion."""
        try:
            secret = self._upstream.describe(secret_id)
        except MiniStackError:
            return None
        return None if "DeletedDate" in secret else secret

    def _keep(self, known: Known) -> None:
        """Prevents MiniStack from dropping versions that lose their last label."""
        for inner in known.at_risk or []:
            stage = {"SecretId": known.arn, "VersionStage": KEEPING + inner, "MoveToVersionId": inner}
            try:
                self._upstream.do("UpdateSecretVersionStage", stage)
            except MiniStackError as error:
                # The version or the secret was deleted.
                if error.code not in (NOT_FOUND, _UNUSABLE):
                    raise

    def _is_written(self, call: Call, secret: Content) -> bool:
        """Whether the version that the call would create already exists, with the same value."""
        known: Known | None = self._versions.of(secret)
        inner = known and known.ids.get(call.token)
        if not inner:
            return False
        try:
            stored = self._upstream.do("GetSecretValue", {"SecretId": secret["ARN"], "VersionId": inner})
        except MiniStackError:
            return False
        return all(stored.get(name) == call.parameters.get(name) for name in rules.VALUES)
