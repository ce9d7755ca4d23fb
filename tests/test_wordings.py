"""All four APIs reject the same mistake in the same words, each in its own shape and at its own field."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

import pytest

from tests.dqops.conftest import text
from tests.losant.conftest import CONFIGS, TYPES, collection, item, key_of, new_id, post
from tests.losant.conftest import create as create_in_losant
from tests.organizations.conftest import CREATE, LIST, SPECIFIC, UPDATE, credential, listed, new_org
from tests.organizations.conftest import create as create_in_organization
from tests.support.api import Answer, Api, at_once, encoded
from tests.tiledb.conftest import AWS_KEY, AWS_ROLE, AZURE_KEY, key

APP, ORG, WORKSPACE = new_id(), new_org(), "wordings"
DQOPS = "/api/credentials"
TILEDB = f"/tiledb/v4/credentials/{WORKSPACE}"
AWS, AZURE = AWS_KEY["aws"], SPECIFIC["azure"]
# In place of a field's value: the field is left out.
ABSENT = object()


@dataclass(frozen=True)
class Made:
    """Credentials that can be changed: the path of one, the id of another."""

    in_losant: str
    in_organization: str


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: Any = None
    query: dict[str, Any] | None = None


@dataclass(frozen=True)
class Case:
    """A mistake in a request to one API."""

    api: str
    # The fields that the error response must name, each with the text for the gap in its words.
    fields: dict[str, str]
    request: Callable[[Made], Request]
    status: int = 400


def at(api: str, field: str | dict[str, str], request: Request, status: int = 400) -> Case:
    fields = {field: ""} if isinstance(field, str) else field
    return Case(api, fields, lambda _: request, status)


def changed(body: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (body | change).items() if value is not ABSENT}


def tiledb(field: str | dict[str, str], /, **change: Any) -> Case:
    """A create with a change that makes it invalid."""
    return at("tiledb", field, Request("POST", TILEDB, changed(key("n"), change)))


def tiledb_verify(field: str, /, **azure: str) -> Case:
    body = {"name": "n", "provider": "AZURE", "credential": {"azure": AZURE_KEY["azure"] | azure}}
    return at("tiledb", field, Request("POST", "/tiledb/v4/actions/credentials/verify", body))


def tiledb_list(field: str | dict[str, str], /, workspace: str = WORKSPACE, **query: Any) -> Case:
    return at("tiledb", field, Request("GET", f"/tiledb/v4/credentials/{encoded(workspace)}", query=query))


def losant(field: str | dict[str, str], /, kind: str = "aws", **change: Any) -> Case:
    """A create. A change under the name of its kind changes its config."""
    if kind in change:
        change[key_of(kind)] = changed(CONFIGS[kind], change.pop(kind))
    return at("losant", field, Request("POST", collection(APP), changed(post("n", kind), change)))


def losant_patch(field: str, /, **change: Any) -> Case:
    return Case("losant", {field: ""}, lambda made: Request("PATCH", made.in_losant, change))


def losant_list(field: str | dict[str, str], /, **query: Any) -> Case:
    return at("losant", field, Request("GET", collection(APP), query=query))


def organizations(field: str | dict[str, str], /, action: Any = "add_credential", **change: Any) -> Case:
    """A create of an azure credential."""
    body = changed(credential(ORG), change)
    return at("organizations", field, Request("POST", CREATE, body, {"action": action}))


def organizations_update(field: str, /, **data: Any) -> Case:
    def request(made: Made) -> Request:
        return Request("POST", UPDATE, {"org_id": ORG, "credential_id": made.in_organization, "data": data})

    return Case("organizations", {field: ""}, request)


def organizations_list(field: str | dict[str, str], /, **query: Any) -> Case:
    return at("organizations", field, Request("GET", LIST, query=query))


def dqops(status: int, field: str | dict[str, str], /, **change: Any) -> Case:
    """A create of a text: 406 for invalid values, 400 for a body that does not fit the model at all."""
    return at("dqops", field, Request("POST", DQOPS, changed(text("n"), change)), status)


def everywhere(body: bytes | None) -> list[Case]:
    """A body in which no API finds any field."""
    paths = {"tiledb": TILEDB, "losant": collection(APP), "organizations": CREATE, "dqops": DQOPS}
    return [at(api, "", Request("POST", path, body)) for api, path in paths.items()]


# The mistake, what all APIs say about it, and where.
TABLE: dict[str, tuple[str, list[Case]]] = {
    "absent": (
        "is missing",
        [
            tiledb("name", name=ABSENT),
            tiledb("provider", provider=ABSENT),
            tiledb("credential.aws.secret_access_key", credential={"aws": {"access_key_id": "AKIAIOSFODNN7EXAMPLE"}}),
            losant("name", name=ABSENT),
            losant("type", type=ABSENT),
            losant("awsConfig", awsConfig=ABSENT),
            losant("awsConfig.region", aws={"region": ABSENT}),
            organizations("org_id", org_id=ABSENT),
            organizations("type", type=ABSENT),
            organizations("name", name=ABSENT),
            organizations("specific.key", specific=changed(AZURE, {"key": ABSENT})),
            organizations_list("org_id"),
            dqops(406, "credential_name", credential_name=ABSENT),
            dqops(406, "type", type=ABSENT),
        ],
    ),
    # To Losant, null is a value of the wrong type: see "not text".
    "null that counts as absent": (
        "is missing",
        [
            tiledb("name", name=None),
            tiledb("credential.aws.secret_access_key", credential={"aws": AWS | {"secret_access_key": None}}),
            organizations("org_id", org_id=None),
            organizations("name", name=None),
            organizations("specific.key", specific=AZURE | {"key": None}),
            dqops(406, "credential_name", credential_name=None),
        ],
    ),
    "empty": (
        "is empty",
        [
            tiledb("name", name=""),
            tiledb("credential.aws.secret_access_key", credential={"aws": AWS | {"secret_access_key": ""}}),
            losant("name", name=""),
            losant("logglyConfig.customerToken", kind="loggly", loggly={"customerToken": ""}),
            organizations("org_id", org_id=""),
            organizations("name", name=""),
            organizations("specific.key", specific=AZURE | {"key": ""}),
            organizations_list("org_id", org_id=""),
            organizations_update("data.name", name=""),
            organizations_update("data.specific.key", specific={"key": ""}),
            dqops(406, "credential_name", credential_name=""),
        ],
    ),
    "too long": (
        "is longer than {}",
        [
            tiledb({"name": "128 characters"}, name="\u00fc" * 129),
            losant({"name": "255 characters"}, name="\u00fc" * 256),
            losant({"awsConfig.region": "128 characters"}, aws={"region": "\u00fc" * 129}),
            organizations({"org_id": "128 characters"}, org_id="\u00fc" * 129),
            organizations({"name": "255 characters"}, name="\u00fc" * 256),
            organizations({"comments": "1024 characters"}, comments="\u00fc" * 1025),
            organizations({"specific.key": "8192 bytes"}, specific=AZURE | {"key": "\u00fc" * 4097}),
            organizations_list({"org_id": "128 characters"}, org_id="\u00fc" * 129),
            dqops(406, {"credential_name": "255 bytes"}, credential_name="\u00fc" * 128),
        ],
    ),
    "too short": (
        "is shorter than {}",
        [losant({"awsConfig.accessKeyId": "16 characters"}, aws={"accessKeyId": "\u00fc" * 15})],
    ),
    "not text": (
        "must be text",
        [
            tiledb("name", name=1),
            tiledb("provider", provider=True),
            tiledb("credential.aws.secret_access_key", credential={"aws": AWS | {"secret_access_key": ["s"]}}),
            losant("name", name=1),
            losant("name", name=None),
            losant("type", type={"aws": True}),
            losant("awsConfig.secretAccessKey", aws={"secretAccessKey": ["s"]}),
            organizations("org_id", org_id=["o"]),
            organizations("type", type=1),
            organizations("name", name=True),
            organizations("specific.key", specific=AZURE | {"key": {"k": "s"}}),
            organizations_update("data.name", name=1),
            dqops(400, "credential_name", credential_name=1),
            dqops(400, "type", type=["text"]),
            dqops(400, "text_value", text_value=["s"]),
        ],
    ),
    "neither true nor false": (
        "must be true or false",
        [
            tiledb("provider_default", provider_default="true"),
            tiledb("allowed_in_tasks", allowed_in_tasks=1),
            losant("enabled", enabled="true"),
            losant("gitConfig.generatePrivateKey", kind="git", git={"generatePrivateKey": 1}),
        ],
    ),
    "not an object": (
        "must be a JSON object",
        [
            tiledb("credential", credential="s"),
            tiledb("credential", credential=[]),
            tiledb("credential.aws", credential={"aws": 1}),
            losant("awsConfig", awsConfig="s"),
            losant("awsConfig", awsConfig=[]),
            organizations("specific", specific="s"),
            organizations("specific", specific=[]),
            organizations_update("data.specific", specific=1),
        ],
    ),
    "an array in place of the body": ("must be a JSON object", everywhere(b"[]")),
    "text in place of the body": ("must be a JSON object", everywhere(b'"s"')),
    "null in place of the body": ("must be a JSON object", everywhere(b"null")),
    "no body": ("The request has no body; a JSON object is expected.", everywhere(None)),
    "blank body": ("The request has no body; a JSON object is expected.", everywhere(b" \n")),
    "broken JSON": (
        "The body is not valid JSON, or nests too deeply, at line 1 column 1.",
        everywhere(b"{"),
    ),
    "deep JSON": (
        "The body is not valid JSON, or nests too deeply, at line 1 column 128.",
        everywhere(b"[" * 1000 + b"]" * 1000),
    ),
    "duplicate key": (
        "The body holds a duplicate key at line 1 column 12.",
        everywhere(b'{"a":"b","a":"c"}'),
    ),
    "bytes that are not UTF-8": ("The body is not valid UTF-8.", everywhere(b"\xff")),
    "unknown choice": (
        "must be one of {}",
        [
            tiledb({"provider": "AWS, AZURE, GCP"}, provider="aws"),
            tiledb_list({"provider": "AWS, AZURE, GCP"}, provider=["AWS", "IBM"]),
            tiledb_list({"excl_provider": "AWS, AZURE, GCP"}, excl_provider=""),
            tiledb_list({"type": "key, arn, token, azure_token"}, type="password"),
            losant({"type": ", ".join(TYPES)}, type="AWS"),
            losant(
                {"jwtConfig.algorithm": "HS256, HS384, HS512, RS256, RS384, RS512, ES256, ES384, ES512"},
                kind="jwt",
                jwt={"algorithm": "none"},
            ),
            losant_list({"sortField": "name, type, creationDate, lastUpdated"}, sortField="id"),
            losant_list({"sortDirection": "asc, desc, ASC, DESC"}, sortDirection="up"),
            losant_list({"filterField": "name, type"}, filterField="id"),
            organizations({"type": "aws, azure, gcp"}, type="oracle"),
            dqops(400, {"type": "text, binary"}, type="file"),
        ],
    ),
    "not a whole number": (
        "must be a whole number from {}",
        [
            tiledb_list({"per_page": "1 to 100"}, per_page="101"),
            tiledb_list({"per_page": "1 to 100"}, per_page="1e1"),
            tiledb_list({"page": "1"}, page="0"),
            losant_list({"perPage": "1 to 1000"}, perPage="1001"),
            losant_list({"perPage": "1 to 1000"}, perPage="x"),
            losant_list({"page": "0"}, page="-1"),
        ],
    ),
    # DQOps has no parameters.
    "repeated parameter": (
        "is given more than once",
        [
            tiledb_list("page", page=["1", "2"]),
            tiledb_list("per_page", per_page=["1", "1"]),
            tiledb_list("type", type=["key", "arn"]),
            tiledb_list("teamspace_id", teamspace_id=["a", "b"]),
            losant_list("sortField", sortField=["name", "type"]),
            losant_list("sortDirection", sortDirection=["asc", "asc"]),
            losant_list("page", page=["0", "1"]),
            losant_list("perPage", perPage=["1", "2"]),
            losant_list("filterField", filterField=["", "name"]),
            losant_list("filter", filter=["a", "b"]),
            organizations("action", action=["add_credential", "add_credential"]),
            organizations_list("org_id", org_id=[ORG, ORG]),
            organizations_list("action", org_id=ORG, action=["list_credentials", "other"]),
        ],
    ),
    # TileDB and DQOps accept unknown fields: see below.
    "unknown field": (
        "is not a documented field",
        [
            losant("nmae", nmae="n"),
            losant("awsConfig.regoin", aws={"regoin": "r"}),
            losant_patch("nmae", nmae="n"),
            losant_patch("awsConfig.regoin", awsConfig={"regoin": "r"}),
            organizations("specific.kye", specific=AZURE | {"kye": "k"}),
            organizations_update("data.nmae", nmae="n"),
            organizations_update("data.specific.kye", specific={"kye": "k"}),
        ],
    ),
    "field of another cloud": (
        "is not a documented field of azure",
        [
            organizations("specific.role", specific=AZURE | {"role": "r"}),
            organizations_update("data.specific.role", specific={"role": "r"}),
        ],
    ),
    "not base64": (
        "must be base64",
        [
            tiledb_verify("credential.azure.account_key", account_key="not base64!"),
            dqops(400, "binary_value", type="binary", text_value=ABSENT, binary_value="not base64!"),
        ],
    ),
    "two fields that exclude each other": (
        "cannot be given together with {}",
        [
            tiledb({"credential": "role", "role": "credential"}, role=AWS_ROLE),
            losant(
                {"gitConfig.generatePrivateKey": "secretValue"},
                kind="git",
                git={"type": "ssh-key", "generatePrivateKey": True},
            ),
            losant(
                {"snowflakeConfig.generatePrivateKey": "privateKey"},
                kind="snowflake",
                snowflake={"generatePrivateKey": True, "privateKey": "s"},
            ),
            dqops(406, {"text_value": "binary_value", "binary_value": "text_value"}, binary_value="dg=="),
        ],
    ),
    "none of several fields of which one is needed": (
        "is missing; give one of {}",
        [
            tiledb({"credential": "credential, role, token"}, credential=ABSENT),
            dqops(406, {"text_value": "text_value, binary_value"}, text_value=ABSENT),
        ],
    ),
    "an object without any of its kinds": (
        "must hold {}",
        [
            tiledb({"credential": "one of aws, azure, gcp"}, credential={}),
            tiledb({"role": "aws"}, credential=ABSENT, role={}),
            tiledb({"token": "one of azure, gcp"}, credential=ABSENT, token={}),
        ],
    ),
    "a tenant called *": (
        "cannot be *, which stands for all of them in grants",
        [
            tiledb_list("workspace", workspace="*"),
            tiledb_list("teamspace_id", teamspace_id="*"),
            organizations("org_id", org_id="*"),
            organizations_list("org_id", org_id="*"),
        ],
    ),
    "cannot change": (
        "cannot be changed",
        [
            losant_patch("type", type="aws"),
            organizations_update("data.specific.tenant", specific={"tenant": "t"}),
        ],
    ),
    "control characters": (
        "holds control characters",
        [
            tiledb("name", name="a\nb"),
            tiledb("credential.aws.access_key_id", credential={"aws": AWS | {"access_key_id": "a\0b"}}),
        ],
    ),
    "a name of dots": (
        "cannot stand in a path",
        [tiledb("name", name=".."), dqops(406, "credential_name", credential_name="..")],
    ),
    "a name with a slash": (
        "holds a slash, which cannot stand in a path",
        [tiledb("name", name="a/b"), dqops(406, "credential_name", credential_name="a/b")],
    ),
}
# Names that a client can give a field, and what an error response repeats of them: little, and on one line.
HOSTILE = {
    "64 characters": ("x" * 64, "x" * 64),
    "65 characters": ("\U0001f511" * 65, "\U0001f511" * 64 + "\u2026"),
    "10,000 characters": ("x" * 10_000, "x" * 64 + "\u2026"),
    "65 lines": ("\n" * 65, r"\n" * 64 + "\u2026"),
    "lines": ("a\r\n\tb", r"a\r\n\tb"),
    "control characters": ("\0\x1b[31m\x7f\x85", r"\0\u{1b}[31m\u{7f}\u{85}"),
    "Unicode's lines": ("\u2028\u2029", r"\u{2028}\u{2029}"),
    "an emoji": ("\U0001f511", "\U0001f511"),
    "quotes": ("\"'`\\", "\"'`\\"),
    "markup": ("<script>", "<script>"),
    "another fault": ("a: is missing; c", "a: is missing; c"),
    "a path": ("a.b", '"a.b"'),
    "nothing": ("", '""'),
}


@pytest.fixture(scope="module")
def made(admin: Api) -> Made:
    credential_id = create_in_losant(admin, APP)["id"]
    return Made(item(APP, credential_id), create_in_organization(admin, ORG))


@pytest.fixture(scope="module")
def answers(admin: Api, made: Made) -> dict[int, Answer]:
    """The responses to all cases of the table. None of them creates anything, so they are sent concurrently."""
    cases = [case for _, cases in TABLE.values() for case in cases]
    sent = at_once(partial(call, admin, case.request(made)) for case in cases)
    return {id(case): answer for case, answer in zip(cases, sent, strict=True)}


def rejection(api: str, status: int, faults: list[tuple[str, str]], path: str) -> dict[str, Any]:
    """The body in which an API says what is wrong with these fields, without members that differ in each response."""
    message = "; ".join(f"{field}: {words}" if field else words for field, words in faults)
    if api == "tiledb":
        fields = [{"field": field, "message": words} for field, words in faults if field]
        return {"code": status, "message": message, **({"validation_error": {"fields": fields}} if fields else {})}
    if api == "losant":
        return {"type": "Validation", "message": message}
    if api == "organizations":
        return {"status": status, "response": message}
    return {"status": status, "error": HTTPStatus(status).phrase, "message": message, "path": path}


def assert_says(answer: Answer, case: Case, words: str, path: str) -> None:
    faults = [(field, words.format(gap)) for field, gap in case.fields.items()]
    body = answer.json
    own = {"tiledb": "request_id", "dqops": "timestamp"}.get(case.api)
    if own:
        assert body.pop(own, None), body
    assert (answer.status, body) == (case.status, rejection(case.api, case.status, faults, path))
    assert answer.headers["content-type"] == "application/json"


def call(api: Api, request: Request) -> Answer:
    return api.call(request.method, request.path, request.body, query=request.query)


@pytest.mark.parametrize(
    ("words", "case"),
    [
        pytest.param(words, case, id=f"{mistake}-{case.api}-{'+'.join(case.fields) or 'body'}")
        for mistake, (words, cases) in TABLE.items()
        for case in cases
    ],
)
def test_a_mistake_is_rejected_in_the_same_words(
    answers: dict[int, Answer], made: Made, words: str, case: Case
) -> None:
    assert_says(answers[id(case)], case, words, case.request(made).path)


@pytest.mark.parametrize(("name", "shown"), HOSTILE.values(), ids=HOSTILE)
def test_only_the_harmless_part_of_an_unknown_fields_name_is_repeated(
    admin: Api, made: Made, name: str, shown: str
) -> None:
    for case in (
        losant(shown, **{name: 1}),
        losant(f"awsConfig.{shown}", aws={name: 1}),
        losant_patch(shown, **{name: 1}),
        organizations(f"specific.{shown}", specific=AZURE | {name: "s"}),
        organizations_update(f"data.{shown}", **{name: 1}),
        organizations_update(f"data.specific.{shown}", specific={name: "s"}),
    ):
        request = case.request(made)
        assert_says(call(admin, request), case, "is not a documented field", request.path)


def test_tiledb_accepts_fields_of_a_later_release(admin: Api, name: str) -> None:
    known = {"access_key_id": AWS["access_key_id"], "secret_access_key": ""}
    aws = {"aws": AWS | {"session_tokne": 1, "": None}, "oracle": {"key": 1}}
    answer = call(admin, Request("POST", TILEDB, key(name, credential=aws, nmae=["n"], **{"x" * 10_000: {}})))
    assert (answer.status, answer.content) == (201, b"")
    data = admin.call("GET", f"{TILEDB}/{name}").json["data"]
    assert (data["name"], data["credential"]) == (name, {"aws": known})
    assert "nmae" not in data


def test_dqops_accepts_fields_of_a_later_release(admin: Api, name: str) -> None:
    answer = call(admin, Request("POST", DQOPS, text(name) | {"nmae": ["n"], "x" * 10_000: {}}))
    assert (answer.status, answer.content) == (201, b"")
    assert admin.call("GET", f"{DQOPS}/{name}").json == text(name)


def test_organizations_accepts_unknown_fields_outside_specific(admin: Api) -> None:
    org = new_org()
    answer = call(admin, Request("POST", CREATE, credential(org, nmae=["n"])))
    assert (answer.status, answer.json) == (200, {"status": 200, "response": "Credential created"})
    (found,) = listed(admin, org)
    assert "nmae" not in found
