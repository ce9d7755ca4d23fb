"""What fails is undone: by the stack, and if Secrets Manager does not work."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.stack import Stack
from tests.credentials_as_code.conftest import (
    REQUEST_ID,
    assert_done,
    assert_failed,
    held,
    in_place,
    new_place,
    properties,
)
from tests.support.provisioning import (
    APIS,
    Answers,
    ByHand,
    Deployment,
    Source,
    credential,
    invoke,
    send,
    tags,
)
from tests.support.proxy import Fault, Proxy


def test_a_failed_create_deletes_what_the_stack_has_made(
    stack: Stack, source: Source, secrets_manager: Any, place: str
) -> None:
    own = Deployment(stack)
    wrong = properties("tiledb", source, place, Spec={"provider": "OTHER"})
    reason = own.reject(
        First=credential("dqops", **properties("dqops", source, place)),
        Second=credential("tiledb", **wrong) | {"DependsOn": "First"},
    )
    assert "provider" in reason
    assert held(secrets_manager, f"latchkey/dqops/{place}") is None


def test_a_failed_update_is_undone(stack: Stack, source: Source, secrets_manager: Any, place: str) -> None:
    own, other = Deployment(stack), Source(secrets_manager)
    names = {name: f"{place}-{name}" for name in ("changed", "renamed", "another", "new")}
    second = credential("tiledb", **properties("tiledb", source, place))
    own.deploy(
        Changed=credential("dqops", **properties("dqops", source, names["changed"])),
        Renamed=credential("dqops", **properties("dqops", source, names["renamed"])),
        Second=second,
    )
    before = {name: own.attributes(name) for name in ("Changed", "Renamed", "Second")}
    second["Properties"]["Spec"] = {"provider": "OTHER"}
    reason = own.reject(
        Changed=credential("dqops", **properties("dqops", other, names["changed"])),
        Renamed=credential("dqops", **properties("dqops", other, names["another"])),
        New=credential("dqops", **properties("dqops", other, names["new"])),
        Second=second | {"DependsOn": ["Changed", "Renamed", "New"]},
    )
    assert "provider" in reason
    found = {name: held(secrets_manager, f"latchkey/dqops/{at}") for name, at in names.items()}
    assert found == {"changed": source.value, "renamed": source.value, "another": None, "new": None}
    assert {name: own.attributes(name) for name in before} == before


@pytest.mark.parametrize("api", APIS)
def test_a_replacement_can_be_rolled_back(
    by_hand: Callable[[str], ByHand], answers: Answers, source: Source, secrets_manager: Any, api: str, place: str
) -> None:
    resource, old, new = by_hand(api), properties(api, source, place), properties(api, source, new_place())
    made = resource.create(old)
    stored = held(secrets_manager, made["Data"]["SecretArn"])
    other = resource.update(new, old, made["PhysicalResourceId"])
    assert other["PhysicalResourceId"] != made["PhysicalResourceId"]
    # CloudFormation updates back, from the new credential to the old one, and then deletes the new one.
    back = resource.update(old, new, other["PhysicalResourceId"])
    assert (back["PhysicalResourceId"], back["Data"]) == (made["PhysicalResourceId"], made["Data"])
    assert_done(resource.delete(new, other["PhysicalResourceId"]))
    assert held(secrets_manager, made["Data"]["SecretArn"]) == stored
    assert held(secrets_manager, other["Data"]["SecretArn"]) is None
    # If the update's response is lost, only the function knows about the new credential.
    answers.status, new = 500, properties(api, source, new_place())
    assert invoke(resource.stack, api, resource.event("Update", new, made["PhysicalResourceId"], old)).is_error
    other = answers.puts[-1].json
    answers.status = 200
    back = resource.update(old, new, made["PhysicalResourceId"])
    assert (back["PhysicalResourceId"], back["Data"]) == (made["PhysicalResourceId"], made["Data"])
    assert held(secrets_manager, made["Data"]["SecretArn"]) == stored
    assert held(secrets_manager, other["Data"]["SecretArn"]) is None


def test_a_source_that_became_invalid_leaves_the_credential_as_it_was(
    by_hand: Callable[[str], ByHand], secrets_manager: Any, place: str
) -> None:
    source = Source(secrets_manager, json.dumps({"key": "first"}))
    resource = by_hand("dqops")
    of = {"Name": place, "Secrets": {"text_value": source.reference("key")}}
    made = resource.create(of)
    source.put("no JSON any more")
    changed = of | {"Revision": "2"}
    answer = resource.update(changed, of, made["PhysicalResourceId"])
    assert_failed(answer, "Secrets.text_value: leads to a value that is no JSON object")
    assert answer["PhysicalResourceId"] == made["PhysicalResourceId"]
    assert held(secrets_manager, made["Data"]["SecretArn"]) == "first"
    # The way back needs no source, because the credential has not changed.
    assert_done(resource.update(of, changed, made["PhysicalResourceId"]))
    assert held(secrets_manager, made["Data"]["SecretArn"]) == "first"
    source.put(json.dumps({"key": "second"}))
    assert_done(resource.update(changed, of, made["PhysicalResourceId"]))
    assert held(secrets_manager, made["Data"]["SecretArn"]) == "second"


def test_a_stack_fails_and_says_so_while_secrets_manager_does_not_work(
    stack: Stack, proxy: Proxy, source: Source, secrets_manager: Any, place: str
) -> None:
    resource = credential("dqops", **properties("dqops", source, place))
    for fault, says in [
        (Fault("CreateSecret", how="InternalServiceError", status=500), "The secret store cannot be reached."),
        (Fault("CreateSecret", how="LimitExceededException"), "A quota of Secrets Manager is used up"),
        (
            Fault("GetSecretValue", after=1, how="AccessDeniedException"),
            "Latchkey's parameter ProvisioningSources has to name",
        ),
    ]:
        own = Deployment(stack)
        with proxy.faults(fault):
            reason = own.reject(resource)
        assert says in reason
        assert REQUEST_ID.search(reason)
        assert held(secrets_manager, f"latchkey/dqops/{place}") is None
    own = Deployment(stack)
    own.deploy(resource)
    with (
        proxy.faults(Fault("UpdateSecret", how="AccessDeniedException")),
        pytest.raises(AssertionError, match="DELETE_FAILED"),
    ):
        own.delete()
    assert held(secrets_manager, f"latchkey/dqops/{place}") == source.value
    own.delete()
    assert held(secrets_manager, f"latchkey/dqops/{place}") is None


# If a name was used before, a create takes several steps. If it fails after RestoreSecret, minutes pass until anybody
# can have the name.
AT_FIRST = [("*", number) for number in range(5)]
USED = [("RestoreSecret", 0), ("TagResource", 0), ("UpdateSecret", 1)]


@pytest.mark.parametrize(("deaths", "is_used"), [(AT_FIRST, False), (USED, True)], ids=["new", "used"])
def test_a_create_that_fails_at_any_call_leaves_nothing(
    by_hand: Callable[[str], ByHand],
    proxy: Proxy,
    source: Source,
    secrets_manager: Any,
    deaths: list[tuple[str, int]],
    is_used: bool,
) -> None:
    places = [(by_hand(api), new_place()) for api in APIS for _ in deaths]
    asked = [(resource, properties(resource.api, source, place)) for resource, place in places]

    def create() -> list[dict[str, Any]]:
        return send(*((resource, resource.event("Create", of)) for resource, of in asked))

    def delete(answers: list[dict[str, Any]]) -> None:
        named = zip(asked, (answer["PhysicalResourceId"] for answer in answers), strict=True)
        for answer in send(*((who, who.event("Delete", of, name)) for (who, of), name in named)):
            assert_done(answer)

    if is_used:
        delete(create())
    answers = []
    for number, (resource, of) in enumerate(asked):
        action, after = deaths[number % len(deaths)]
        with proxy.faults(Fault(action, after, how="AccessDeniedException")):
            answers.append(resource.create(of))
        assert answers[-1]["Status"] == "FAILED", (resource.api, action)
    delete(answers)
    assert [left for resource, place in places for left in in_place(secrets_manager, resource.api, place)] == []
    # Anybody can have the name again.
    asked = [(by_hand(resource.api), of) for resource, of in asked]
    for (resource, _), answer in zip(asked, create(), strict=True):
        made = assert_done(answer)
        assert source.value in (held(secrets_manager, made["SecretArn"]) or "")
        assert tags(secrets_manager, made["SecretArn"])["owner"] == resource.owner


@pytest.mark.parametrize("api", APIS)
def test_a_create_whose_responses_are_lost_succeeds(
    by_hand: Callable[[str], ByHand], proxy: Proxy, source: Source, secrets_manager: Any, api: str
) -> None:
    for calls in range(4):
        resource, place = by_hand(api), new_place()
        with proxy.faults(Fault(after=calls, times=1, how="lose")):
            made = assert_done(resource.create(properties(api, source, place)))
        assert in_place(secrets_manager, api, place) == [made["SecretName"]]
        assert tags(secrets_manager, made["SecretArn"])["owner"] == resource.owner
