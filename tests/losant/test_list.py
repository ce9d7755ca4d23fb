"""`GET /applications/{applicationId}/credentials`"""

import fnmatch
import json
import math
import random
from functools import partial
from typing import Any

import pytest

from tests.losant.conftest import (
    CONFIGS,
    NO_APPLICATION,
    TYPES,
    assert_invalid,
    assert_rejected,
    collection,
    create,
    delete,
    get,
    listed,
    names,
    new_id,
    patch,
)
from tests.support.api import Api
from tests.support.proxy import Proxy, described_as

FIELDS = ("name", "type", "creationDate", "lastUpdated")
PARAMETERS = ("sortField", "sortDirection", "page", "perPage", "filterField", "filter")


def test_a_caller_without_the_scope_is_rejected(caller: Any, foreigner: Api, app: str) -> None:
    writer = caller([{"api": "losant", "namespaces": [app], "permissions": ["credentials.post"]}])
    assert_rejected(writer.call("GET", collection(app)), 403, "Forbidden", "`credentials.get`")
    answer = foreigner.call("GET", collection(app))
    assert (answer.status, answer.json) == (404, NO_APPLICATION)
    assert foreigner.call("GET", collection("odd")).json == NO_APPLICATION


@pytest.mark.parametrize(
    ("parameter", "values", "words"),
    [
        (
            "sortField",
            ["id", "Name", "creationdate", " ", "name,type"],
            "must be one of name, type, creationDate, lastUpdated",
        ),
        ("sortDirection", ["Asc", "dESC", "ascending", " ", "asc,desc"], "must be one of asc, desc, ASC, DESC"),
        ("page", ["-1", "+1", "1.0", "1e1", " 1", " ", "\u0661", "all"], "must be a whole number from 0"),
        ("perPage", ["0", "1001", "-1", "+1", "1.0", " ", "9" * 30, "all"], "must be a whole number from 1 to 1000"),
        ("filterField", ["description", "Name", "id", " "], "must be one of name, type"),
    ],
)
def test_undocumented_values_are_400(editor: Api, app: str, parameter: str, values: list[str], words: str) -> None:
    for value in values:
        answer = editor.call("GET", collection(app), query={parameter: value})
        assert_invalid(answer, f"{parameter}: {words}")


@pytest.mark.parametrize(
    ("parameter", "values"),
    [
        ("sortField", ["name", "name"]),
        ("sortDirection", ["asc", "desc"]),
        ("page", ["0", "1"]),
        ("perPage", ["1", "1"]),
        ("filterField", ["name", "type"]),
        ("filter", ["a", "b"]),
    ],
)
def test_a_repeated_parameter_is_400(editor: Api, app: str, parameter: str, values: list[str]) -> None:
    for repeated in (values, [*values, ""], ["", values[0]], ["", ""]):
        answer = editor.call("GET", collection(app), query={parameter: repeated})
        assert_invalid(answer, f"{parameter}: is given more than once")


def test_an_application_without_credentials(editor: Api, app: str) -> None:
    assert listed(editor, app) == {
        "items": [],
        "count": 0,
        "totalCount": 0,
        "page": 0,
        "perPage": 100,
        "sortField": "creationDate",
        "sortDirection": "desc",
        "applicationId": app,
    }


@pytest.fixture(scope="module")
def all_types(editor: Api) -> tuple[str, dict[str, dict[str, Any]]]:
    """An application with credentials of all types, and the credentials by id."""
    app = new_id()
    made = [create(editor, app, f"{number % 4}-{kind}", kind) for number, kind in enumerate(TYPES)]
    return app, {credential["id"]: credential for credential in made}


def test_a_list_shows_what_get_shows_with_one_call(
    editor: Api, viewer: Api, proxy: Proxy, all_types: tuple[str, dict[str, Any]]
) -> None:
    app, made = all_types
    with proxy.recording() as calls:
        answer = viewer.call("GET", collection(app), query={"_actions": "false", "_links": "true"})
    assert [call.action for call in calls] == ["ListSecrets"]
    assert {item["id"]: item for item in answer.json["items"]} == made
    assert "s3cret" not in answer.content.decode()
    assert "PRIVATE KEY" not in answer.content.decode()
    for credential_id in made:
        assert get(editor, app, credential_id).json == made[credential_id]


@pytest.mark.parametrize("direction", ["asc", "desc", "ASC", "DESC"])
@pytest.mark.parametrize("field", FIELDS)
def test_a_list_can_be_sorted_by_each_field_in_both_directions(
    editor: Api, all_types: tuple[str, dict[str, Any]], field: str, direction: str
) -> None:
    app, made = all_types
    found = listed(editor, app, sortField=field, sortDirection=direction)
    understood = direction.lower()
    assert (found["sortField"], found["sortDirection"]) == (field, understood)
    expected = sorted(made.values(), key=lambda item: (item[field], item["id"]), reverse=understood == "desc")
    assert [item["id"] for item in found["items"]] == [item["id"] for item in expected]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("per_page", [1, 4, 7, len(TYPES) - 1, len(TYPES), len(TYPES) + 1, 1000])
def test_pages_cover_everything_exactly_once(
    editor: Api, all_types: tuple[str, dict[str, Any]], field: str, per_page: int
) -> None:
    app, made = all_types
    seen: list[str] = []
    for page in range(math.ceil(len(made) / per_page) + 1):
        found = listed(editor, app, sortField=field, perPage=per_page, page=page)
        assert (found["page"], found["perPage"], found["totalCount"]) == (page, per_page, len(made))
        assert found["count"] == len(found["items"]) <= per_page
        seen += [item["id"] for item in found["items"]]
    assert found["items"] == []
    assert sorted(seen) == sorted(made)
    assert listed(editor, app, page="9" * 30)["items"] == []


def test_later_pages_show_the_state_of_the_first_without_a_call(editor: Api, proxy: Proxy, app: str) -> None:
    """If one instance serves all pages, as it does for callers who wait for each page."""
    made = [create(editor, app, f"n{number}")["id"] for number in range(3)]
    page = partial(listed, editor, app, sortField="name", sortDirection="asc", perPage=1)
    first = page(page=0)
    create(editor, app, "a new one")
    with proxy.recording() as calls:
        pages = [first, page(page=1), page(page=2)]
    assert [item["id"] for found in pages for item in found["items"]] == made
    assert {found["totalCount"] for found in pages} == {3}
    assert calls == []
    with proxy.recording() as calls:
        assert page(page=1, filter="n*", filterField="name")["totalCount"] == 3
        assert page(page=1, sortDirection="desc")["totalCount"] == 4
        assert page(page=0)["totalCount"] == 4
    assert [call.action for call in calls] == ["ListSecrets"] * 3


@pytest.mark.parametrize("field", ["name", "type"])
@pytest.mark.parametrize(
    "glob", ["*", "?", "aws", "AWS", "*a*", "0-*", "0-aws", "?-???", "m*", "*IL*", "s?l", "nothing", "*?*?*", "[a-z]*"]
)
def test_globs(editor: Api, all_types: tuple[str, dict[str, Any]], field: str, glob: str) -> None:
    app, made = all_types
    found = listed(editor, app, filterField=field, filter=glob, perPage=3)
    assert (found["filterField"], found["filter"]) == (field, glob)
    # Losant's globs have no brackets.
    pattern = glob.lower().replace("[", "[[]")
    expected = [item for item in made.values() if fnmatch.fnmatchcase(item[field].lower(), pattern)]
    assert found["totalCount"] == len(expected)
    assert found["count"] == min(3, len(expected))
    whole = listed(editor, app, filterField=field, filter=glob)["items"]
    assert sorted(item["id"] for item in whole) == sorted(item["id"] for item in expected)


@pytest.mark.parametrize(
    "blank", [*((name,) for name in PARAMETERS), PARAMETERS], ids=lambda names: names[0] if len(names) == 1 else "all"
)
def test_a_blank_parameter_counts_as_absent(
    editor: Api, all_types: tuple[str, dict[str, Any]], blank: tuple[str, ...]
) -> None:
    app, made = all_types
    found = listed(editor, app, **dict.fromkeys(blank, ""))
    assert found == listed(editor, app)
    assert found["totalCount"] == len(made)


def test_an_incomplete_filter_is_ignored(editor: Api, all_types: tuple[str, dict[str, Any]]) -> None:
    app, made = all_types
    for query in (
        {"filter": "", "filterField": ""},
        {"filterField": "name"},
        {"filterField": "type", "filter": ""},
        {"filter": "nothing"},
        {"filter": "nothing", "filterField": ""},
    ):
        assert listed(editor, app, **query)["totalCount"] == len(made), query


def test_names_of_any_kind_are_found(editor: Api, app: str) -> None:
    odd = ["ÄÖ", "a*b", "a?b", "100%", 'quo"te\\', "\u0000", "\U0001f511" * 255, "x" * 255, "\u0001" * 255]
    for name in odd:
        create(editor, app, name)
    assert sorted(names(editor, app)) == sorted(odd)
    assert names(editor, app, filterField="name", filter="äö") == ["ÄÖ"]
    assert names(editor, app, filterField="name", filter='*"*') == ['quo"te\\']


def test_credentials_that_do_not_fit_into_the_list_are_read_in_batches(
    editor: Api, proxy: Proxy, secrets_manager: Any, app: str
) -> None:
    made = [create(editor, app, f"{number:02}", description="\u00fc" * 5000) for number in range(45)]
    made += [create(editor, app, f"small-{number}") for number in range(10)]
    secret = f"latchkey/losant/{app}/{made[0]['id'][:16]}"
    described = json.loads(secrets_manager.describe_secret(SecretId=secret)["Description"])["public"]
    assert set(described) == {"id", "name", "type", "creationDate", "lastUpdated", "isPartial"}
    with proxy.recording() as calls:
        found = listed(editor, app, sortField="name", sortDirection="asc")
    assert found["items"] == made
    assert sorted(call.action for call in calls) == ["BatchGetSecretValue"] * 3 + ["ListSecrets"]
    # Only for the page that is shown. The list before has found the rest.
    with proxy.recording() as calls:
        found = listed(editor, app, sortField="name", sortDirection="asc", perPage=20, page=2)
    assert found["items"] == made[40:]
    assert [call.action for call in calls] == ["BatchGetSecretValue"]
    assert len(calls[0].parameters["SecretIdList"]) == 5
    with proxy.recording() as calls:
        listed(editor, app, filterField="name", filter="small*")
    assert [call.action for call in calls] == ["ListSecrets"]


def test_a_credential_that_was_deleted_meanwhile_is_left_out(editor: Api, secrets_manager: Any, app: str) -> None:
    made = [create(editor, app, f"{number}", description="x" * 5000) for number in range(3)]
    gone = f"latchkey/losant/{app}/{made[1]['id'][:16]}"
    value = json.dumps({"credential": made[1] | {"id": made[1]["id"][:16] + "0" * 8}})
    # The list lags: it shows what a later write has replaced.
    secrets_manager.put_secret_value(SecretId=gone, SecretString=value)
    found = listed(editor, app, sortField="name", sortDirection="asc")
    assert found["items"] == [made[0], made[2]]
    assert found["count"] == 2
    secrets_manager.put_secret_value(SecretId=gone, SecretString="latchkey:deleted:x")
    assert listed(editor, app)["count"] == 2


def test_tombstones_claims_and_secrets_of_others_are_not_shown(editor: Api, secrets_manager: Any, app: str) -> None:
    renamed, deleted = create(editor, app, "a"), create(editor, app, "b")
    assert patch(editor, app, renamed["id"], {"name": "c"}).status == 200
    assert delete(editor, app, deleted["id"]).status == 200
    for name in ("byhand", "0" * 16, "deep/er"):
        secrets_manager.create_secret(Name=f"latchkey/losant/{app}/{name}", SecretString="v", Description="d")
    secrets_manager.create_secret(Name=f"other/latchkey/losant/{app}/x", SecretString="v")
    assert names(editor, app) == ["c"]
    assert names(editor, new_id()) == []


def test_a_thousand_credentials_take_ten_calls_and_a_page_of_a_hundred_five_more(
    editor: Api, proxy: Proxy, secrets_manager: Any, app: str
) -> None:
    large = create(editor, app, "large", description="x" * 32_767)
    first = f"latchkey/losant/{app}/{large['id'][:16]}"
    value = json.loads(secrets_manager.get_secret_value(SecretId=first)["SecretString"])
    description = json.loads(secrets_manager.describe_secret(SecretId=first)["Description"])
    order = list(range(999))
    random.Random(1).shuffle(order)
    for number in order:
        slot = f"{number:016x}"
        changed = {"id": f"{slot}00000000", "name": f"{number:04}"}
        secrets_manager.create_secret(
            Name=f"latchkey/losant/{app}/{slot}",
            SecretString=json.dumps(value | {"credential": value["credential"] | changed}),
            **described_as(slot, description["public"] | changed),
        )
    with proxy.recording() as calls:
        page = listed(editor, app, sortField="name", sortDirection="asc", page=3)
    assert [item["name"] for item in page["items"]] == [f"{number:04}" for number in range(300, 400)]
    assert (page["totalCount"], page["count"]) == (1000, 100)
    actions = [call.action for call in calls]
    assert actions.count("ListSecrets") == 10
    assert actions.count("BatchGetSecretValue") == 5
    assert len(actions) == 15
    # A page that is too large for Lambda is rejected, not cut off.
    answer = editor.call("GET", collection(app), query={"perPage": 1000})
    assert_rejected(answer, 413, "TooLarge", "perPage")


def test_a_thousand_small_credentials_fit_into_one_page(
    editor: Api, proxy: Proxy, secrets_manager: Any, app: str
) -> None:
    made = create(editor, app, "first", "http", config=CONFIGS["http"] | {"publicValue": "x" * 1200})
    for number in range(999):
        slot = f"{number:016x}"
        public = made | {"id": f"{slot}00000000", "name": f"{number:04}"}
        secrets_manager.create_secret(
            Name=f"latchkey/losant/{app}/{slot}",
            SecretString="v",
            **described_as(slot, public),
        )
    with proxy.recording() as calls:
        answer = editor.call("GET", collection(app), query={"perPage": 1000, "sortField": "name"})
    assert answer.status == 200
    assert [call.action for call in calls] == ["ListSecrets"] * 10
    assert answer.json["count"] == 1000
    assert len({item["id"] for item in answer.json["items"]}) == 1000
    assert 1_000_000 < len(answer.content) < 6_000_000
