"""What is refused, and with which words; and what a parameter may be."""

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.ministack import REGION
from local.stack import Stack
from tests.credentials_as_code.conftest import REQUEST_ID, assert_failed, held, properties
from tests.support.provisioning import (
    ByHand,
    Source,
    invoke,
    terraform,
    writes,
)
from tests.support.proxy import Proxy

LITERAL = "l1teral-s3cret"


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
