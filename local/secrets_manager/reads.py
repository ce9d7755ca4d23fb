"""The calls that change nothing."""

from collections.abc import Callable
from typing import Any

from local.secrets_manager import rules
from local.secrets_manager.rules import RejectedError
from local.secrets_manager.upstream import NOT_FOUND, Call, Content, MiniStackError, Upstream
from local.secrets_manager.versions import Versions, visible

_NO_VALUE = "Secrets Manager can't find the specified secret value for staging label: "


class Reads:
    """Call its methods only while nobody writes."""

    def __init__(self, upstream: Upstream, versions: Versions):
        self._upstream = upstream
        self._versions = versions
        self.actions: dict[str, Callable[[Call], Content]] = {
            "BatchGetSecretValue": self._batch_get_secret_value,
            "GetSecretValue": self._get_secret_value,
            "ListSecretVersionIds": self._list_secret_version_ids,
            "ListSecrets": self._list_secrets,
        }

    def pass_on(self, call: Call) -> Content:
        """Passes on any other call."""
        content = self._upstream.ask(call)
        self._versions.show(content)
        return content

    def _get_secret_value(self, call: Call) -> Content:
        try:
            content = self._upstream.ask(call)
        except MiniStackError as error:
            renamed = self._versions.renamed(call, "VersionId")
            if error.code != NOT_FOUND or renamed == call.parameters:
                raise
            content = self._upstream.do(call.action, renamed)
        self._versions.show(content)
        stage = call.parameters.get("VersionStage")
        if not _has_value(content):
            raise RejectedError(NOT_FOUND, _NO_VALUE + (stage or "AWSCURRENT"))
        if stage is not None and stage not in content["VersionStages"]:
            message = "You provided a VersionStage that is not associated to the provided VersionId."
            raise RejectedError("InvalidRequestException", message)
        return content

    def _batch_get_secret_value(self, call: Call) -> Content:
        start = rules.position(call.parameters)
        content = self._upstream.ask(call)
        values = content["SecretValues"]
        filters = call.parameters.get("Filters")
        if filters:
            end = start + rules.page_size(call.action, call.parameters)
            found = [value for value in values if rules.matches(value, filters)]
            values = found[start:end]
            if end < len(found):
                content["NextToken"] = rules.next_token(end)
        for value in values:
            self._versions.show(value)
            if not _has_value(value):
                error = {"SecretId": value["ARN"], "ErrorCode": NOT_FOUND, "Message": _NO_VALUE + "AWSCURRENT"}
                content["Errors"].append(error)
        return content | {"SecretValues": list(filter(_has_value, values))}

    def _list_secrets(self, call: Call) -> Content:
        filters = call.parameters.get("Filters") or []
        # With these filters, MiniStack leaves out only what AWS leaves out, too.
        asked = [given for given in filters if rules.is_wider_in_ministack(given)]
        content = self._page(call, "SecretList", lambda secret: rules.matches(secret, filters), {"Filters": asked})
        for secret in content["SecretList"]:
            self._versions.show(secret)
        return content

    def _list_secret_version_ids(self, call: Call) -> Content:
        known = self._versions.named(call.secret_id)
        with_deprecated = call.parameters.get("IncludeDeprecated")

        def is_wanted(version: Content) -> bool:
            is_empty = known is not None and version["VersionId"] == known.empty
            return not is_empty and bool(with_deprecated or visible(version["VersionStages"]))

        content = self._page(call, "Versions", is_wanted, {})
        self._versions.show(content)
        return content

    def _page(self, call: Call, entries: str, is_wanted: Callable[[Content], bool], changes: dict[str, Any]) -> Content:
        """Reads MiniStack's list until a page is full of wanted entries, or the list ends."""
        rules.position(call.parameters)
        size = rules.page_size(call.action, call.parameters)
        content = self._upstream.ask(call)
        if any(call.parameters.get(name) not in (None, value) for name, value in changes.items()):
            # The call above only showed that the caller has the right to do this.
            content = self._upstream.do(call.action, call.parameters | changes)
        found = list(filter(is_wanted, content[entries]))
        while len(found) < size and "NextToken" in content:
            more = {"NextToken": content["NextToken"], "MaxResults": size - len(found)}
            content = self._upstream.do(call.action, call.parameters | changes | more)
            found += filter(is_wanted, content[entries])
        return content | {entries: found}


def _has_value(content: Content) -> bool:
    return any(name in content for name in rules.VALUES)
