"""What all custom resources have in common: events that come twice, late or half, and all that is refused."""

import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.ministack import REGION
from local.stack import Stack
from tests.support.api import Api
from tests.support.provisioning import (
    APIS,
    LOGICAL_ID,
    Answers,
    ByHand,
    Deployment,
    Source,
    at_once,
    credential,
    invoke,
    send,
    tags,
    terraform,
    writes,
)
from tests.support.proxy import Fault, Proxy

REQUEST_ID = re.compile(r" \(request id [0-9a-f-]{36}\)$")
LITERAL = "l1teral-s3cret"


@pytest.fixture
def answers() -> Iterator[Answers]:
    with Answers() as answers:
        yield answers


@pytest.fixture
def by_hand(stack: Stack, answers: Answers) -> Callable[[str], ByHand]:
    """Makes resources of an API whose events are sent by hand."""
    return lambda api: ByHand(stack, answers, api)


@pytest.fixture
def source(secrets_manager: Any) -> Source:
    return Source(secrets_manager)


@pytest.fixture
def place() -> str:
    """An application, and as good as any other name."""
    return new_place()


def new_place() -> str:
    return uuid.uuid4().hex[:24]


def properties(api: str, source: Source, place: str, **more: Any) -> dict[str, Any]:
    """A credential of each API, where no other is."""
    reference = source.reference()
    return {
        "dqops": {"Name": place, "Secrets": {"text_value": reference}},
        "tiledb": {
            "Workspace": place,
            "Name": "n",
            "Spec": {"provider": "AWS", "credential": {"aws": {"access_key_id": "AKIAIOSFODNN7EXAMPLE"}}},
            "Secrets": {"credential.aws.secret_access_key": reference},
        },
        "losant": {
            "ApplicationId": place,
            "Name": "n",
            "Spec": {"type": "loggly"},
            "Secrets": {"logglyConfig.customerToken": reference},
        },
        "organizations": {
            "OrgId": place,
            "Name": "n",
            "Spec": {"type": "azure", "specific": {"tenant": "t", "clientId": "c"}},
            "Secrets": {"specific.key": reference},
        },
    }[api] | more


def held(secrets_manager: Any, arn: str) -> str | None:
    """What a credential's secret holds; nothing once that is deleted, or where it has never been."""
    try:
        return secrets_manager.get_secret_value(SecretId=arn)["SecretString"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("InvalidRequestException", "ResourceNotFoundException"):
            return None
        raise


def in_place(secrets_manager: Any, api: str, place: str) -> list[str]:
    """The secrets of those credentials that are in a place."""
    found = secrets_manager.list_secrets(Filters=[{"Key": "name", "Values": [f"latchkey/{api}/{place}"]}])
    return [secret["Name"] for secret in found["SecretList"]]


def assert_done(answer: dict[str, Any]) -> dict[str, str]:
    """The data of an answer that says so."""
    assert answer["Status"] == "SUCCESS", answer
    return answer.get("Data", {})


def assert_failed(answer: dict[str, Any], says: str) -> None:
    assert answer["Status"] == "FAILED", answer
    assert says in answer["Reason"]
    assert REQUEST_ID.search(answer["Reason"]), answer
    assert "Data" not in answer


# The answer


@pytest.mark.parametrize("api", APIS)
def test_an_answer_is_as_cloudformation_takes_it(
    by_hand: Callable[[str], ByHand], answers: Answers, source: Source, secrets_manager: Any, api: str, place: str
) -> None:
    resource = by_hand(api)
    event = resource.event("Create", properties(api, source, place))
    answer = resource.send(event)
    (put,) = answers.puts
    # The URL's signature says that there is no type, and S3 takes nothing in chunks.
    assert "content-type" not in put.headers
    assert put.headers["content-length"] == str(len(put.body))
    assert put.path == "/answer"
    assert set(answer) == {"Status", "PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId", "Data"}
    for name in ("StackId", "RequestId", "LogicalResourceId"):
        assert answer[name] == event[name]
    data = assert_done(answer)
    # Losant's is the first part of that.
    assert f"latchkey/{answer['PhysicalResourceId']}".startswith(data["SecretName"])
    assert answer["PhysicalResourceId"].endswith(data["Id"])
    assert source.value in (held(secrets_manager, data["SecretArn"]) or "")
    assert tags(secrets_manager, data["SecretArn"])["owner"] == resource.owner
    answer = resource.delete(properties(api, source, place), answer["PhysicalResourceId"])
    assert set(answer) == {"Status", "PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId"}
    assert held(secrets_manager, data["SecretArn"]) is None


def test_an_answer_goes_to_cloudformation_alone(
    stack: Stack, by_hand: Callable[[str], ByHand], answers: Answers, proxy: Proxy, source: Source, place: str
) -> None:
    """And without anybody to answer to, nothing is done."""
    since, mark, port = time.time(), uuid.uuid4().hex, answers.url.rpartition(":")[2]
    for url in [
        f"https://example.com/{mark}",
        f"https://s3.amazonaws.com.example.com/{mark}",
        f"http://bucket.s3.amazonaws.com/{mark}",
        f"https://bucket.s3.amazonaws.com:8443/{mark}",
        f"https://127.0.0.1.nip.io/{mark}",
        # What is there answers also to these.
        f"http://user@127.0.0.1:{port}/{mark}",
        f"http://0.0.0.0:{port}/{mark}",
        mark,
        "",
    ]:
        resource = by_hand("dqops")
        event = resource.event("Create", properties("dqops", source, place, OnConflict="adopt"), ResponseURL=url)
        with proxy.recording() as calls:
            invoked = invoke(stack, "dqops", event)
        assert (invoked.is_error, calls) == (True, []), url
        assert mark.encode() not in invoked.content
    assert answers.puts == []
    assert not [line for line in stack.function_logs(since) if mark in line]


@pytest.mark.parametrize("api", APIS)
def test_an_answer_that_did_not_come_through_is_given_again(
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
    answers.status = 500
    invoked = invoke(resource.stack, api, event)
    assert (invoked.is_error, invoked.json["errorMessage"]) == (True, "The answer could not be sent.")
    sent = [put.json for put in answers.puts]
    assert len(sent) > 1
    assert all(answer == sent[0] for answer in sent)
    answers.status = 200
    with proxy.recording() as calls:
        again = resource.send(event)
    assert again == sent[0]
    assert writes(calls) == []
    assert source.value in (held(secrets_manager, again["Data"]["SecretArn"]) or "")


# Events that come twice, at once, late or without an answer


@pytest.mark.parametrize("api", APIS)
def test_an_event_that_comes_twice_makes_one_credential(
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


def test_of_many_owners_one_gets_a_credential_and_the_others_harm_nothing(
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
            # CloudFormation has it deleted, by the id that was answered.
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


def test_a_removal_that_comes_twice_is_done(
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
def test_what_may_be_adopted_and_is_not_there_is_created(
    by_hand: Callable[[str], ByHand], source: Source, secrets_manager: Any, api: str, place: str
) -> None:
    """So it goes with its resource, unlike one that was there before."""
    the_id = {"CredentialId": str(uuid.uuid4())} if api == "organizations" else {}
    resource, of = by_hand(api), properties(api, source, place, **the_id, OnConflict="adopt")
    made = resource.create(of)
    arn = assert_done(made)["SecretArn"]
    assert tags(secrets_manager, arn)["origin"] == "created"
    assert_done(resource.delete(of, made["PhysicalResourceId"]))
    assert held(secrets_manager, arn) is None


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("given", ["by-hand-Credential-1ABC2DEF3GHI", "{api}:unknown"])
def test_a_create_that_has_said_nothing_is_deleted_by_its_properties(
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


def test_a_create_that_came_to_no_end_in_time_is_deleted_by_its_properties(
    by_hand: Callable[[str], ByHand], answers: Answers, proxy: Proxy, secrets_manager: Any
) -> None:
    """It was cut off behind the write, before it knew what to answer."""
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
    # Without a ServiceTimeout somebody waits for an hour.
    assert_done(resource.update(of | {"Revision": "2"}, of, made["PhysicalResourceId"], **late))
    assert held(secrets_manager, made["Data"]["SecretArn"]) == "rotated"


def stamp(at: float) -> str:
    """As a URL says when it was signed."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))


# Rollbacks


def test_a_create_that_fails_takes_back_what_the_stack_has_made(
    stack: Stack, source: Source, secrets_manager: Any, place: str
) -> None:
    own = Deployment(stack)
    wrong = properties("tiledb", source, place, Spec={"provider": "OTHER"})
    reason = own.refuse(
        First=credential("dqops", **properties("dqops", source, place)),
        Second=credential("tiledb", **wrong) | {"DependsOn": "First"},
    )
    assert "provider" in reason
    assert held(secrets_manager, f"latchkey/dqops/{place}") is None


def test_an_update_that_fails_is_undone(stack: Stack, source: Source, secrets_manager: Any, place: str) -> None:
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
    reason = own.refuse(
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
    kept = held(secrets_manager, made["Data"]["SecretArn"])
    other = resource.update(new, old, made["PhysicalResourceId"])
    assert other["PhysicalResourceId"] != made["PhysicalResourceId"]
    # An update back, from the new credential to the old one, and then the deletion of the new one.
    back = resource.update(old, new, other["PhysicalResourceId"])
    assert (back["PhysicalResourceId"], back["Data"]) == (made["PhysicalResourceId"], made["Data"])
    assert_done(resource.delete(new, other["PhysicalResourceId"]))
    assert held(secrets_manager, made["Data"]["SecretArn"]) == kept
    assert held(secrets_manager, other["Data"]["SecretArn"]) is None
    # Where the update has said nothing, nobody else knows of the new one.
    answers.status, new = 500, properties(api, source, new_place())
    assert invoke(resource.stack, api, resource.event("Update", new, made["PhysicalResourceId"], old)).is_error
    other = answers.puts[-1].json
    answers.status = 200
    back = resource.update(old, new, made["PhysicalResourceId"])
    assert (back["PhysicalResourceId"], back["Data"]) == (made["PhysicalResourceId"], made["Data"])
    assert held(secrets_manager, made["Data"]["SecretArn"]) == kept
    assert held(secrets_manager, other["Data"]["SecretArn"]) is None


def test_a_source_that_has_become_wrong_leaves_the_credential_as_it_was(
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
    # The way back needs no source, as the credential is what it was.
    assert_done(resource.update(of, changed, made["PhysicalResourceId"]))
    assert held(secrets_manager, made["Data"]["SecretArn"]) == "first"
    source.put(json.dumps({"key": "second"}))
    assert_done(resource.update(changed, of, made["PhysicalResourceId"]))
    assert held(secrets_manager, made["Data"]["SecretArn"]) == "second"


# Faults of Secrets Manager


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
            reason = own.refuse(resource)
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


# Where a name was used before, the new credential takes several steps. Behind RestoreSecret it takes its time until
# anybody can have the name.
AT_FIRST = [("*", number) for number in range(5)]
USED = [("RestoreSecret", 0), ("TagResource", 0), ("UpdateSecret", 1)]


@pytest.mark.parametrize(("deaths", "is_used"), [(AT_FIRST, False), (USED, True)], ids=["new", "used"])
def test_a_create_that_dies_at_any_call_leaves_nothing(
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
    # The name is anybody's again.
    asked = [(by_hand(resource.api), of) for resource, of in asked]
    for (resource, _), answer in zip(asked, create(), strict=True):
        made = assert_done(answer)
        assert source.value in (held(secrets_manager, made["SecretArn"]) or "")
        assert tags(secrets_manager, made["SecretArn"])["owner"] == resource.owner


@pytest.mark.parametrize("api", APIS)
def test_a_create_whose_answers_are_lost_is_done(
    by_hand: Callable[[str], ByHand], proxy: Proxy, source: Source, secrets_manager: Any, api: str
) -> None:
    for calls in range(4):
        resource, place = by_hand(api), new_place()
        with proxy.faults(Fault(after=calls, times=1, how="lose")):
            made = assert_done(resource.create(properties(api, source, place)))
        assert in_place(secrets_manager, api, place) == [made["SecretName"]]
        assert tags(secrets_manager, made["SecretArn"])["owner"] == resource.owner


# What is refused


def test_what_is_refused_says_what_to_do_and_shows_no_value(
    stack: Stack, proxy: Proxy, secrets_manager: Any, place: str
) -> None:
    source = Source(secrets_manager, LITERAL)
    json_source = Source(secrets_manager, json.dumps({"key": LITERAL, "inner": {"key": LITERAL}, "none": None}))
    gone = Source(secrets_manager)
    secrets_manager.delete_secret(SecretId=gone.arn, RecoveryWindowInDays=7)
    reference = {"text_value": source.reference()}
    arn = f"arn:aws:secretsmanager:{REGION}:000000000000:secret"
    at_value = "Secrets.text_value"
    base = {"Owner": place, "Name": place}

    def of(value: Any) -> dict[str, Any]:
        return {"Secrets": {"text_value": value}}

    requests: list[tuple[dict[str, Any], str]] = [
        (
            {"Spec": {"text_value": LITERAL}},
            "Spec.text_value: is secret, and cannot stand in a template. Under Secrets",
        ),
        ({"Spec": {"binary_value": [LITERAL]}}, "Spec.binary_value: is secret"),
        ({"Spec": {LITERAL: LITERAL}}, "Spec: holds a field that is not documented"),
        ({"Spec": LITERAL}, "Spec: is no object"),
        (
            {LITERAL: LITERAL, "Secrets": reference},
            "There is a property that is unknown. Known are Name, Spec, Secrets",
        ),
        ({"Secrets": {LITERAL: source.reference()}}, "Secrets: names a field that is not documented"),
        (
            {"Secrets": {"type": source.reference()}, "Spec": {"type": "text"}},
            "Secrets.type: is said under Spec already",
        ),
        ({"Secrets": reference, "OnConflict": LITERAL}, "OnConflict: is none of fail, adopt"),
        ({"Secrets": reference, "OnDelete": LITERAL}, "OnDelete: is none of delete, retain"),
        ({"Secrets": reference, "Name": ""}, "Name: is missing or empty"),
        ({"Secrets": reference, "Workspace": LITERAL}, "There is a property that is unknown"),
        ({}, "text_value"),
        (of(LITERAL), f"{at_value}: is no reference; write {{SecretArn: ...}}"),
        (of({}), f"{at_value}: is no reference; write {{SecretArn: ...}}"),
        (of({"SecretArn": ""}), f"{at_value}.SecretArn: is empty"),
        (of({"SecretArn": source.arn, LITERAL: LITERAL}), f"{at_value}: takes nothing but SecretArn, JsonKey"),
        (of({"SecretArn": source.arn, "SsmParameter": "/x"}), f"{at_value}: takes nothing but"),
        (of({"SecretArn": LITERAL}), f"{at_value}: SecretArn is no ARN of a secret (arn:aws:secretsmanager:"),
        (of({"SecretArn": source.arn.replace(REGION, "eu-west-3")}), f"{at_value}: SecretArn is in another Region"),
        (of({"SecretArn": f"{arn}:sources/none-AbCdEf"}), f"{at_value}: leads to no secret"),
        (of({"SecretArn": gone.arn}), f"{at_value}: leads to a secret that is scheduled for deletion"),
        (of(source.reference(VersionStage="NONE")), f"{at_value}: leads to no secret, or to none with that version"),
        (of(source.reference(VersionId=str(uuid.uuid4()))), f"{at_value}: leads to no secret, or to none with"),
        (of(source.reference("key")), f"{at_value}: leads to a value that is no JSON object"),
        (of(json_source.reference(LITERAL)), f"{at_value}: leads to a JSON object without that JsonKey"),
        (of(json_source.reference("inner")), f"{at_value}: leads to a JsonKey that holds no text"),
        (of(json_source.reference("none")), f"{at_value}: leads to a JsonKey that holds no text"),
        (of({"SecretArn": f"{arn}:latchkey/keys/administrator"}), f"{at_value}: SecretArn is one of Latchkey's own"),
        (of({"SecretArn": f"{arn}:latchkey/dqops/x-AbCdEf"}), f"{at_value}: SecretArn is one of Latchkey's own"),
        (of({"SsmParameter": "/none"}), f"{at_value}: leads to no parameter"),
        (of({"SsmParameter": LITERAL + " " + LITERAL}), f"{at_value}: leads to no parameter"),
        (of({"Generate": LITERAL}), f"{at_value}.Generate: takes Length, Template and JsonKey"),
        (of({"Generate": {"Length": 7}}), f"{at_value}.Generate.Length: is no number from 8 to 4096"),
        (of({"Generate": {"Template": LITERAL, "JsonKey": "k"}}), f"{at_value}.Generate.Template: is no JSON object"),
        (of({"Generate": {"JsonKey": "k"}}), f"{at_value}.Generate: takes Template and JsonKey together"),
        ({"Secrets": {"binary_value": {"Generate": {}}}}, "can be generated for DQOps' text_value alone"),
        ({"Secrets": {"binary_value": source.reference()}}, "binary_value: is not"),
        ({"Secrets": reference, "Owner": ""}, "Owner: is missing or empty; name what manages this one credential"),
        ({"Secrets": reference, "Owner": "a\nb"}, "Owner: takes 1 to 200 letters, digits, spaces"),
        ({"Secrets": reference, "Owner": "x" * 201}, "Owner: takes 1 to 200 letters, digits, spaces"),
        ({"Secrets": reference, "Owner": [LITERAL]}, "Owner: is no text"),
    ]
    for own_secret in ("keys/administrator", "dqops/x"):
        for detour in (
            f"/aws/reference/secretsmanager/latchkey/{own_secret}",
            f"arn:aws:ssm:{REGION}:000000000000:parameter/aws/reference/secretsmanager/latchkey/{own_secret}",
            f"/aws/reference/secretsmanager/latchkey/{own_secret}:parameter/x",
        ):
            requests.append((of({"SsmParameter": detour}), f"{at_value}: SsmParameter is a detour to a secret"))
    with proxy.recording() as calls, ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(terraform, stack, "dqops", "create", base | changed) for changed, _ in requests]
    for (changed, says), answer in zip(requests, [future.result() for future in sent], strict=True):
        assert answer.is_error, changed
        assert says in answer.reason
        assert REQUEST_ID.search(answer.reason)
        assert LITERAL not in answer.reason
    assert writes(calls) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"Spec": {"type": "{{resolve:secretsmanager:sources/x}}"}},
        {"Secrets": {"text_value": {"SecretArn": "{{resolve:ssm:/x}}"}}},
        {"Revision": "1 {{resolve:ssm-secure:/x:1}}"},
    ],
)
def test_a_reference_that_cloudformation_would_resolve_is_refused(
    by_hand: Callable[[str], ByHand], source: Source, proxy: Proxy, place: str, changed: dict[str, Any]
) -> None:
    with proxy.recording() as calls:
        answer = by_hand("dqops").create(properties("dqops", source, place) | changed)
    assert_failed(answer, "{SecretArn: ..., JsonKey: ...} or {SsmParameter: ...}")
    assert writes(calls) == []


@pytest.mark.parametrize("event", [{}, [], "text", {"tf": {"action": "read"}}, {"tf": 1}, {"ResponseURL": "http://x"}])
def test_what_is_no_event_is_refused(stack: Stack, event: Any) -> None:
    assert invoke(stack, "dqops", event).reason


# Systems Manager


def test_a_parameter_can_be_a_source(stack: Stack, secrets_manager: Any, place: str) -> None:
    parameters = stack.client("ssm")
    arn = f"arn:aws:ssm:{REGION}:000000000000:parameter/sources/{place}"
    secret, public = f"/sources/{place}", f"/public/{place}"
    parameters.put_parameter(Name=secret, Value="first", Type="SecureString")
    parameters.put_parameter(Name=secret, Value="second", Type="SecureString", Overwrite=True)
    parameters.put_parameter(Name=public, Value="AKIAPUBLIC", Type="String")
    base = {"Owner": place, "Name": place}
    before = None
    for name, value in [(secret, "second"), (f"{secret}:1", "first"), (arn, "second"), (f"{arn}:1", "first")]:
        of = base | {"Secrets": {"text_value": {"SsmParameter": name}}}
        made = terraform(stack, "dqops", "update" if before else "create", of, before).json
        assert held(secrets_manager, made["Data"]["SecretArn"]) == value
        before = of
    refused = terraform(stack, "dqops", "update", base | {"Secrets": {"text_value": {"SsmParameter": public}}}, before)
    assert "Secrets.text_value: leads to a parameter that is no SecureString" in refused.reason
    # Which a public field has no need of.
    of = {
        "Owner": f"{place}/aws",
        "Workspace": place,
        "Name": "n",
        "Spec": {"provider": "AWS"},
        "Secrets": {
            "credential.aws.access_key_id": {"SsmParameter": public},
            "credential.aws.secret_access_key": {"SsmParameter": secret},
        },
    }
    made = terraform(stack, "tiledb", "create", of).json
    kept = json.loads(held(secrets_manager, made["Data"]["SecretArn"]) or "")
    assert kept["credential"]["aws"] == {"access_key_id": "AKIAPUBLIC", "secret_access_key": "second"}


# Terraform


@pytest.mark.parametrize("api", APIS)
def test_terraform_makes_changes_moves_and_deletes_a_credential(
    stack: Stack, proxy: Proxy, source: Source, secrets_manager: Any, api: str, place: str
) -> None:
    owner = f"prod/{place}"
    of = properties(api, source, place, Owner=owner)
    first = terraform(stack, api, "create", of).json
    assert set(first) == {"PhysicalResourceId", "Data"}
    assert set(first["Data"]) == {"Id", "Version", "SecretArn", "SecretName"}
    assert source.value in (held(secrets_manager, first["Data"]["SecretArn"]) or "")
    assert tags(secrets_manager, first["Data"]["SecretArn"])["owner"] == f"terraform/{owner}"
    # An apply that was cut off is repeated.
    with proxy.recording() as calls:
        assert terraform(stack, api, "create", of).json == first
        assert terraform(stack, api, "update", of | {"OnDelete": "delete"}, of).json == first
    assert writes(calls) == []
    source.put(f"rotated-{place}")
    rotated = of | {"Revision": 2}
    second = terraform(stack, api, "update", rotated, of).json
    assert second["PhysicalResourceId"] == first["PhysicalResourceId"]
    assert second["Data"]["Version"] != first["Data"]["Version"]
    assert source.value in (held(secrets_manager, first["Data"]["SecretArn"]) or "")
    moved = properties(api, source, new_place(), Owner=owner)
    third = terraform(stack, api, "update", moved, rotated).json
    assert third["PhysicalResourceId"] != first["PhysicalResourceId"]
    assert source.value in (held(secrets_manager, third["Data"]["SecretArn"]) or "")
    assert held(secrets_manager, first["Data"]["SecretArn"]) is None
    assert not terraform(stack, api, "delete", moved).is_error
    assert held(secrets_manager, third["Data"]["SecretArn"]) is None


def test_terraform_keeps_a_credential_where_it_is_told_to(
    stack: Stack, source: Source, secrets_manager: Any, place: str
) -> None:
    of = properties("dqops", source, place, Owner=place, OnDelete="retain")
    made = terraform(stack, "dqops", "create", of).json["Data"]
    # Also where another one takes its place.
    other = properties("dqops", source, f"{place}-2", Owner=place, OnDelete="delete")
    assert not terraform(stack, "dqops", "update", other, of).is_error
    assert held(secrets_manager, made["SecretArn"]) == source.value
    assert not terraform(stack, "dqops", "delete", other).is_error
    assert held(secrets_manager, f"latchkey/dqops/{place}-2") is None


def test_terraform_can_rename_what_keeps_its_id(stack: Stack, source: Source, secrets_manager: Any, place: str) -> None:
    of = properties("losant", source, place, Owner=place)
    made = terraform(stack, "losant", "create", of).json
    renamed = terraform(stack, "losant", "update", of | {"Name": "renamed"}, of).json
    assert renamed["PhysicalResourceId"] == made["PhysicalResourceId"]
    assert '"name":"renamed"' in (held(secrets_manager, made["Data"]["SecretArn"]) or "")
    assert not terraform(stack, "losant", "delete", of | {"Name": "renamed"}).is_error
    assert held(secrets_manager, made["Data"]["SecretArn"]) is None


@pytest.mark.parametrize("api", APIS)
def test_terraform_leaves_nothing_behind_when_the_owner_changes(
    stack: Stack, source: Source, secrets_manager: Any, api: str, place: str
) -> None:
    of = properties(api, source, place, Owner=place)
    assert not terraform(stack, api, "create", of).is_error
    # Whether it is refused or not: Terraform would not find two again.
    terraform(stack, api, "update", of | {"Owner": f"{place}/2", "OnConflict": "adopt"}, of)
    assert len(in_place(secrets_manager, api, place)) == 1


def test_terraform_without_an_owner_is_told_so(stack: Stack, source: Source, place: str) -> None:
    reason = terraform(stack, "dqops", "create", properties("dqops", source, place)).reason
    assert reason.startswith("Owner: is missing or empty; name what manages this one credential: prod/warehouse")


# Plain secrets


def test_a_plain_secret_is_a_credential_that_the_api_may_change(stack: Stack, admin: Api, place: str) -> None:
    own = Deployment(stack)
    plain = {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {
            "Name": f"latchkey/dqops/{place}",
            "GenerateSecretString": {"SecretStringTemplate": '{"user":"reader"}', "GenerateStringKey": "password"},
        },
    }
    own.deploy(**{LOGICAL_ID: plain})
    path = f"/api/credentials/{place}"
    found = admin.call("GET", path).json
    assert (found["type"], json.loads(found["text_value"])["user"]) == ("text", "reader")
    body = {"credential_name": place, "type": "text", "text_value": "by the API"}
    assert admin.call("PUT", f"/api/credential/{place}", body).status == 204
    assert own.drifted() == 0
    own.deploy(**{LOGICAL_ID: plain}, tags={"team": "data"})
    own.deploy(**{LOGICAL_ID: plain}, Other={"Type": "AWS::SNS::Topic"})
    assert admin.call("GET", path).json == body
    assert own.drifted() == 0
    # A provisioned credential of that name would be another's.
    other = Deployment(stack)
    assert "OnConflict" in other.refuse(credential("dqops", Name=place, Secrets={"text_value": {"Generate": {}}}))
    assert admin.call("GET", path).json == body
