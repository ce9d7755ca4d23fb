"""No secret leaves the provisioning functions: one goes through events of all kinds, and through failures."""

import json
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from local.ministack import LOOPBACK, free_port
from local.stack import Stack
from tests.support.canary import CANARY, CERTIFICATE, FIELD, assert_absent, logged
from tests.support.provisioning import (
    APIS,
    Answers,
    ByHand,
    Deployment,
    Invoked,
    Source,
    at_once,
    credential,
    invoke,
    terraform,
)
from tests.support.proxy import Fault, Proxy

# Names are not secrets, but no log has them.
NAME = "c4n4ry-n4me"
PLACES: dict[str, dict[str, str]] = {
    "dqops": {},
    "tiledb": {"Workspace": "canary"},
    "losant": {"ApplicationId": "d" * 24},
    "organizations": {"OrgId": "canary-as-code"},
}
SPECS: dict[str, dict[str, Any]] = {
    "dqops": {"type": "text"},
    "tiledb": {"provider": "AWS", "credential": {"aws": {"access_key_id": "AKIAIOSFODNN7EXAMPLE"}}},
    "losant": {"type": "jwt", "jwtConfig": {"algorithm": "HS256"}},
    "organizations": {"type": "azure", "specific": {"tenant": "t", "clientId": "c"}},
}
PATHS = {
    "dqops": "text_value",
    "tiledb": "credential.aws.secret_access_key",
    "losant": "jwtConfig.secret",
    "organizations": "specific.key",
}
SNOWFLAKE = {"host": "x.snowflakecomputing.com", "username": "u"}
# Fields for which the source's value is invalid, each with the Spec around it.
MISPLACED: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "dqops": [("binary_value", {"type": "binary"}), ("type", {})],
    "tiledb": [("token.gcp.key_text", {"provider": "GCP"}), ("provider", {})],
    "losant": [
        ("gcpConfig.keyJson", {"type": "gcp"}),
        ("snowflakeConfig.privateKey", {"type": "snowflake", "snowflakeConfig": SNOWFLAKE}),
        (
            "certificateKeyPairConfig.privateKey",
            {"type": "certificateKeyPair", "certificateKeyPairConfig": {"certificate": CERTIFICATE}},
        ),
        ("jwtConfig.algorithm", {"type": "jwt"}),
    ],
    "organizations": [("type", {}), ("specific.key", {"type": "aws", "specific": {"role": "r"}})],
}
# These are not events at all. Nobody gets a PUT for them.
MALFORMED: list[Any] = [
    CANARY,
    [CANARY],
    {CANARY: CANARY},
    {"tf": CANARY},
    {"tf": {"action": CANARY}},
    {"tf": {"action": [CANARY]}},
    {"tf": {"action": "update", "prev_input": CANARY}},
    {"ResponseURL": CANARY},
    {"ResponseURL": {CANARY: CANARY}},
]
# Calls that fail, and the request types for which they do.
FAILURES = [
    (Fault(how="AccessDeniedException"), ("Create", "Update", "Delete")),
    (Fault(how="garbage"), ("Create", "Update", "Delete")),
    (Fault(how="ThrottlingException"), ("Delete",)),
    (Fault("UpdateSecret", how="ThrottlingException"), ("Update",)),
    (Fault("CreateSecret", how="AccessDeniedException"), ("Create",)),
    (Fault("UpdateSecret", how="ValidationException"), ("Update",)),
]


def holding(value: str) -> str:
    """The source's value."""
    return json.dumps({"key": value, "long": CANARY * 400})


def properties(api: str, source: Source, **more: Any) -> dict[str, Any]:
    secrets = {PATHS[api]: source.reference("key")}
    return {**PLACES[api], "Name": NAME, "Spec": SPECS[api], "Secrets": secrets, **more}


def at(path: str, value: Any) -> dict[str, Any]:
    """A Spec that has only this value, at this path."""
    for part in reversed(path.split(".")):
        value = {part: value}
    return value


def invalid(api: str, source: Source) -> Iterator[dict[str, Any]]:
    """Properties that must be rejected. Each has the canary somewhere, if only at the end of a reference."""
    path = PATHS[api]
    for more in (
        {"Spec": at(path, CANARY), "Secrets": {}},
        {"Spec": SPECS[api] | {FIELD: CANARY}},
        {"Spec": SPECS[api] | {"type": CANARY}},
        {"Spec": CANARY},
        {"Secrets": CANARY},
        {"Secrets": {FIELD: source.reference("key")}},
        {FIELD: CANARY},
        {"Name": [CANARY]},
        {"Name": "{{resolve:secretsmanager:" + CANARY + "}}"},
        {"OnConflict": CANARY},
        {"OnDelete": CANARY},
        {"Revision": {CANARY: CANARY}},
        *({"Spec": spec, "Secrets": {other: source.reference("key")}} for other, spec in MISPLACED[api]),
    ):
        yield properties(api, source, **more)
    too_large = {"Template": json.dumps({"user": CANARY * 3000}), "JsonKey": "password"}
    for reference in (
        CANARY,
        {FIELD: CANARY},
        {"SecretArn": CANARY},
        {"SecretArn": source.arn + CANARY},
        {"SsmParameter": CANARY},
        source.reference(CANARY),
        source.reference("key", VersionId=CANARY),
        source.reference("key", VersionStage=CANARY),
        source.reference("key", **{FIELD: CANARY}),
        {"Generate": {FIELD: CANARY}},
        {"Generate": {"Length": CANARY}},
        {"Generate": {"Template": CANARY, "JsonKey": CANARY}},
        {"Generate": too_large},
        *([source.reference("long")] if api == "organizations" else []),
    ):
        yield properties(api, source, Secrets={path: reference})


class Sender:
    """Sends everything to an API's function, and records all that can be seen of it."""

    def __init__(self, stack: Stack, secrets_manager: Any, source: Source, answers: Answers, api: str):
        self.api = api
        self.by_hand = ByHand(stack, answers, api)
        self.puts = answers.puts
        self.returned: list[Invoked] = []
        self.reasons: list[str] = []
        # The values that a credential had, and what its secret shows.
        self.values: list[str] = []
        self.described: list[dict[str, Any]] = []
        self._stack = stack
        self._secrets_manager = secrets_manager
        self._source = source
        self._answers = answers
        self._id = ""

    def said(self, **more: Any) -> dict[str, Any]:
        return properties(self.api, self._source, **more)

    def create(self) -> None:
        self._id = self._look(self.by_hand.create(self.said()))
        made = self.call("create", self.said(Name=f"{NAME}-tf"))
        assert not made.is_error, made

    def fail(self, request_type: str) -> None:
        """Sends an event that a fault must fail: a create of a new credential, or a change of an existing one."""
        if request_type == "Create":
            new = self.said(Name=f"{NAME}-new")
            self.rejected(self.by_hand.event("Create", new, LogicalResourceId="Another"))
        else:
            before = self.said() if request_type == "Update" else None
            self.rejected(self.by_hand.event(request_type, self.said(Revision="2"), self._id, before))

    def update(self) -> None:
        self._look(self.by_hand.update(self.said(Revision="2"), self.said(), self._id))
        former, changed = self.said(Name=f"{NAME}-tf"), self.said(Name=f"{NAME}-tf", Revision="2")
        assert not self.call("update", changed, {"Owner": "canary"} | former).is_error

    def delete(self) -> None:
        answer = self.by_hand.delete(self.said(Revision="2"), self._id)
        assert answer["Status"] == "SUCCESS", answer
        assert not self.call("delete", self.said(Name=f"{NAME}-tf")).is_error

    def invalid(self) -> None:
        """Sends everything that is rejected before anything is written."""
        for wrong in invalid(self.api, self._source):
            self.rejected(self.by_hand.event("Create", wrong))
            assert self.call("create", wrong).is_error, wrong
        event = self.by_hand.event("Create", self.said())
        self.rejected(event | {"ResourceProperties": CANARY})
        of_stack = [event | {"RequestType": CANARY}, event | {"ResponseURL": f"https://{CANARY}.example.com/"}]
        for malformed in (*MALFORMED, *of_stack, self.said(Owner=f"{CANARY}!", tf={"action": "create"})):
            self.returned.append(invoke(self._stack, self.api, malformed))
            assert self.returned[-1].is_error, malformed

    def unanswered(self) -> None:
        """Responses that do not arrive. The URL is secret: anyone who has it could respond instead of the function."""
        self._answers.status = 403
        for url in (self._answers.url, f"http://{LOOPBACK}:{free_port()}/"):
            url = f"{url}?X-Amz-Signature={CANARY}"
            event = self.by_hand.event("Create", self.said(OnConflict="x"), ResponseURL=url)
            self.returned.append(invoke(self._stack, self.api, event))
            assert self.returned[-1].is_error

    def rejected(self, event: dict[str, Any]) -> None:
        answer = self.by_hand.send(event)
        assert answer["Status"] == "FAILED", event
        self.reasons.append(answer["Reason"])

    def call(self, action: str, said: dict[str, Any], before: dict[str, Any] | None = None) -> Invoked:
        self.returned.append(terraform(self._stack, self.api, action, {"Owner": "canary"} | said, before))
        return self.returned[-1]

    def _look(self, answer: dict[str, Any]) -> str:
        """Records a credential and its secret; returns the id."""
        assert answer["Status"] == "SUCCESS", answer
        arn = answer["Data"]["SecretArn"]
        self.values.append(self._secrets_manager.get_secret_value(SecretId=arn)["SecretString"])
        self.described.append(self._secrets_manager.describe_secret(SecretId=arn))
        return answer["PhysicalResourceId"]


@pytest.fixture(scope="module")
def source(secrets_manager: Any) -> Source:
    return Source(secrets_manager, holding(CANARY))


@pytest.fixture(scope="module")
def senders(stack: Stack, proxy: Proxy, secrets_manager: Any, source: Source) -> Iterator[list[Sender]]:
    """One for each API, after it has sent everything."""
    with ExitStack() as listening:
        answers = [listening.enter_context(Answers()) for _ in APIS]
        senders = [Sender(stack, secrets_manager, source, at, api) for api, at in zip(APIS, answers, strict=True)]
        at_once(*(sender.create for sender in senders))
        source.put(holding(f"{CANARY}-2"))
        for fault, request_types in FAILURES:
            for request_type in request_types:
                with proxy.faults(fault):
                    at_once(*(partial(sender.fail, request_type) for sender in senders))
        for act in (Sender.update, Sender.delete, Sender.invalid, Sender.unanswered):
            at_once(*(partial(act, sender) for sender in senders))
        yield senders


def test_the_canary_was_sent_and_stored(senders: list[Sender]) -> None:
    for sender in senders:
        created, updated = sender.values
        assert CANARY in created
        assert f"{CANARY}-2" in updated
        assert f"{CANARY}-2" not in created


def test_no_response_repeats_the_canary(senders: list[Sender]) -> None:
    for sender in senders:
        assert len(sender.puts) > len(sender.reasons) > 20
        # Except for the name of a field, which the template itself has.
        assert f"Spec.{FIELD}: is not a documented field" in str(sender.reasons)
        for put in sender.puts:
            assert_absent(CANARY, put.body + str(put.headers).encode(), f"a PUT of {sender.api}")
        for returned in sender.returned:
            assert_absent(CANARY, returned.content, f"what {sender.api} has returned")


def test_no_description_and_no_tag_contains_the_canary(senders: list[Sender], secrets_manager: Any) -> None:
    for described in (secret for sender in senders for secret in sender.described):
        assert "latchkey:owner" in {tag["Key"] for tag in described["Tags"]}
        assert_absent(CANARY, json.dumps(described, default=str).encode(), described["Name"])
    # Also the secrets that are scheduled for deletion, and those that failures may have left.
    pages = secrets_manager.get_paginator("list_secrets").paginate(IncludePlannedDeletion=True)
    shown = json.dumps([page["SecretList"] for page in pages], default=str)
    assert NAME in shown
    assert_absent(CANARY, shown.encode(), "the list of all secrets")


def test_no_log_contains_the_canary(senders: list[Sender], stack: Stack) -> None:
    text = "\n".join(stack.function_logs()).encode()
    assert_absent(CANARY, text, "the functions' logs")
    for name in (NAME, FIELD):
        assert_absent(name, text, "the functions' logs")
    for path in stack.log_files:
        assert_absent(CANARY, path.read_bytes(), path.name)
    # The search proves something only if each function has logged all of its events and their outcomes.
    for sender in senders:
        lines = [line for line in logged(stack) if line["operation"] == f"{sender.api}-provision"]
        assert {"ok", "invalid", "malformed", "internal", "throttled"} <= {line["outcome"] for line in lines}
        for owner in (sender.by_hand.owner, "terraform/canary"):
            of_owner = {line["request_type"] for line in lines if line.get("owner") == owner}
            assert of_owner == {"create", "update", "delete"}
        assert {line["unsent"] for line in lines if "unsent" in line} >= {"ResponseURL: HTTP 403"}


def test_log_lines_have_their_fields(senders: list[Sender], stack: Stack) -> None:
    assert senders
    for line in logged(stack):
        if line["operation"].endswith("-provision"):
            assert {"timestamp", "level", "operation", "outcome", "duration_ms", "request_id"} <= set(line), line
            assert not {"key_id", "status"} & set(line), line
            # A malformed event has no request type.
            assert line["outcome"] == "malformed" or "request_type" in line, line


def test_cloudformation_does_not_show_the_canary(stack: Stack, source: Source, secrets_manager: Any) -> None:
    own = Deployment(stack)
    place = {"ApplicationId": "e" * 24}
    made = own.deploy(credential("losant", **properties("losant", source, **place)))
    source.put(holding(f"{CANARY}-3"))
    own.deploy(credential("losant", **properties("losant", source, Revision="3", **place)))
    assert f"{CANARY}-3" in secrets_manager.get_secret_value(SecretId=made["SecretArn"])["SecretString"]
    for path, spec in MISPLACED["losant"]:
        secrets = {path: source.reference("key")}
        wrong = properties("losant", source, Name="other", Spec=spec, Secrets=secrets, **place)
        assert path in own.reject(credential("losant", **wrong))
    shown = own.shown()
    assert source.arn in shown
    assert_absent(CANARY, shown.encode(), "what CloudFormation shows")
    own.delete()
    assert_absent(CANARY, own.shown().encode(), "what CloudFormation shows of a deleted stack")


def test_nothing_shows_a_generated_secret(stack: Stack, secrets_manager: Any) -> None:
    git = {"type": "ssh-key", "cloneUrl": "git@example.com:r.git", "generatePrivateKey": True}
    key = {"ApplicationId": "e" * 24, "Name": f"key-{uuid.uuid4()}", "Spec": {"type": "git", "gitConfig": git}}
    password = {"Name": f"{NAME}-{uuid.uuid4()}", "Secrets": {"text_value": {"Generate": {}}}}
    for api, said in (("losant", key), ("dqops", password)):
        with Answers() as answers:
            made = ByHand(stack, answers, api).create(said)
        value = secrets_manager.get_secret_value(SecretId=made["Data"]["SecretArn"])["SecretString"]
        if api == "losant":
            # Its last line, because the lines before it are the same for all keys of a kind.
            value = json.loads(value)["secrets"]["secretValue"].splitlines()[-2]
        assert len(value) >= 32
        described = secrets_manager.describe_secret(SecretId=made["Data"]["SecretArn"])
        for text in (json.dumps(made), json.dumps(described, default=str), "\n".join(stack.function_logs())):
            assert_absent(value, text.encode(), api)
