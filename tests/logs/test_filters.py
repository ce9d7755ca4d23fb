"""The template's metric filters count the lines that they are for, and no others. Real requests write the lines."""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from samcli.yamlhelper import yaml_parse

from local.stack import TEMPLATE, Stack
from tests.dqops.conftest import create, get
from tests.logs.documents import report
from tests.support.api import Answer, Api
from tests.support.filter_pattern import FilterPattern
from tests.support.log import request_id
from tests.support.provisioning import Source, terraform
from tests.support.proxy import Fault, Proxy

PATTERNS = {
    name.removesuffix("Filter"): FilterPattern(resource["Properties"]["FilterPattern"])
    for name, resource in yaml_parse(TEMPLATE.read_text())["Resources"].items()
    if resource["Type"] == "AWS::Logs::MetricFilter"
}
# A line of Lambda's own, which no emulator writes.
START = '{"time":"2026-11-29T12:00:00.000Z","type":"platform.start","record":{"requestId":"1","version":"$LATEST"}}'
# Only a bug of ours writes this line, and no request is known to cause one: shared/src/audit.rs tests the line.
PANIC = (
    '{"timestamp":"2026-11-29T12:00:00.000000Z","level":"ERROR","message":"panic","operation":"dqops-get",'
    '"place":"shared/src/serve.rs:1:2","request_id":"1"}'
)
OF_LAMBDA = {"FunctionErrors", "FunctionTimeouts"}
GRANTS = [{"api": "*", "namespaces": ["*"], "permissions": ["*"]}]


@dataclass
class Scenes:
    """What happened, and which filters must count it."""

    expected: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in PATTERNS})
    lines: list[str] = field(default_factory=list)

    def counts(self, answer: Answer, *filters: str) -> None:
        for name in filters:
            self.expected[name].add(request_id(answer))


@pytest.fixture(scope="module")
def scenes(
    stack: Stack, admin: Api, anonymous: Api, caller: Callable[..., Api], proxy: Proxy, secrets_manager: Any
) -> Scenes:
    scenes, start = Scenes(), time.time()
    editor = caller(GRANTS)
    keys(scenes, stack, editor, caller)
    credentials(scenes, editor, proxy)
    scenes.counts(admin.call("GET", "/api/credentials"), "AdministratorKeyUsed")
    anonymous.call("GET", "/api/credentials")
    good = provisioning(stack, Source(secrets_manager))
    scenes.lines = [line for line in stack.function_logs(start) if line.startswith("{")]
    of_provisioning = [line for line in map(json.loads, scenes.lines) if line["operation"] == "dqops-provision"]
    assert len(of_provisioning) == 3
    scenes.expected["ProvisioningFailed"] = {
        line["request_id"] for line in of_provisioning if line.get("owner") != good
    }
    return scenes


def keys(scenes: Scenes, stack: Stack, editor: Api, caller: Callable[..., Api]) -> None:
    key_id = (editor.token or "").partition(".")[0]
    # Somebody claims to be the administrator.
    for token in (
        f"{key_id}.{'x' * 32}",
        f"administrator.{uuid.uuid4().hex}",
        f"{uuid.uuid4().hex}.{uuid.uuid4().hex}",
    ):
        scenes.counts(Api(stack.url, token).call("GET", "/api/credentials"), "DeniedKeys")
    past, soon, far = (datetime.now(UTC) + timedelta(days=days) for days in (-1, 3, 30))
    scenes.counts(caller(GRANTS, expires_at=past.isoformat()).call("GET", "/api/credentials"), "DeniedKeys")
    scenes.counts(caller(GRANTS, expires_at=soon.isoformat()).call("GET", "/api/credentials"), "KeyExpiresSoon")
    caller(GRANTS, expires_at=far.isoformat()).call("GET", "/api/credentials")
    caller(GRANTS, not_before=far.isoformat()).call("GET", "/api/credentials")
    scenes.counts(caller(GRANTS, enabled=True).call("GET", "/api/credentials"), "KeyUnusable")
    Api(stack.url, "no-token").call("GET", "/api/credentials")


def credentials(scenes: Scenes, editor: Api, proxy: Proxy) -> None:
    name = f"{uuid.uuid4().hex}.txt"
    create(editor, name)
    for how, status, *filters in (
        ("ThrottlingException", 400, "StoreThrottled"),
        ("AccessDeniedException", 400, "StorePermission"),
        ("DecryptionFailure", 400, "StorePermission"),
        ("InternalServiceError", 500),
        ("drop", 400),
    ):
        with proxy.faults(Fault(how=how, status=status)):
            scenes.counts(get(editor, name), *filters)
    for action in ("UpdateSecret", "DeleteSecret"):
        # If no more versions can be made, a deletion uses only DeleteSecret.
        with proxy.faults(
            Fault(action, how="LimitExceededException"), Fault("DeleteSecret", how="InternalServiceError")
        ):
            changed = editor.call(
                "PUT", f"/api/credential/{name}", {"credential_name": name, "type": "text", "text_value": "x"}
            )
            scenes.counts(changed, *(["StoreThrottled"] if changed.status == 429 else []))
    with proxy.faults(Fault("DeleteSecret", how="InternalServiceError", status=500)):
        scenes.counts(editor.call("DELETE", f"/api/credentials/{name}"), "DeletionNotScheduled")
    get(editor, name)
    editor.call("POST", "/api/credentials", b"{")


def provisioning(stack: Stack, source: Source) -> str:
    """Sends an event that succeeds, one that is rejected and one that cannot be read; returns the first one's owner."""
    place = uuid.uuid4().hex
    good = {"Owner": place, "Name": place, "Secrets": {"text_value": source.reference()}}
    assert not terraform(stack, "dqops", "create", good).is_error
    bad = good | {"Owner": f"{place}/bad", "Name": f"{place}/bad"}
    assert terraform(stack, "dqops", "create", bad).is_error
    assert terraform(stack, "dqops", "create", {"Owner": []}).is_error
    return f"terraform/{place}"


@pytest.mark.parametrize("name", sorted(set(PATTERNS) - OF_LAMBDA - {"Panics"}))
def test_a_filter_counts_what_it_is_for_and_nothing_else(scenes: Scenes, name: str) -> None:
    found = [json.loads(line)["request_id"] for line in scenes.lines if PATTERNS[name].matches(line)]
    assert set(found) == scenes.expected[name]
    assert found, "or this proves nothing"
    # An alarm's threshold is a number of requests.
    assert len(found) == len(set(found))


def test_what_did_not_happen_is_not_counted(scenes: Scenes) -> None:
    for name in OF_LAMBDA | {"Panics"}:
        assert not [line for line in scenes.lines if PATTERNS[name].matches(line)]


@pytest.mark.parametrize(
    ("status", "counting"),
    [
        ("success", set()),
        ("error", {"FunctionErrors"}),
        ("failure", {"FunctionErrors"}),
        ("timeout", {"FunctionTimeouts"}),
    ],
)
def test_a_report_of_lambda_is_counted_by_its_status(status: str, counting: set[str]) -> None:
    reported = report()
    reported["record"]["status"] = status
    assert {name for name, pattern in PATTERNS.items() if pattern.matches(json.dumps(reported))} == counting
    assert not [name for name, pattern in PATTERNS.items() if pattern.matches(START)]


def test_a_panic_is_counted_wherever_it_is() -> None:
    assert {name for name, pattern in PATTERNS.items() if pattern.matches(PANIC)} == {"Panics"}


def test_no_caller_can_write_a_line_that_a_filter_counts(scenes: Scenes) -> None:
    """Text from callers is in separate fields, which no filter looks at."""
    assert scenes.lines
    of_callers = {"remark", "credential_name", "credential_id", "namespace"}
    assert not {name for name, pattern in PATTERNS.items() if pattern.fields & of_callers}
