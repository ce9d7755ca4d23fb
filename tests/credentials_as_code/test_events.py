"""Events that arrive twice, concurrently or late, or whose response is lost."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.credentials_as_code.conftest import assert_done, assert_failed, held, in_place, new_place, properties
from tests.support.provisioning import (
    APIS,
    Answers,
    ByHand,
    Source,
    at_once,
    invoke,
    send,
    tags,
    writes,
)
from tests.support.proxy import Fault, Proxy


@pytest.mark.parametrize("api", APIS)
def test_an_event_that_arrives_twice_makes_one_credential(
    by_hand: Callable[[str], ByHand],
    answers: Answers,
    proxy: Proxy,
    source: Source,
    secrets_manager: Any,
    api: str,
    place: str,
) -> None:
    resource = by_hand(api)
    event = resource.event("Create", properties(api, source, place))
    at_once(*[lambda: invoke(resource.stack, api, event)] * 4)
    first, *others = [put.json for put in answers.puts]
    assert [put["Status"] for put in (first, *others)] == ["SUCCESS"] * 4
    assert {put["PhysicalResourceId"] for put in others} == {first["PhysicalResourceId"]}
    with proxy.recording() as calls:
        again = resource.send(event)
    assert again["PhysicalResourceId"] == first["PhysicalResourceId"]
    assert writes(calls) == []
    assert in_place(secrets_manager, api, place) == [first["Data"]["SecretName"]]


def test_one_of_many_owners_gets_a_credential_and_the_others_do_no_harm(
    by_hand: Callable[[str], ByHand], secrets_manager: Any
) -> None:
    contests = []
    for api in APIS:
        place, the_id = new_place(), {"CredentialId": str(uuid.uuid4())} if api == "organizations" else {}
        for _ in range(3):
            source = Source(secrets_manager)
            contests.append((by_hand(api), source, properties(api, source, place, **the_id)))
    created = send(*((who, who.event("Create", of)) for who, _, of in contests))
    winners, deletions = [], []
    for (who, source, of), answer in zip(contests, created, strict=True):
        if answer["Status"] == "SUCCESS":
            winners.append((who, source, answer))
        else:
            assert_failed(answer, "OnConflict: adopt")
            # CloudFormation then deletes it, by the id in the response.
            deletions.append((who, who.event("Delete", of, answer["PhysicalResourceId"])))
    assert sorted(who.api for who, *_ in winners) == sorted(APIS)
    for answer in send(*deletions):
        assert_done(answer)
    for who, source, answer in winners:
        assert source.value in (held(secrets_manager, answer["Data"]["SecretArn"]) or ""), who.api
        assert tags(secrets_manager, answer["Data"]["SecretArn"])["owner"] == who.owner


def test_a_former_owner_changes_and_deletes_nothing(by_hand: Callable[[str], ByHand], secrets_manager: Any) -> None:
    requests, arns = [], {}
    for api in APIS:
        place, the_id = new_place(), {"CredentialId": str(uuid.uuid4())} if api == "organizations" else {}
        former, latter = Source(secrets_manager), Source(secrets_manager)
        mine, theirs = by_hand(api), by_hand(api)
        of = properties(api, former, place, **the_id)
        made = mine.create(of)
        adopted = theirs.create(properties(api, latter, place, **the_id, OnConflict="adopt"))
        assert adopted["PhysicalResourceId"] == made["PhysicalResourceId"]
        arns[assert_done(adopted)["SecretArn"]] = (theirs, latter)
        requests.append((mine, mine.event("Update", of | {"Revision": "2"}, made["PhysicalResourceId"], of)))
        requests.append((mine, mine.event("Delete", of, made["PhysicalResourceId"])))
    for (_, event), answer in zip(requests, send(*requests), strict=True):
        if event["RequestType"] == "Update":
            assert_failed(answer, "OnConflict: adopt")
        else:
            assert_done(answer)
    for arn, (theirs, latter) in arns.items():
        assert latter.value in (held(secrets_manager, arn) or ""), theirs.api
        assert tags(secrets_manager, arn)["owner"] == theirs.owner


def test_a_deletion_that_arrives_twice_succeeds(
    by_hand: Callable[[str], ByHand], source: Source, secrets_manager: Any
) -> None:
    events, arns = [], []
    for api in APIS:
        resource, of = by_hand(api), properties(api, source, new_place())
        made = resource.create(of)
        arns.append(assert_done(made)["SecretArn"])
        events.append((resource, resource.event("Delete", of, made["PhysicalResourceId"])))
    for _ in range(2):
        assert [answer["Status"] for answer in send(*events)] == ["SUCCESS"] * len(events)
        assert [held(secrets_manager, arn) for arn in arns] == [None] * len(events)


@pytest.mark.parametrize("api", APIS)
def test_a_credential_to_adopt_that_does_not_exist_is_created(
    by_hand: Callable[[str], ByHand], source: Source, secrets_manager: Any, api: str, place: str
) -> None:
    """It is then deleted with its resource, unlike one that existed before."""
    the_id = {"CredentialId": str(uuid.uuid4())} if api == "organizations" else {}
    resource, of = by_hand(api), properties(api, source, place, **the_id, OnConflict="adopt")
    made = resource.create(of)
    arn = assert_done(made)["SecretArn"]
    assert tags(secrets_manager, arn)["origin"] == "created"
    assert_done(resource.delete(of, made["PhysicalResourceId"]))
    assert held(secrets_manager, arn) is None


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("given", ["by-hand-Credential-1ABC2DEF3GHI", "{api}:unknown"])
def test_a_create_whose_response_was_lost_is_deleted_by_its_properties(
    by_hand: Callable[[str], ByHand],
    answers: Answers,
    source: Source,
    secrets_manager: Any,
    api: str,
    given: str,
    place: str,
) -> None:
    resource, of = by_hand(api), properties(api, source, place)
    answers.status = 500
    assert invoke(resource.stack, api, resource.event("Create", of)).is_error
    arn = answers.puts[0].json["Data"]["SecretArn"]
    assert held(secrets_manager, arn)
    answers.status = 200
    assert_done(resource.delete(of, given.format(api=api)))
    assert held(secrets_manager, arn) is None


def test_a_create_that_did_not_end_in_time_is_deleted_by_its_properties(
    by_hand: Callable[[str], ByHand], answers: Answers, proxy: Proxy, secrets_manager: Any
) -> None:
    """It was cut off after the write, before it knew what to respond."""
    resources = [(by_hand(api), properties(api, Source(secrets_manager), new_place())) for api in APIS]
    signed = f"{answers.url}?X-Amz-Date={stamp(time.time())}"
    timed = {"ServiceTimeout": 3}
    with proxy.faults(Fault("DescribeSecret", how="ResourceNotFoundException")):
        created = send(*((who, who.event("Create", of | timed, ResponseURL=signed)) for who, of in resources))
    for (who, of), answer in zip(resources, created, strict=True):
        assert_failed(answer, "cannot be reached")
        place = of.get("Workspace") or of.get("ApplicationId") or of.get("OrgId") or of["Name"]
        assert len(in_place(secrets_manager, who.api, place)) == 1
        assert_done(who.delete(of, answer["PhysicalResourceId"]))
        assert in_place(secrets_manager, who.api, place) == [], who.api


def test_an_event_that_nobody_waits_for_does_nothing(
    by_hand: Callable[[str], ByHand], answers: Answers, proxy: Proxy, source: Source, secrets_manager: Any, place: str
) -> None:
    resource, of = by_hand("dqops"), properties("dqops", source, place)
    made = resource.create(of)
    late = {"ResponseURL": f"{answers.url}?X-Amz-Date={stamp(time.time() - 31)}&X-Amz-Expires=7199"}
    other = of | {"ServiceTimeout": 30, "Revision": "2"}
    source.put("rotated")
    with proxy.recording() as calls:
        assert_failed(resource.create(other | {"Name": f"{place}-2"}, **late), "came too late")
        assert_failed(resource.update(other, of, made["PhysicalResourceId"], **late), "came too late")
        assert_failed(resource.delete(other, made["PhysicalResourceId"], **late), "came too late")
    assert calls == []
    # Without a ServiceTimeout, CloudFormation waits for an hour.
    assert_done(resource.update(of | {"Revision": "2"}, of, made["PhysicalResourceId"], **late))
    assert held(secrets_manager, made["Data"]["SecretArn"]) == "rotated"


def stamp(at: float) -> str:
    """The time as a signed URL has it."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
