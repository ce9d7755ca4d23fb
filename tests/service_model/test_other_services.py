"""STS, whose requests are forms and whose responses are XML, and Systems Manager."""

from email.message import Message

import pytest

from tests.service_model.test_answers import answered
from tests.service_model.test_calls import said
from tests.support.service_model import SECRETS_MANAGER, SSM, STS


def sts(body: str) -> list[str]:
    return STS.faults_of_call(STS.read(Message(), body.encode()))


ASSUME = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Freader"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Action=GetCallerIdentity&Version=2011-06-15", []),
        (f"{ASSUME}&RoleSessionName=latchkey&DurationSeconds=900&ExternalId=a%3Ab", []),
        (f"{ASSUME}&RoleSessionName=latchkey&PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FA", []),
        (ASSUME, ["AssumeRole.RoleSessionName: is required, and missing"]),
        (f"{ASSUME}&RoleSessionName=l", ["AssumeRole.RoleSessionName: its length is below 2"]),
        (f"{ASSUME}&RoleSessionName=l%20k", [r"AssumeRole.RoleSessionName: does not match [\w+=,.@-]*"]),
        (f"{ASSUME}&RoleSessionName=lk&DurationSeconds=899", ["AssumeRole.DurationSeconds: it is below 900"]),
        (f"{ASSUME}&RoleSessionName=lk&DurationSeconds=soon", ["AssumeRole.DurationSeconds: is not of type integer"]),
        (f"{ASSUME}&RoleSessionName=lk&ExternalId=%C3%BC-1", [r"AssumeRole.ExternalId: does not match [\w+=,.@:\/-]*"]),
        (f"{ASSUME}&RoleSessionName=lk&Role=a", ["AssumeRole.Role: is not a member"]),
        (
            f"{ASSUME}&RoleSessionName=lk&ProvidedContexts.member.2.ProviderArn={'a' * 20}"
            "&ProvidedContexts.member.1.ProviderArn=short",
            ["AssumeRole.ProvidedContexts[0].ProviderArn: its length is below 20"],
        ),
        (
            f"{ASSUME}&RoleSessionName=lk&TransitiveTagKeys.member.1=a",
            [
                r"AssumeRole.TransitiveTagKeys[0]: has a pattern that cannot be checked here, "
                r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"
            ],
        ),
        ("Action=GetCallerIdentity&Version=2012-01-01", ["GetCallerIdentity of 2012-01-01: is not an action of sts"]),
    ],
)
def test_a_form_is_checked_against_the_model(body: str, expected: list[str]) -> None:
    assert sts(body) == expected


XMLNS = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'
METADATA = "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
ARN_OF_USER = "<Arn>arn:aws:iam::123456789012:user/somebody</Arn>"


@pytest.mark.parametrize(
    ("status", "inner", "expected"),
    [
        (200, f"<GetCallerIdentityResult>{ARN_OF_USER}</GetCallerIdentityResult>{METADATA}", []),
        (
            200,
            f"<GetCallerIdentityResult>{ARN_OF_USER}</GetCallerIdentityResult>",
            ["GetCallerIdentity: its response has no RequestId"],
        ),
        (
            200,
            f"<GetCallerIdentityResult><Name>n</Name></GetCallerIdentityResult>{METADATA}",
            ["GetCallerIdentity.Name: is not a member"],
        ),
        (200, "<", ["GetCallerIdentity: its response with status 200 cannot be read"]),
        (403, "InvalidClientTokenId", []),
        (403, "SignatureDoesNotMatch", []),
        (400, "MalformedPolicyDocument", ["GetCallerIdentity: does not return the error 'MalformedPolicyDocument'"]),
        (500, "InvalidClientTokenId", ["GetCallerIdentity: does not return InvalidClientTokenId with the status 500"]),
    ],
)
def test_xml_is_checked_against_the_model(status: int, inner: str, expected: list[str]) -> None:
    body = f"<GetCallerIdentityResponse {XMLNS}>{inner}</GetCallerIdentityResponse>"
    if status != 200:
        error = f"<Error><Type>Sender</Type><Code>{inner}</Code><Message>m</Message></Error><RequestId>r</RequestId>"
        body = f"<ErrorResponse {XMLNS}>{error}</ErrorResponse>"
    assert answered(STS, "GetCallerIdentity", status, body.encode()) == expected


def test_a_response_must_have_its_required_members() -> None:
    user = "<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn></AssumedRoleUser>"
    body = f"<AssumeRoleResponse {XMLNS}><AssumeRoleResult>{user}</AssumeRoleResult>{METADATA}</AssumeRoleResponse>"
    assert answered(STS, "AssumeRole", 200, body.encode()) == [
        "AssumeRole.AssumedRoleUser.AssumedRoleId: is required, and missing"
    ]


def test_systems_managers_calls_are_checked_against_its_model() -> None:
    headers = Message()
    headers["X-Amz-Target"] = "AmazonSSM.GetParameter"
    call = SSM.read(headers, b'{"Name": "/a", "WithDecryption": true}')
    assert SSM.faults_of_call(call) == []
    assert said(SSM, "GetParameter", {"WithDecryption": "yes"}) == [
        "GetParameter.Name: is required, and missing",
        "GetParameter.WithDecryption: is not of type boolean",
    ]
    assert answered(SSM, "GetParameter", 400, {"__type": "ParameterNotFound"}) == []
    # A call with another service's target is not an action of this one.
    assert SECRETS_MANAGER.faults_of_call(SECRETS_MANAGER.read(headers, b"{}")) == [
        "AmazonSSM.GetParameter: is not an action of secretsmanager"
    ]
