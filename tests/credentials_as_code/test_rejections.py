"""Events and properties that are rejected, and in which words; SSM parameters as sources."""

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


def test_a_rejection_says_what_to_do_and_shows_no_value(
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
        ({"Spec": {"tpye": LITERAL}}, "Spec.tpye: is not a documented field"),
        ({"Spec": {"credential_name": LITERAL}}, "Spec.credential_name: is not a documented field"),
        ({"Spec": {"x" * 100 + "\n": LITERAL}}, f"Spec.{'x' * 64}\u2026: is not a documented field"),
        ({"Spec": {"a\nb": LITERAL}}, r"Spec.a\nb: is not a documented field"),
        ({"Spec": LITERAL}, "Spec: must be a JSON object"),
        ({"Spec": {"type": "file"}, "Secrets": reference}, "Spec.type: must be one of text, binary"),
        ({"Secrets": LITERAL}, "Secrets: must be a JSON object"),
        ({"Nmae": LITERAL, "Secrets": reference}, "Nmae: is not a documented field; known are Name, Spec, Secrets"),
        ({"Secrets": {"text_vlaue": source.reference()}}, "Secrets.text_vlaue: is not a documented field"),
        (
            {"Secrets": {"type": source.reference()}, "Spec": {"type": "text"}},
            "Secrets.type: is said under Spec already",
        ),
        ({"Secrets": reference, "OnConflict": LITERAL}, "OnConflict: must be one of fail, adopt"),
        ({"Secrets": reference, "OnDelete": LITERAL}, "OnDelete: must be one of delete, retain"),
        ({"Secrets": reference, "Name": None}, "Name: is missing"),
        ({"Secrets": reference, "Name": ""}, "Name: is empty"),
        ({"Secrets": reference, "Name": [LITERAL]}, "Name: must be text"),
        ({"Secrets": reference, "Revision": {"r": LITERAL}}, "Revision: must be text"),
        ({"Secrets": reference, "Workspace": LITERAL}, "Workspace: is not a documented field"),
        ({}, "Secrets.text_value: is missing; give one of text_value, binary_value"),
        (of(LITERAL), f"{at_value}: is no reference; write {{SecretArn: ...}}"),
        (of({}), f"{at_value}: is no reference; write {{SecretArn: ...}}"),
        (of({"SecretArn": ""}), f"{at_value}.SecretArn: is empty"),
        (of({"SecretArn": [LITERAL]}), f"{at_value}.SecretArn: must be text"),
        (
            of({"SecretArn": source.arn, "JsonKye": LITERAL}),
            f"{at_value}.JsonKye: is not a documented field; known are SecretArn, JsonKey",
        ),
        (
            of({"SecretArn": source.arn, "SsmParameter": "/x"}),
            f"{at_value}.SsmParameter: cannot be given together with SecretArn",
        ),
        (of({"SsmParameter": "/x", "JsonKey": LITERAL}), f"{at_value}.JsonKey: is not a documented field"),
        (of({"SecretArn": LITERAL}), f"{at_value}: SecretArn is no ARN of a secret (arn:aws:secretsmanager:"),
        (of({"SecretArn": source.arn.replace(REGION, "eu-west-3")}), f"{at_value}: SecretArn is in another Region"),
        (of({"SecretArn": f"{arn}:sources/none-AbCdEf"}), f"{at_value}: leads to no secret"),
        (of({"SecretArn": gone.arn}), f"{at_value}: leads to a secret that is scheduled for deletion"),
        (of(source.reference(VersionStage="NONE")), f"{at_value}: leads to no secret, or to none with that version"),
        (of(source.reference(VersionId=str(uuid.uuid4()))), f"{at_value}: leads to no secret, or to none with"),
        (of(source.reference(VersionId=LITERAL)), f"{at_value}.VersionId: is shorter than 32 characters"),
        (of({"SecretArn": f"{arn}:sources/{LITERAL} {LITERAL}"}), f"{at_value}: SecretArn is no ARN of a secret"),
        (of(source.reference("key")), f"{at_value}: leads to a value that is no JSON object"),
        (of(json_source.reference(LITERAL)), f"{at_value}: leads to a JSON object without that JsonKey"),
        (of(json_source.reference("inner")), f"{at_value}: leads to a JsonKey that holds no text"),
        (of(json_source.reference("none")), f"{at_value}: leads to a JsonKey that holds no text"),
        (of({"SecretArn": f"{arn}:latchkey/keys/administrator"}), f"{at_value}: SecretArn is one of Latchkey's own"),
        (of({"SecretArn": f"{arn}:latchkey/dqops/x-AbCdEf"}), f"{at_value}: SecretArn is one of Latchkey's own"),
        (of({"SsmParameter": "/sources/none"}), f"{at_value}: leads to no parameter"),
        (of({"SsmParameter": f"/sources/{LITERAL} {LITERAL}"}), f"{at_value}: leads to no parameter"),
        (of({"Generate": LITERAL}), f"{at_value}.Generate: takes Length, Template and JsonKey"),
        (of({"Generate": {"Lenght": 40}}), f"{at_value}.Generate.Lenght: is not a documented field"),
        (of({"Generate": {"Length": 7}}), f"{at_value}.Generate.Length: must be a whole number from 8 to 4096"),
        (of({"Generate": {"Length": LITERAL}}), f"{at_value}.Generate.Length: must be a whole number from 8 to 4096"),
        (
            of({"Generate": {"Template": LITERAL, "JsonKey": "k"}}),
            f"{at_value}.Generate.Template: must be a JSON object",
        ),
        (of({"Generate": {"JsonKey": "k"}}), f"{at_value}.Generate: takes Template and JsonKey together"),
        ({"Secrets": {"binary_value": {"Generate": {}}}}, "can be generated for DQOps' text_value alone"),
        ({"Secrets": {"binary_value": source.reference()}}, "Secrets.binary_value: must be base64"),
        ({"Secrets": reference, "Owner": ""}, "Owner: is missing; name what manages this one credential"),
        ({"Secrets": reference, "Owner": "a\nb"}, "Owner: takes 1 to 200 letters, digits, spaces"),
        ({"Secrets": reference, "Owner": "x" * 201}, "Owner: takes 1 to 200 letters, digits, spaces"),
        ({"Secrets": reference, "Owner": [LITERAL]}, "Owner: must be text"),
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
    ("api", "changed", "says"),
    [
        ("tiledb", {"Workspace": ""}, "Workspace: is empty"),
        ("tiledb", {"Workspace": None}, "Workspace: is missing"),
        ("tiledb", {"Spec": {"provider": "IBM"}}, "Spec.provider: must be one of AWS, AZURE, GCP"),
        (
            "tiledb",
            {"Spec": {"provider": "AWS", "provider_default": "yes"}},
            "Spec.provider_default: must be true or false",
        ),
        ("tiledb", {"Spec": {"credential": {"aws": "key"}}}, "Spec.credential.aws: must be a JSON object"),
        (
            "tiledb",
            {"Spec": {"credential": {"aws": {"regoin": "r"}}}},
            "Spec.credential.aws.regoin: is not a documented field",
        ),
        ("tiledb", {"OrgId": "o"}, "OrgId: is not a documented field"),
        ("losant", {"Spec": {"type": "loggly", "enabled": "yes"}}, "Spec.enabled: must be true or false"),
        ("losant", {"Spec": {"type": "sql", "sqlConfig": {"port": "x"}}}, "Spec.sqlConfig.port: must be a number"),
        ("losant", {"Spec": {"type": "loggly", "name": "n"}}, "Spec.name: is not a documented field"),
        (
            "losant",
            {"Spec": {"type": "jwt", "jwtConfig": {"isuser": "i"}}},
            "Spec.jwtConfig.isuser: is not a documented field",
        ),
        ("organizations", {"OrgId": ""}, "OrgId: is empty"),
        ("organizations", {"Spec": {"type": "aws", "org_id": "o"}}, "Spec.org_id: is not a documented field"),
        ("dqops", {"CredentialId": "i"}, "CredentialId: is not a documented field"),
    ],
)
def test_properties_are_rejected_in_the_words_of_the_apis(
    stack: Stack, source: Source, place: str, api: str, changed: dict[str, Any], says: str
) -> None:
    rejected = terraform(stack, api, "create", properties(api, source, place, Owner=place) | changed)
    assert says in rejected.reason
    assert source.value not in rejected.reason


@pytest.mark.parametrize(
    "changed",
    [
        {"Spec": {"type": "{{resolve:secretsmanager:sources/x}}"}},
        {"Secrets": {"text_value": {"SecretArn": "{{resolve:ssm:/x}}"}}},
        {"Revision": "1 {{resolve:ssm-secure:/x:1}}"},
    ],
)
def test_a_reference_that_cloudformation_would_resolve_is_rejected(
    by_hand: Callable[[str], ByHand], source: Source, proxy: Proxy, place: str, changed: dict[str, Any]
) -> None:
    with proxy.recording() as calls:
        answer = by_hand("dqops").create(properties("dqops", source, place) | changed)
    assert_failed(answer, "{SecretArn: ..., JsonKey: ...} or {SsmParameter: ...}")
    assert writes(calls) == []


@pytest.mark.parametrize("event", [{}, [], "text", {"tf": {"action": "read"}}, {"tf": 1}, {"ResponseURL": "http://x"}])
def test_an_invalid_event_is_rejected(stack: Stack, event: Any) -> None:
    assert invoke(stack, "dqops", event).reason


def test_a_parameter_can_be_a_source(stack: Stack, secrets_manager: Any, place: str) -> None:
    parameters = stack.client("ssm")
    arn = f"arn:aws:ssm:{REGION}:000000000000:parameter/sources/{place}"
    secret, public = f"/sources/{place}", f"/sources/public-{place}"
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
    rejected = terraform(stack, "dqops", "update", base | {"Secrets": {"text_value": {"SsmParameter": public}}}, before)
    assert "Secrets.text_value: leads to a parameter that is no SecureString" in rejected.reason
    # A public field does not need a SecureString.
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
    stored = json.loads(held(secrets_manager, made["Data"]["SecretArn"]) or "")
    assert stored["credential"]["aws"] == {"access_key_id": "AKIAPUBLIC", "secret_access_key": "second"}
