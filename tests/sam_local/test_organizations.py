"""Organizations' API, for which no official client is published."""

from tests.organizations.conftest import assert_done, create, delete, listed, new_org, update
from tests.support.api import Api


def test_all_operations(admin: Api) -> None:
    org = new_org()
    made = create(admin, org, "aws")
    assert_done(update(admin, org, made, name="renamed"), "Credential updated")
    (item,) = listed(admin, org)
    assert (item["id"], item["name"], item["type"]) == (made, "renamed", "aws")
    assert_done(delete(admin, org, made), "Credential removed")
    assert listed(admin, org) == []
