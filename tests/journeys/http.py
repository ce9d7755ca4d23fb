"""Customers of each API, over HTTP."""

import uuid
from typing import Any

from tests.dqops import conftest as dqops
from tests.journeys.customer import Customer, Said, named, said
from tests.losant import conftest as losant
from tests.organizations import conftest as organizations
from tests.support.api import Api
from tests.tiledb import conftest as tiledb


def of_dqops(api: Api) -> Customer:
    name = f"{uuid.uuid4().hex}.txt"
    path = "/api/credentials"

    def own(items: list[dict[str, Any]]) -> list[str]:
        return [item["credential_name"] for item in items if item["credential_name"] == name]

    return Customer(
        create=lambda value: said(api.call("POST", path, dqops.text(name, value))),
        read=lambda: said(dqops.get(api, name), lambda found: found["text_value"]),
        listed=lambda: said(api.call("GET", path), own),
        change=lambda value: said(api.call("PUT", f"/api/credential/{name}", dqops.text(name, value))),
        delete=lambda: said(api.call("DELETE", f"{path}/{name}")),
    )


def of_tiledb(api: Api) -> Customer:
    path = f"/tiledb/v4/credentials/ws{uuid.uuid4().hex[:10]}"

    def role(value: str) -> dict[str, Any]:
        return {"role": tiledb.AWS_ROLE | {"aws": tiledb.AWS_ROLE["aws"] | {"external_id": value}}}

    def get(name: str) -> Said:
        answer = api.call("GET", f"{path}/{name}")
        return said(answer, lambda found: found["data"]["role"]["aws"]["external_id"])

    return named(
        lambda name, value: said(api.call("POST", path, {"name": name, "provider": "AWS", **role(value)})),
        get,
        lambda: said(api.call("GET", path), lambda found: [item["name"] for item in found["data"]]),
        lambda name, value: said(api.call("PATCH", f"{path}/{name}", role(value))),
        lambda: said(api.call("PATCH", f"{path}/one", {"name": "two"})),
        lambda name: said(api.call("DELETE", f"{path}/{name}")),
    )


def of_losant(api: Api) -> Customer:
    """Callers read a credential by its id, so a rename changes nothing for them."""
    app = losant.new_id()
    made = losant.new_id()

    def create(value: str) -> Said:
        nonlocal made
        answer = api.call("POST", losant.collection(app), losant.post("one", description=value))
        made = answer.json["id"] if answer.status == 201 else made
        return said(answer)

    def names(found: dict[str, Any]) -> list[str]:
        return [item["name"] for item in found["items"]]

    return Customer(
        create=create,
        read=lambda: said(losant.get(api, app, made), lambda found: found["description"]),
        listed=lambda: said(api.call("GET", losant.collection(app)), names),
        change=lambda value: said(losant.patch(api, app, made, {"description": value})),
        delete=lambda: said(losant.delete(api, app, made)),
        rename=lambda: said(losant.patch(api, app, made, {"name": "two"})),
        conflict=400,
    )


def of_organizations(api: Api) -> Customer:
    """Only the list shows credentials. Two can have the same name."""
    org = organizations.new_org()
    made = ""

    def create(value: str) -> Said:
        nonlocal made
        # A create that is repeated after an error response makes the same secret.
        headers = {"Idempotency-Key": f"{org}-{value}"}
        answer = api.call("POST", organizations.CREATE, organizations.credential(org, name=value), headers)
        made = organizations.id_of(answer) if answer.status == 200 else made
        return Said(answer.status, None, answer.headers.get("retry-after"))

    def listed() -> Said:
        answer = api.call("GET", organizations.LIST, query={"org_id": org})
        return said(answer, lambda found: [item["name"] for item in found["credentials"]])

    def read() -> Said:
        found = listed()
        if found.status != 200:
            return found
        return Said(200, found.value[0]) if found.value else Said(404)

    return Customer(
        create=create,
        read=read,
        listed=listed,
        change=lambda value: said(organizations.update(api, org, made, name=value)),
        delete=lambda: said(organizations.delete(api, org, made)),
        conflict=None,
    )


BY_HTTP = {"dqops": of_dqops, "tiledb": of_tiledb, "losant": of_losant, "organizations": of_organizations}
