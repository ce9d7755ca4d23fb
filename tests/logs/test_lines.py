"""What a line says about its request: who did what to which credential, and with which calls of AWS."""

import re
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from local.stack import ROOT, Stack
from tests.dqops.conftest import create, get
from tests.logs.documents import OPERATIONS, REQUEST, report
from tests.losant import conftest as losant
from tests.organizations import conftest as organizations
from tests.support.api import Api, encoded
from tests.support.functions import environment
from tests.support.log import logging, of_operation, request_id
from tests.support.provisioning import Source, terraform
from tests.support.proxy import Fault, Proxy
from tests.tiledb import conftest as tiledb

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_a_line_has_the_aws_request_ids_of_its_calls(stack: Stack, admin: Api, proxy: Proxy, name: str) -> None:
    create(admin, name)
    with proxy.recording() as calls, logging(stack) as written:
        deleted = admin.call("DELETE", f"/api/credentials/{name}")
    line = of_operation(written, deleted)
    assert len(calls) == line["attempts"] == 4
    # Two calls are concurrent, so their responses have no order.
    assert sorted(line["aws_request_ids"].split(" ")) == sorted(call.request_id for call in calls)


def test_the_authorizers_line_has_the_ids_of_its_own_calls(
    stack: Stack, caller: Callable[..., Api], proxy: Proxy
) -> None:
    api = caller([{"api": "dqops", "namespaces": ["*"], "permissions": ["view"]}])
    with proxy.key_reads() as reads, proxy.recording() as calls, logging(stack) as written:
        answer = api.call("GET", "/api/credentials")
    own = [line for line in written if line["request_id"] == request_id(answer)]
    ids = {line["operation"]: line["aws_request_ids"] for line in own}
    (read,) = reads
    assert ids == {"authorizer": read.request_id, "dqops-list": " ".join(call.request_id for call in calls)}
    # Lambda has invoked two functions.
    assert len({line["lambda_request_id"] for line in own} | {request_id(answer)}) == 3
    assert all(UUID.fullmatch(line["lambda_request_id"]) for line in own)


def test_every_attempt_counts_and_every_response_has_an_id(stack: Stack, admin: Api, proxy: Proxy, name: str) -> None:
    create(admin, name)
    with logging(stack) as written:
        with proxy.faults(Fault(how="ThrottlingException")):
            throttled = get(admin, name)
        with proxy.faults(Fault(how="drop", times=1)):
            retried = get(admin, name)
        malformed = admin.call("POST", "/api/credentials", b"{")
    lines = [of_operation(written, answer) for answer in (throttled, retried, malformed)]
    assert [(line["outcome"], line["attempts"]) for line in lines] == [("throttled", 3), ("ok", 2), ("malformed", 0)]
    assert [len(line.get("aws_request_ids", "").split()) for line in lines] == [3, 1, 0]
    assert "aws_request_ids" not in lines[2]


def test_the_line_of_an_instances_first_request_says_so(stack: Stack, admin: Api, name: str) -> None:
    create(admin, name)
    # Another environment starts another instance.
    with environment(stack, "DqopsGet", ANOTHER=name), logging(stack) as written:
        answers = [get(admin, name) for _ in range(2)]
    assert [of_operation(written, answer).get("cold_start") for answer in answers] == [True, None]


def test_lines_have_the_ids_of_credentials_that_have_ids(stack: Stack, admin: Api) -> None:
    app, org = losant.new_id(), organizations.new_org()
    path = losant.collection(app)
    with logging(stack) as written:
        made = admin.call("POST", path, losant.post("a name", "jwt"))
        own = f"{path}/{made.json['id']}"
        patched = admin.call("PATCH", own, {"name": "another name"})
        answers = [made, patched, *(admin.call(method, own) for method in ("GET", "DELETE"))]
        rejected = admin.call("GET", f"{path}/no-id-but-perhaps-a-s3cret")
        created = admin.call("POST", organizations.CREATE, organizations.credential(org, name="a name"))
        credential = organizations.id_of(created)
        body = {"org_id": org, "credential_id": credential, "comments": "done\u2028with"}
        removed = admin.call("POST", organizations.DELETE, body)
        unknown = admin.call("POST", organizations.DELETE, body | {"credential_id": "perhaps a s3cret"})
    assert {of_operation(written, answer)["credential_id"] for answer in answers} == {made.json["id"]}
    assert {of_operation(written, answer)["credential_id"] for answer in (created, removed)} == {credential}
    assert of_operation(written, removed)["remark"] == "done\nwith"
    # A client can send anything as an id.
    assert not [answer for answer in (rejected, unknown) if "credential_id" in of_operation(written, answer)]
    assert "s3cret" not in str(written)
    assert "a name" not in str(written)
    assert "another name" not in str(written)


def requests(api: Api, name: str) -> dict[str, Callable[[], Any]]:
    """Requests about a credential with that name, for each API, by the functions that serve them."""
    workspace, app, org = f"ws{uuid.uuid4().hex[:10]}", losant.new_id(), organizations.new_org()
    of_workspace = f"/tiledb/v4/credentials/{workspace}"
    return {
        "DqopsCreate": partial(create, api, name),
        "DqopsGet": partial(get, api, name),
        "TiledbCreate": partial(api.call, "POST", of_workspace, tiledb.key(name)),
        "TiledbDelete": partial(api.call, "DELETE", f"{of_workspace}/{encoded(name)}"),
        "LosantCreate": partial(api.call, "POST", losant.collection(app), losant.post(name, "jwt")),
        "OrganizationsCreate": partial(
            api.call, "POST", organizations.CREATE, organizations.credential(org, name=name)
        ),
    }


def test_names_are_logged_only_if_a_function_is_told_to(stack: Stack, admin: Api) -> None:
    for name in (f'{uuid.uuid4().hex} \u00e4\u2028"}}', uuid.uuid4().hex):
        # So that no reader of the log starts a new line there.
        shown = name.replace("\u2028", "\n")
        with logging(stack) as written:
            for act in requests(admin, name).values():
                act()
        assert name not in str(written)
        assert shown not in str(written)
        for function, act in requests(admin, f"2-{name}").items():
            with environment(stack, function, LATCHKEY_AUDIT_NAMES="true"), logging(stack) as written:
                answer = act()
            assert of_operation(written, answer)["credential_name"] == f"2-{shown}", function


def test_lines_name_a_provisioned_credential_as_its_api_does(stack: Stack, source: Source) -> None:
    place, app = uuid.uuid4().hex, losant.new_id()
    dqops = {"Owner": place, "Name": place, "Secrets": {"text_value": source.reference()}}
    of_losant = {
        "Owner": place,
        "ApplicationId": app,
        "Name": place,
        "Spec": {"type": "jwt", "jwtConfig": {"algorithm": "HS256"}},
        "Secrets": {"jwtConfig.secret": source.reference()},
    }
    with environment(stack, "DqopsProvision", LATCHKEY_AUDIT_NAMES="true"), logging(stack) as written:
        assert not terraform(stack, "dqops", "create", dqops).is_error
    (line,) = (line for line in written if line.get("owner") == f"terraform/{place}")
    assert (line["credential_name"], line["request_type"]) == (place, "create")
    assert line["attempts"] == len(line["aws_request_ids"].split(" ")) > 1
    with logging(stack) as written:
        made = terraform(stack, "losant", "create", of_losant)
    (line,) = (line for line in written if line.get("owner") == f"terraform/{place}")
    assert (line["credential_id"], line["namespace"]) == (made.json["Data"]["Id"], app)


def test_other_lines_have_the_id_of_their_request(stack: Stack, admin: Api, proxy: Proxy, name: str) -> None:
    create(admin, name)
    with proxy.faults(Fault("DeleteSecret", how="AccessDeniedException")), logging(stack) as written:
        deleted = admin.call("DELETE", f"/api/credentials/{name}")
    assert deleted.status == 204
    (line,) = (line for line in written if "could not be scheduled" in line["message"])
    assert line | {"timestamp": ""} == {
        "timestamp": "",
        "level": "WARN",
        "message": "a deleted credential's secret could not be scheduled for deletion",
        "operation": "dqops-delete",
        "outcome": "internal",
        "cause": "DeleteSecret: AccessDeniedException (HTTP 400)",
        "request_id": request_id(deleted),
    }


def test_the_documentation_has_all_fields_and_no_others(
    stack: Stack, admin: Api, caller: Callable[..., Api], proxy: Proxy, name: str
) -> None:
    """The tests above cover the fields that need more effort; this one compares the table."""
    with logging(stack) as written:
        create(admin, name)
        with proxy.faults(Fault(how="AccessDeniedException")):
            get(admin, name)
        caller([{"nonsense": True}]).call("GET", "/api/credentials")
        soon = caller([{"api": "*", "namespaces": ["*"], "permissions": ["*"]}], expires_at="2026-12-01T00:00:00Z")
        soon.call("GET", "/api/credentials")
        org = organizations.new_org()
        organizations.create(admin, org)
        body = {"org_id": org, "credential_id": str(uuid.uuid4()), "comments": "done"}
        admin.call("POST", organizations.DELETE, body)
        terraform(stack, "dqops", "create", {"Owner": name, "Name": name, "Secrets": {}})
    found = set().union(*(line for line in written if line["message"] == "request"))
    assert found <= REQUEST
    assert REQUEST - found <= {"credential_name", "unsent", "key_expires", "cold_start"}


def test_the_documentation_has_every_message() -> None:
    sources = [*(ROOT / "shared" / "src").rglob("*.rs"), *(ROOT / "functions").glob("*/src/**/*.rs")]
    code = "\n".join(path.read_text() for path in sources)
    messages = set(re.findall(r'audit::warn\(\s*"([^"]+)"', code)) | set(
        re.findall(r'const UNSCHEDULED: &str = "(.+)"', code)
    )
    messages |= set(re.findall(r'tracing::(?:error|warn)!\([^)]*?"([^"{]+)"\s*\)', code))
    assert len(messages) > 8
    own = OPERATIONS.partition("### Other lines")[2].partition("\n###")[0]
    missing = {message for message in messages if f"`{message}`" not in own}
    assert missing == {"this is a Lambda function: it runs in Lambda, or with `make run`, not by itself"}


def test_the_documentations_report_is_one_of_lambdas() -> None:
    assert report()["type"] == "platform.report"


@pytest.mark.parametrize("field", sorted(REQUEST))
def test_every_field_is_in_snake_case(field: str) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", field)
