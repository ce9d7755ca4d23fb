"""Each documented scope with each operation: allowed, or 403."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from losant_rest import Client, LosantError

from local.stack import Stack
from tests.losant.conftest import CONFIGS, NO_APPLICATION, assert_rejected, collection, create, grant, item, new_id
from tests.support.api import Answer, Api

ROOTS = ("all.Application", "all.Organization", "all.User")
EVERYTHING = [*ROOTS, *(f"{root}.bounded" for root in ROOTS)]
READING = [*EVERYTHING, *(f"{root}.read" for root in ROOTS)]
# As Losant documents them, also in its client.
SCOPES = {
    "credentials.get": [*READING, "credentials.*", "credentials.get"],
    "credentials.post": [*EVERYTHING, "credentials.*", "credentials.post"],
    "credential.get": [*READING, "credential.*", "credential.get"],
    "credential.patch": [*EVERYTHING, "credential.*", "credential.patch"],
    "credential.delete": [*EVERYTHING, "credential.*", "credential.delete"],
    "credential.linkedResources": [*READING, "credential.*", "credential.linkedResources"],
}
ALL = sorted({scope for scopes in SCOPES.values() for scope in scopes})


def operations(app: str, credential_id: str, name: str) -> dict[str, tuple[str, str, Any]]:
    """Each operation; the one that deletes the credential is last."""
    one = item(app, credential_id)
    return {
        "credentials.get": ("GET", collection(app), None),
        "credentials.post": ("POST", collection(app), {"name": name, "type": "aws", "awsConfig": CONFIGS["aws"]}),
        "credential.get": ("GET", one, None),
        "credential.linkedResources": ("GET", f"{one}/linkedResources", None),
        "credential.patch": ("PATCH", one, {"description": name}),
        "credential.delete": ("DELETE", one, None),
    }


def perform(api: Api, operation: tuple[str, str, Any]) -> Answer:
    method, path, body = operation
    return api.call(method, path, body)


# Texts that look like scopes, but are not.
NO_SCOPES = [
    "all",
    "all.Application.*",
    "all.Application.bounded.read",
    "all.Application.read.bounded",
    "all.application.bounded",
    "all.bounded",
    "bounded",
    "credential",
    "credential.bounded",
    "credentials",
    "credentials.bounded",
    "Credentials.get",
    "edit",
]


@pytest.mark.parametrize("operation", SCOPES)
def test_the_official_client_documents_the_same_scopes(operation: str) -> None:
    resource, _, name = operation.partition(".")
    method = getattr(getattr(Client(), resource), {"linkedResources": "linked_resources"}.get(name, name))
    _, _, documented = method.__doc__.partition("at least one of the following scopes:")
    documented, _, _ = documented.partition("\n\n")
    assert set(re.split(r",? or |, ", documented.strip().rstrip("."))) == set(SCOPES[operation])


@pytest.mark.parametrize("scope", [*ALL, "*", *NO_SCOPES])
def test_each_scope(editor: Api, caller: Callable[..., Api], app: str, scope: str) -> None:
    holder = caller([grant(app, permissions=[scope])])
    made = create(editor, app, f"of {scope}")
    for name, operation in operations(app, made["id"], f"by {scope}").items():
        answer = perform(holder, operation)
        if scope == "*" or scope in SCOPES[name]:
            assert answer.status in (200, 201), (name, answer)
        else:
            assert_rejected(answer, 403, "Forbidden", f"`{SCOPES[name][-1]}`")


def test_another_application_is_404(editor: Api, caller: Callable[..., Api], app: str) -> None:
    elsewhere = new_id()
    holder = caller([grant(app, permissions=["*"]), {"api": "dqops", "namespaces": ["*"], "permissions": ["*"]}])
    for application in (elsewhere, new_id()):
        made = create(editor, elsewhere, new_id())
        for operation in operations(application, made["id"], "n").values():
            answer = perform(holder, operation)
            assert (answer.status, answer.json) == (404, NO_APPLICATION)
    assert perform(holder, operations(app, new_id(), "n")["credentials.get"]).status == 200


def test_scopes_of_one_application_do_not_reach_into_another(editor: Api, caller: Callable[..., Api], app: str) -> None:
    other = new_id()
    holder = caller([grant(app, permissions=["credential.*"]), grant(other, permissions=["credential.get"])])
    made = create(editor, other)
    assert perform(holder, ("GET", item(other, made["id"]), None)).status == 200
    assert_rejected(perform(holder, ("DELETE", item(other, made["id"]), None)), 403, "Forbidden", "credential.delete")


def test_without_a_key_it_is_401(anonymous: Api, app: str) -> None:
    for operation in operations(app, new_id(), "n").values():
        answer = perform(anonymous, operation)
        assert answer.status == 401
        assert answer.json["type"] == "Unauthorized"
        assert answer.json["message"]


def test_the_official_client_sees_why_a_wrong_key_is_rejected(stack: Stack, app: str) -> None:
    """Not in test_client.py, because SAM CLI also runs those tests, and has no gateway responses."""
    nobody = Client(auth_token="nobody.nothing", url=stack.url)
    with pytest.raises(LosantError) as error:
        nobody.credentials.get(applicationId=app)
    assert (error.value.status, error.value.data["type"]) == (401, "Unauthorized")
