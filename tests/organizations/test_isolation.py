"""An organization never sees another's credentials, whatever characters its id has."""

import json
import random
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from tests.organizations.conftest import (
    CREATE,
    LIST,
    SPECIFIC,
    assert_done,
    assert_not_found,
    create,
    credential,
    delete,
    document,
    grant,
    listed,
    new_org,
    update,
)
from tests.support.api import Answer, Api


@dataclass
class Tenants:
    """Two organizations with a credential each, and access keys for each of them and for both."""

    a: str
    b: str
    of_a: Api
    of_b: Api
    of_both: Api
    id_in_a: str
    id_in_b: str


@pytest.fixture(scope="module")
def tenants(caller: Callable[..., Api]) -> Tenants:
    a, b = f"A\u00e9-{new_org()}", new_org()
    of_a, of_b, of_both = caller([grant(a)]), caller([grant(b)]), caller([grant(a), grant(b)])
    id_in_a, id_in_b = (create(of_both, org, name=f"of {org}") for org in (a, b))
    return Tenants(a, b, of_a, of_b, of_both, id_in_a, id_in_b)


def everything(api: Api, org: str, credential_id: str) -> list[Answer]:
    """Each operation on a credential of another organization."""
    return [
        api.call("GET", LIST, query={"org_id": org}),
        api.call("POST", CREATE, credential(org)),
        update(api, org, credential_id, name="stolen"),
        delete(api, org, credential_id),
    ]


def at_once(do: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """Several at a time, because a local call spends most of its time waiting."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(do, items))


def lookalikes(org: str) -> dict[str, str]:
    """Ids that somebody could hope are taken for `org`."""
    return {
        "parent": f"../{org}",
        "below": f"{org}/",
        "itself": f"./{org}",
        "there and back": f"{org}/../{org}",
        "of another": f"x/../{org}",
        "any after": f"{org[:-1]}*",
        "any one": f"{org[:-1]}?",
        "a prefix": org[:-1],
        "a long prefix": org[:20],
        "longer": f"{org}0",
        "a space": " ",
        "space before": f" {org}",
        "space after": f"{org} ",
        "tab after": f"{org}\t",
        "line after": f"{org}\n",
        "NUL after": f"{org}\0",
        "NUL and more": f"{org}\0x",
        "empty": "=",
        "percent-encoded": quote(org),
        "wholly percent-encoded": "".join(f"%{byte:02X}" for byte in org.encode()),
        "twice percent-encoded": quote(quote(org)),
        "encoded as a secret's name": "".join(f"={byte:02X}" for byte in org.encode()),
        "as its secret's name says": org.replace("\u00e9", "=C3=A9").replace("-", "=2D"),
        "with the store's prefix": f"latchkey/organizations/{org}",
        "upper case": org.upper(),
        "lower case": org.lower(),
        "decomposed": unicodedata.normalize("NFD", org),
        "cyrillic": org.replace("A", "\u0410"),
        "greek": org.replace("A", "\u0391"),
        "full width": org.replace("A", "\uff21"),
        "other hyphen": org.replace("-", "\u2010"),
        "zero width": f"{org}\u200b",
        "byte order mark": f"\ufeff{org}",
        "right to left": f"\u202e{org[::-1]}",
        "array": f'["{org}"]',
        "quoted": f'"{org}"',
        "a pattern": f"^{org}$",
        "two": f"{org},{org}",
        "more parameters": f"{org}&org_id={org}",
    }


def test_each_key_reaches_its_own_organization(tenants: Tenants) -> None:
    for api, org, made in (
        (tenants.of_a, tenants.a, tenants.id_in_a),
        (tenants.of_b, tenants.b, tenants.id_in_b),
        (tenants.of_both, tenants.a, tenants.id_in_a),
        (tenants.of_both, tenants.b, tenants.id_in_b),
    ):
        assert [(item["id"], item["name"]) for item in listed(api, org)] == [(made, f"of {org}")]
        assert_done(update(api, org, made, comments="reached"), "Credential updated")


def test_no_key_reaches_another_organization(tenants: Tenants, proxy: Any) -> None:
    with proxy.recording() as calls:
        for api, org, made in (
            (tenants.of_a, tenants.b, tenants.id_in_b),
            (tenants.of_b, tenants.a, tenants.id_in_a),
            (tenants.of_both, f"{tenants.a}{tenants.b}", tenants.id_in_a),
        ):
            for answer in everything(api, org, made):
                assert_not_found(answer)
    assert calls == []
    # Nor through the caller's own organization.
    assert_not_found(update(tenants.of_a, tenants.a, tenants.id_in_b, name="stolen"))
    assert_not_found(delete(tenants.of_both, tenants.a, tenants.id_in_b))
    assert [item["name"] for item in listed(tenants.of_b, tenants.b)] == [f"of {tenants.b}"]


def test_no_lookalike_is_taken_for_an_organization(tenants: Tenants, proxy: Any) -> None:
    def try_everything(lookalike: str) -> None:
        assert lookalike != tenants.a
        for answer in everything(tenants.of_both, lookalike, tenants.id_in_a):
            assert_not_found(answer)

    with proxy.recording() as calls:
        at_once(try_everything, lookalikes(tenants.a).values())
    assert calls == []


def test_a_lookalike_is_an_organization_of_its_own(tenants: Tenants, editor: Api) -> None:
    """For a caller who may do everything everywhere."""
    before = listed(tenants.of_both, tenants.a), listed(tenants.of_both, tenants.b)
    mark = new_org()

    def make(lookalike: str) -> None:
        body = credential(lookalike, name=f"{mark} {lookalike}")
        assert_done(editor.call("POST", CREATE, body), "Credential created")

    def look(lookalike: str) -> None:
        (found,) = (item for item in listed(editor, lookalike) if item["name"].startswith(mark))
        assert found["name"] == f"{mark} {lookalike}"
        assert_not_found(update(editor, lookalike, tenants.id_in_a, name="stolen"))
        assert_not_found(delete(tenants.of_a, tenants.a, found["id"]))

    at_once(make, lookalikes(tenants.a).values())
    at_once(look, lookalikes(tenants.a).values())
    assert (listed(tenants.of_both, tenants.a), listed(tenants.of_both, tenants.b)) == before


def test_a_lookalike_of_a_credentials_id_is_not_found(tenants: Tenants, editor: Api) -> None:
    """Also if its path leaves the organization on the way."""

    def try_to_change(lookalike: str) -> None:
        assert_not_found(update(editor, tenants.a, lookalike, name="stolen"))
        assert_not_found(delete(editor, tenants.b, lookalike))

    near, far = lookalikes(tenants.id_in_a), lookalikes(f"../{tenants.a}/{tenants.id_in_a}")
    at_once(try_to_change, ({*near.values()} - {tenants.id_in_a}) | {*far.values()})
    assert [item["id"] for item in listed(editor, tenants.a)] == [tenants.id_in_a]


def test_no_organization_has_the_name_that_stands_for_all(
    caller: Callable[..., Api], tenants: Tenants, proxy: Any
) -> None:
    """A grant for it would be a grant for all organizations, which is what `*` in a grant means."""
    with proxy.recording() as calls:
        for api in (caller([grant("*")]), tenants.of_both):
            for answer in everything(api, "*", tenants.id_in_a):
                assert answer.status == 400, answer
                assert answer.json["response"] == "org_id: cannot be *, which stands for all of them in grants"
    assert calls == []
    assert listed(caller([grant("*")]), tenants.a)


def arbitrary(chance: random.Random, near: str) -> str:
    """A text that can be an organization's id: entirely random, or a few changes away from `near`."""
    alphabet = [*"/.=%*-_ \0hAa\u0430\u00e9\U0001f3e2", "e\u0301"]
    wild = [chr(point) for point in chance.sample(range(0x11_0000), 200) if not 0xD800 <= point < 0xE000]
    if chance.random() < 0.5:
        return "".join(chance.choices(alphabet + wild, k=chance.randint(1, 128)))[:128]
    text = list(near)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(text) + 1)
        text[place : place + chance.randint(0, 1)] = chance.choice([*alphabet, *near, ""])
    return "".join(text)[:128] or "/"


def test_arbitrary_organizations_share_nothing(caller: Callable[..., Api], editor: Api, proxy: Any) -> None:
    """Organizations with a credential each: every list shows one, no name is in another's namespace, and the key for
    one organization reaches no other. The crates' own tests try many more.
    """
    chance, base = random.Random(20261122), new_org()
    orgs = list({arbitrary(chance, base) for _ in range(40)} - {"*"})

    def make(org: str) -> None:
        assert_done(editor.call("POST", CREATE, credential(org, name=f"{base} {org}")), "Credential created")

    with proxy.recording() as calls:
        at_once(make, orgs)
    prefixes = [call.secret.rpartition("/")[0] + "/" for call in calls if call.action == "CreateSecret"]
    assert len(set(prefixes)) == len(orgs) == len(prefixes)
    for prefix in prefixes:
        assert prefix.count("/") == 3
        assert [other for other in prefixes if other.startswith(prefix)] == [prefix]

    own, *others = orgs
    key = caller([grant(own)])

    def look(org: str) -> None:
        (found,) = (item for item in listed(editor, org) if item["name"].startswith(base))
        assert found["name"] == f"{base} {org}"
        for answer in everything(key, org, found["id"]):
            assert_not_found(answer)

    at_once(look, others)
    assert [item["name"] for item in listed(key, own)] == [f"{base} {own}"]


def test_the_document_says_whose_it_is(editor: Api, secrets_manager: Any, proxy: Any) -> None:
    """Also if the id is too long for the secret's name."""
    org = "\U0001f3e2" * 128
    with proxy.recording() as calls:
        assert_done(editor.call("POST", CREATE, credential(org, "gcp")), "Credential created")
    name = calls[0].secret
    stored = json.loads(secrets_manager.get_secret_value(SecretId=name)["SecretString"])
    assert (stored["org_id"], stored["specific"]) == (org, SPECIFIC["gcp"])
    made = stored["id"]
    assert made in {item["id"] for item in listed(editor, org)}
    assert_done(delete(editor, org, made), "Credential removed")


def test_what_one_organization_does_leaves_the_other_alone(tenants: Tenants, secrets_manager: Any) -> None:
    before = document(secrets_manager, tenants.b, tenants.id_in_b)
    made = create(tenants.of_a, tenants.a)
    assert_done(update(tenants.of_a, tenants.a, made, name="changed"), "Credential updated")
    assert_done(delete(tenants.of_a, tenants.a, made), "Credential removed")
    assert document(secrets_manager, tenants.b, tenants.id_in_b) == before
