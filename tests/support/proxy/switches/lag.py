"""Reads and lists that show an earlier state."""

import json
import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from local.secrets_manager.rules import matches
from local.secrets_manager.server import Answer
from tests.support.proxy.service_proxy import Sent
from tests.support.proxy.switch import READS, WRITES, CarryOut, Switch, name_of

# The one member that has another name in DescribeSecret than in a list.
_STAGES = {"VersionIdsToStages": "SecretVersionsToStages"}
_MORE = {"ListSecretVersionIds": {"IncludeDeprecated": True}}
_NOT_LISTED = ("ReplicationStatus",)


@dataclass
class _View:
    """A secret as it was before a write: what each read would have returned then, and how many still do."""

    answers: dict[str, Answer]
    reads: int
    lists: int


class Lag(Switch):
    """Each read shows the secret as it was `reads` reads of it ago, each list as it was `lists` lists ago.

    A read always shows one state of the whole secret. Two concurrent reads can show two states.
    """

    def __init__(self, reads: int = 0, lists: int = 0) -> None:
        self._reads, self._lists = reads, lists
        self._views: defaultdict[str, list[_View]] = defaultdict(list)
        self._lock = threading.Lock()

    def answer(self, sent: Sent, carry_out: CarryOut) -> Answer | None:
        call = sent.call
        if call.action in WRITES:
            return self._write(sent, carry_out)
        if call.action in READS and call.parameters.get("VersionStage", "AWSCURRENT") == "AWSCURRENT":
            view = self._read(name_of(call))
            return view[call.action] if view else carry_out(sent)
        answer = carry_out(sent)
        if answer is None or answer[0] != 200:
            return answer
        content = json.loads(answer[1])
        if call.action == "BatchGetSecretValue":
            self._batch(call.parameters, content)
        if call.action == "ListSecrets":
            self._list(call.parameters, content)
        return 200, json.dumps(content).encode()

    def _write(self, sent: Sent, carry_out: CarryOut) -> Answer | None:
        name = name_of(sent.call)
        before = {action: self.truth.ask(action, {"SecretId": name} | _MORE.get(action, {})) for action in READS}
        answer = carry_out(sent)
        if answer is not None and answer[0] == 200:
            with self._lock:
                self._views[name].append(_View(before, self._reads, self._lists))
        return answer

    def _read(self, name: str) -> dict[str, Answer] | None:
        """The earlier state that a read shows; None if it shows the current one."""
        with self._lock:
            views = self._views[name]
            shown = next((view.answers for view in views if view.reads > 0), None)
            for view in views:
                view.reads -= 1
            self.times += shown is not None
        return shown

    def _listed(self, name: str, *, is_last: bool) -> dict[str, Answer] | None:
        """The same for a list, which counts once, on its last page."""
        with self._lock:
            views = self._views[name]
            shown = next((view.answers for view in views if view.lists > 0), None)
            for view in views:
                view.lists -= is_last
            self.times += shown is not None
        return shown

    def _batch(self, parameters: dict[str, Any], content: dict[str, Any]) -> None:
        for name in parameters.get("SecretIdList", []):
            view = self._read(name)
            if view is None:
                continue
            status, body = view["GetSecretValue"]
            shown = json.loads(body)
            content["SecretValues"] = [value for value in content["SecretValues"] if value["Name"] != name]
            content["Errors"] = [fault for fault in content.get("Errors", []) if fault["SecretId"] != name]
            if status == 200:
                content["SecretValues"].append(shown)
            else:
                rejection = {"SecretId": name, "ErrorCode": shown["__type"], "Message": shown["message"]}
                content["Errors"].append(rejection)

    def _list(self, parameters: dict[str, Any], content: dict[str, Any]) -> None:
        entries = {entry["Name"]: entry for entry in content["SecretList"]}
        is_last = not content.get("NextToken")
        for name in list(self._views):
            if not matches({"Name": name}, parameters.get("Filters", [])):
                continue
            view = self._listed(name, is_last=is_last)
            if view is None:
                continue
            entries.pop(name, None)
            if not is_last:
                # Only on the last page, because a secret is on one page.
                continue
            status, body = view["DescribeSecret"]
            entry = json.loads(body)
            if status == 200 and ("DeletedDate" not in entry or parameters.get("IncludePlannedDeletion")):
                listed = ((_STAGES.get(member, member), value) for member, value in entry.items())
                entries[name] = {member: value for member, value in listed if member not in _NOT_LISTED}
        content["SecretList"] = sorted(entries.values(), key=lambda entry: entry["Name"])
