"""The official client, PyPI `losant-rest`, unmodified."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from losant_rest import Client, LosantError

from local.stack import Stack
from tests.losant.conftest import CONFIGS, PATCHES, TYPES, assert_valid, key_of, post, secret_fields
from tests.support.api import at_once
from tests.support.eventually import LISTS, equals, eventually


@pytest.fixture
def client(stack: Stack) -> Client:
    return Client(auth_token=stack.token, url=stack.url)


def rejected(status: int, call: Callable[..., Any], **parameters: Any) -> dict[str, Any]:
    """The data of the error that the client must raise."""
    with pytest.raises(LosantError) as error:
        call(**parameters)
    assert error.value.status == status, error.value
    assert set(error.value.data) == {"type", "message"}
    return error.value.data


def assert_no_secret(kind: str, credential: dict[str, Any]) -> None:
    assert_valid("credential", credential)
    assert not secret_fields(kind) & set(credential[key_of(kind)])
    assert "s3cret" not in str(credential)
    assert "PRIVATE KEY" not in str(credential)


@pytest.mark.parametrize("kind", TYPES)
def test_all_operations(client: Client, app: str, kind: str) -> None:
    given, change = post("one", kind, description="d"), {"name": "two", key_of(kind): PATCHES[kind]}
    assert_valid("credentialPost", given)
    assert_valid("credentialPatch", change)
    made = client.credentials.post(applicationId=app, credential=given)
    assert_no_secret(kind, made)
    one = {"applicationId": app, "credentialId": made["id"]}
    duplicate = rejected(400, client.credentials.post, applicationId=app, credential=post("one", kind))
    assert duplicate["type"] == "Validation"

    def lists(*items: dict[str, Any]) -> None:
        found = client.credentials.get(applicationId=app)
        assert_valid("credentials", found)
        assert found["items"] == list(items)

    eventually(lambda: equals(client.credential.get(**one), made))
    eventually(lambda: lists(made), LISTS)
    assert eventually(lambda: client.credential.linked_resources(**one))["flows"]["count"] == 0

    changed = eventually(lambda: client.credential.patch(credential=change, **one))
    assert_no_secret(kind, changed)
    assert (changed["id"], changed["name"], changed["description"]) == (made["id"], "two", "d")
    eventually(lambda: equals(client.credential.get(**one), changed))
    wrong = eventually(partial(rejected, 400, client.credential.patch, credential={"type": kind}, **one))
    assert wrong["type"] == "Validation"

    assert eventually(lambda: client.credential.delete(**one)) == {"success": True}
    for operation in (client.credential.get, client.credential.delete, client.credential.linked_resources):
        assert eventually(partial(rejected, 404, operation, **one))["type"] == "NotFound"
    eventually(lists, LISTS)


def test_sorting_paging_and_globbing(client: Client, app: str) -> None:
    made = [client.credentials.post(applicationId=app, credential=post(f"{kind}-name", kind)) for kind in TYPES]

    def paged(query: dict[str, str]) -> list[dict[str, Any]]:
        pages = [client.credentials.get(page=page, perPage=4, **query) for page in range(4)]
        return [item for page in pages for item in page["items"]]

    def is_same(one: dict[str, str], other: dict[str, str]) -> None:
        one, other = ({"applicationId": app, "sortField": "name", **query} for query in (one, other))
        assert client.credentials.get(**one) == client.credentials.get(**other)

    def is_filtered(query: dict[str, str], kinds: set[str]) -> None:
        found = client.credentials.get(applicationId=app, **query)
        assert_valid("credentials", found)
        assert {item["type"] for item in found["items"]} == kinds
        assert found["totalCount"] == len(kinds)

    for field in ("name", "type", "creationDate", "lastUpdated"):
        for direction in ("asc", "desc"):
            query = {"applicationId": app, "sortField": field, "sortDirection": direction}
            expected = sorted(made, key=lambda item: (item[field], item["id"]), reverse=direction == "desc")
            eventually(lambda query=query, expected=expected: equals(paged(query), expected), LISTS)
            whole = {"perPage": 1000, **query}
            eventually(
                lambda whole=whole, expected=expected: equals(client.credentials.get(**whole)["items"], expected), LISTS
            )
    for written, direction in (("ASC", "asc"), ("DESC", "desc"), ("", "desc")):
        eventually(partial(is_same, {"sortDirection": written}, {"sortDirection": direction}), LISTS)
    for field, glob, kinds in (("name", "m*-NAME", {"mongodb", "mailgun"}), ("type", "?ws", {"aws"})):
        eventually(partial(is_filtered, {"filterField": field, "filter": glob}, kinds), LISTS)
    at_once(
        partial(eventually, partial(client.credential.delete, applicationId=app, credentialId=item["id"]))
        for item in made
    )


def test_errors_are_losants(client: Client, app: str) -> None:
    assert rejected(404, client.credentials.get, applicationId="odd")["type"] == "NotFound"
    broken = post("n", config=CONFIGS["aws"] | {"region": ""})
    said = rejected(400, client.credentials.post, applicationId=app, credential=broken)
    assert said == {"type": "Validation", "message": "awsConfig.region: is empty"}
