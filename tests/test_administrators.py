"""Administrators and other tools change the secrets of each API: the current value decides, and stays usable."""

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.dqops import conftest as dqops
from tests.losant import conftest as losant
from tests.organizations import conftest as organizations
from tests.support import aws_cli
from tests.support.api import Answer, Api, encoded
from tests.support.proxy import Fault, Proxy
from tests.support.readme import commands_after
from tests.tiledb import conftest as tiledb


@dataclass
class Credential:
    """One credential, with a field that can be read and changed."""

    secret: str
    create: Callable[[], Answer]
    read: Callable[[], str | None]
    change: Callable[[str], Answer]
    delete: Callable[[], Answer]
    list: Callable[[], list[str]]


def of_dqops(api: Api) -> Credential:
    name = f"{uuid.uuid4().hex}.txt"

    def read() -> str | None:
        answer = dqops.get(api, name)
        return answer.json["text_value"] if answer.status == 200 else None

    def listed() -> list[str]:
        return [item["credential_name"] for item in api.call("GET", "/api/credentials").json]

    return Credential(
        secret=f"latchkey/dqops/{name}",
        create=lambda: api.call("POST", "/api/credentials", dqops.text(name, "first")),
        read=read,
        change=lambda value: api.call("PUT", f"/api/credential/{name}", dqops.text(name, value)),
        delete=lambda: api.call("DELETE", f"/api/credentials/{name}"),
        list=lambda: [found for found in listed() if found == name],
    )


def of_tiledb(api: Api) -> Credential:
    workspace, name = f"ws{uuid.uuid4().hex[:10]}", "a-role"
    path = f"/tiledb/v4/credentials/{workspace}"

    def role(value: str) -> dict[str, Any]:
        return {"role": {"aws": {"role_arn": "arn:aws:iam::123456789012:role/reader", "external_id": value}}}

    def read() -> str | None:
        answer = api.call("GET", f"{path}/{name}")
        return answer.json["data"]["role"]["aws"]["external_id"] if answer.status == 200 else None

    return Credential(
        secret=f"latchkey/tiledb/{workspace}/=/{name}",
        create=lambda: api.call("POST", path, {"name": name, "provider": "AWS", **role("first")}),
        read=read,
        change=lambda value: api.call("PATCH", f"{path}/{name}", role(value)),
        delete=lambda: api.call("DELETE", f"{path}/{name}"),
        list=lambda: [item["name"] for item in api.call("GET", path).json["data"]],
    )


def of_losant(api: Api) -> Credential:
    app = losant.new_id()
    made: dict[str, str] = {}

    def create() -> Answer:
        answer = api.call("POST", losant.collection(app), losant.post("name", description="first"))
        if answer.status == 201:
            made["id"] = answer.json["id"]
            credential.secret = losant.secret_name(app, made["id"])
        return answer

    def read() -> str | None:
        answer = losant.get(api, app, made["id"])
        return answer.json["description"] if answer.status == 200 else None

    credential = Credential(
        secret="",
        create=create,
        read=read,
        change=lambda value: losant.patch(api, app, made["id"], {"description": value}),
        delete=lambda: losant.delete(api, app, made["id"]),
        list=lambda: losant.names(api, app),
    )
    return credential


def of_organizations(api: Api) -> Credential:
    org = organizations.new_org()
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    made: dict[str, str] = {}

    def create() -> Answer:
        body = organizations.credential(org, name="first")
        answer = api.call("POST", organizations.CREATE, body, headers)
        if answer.status == 200:
            (item,) = organizations.listed(api, org)
            made["id"] = item["id"]
            credential.secret = f"latchkey/organizations/{org}/{item['id']}"
        return answer

    def read() -> str | None:
        """Only the list shows a credential of this API."""
        return next((item["name"] for item in organizations.listed(api, org)), None)

    credential = Credential(
        secret="",
        create=create,
        read=read,
        change=lambda value: organizations.update(api, org, made["id"], name=value),
        delete=lambda: organizations.delete(api, org, made["id"]),
        list=lambda: [item["id"] for item in organizations.listed(api, org)],
    )
    return credential


# Not DQOps, where any value is a credential.
DOCUMENTS = [of_tiledb, of_losant, of_organizations]


def api_of(make: Callable[[Api], Credential]) -> str:
    return make.__name__.removeprefix("of_")


@pytest.fixture(params=[of_dqops, *DOCUMENTS], ids=api_of)
def credential(request: pytest.FixtureRequest, admin: Api) -> Credential:
    """A credential that was just created."""
    credential = request.param(admin)
    assert credential.create().status in (200, 201)
    return credential


def assert_works(credential: Credential) -> None:
    assert len(credential.list()) == 1
    assert credential.change("changed").status < 300
    assert credential.read() == "changed"
    assert credential.delete().status < 300
    assert credential.read() is None
    assert credential.list() == []


def undo(secrets_manager: Any, secret: str, *, restore: bool) -> None:
    """Runs the README's commands."""
    (commands,) = commands_after("## Undo a deletion or a change\n")
    script = re.sub(r"^SECRET=.*$", f"SECRET={secret}", commands, flags=re.MULTILINE)
    if not restore:
        script = script.replace('aws secretsmanager restore-secret --secret-id "$SECRET"\n', "")
    done = aws_cli.run(script, secrets_manager.meta.endpoint_url)
    assert done.returncode == 0, done.stderr


def test_the_readmes_commands_undo_a_deletion(secrets_manager: Any, credential: Credential) -> None:
    assert credential.delete().status < 300
    assert credential.read() is None
    undo(secrets_manager, credential.secret, restore=True)
    assert credential.read() == "first"
    assert_works(credential)


def test_the_readmes_commands_undo_a_change_and_the_change_can_be_made_again(
    secrets_manager: Any, credential: Credential
) -> None:
    assert credential.change("second").status < 300
    for _ in range(2):
        undo(secrets_manager, credential.secret, restore=False)
        assert credential.read() == "first"
        assert credential.change("second").status < 300
        assert credential.read() == "second"
    assert_works(credential)


def test_a_value_that_is_put_into_a_restored_secret_is_not_overwritten(
    secrets_manager: Any, credential: Credential
) -> None:
    value = secrets_manager.get_secret_value(SecretId=credential.secret)["SecretString"]
    assert credential.delete().status < 300
    secrets_manager.restore_secret(SecretId=credential.secret)
    secrets_manager.put_secret_value(SecretId=credential.secret, SecretString=value)
    assert credential.read() == "first"
    if "organizations" not in credential.secret:
        assert credential.create().status in (400, 409)
    assert credential.read() == "first"
    assert_works(credential)


@pytest.mark.parametrize("description", ["", "for the team", '{"name":"admin-chosen"}', "[]"])
def test_whatever_a_description_says_the_credential_is_listed(
    secrets_manager: Any, credential: Credential, description: str
) -> None:
    before = credential.list()
    secrets_manager.update_secret(SecretId=credential.secret, Description=description)
    assert credential.list() == before
    assert credential.read() == "first"
    if "organizations" not in credential.secret:
        assert credential.create().status in (400, 409)
    assert_works(credential)


def test_a_credential_can_be_deleted_when_the_days_versions_are_used_up(proxy: Proxy, credential: Credential) -> None:
    with proxy.faults(Fault("UpdateSecret", how="LimitExceededException")):
        assert credential.change("second").status == 429
        assert credential.read() == "first"
        assert credential.delete().status < 300
    assert credential.read() is None
    assert credential.list() == []


@pytest.mark.parametrize(
    "how", ["DecryptionFailure", "InvalidSignatureException", "RequestExpired", "ExpiredTokenException"]
)
def test_a_temporary_error_is_503(proxy: Proxy, credential: Credential, how: str) -> None:
    with proxy.faults(Fault(how=how)):
        answer = credential.change("second")
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert credential.read() == "first"


@pytest.mark.parametrize("credential", DOCUMENTS, ids=api_of, indirect=True)
def test_a_value_of_another_form_is_a_conflict_and_not_listed(
    stack: Any, secrets_manager: Any, credential: Credential
) -> None:
    secrets_manager.put_secret_value(SecretId=credential.secret, SecretString="hunter2 by hand")
    answer = credential.change("second")
    assert answer.status == 409
    assert "no credential of this API" in answer.content.decode()
    assert credential.list() == []
    lines = [json.loads(line) for line in stack.function_logs() if '"foreign_value"' in line]
    assert {line["level"] for line in lines} == {"WARN"}
    assert "hunter2" not in json.dumps(lines)


@pytest.mark.parametrize("name", ["prod-db", "api-key", "warehouse-prod", "a=b", "x=", "=3-"])
def test_a_plain_secret_is_a_file_under_its_own_name(admin: Api, secrets_manager: Any, name: str) -> None:
    name = uuid.uuid4().hex[:8] + name
    secrets_manager.create_secret(Name=f"latchkey/dqops/{name}", SecretString="by hand")
    try:
        listed = [item["credential_name"] for item in admin.call("GET", "/api/credentials").json]
        assert listed.count(name) == 1
        assert dqops.get(admin, name).json == dqops.text(name, "by hand")
        assert admin.call("POST", "/api/credentials", dqops.text(name, "new")).status == 409
        changed = admin.call("PUT", f"/api/credential/{encoded(name)}", dqops.text(name, "changed"))
        assert changed.status == 204
        assert secrets_manager.get_secret_value(SecretId=f"latchkey/dqops/{name}")["SecretString"] == "changed"
    finally:
        assert admin.call("DELETE", f"/api/credentials/{encoded(name)}").status == 204


def test_an_idempotency_key_creates_nothing_again_after_a_deletion(admin: Api) -> None:
    headers, name = {"Idempotency-Key": str(uuid.uuid4())}, f"{uuid.uuid4().hex}.txt"

    def create() -> Answer:
        return admin.call("POST", "/api/credentials", dqops.text(name, "v"), headers)

    first = create()
    assert (first.status, create().headers["etag"]) == (201, first.headers["etag"])
    assert admin.call("DELETE", f"/api/credentials/{name}").status == 204
    dqops.assert_rejected(create(), 409, "Idempotency-Key")
    assert dqops.get(admin, name).status == 404


def test_a_default_whose_document_cannot_be_written_changes_nothing(admin: Api, proxy: Proxy) -> None:
    path = f"/tiledb/v4/credentials/ws{uuid.uuid4().hex[:10]}"
    quota = "LimitExceededException"
    with proxy.faults(Fault("CreateSecret", how=quota, times=1)):
        rejected = admin.call("POST", path, tiledb.key("a", provider_default=True))
    tiledb.assert_rejected(rejected, 429, "quota")
    assert admin.call("GET", path).json["data"] == []

    assert admin.call("POST", path, tiledb.key("a", provider_default=True)).status == 201
    assert admin.call("POST", path, tiledb.key("b")).status == 201
    before = admin.call("GET", path).json["data"]
    with proxy.faults(Fault("UpdateSecret", how=quota, times=1)):
        change = {"provider_default": True, "allowed_in_tasks": True}
        tiledb.assert_rejected(admin.call("PATCH", f"{path}/b", change), 429, "quota")
    assert admin.call("GET", path).json["data"] == before
    # And if the credential itself cannot be written, its cloud's default stays as it was.
    with proxy.faults(Fault("UpdateSecret", how=quota, after=1, times=1)):
        tiledb.assert_rejected(admin.call("PATCH", f"{path}/b", change), 429, "quota")
    assert admin.call("GET", path).json["data"] == before


def test_a_credential_that_is_being_deleted_cannot_become_the_default(admin: Api, proxy: Proxy) -> None:
    path = f"/tiledb/v4/credentials/ws{uuid.uuid4().hex[:10]}"
    assert admin.call("POST", path, tiledb.key("a")).status == 201
    with proxy.faults(Fault("DeleteSecret")):
        assert admin.call("DELETE", f"{path}/a").status == 204
    tiledb.assert_rejected(admin.call("PATCH", f"{path}/a", {"provider_default": True}), 404)
