"""Every call is checked against Secrets Manager's model: each rule rejects a broken call, and accepts a good one."""

import base64
from typing import Any

import pytest

from tests.support.service_model import SECRETS_MANAGER, Call, Service

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:latchkey/dqops/a.txt-AbCdEf"
TOKEN = "t" * 32
CREATE = {"Name": "latchkey/dqops/a.txt", "ClientRequestToken": TOKEN, "SecretString": "v"}
UPDATE = {"SecretId": ARN, "ClientRequestToken": TOKEN, "SecretString": "v"}
BATCH = {"SecretIdList": ["a"]}
LIST = {"Filters": [{"Key": "name", "Values": ["latchkey/"]}], "SortOrder": "asc", "MaxResults": 100}
DELETE = {"SecretId": ARN, "RecoveryWindowInDays": 7}
TAG = {"SecretId": ARN, "Tags": [{"Key": "latchkey:owner", "Value": "stack/1"}]}
GOOD = {
    "BatchGetSecretValue": BATCH,
    "CreateSecret": CREATE,
    "DeleteSecret": DELETE,
    "DescribeSecret": {"SecretId": "latchkey/dqops/a.txt"},
    "ListSecrets": LIST,
    "TagResource": TAG,
    "UpdateSecret": UPDATE,
}
BLOB = base64.b64encode(b"\xff" * 65_537).decode()


def said(service: Service, action: str, parameters: Any) -> list[str]:
    return service.faults_of_call(Call(action, parameters))


@pytest.mark.parametrize("action", GOOD)
def test_a_good_call_passes(action: str) -> None:
    assert said(SECRETS_MANAGER, action, GOOD[action]) == []


@pytest.mark.parametrize(
    ("more", "action"),
    [
        ({"Description": "d" * 2048, "SecretString": "v" * 65_536, "ClientRequestToken": "t" * 64}, "CreateSecret"),
        ({"Name": "n" * 512}, "CreateSecret"),
        ({"Name": "a-AbCdEf.txt"}, "CreateSecret"),
        ({"Tags": [{"Key": f"k{number}", "Value": "ü /_.:=+@-"} for number in range(50)]}, "CreateSecret"),
        ({"Description": ""}, "UpdateSecret"),
        ({"RecoveryWindowInDays": 30}, "DeleteSecret"),
        ({"SecretIdList": ["a"] * 20}, "BatchGetSecretValue"),
    ],
)
def test_a_call_at_the_limits_passes(more: dict[str, Any], action: str) -> None:
    assert said(SECRETS_MANAGER, action, GOOD[action] | more) == []


@pytest.mark.parametrize(
    ("action", "more", "expected"),
    [
        # Rules of the model: members, types, sizes, patterns, enumerations.
        ("CreateSecret", {"Nmae": "v4lue"}, "CreateSecret.Nmae: is not a member"),
        ("CreateSecret", {"Name": 7}, "CreateSecret.Name: is not of type string"),
        ("CreateSecret", {"SecretString": None}, "CreateSecret.SecretString: is not of type string"),
        ("CreateSecret", {"Name": ""}, "CreateSecret.Name: its length is below 1"),
        ("CreateSecret", {"Name": "n" * 513}, "CreateSecret.Name: its length is above 512"),
        ("CreateSecret", {"Description": "🔑" * 1025}, "CreateSecret.Description: its length is above 2048"),
        ("CreateSecret", {"KmsKeyId": "k" * 2049}, "CreateSecret.KmsKeyId: its length is above 2048"),
        ("CreateSecret", {"ClientRequestToken": "t" * 31}, "CreateSecret.ClientRequestToken: its length is below 32"),
        ("CreateSecret", {"ClientRequestToken": "t" * 65}, "CreateSecret.ClientRequestToken: its length is above 64"),
        ("CreateSecret", {"SecretString": ""}, "CreateSecret.SecretString: its length is below 1"),
        ("CreateSecret", {"SecretString": "v" * 65_537}, "CreateSecret.SecretString: its length is above 65536"),
        ("CreateSecret", {"SecretBinary": "not base64"}, "CreateSecret.SecretBinary: is not of type blob"),
        ("CreateSecret", {"SecretBinary": BLOB}, "CreateSecret.SecretBinary: its number of bytes is above 65536"),
        (
            "CreateSecret",
            {"ForceOverwriteReplicaSecret": 1},
            "CreateSecret.ForceOverwriteReplicaSecret: is not of type boolean",
        ),
        ("CreateSecret", {"Tags": {"Key": "k"}}, "CreateSecret.Tags: is not of type list"),
        ("CreateSecret", {"Tags": [{"Key": "k" * 129}]}, "CreateSecret.Tags[0].Key: its length is above 128"),
        ("CreateSecret", {"Tags": [{"Key": "k", "Vaule": ""}]}, "CreateSecret.Tags[0].Vaule: is not a member"),
        (
            "CreateSecret",
            {"AddReplicaRegions": [{"Region": "Mars"}]},
            r"CreateSecret.AddReplicaRegions[0].Region: does not match ^([a-z]+-)+\d+$",
        ),
        ("DeleteSecret", {"RecoveryWindowInDays": "7"}, "DeleteSecret.RecoveryWindowInDays: is not of type long"),
        ("DeleteSecret", {"RecoveryWindowInDays": True}, "DeleteSecret.RecoveryWindowInDays: is not of type long"),
        ("ListSecrets", {"MaxResults": 101}, "ListSecrets.MaxResults: it is above 100"),
        ("ListSecrets", {"MaxResults": 0}, "ListSecrets.MaxResults: it is below 1"),
        ("ListSecrets", {"SortOrder": "up"}, "ListSecrets.SortOrder: is not one of asc, desc"),
        (
            "ListSecrets",
            {"Filters": [{"Key": "name", "Values": []}]},
            "ListSecrets.Filters[0].Values: its number of entries is below 1",
        ),
        (
            "ListSecrets",
            {"Filters": [{"Key": "name", "Values": ["a%"]}]},
            r"ListSecrets.Filters[0].Values[0]: does not match ^\!?[a-zA-Z0-9 :_@\/\+\=\.\-\!]*$",
        ),
        (
            "BatchGetSecretValue",
            {"SecretIdList": ["a"] * 21},
            "BatchGetSecretValue.SecretIdList: its number of entries is above 20",
        ),
        # Rules of the documentation.
        ("CreateSecret", {"Name": "a b"}, "CreateSecret.Name: has a character other than A-Za-z0-9/_+=.@-"),
        ("CreateSecret", {"Name": "a\n"}, "CreateSecret.Name: has a character other than A-Za-z0-9/_+=.@-"),
        ("CreateSecret", {"Name": "x-AbCdEf"}, "CreateSecret.Name: ends like an ARN, in a hyphen and six characters"),
        ("UpdateSecret", {"SecretId": "a b"}, "UpdateSecret.SecretId: is neither a secret's name nor an ARN"),
        (
            "UpdateSecret",
            {"SecretId": "arn:aws:s3:::a"},
            "UpdateSecret.SecretId: is neither a secret's name nor an ARN",
        ),
        (
            "BatchGetSecretValue",
            {"SecretIdList": ["%"]},
            "BatchGetSecretValue.SecretId: is neither a secret's name nor an ARN",
        ),
        ("CreateSecret", {"SecretBinary": "/w=="}, "CreateSecret: has both SecretString and SecretBinary"),
        ("UpdateSecret", {"SecretString": "ü" * 65_536}, "UpdateSecret.SecretString: has more than 65536 bytes"),
        ("TagResource", {"Tags": [{"Key": f"k{n}"} for n in range(51)]}, "TagResource.Tags: are more than 50"),
        ("TagResource", {"Tags": [{"Key": "k"}, {"Key": "k"}]}, "TagResource.Tags: have a key twice"),
        ("TagResource", {"Tags": [{"Value": "v"}]}, "TagResource.Tags[0].Key: is missing"),
        ("TagResource", {"Tags": [{"Key": "aws:k"}]}, "TagResource.Tags[0].Key: begins with aws:, which is AWS's own"),
        (
            "TagResource",
            {"Tags": [{"Key": "k", "Value": "a,b"}]},
            "TagResource.Tags[0].Value: has a character that tags cannot have",
        ),
        ("BatchGetSecretValue", {"Filters": []}, "BatchGetSecretValue: needs either SecretIdList or Filters"),
        (
            "BatchGetSecretValue",
            {"MaxResults": 20},
            "BatchGetSecretValue: has MaxResults or NextToken, which go only with Filters",
        ),
        ("DeleteSecret", {"RecoveryWindowInDays": 6}, "DeleteSecret.RecoveryWindowInDays: is not from 7 to 30"),
        (
            "DeleteSecret",
            {"ForceDeleteWithoutRecovery": True},
            "DeleteSecret: has both RecoveryWindowInDays and ForceDeleteWithoutRecovery",
        ),
    ],
)
def test_a_broken_call_is_reported(action: str, more: dict[str, Any], expected: str) -> None:
    assert said(SECRETS_MANAGER, action, GOOD[action] | more) == [expected]


@pytest.mark.parametrize(
    ("action", "parameters", "expected"),
    [
        ("CreateSecret", {}, ["CreateSecret.Name: is required, and missing"]),
        ("CreateSecret", [], ["CreateSecret: is not of type structure"]),
        (
            "PutSecretValue",
            {"SecretId": "a", "ClientRequestToken": TOKEN},
            ["PutSecretValue: has neither SecretString nor SecretBinary"],
        ),
        (
            "UpdateSecret",
            {"SecretId": "a", "SecretString": "v"},
            ["UpdateSecret.ClientRequestToken: is missing, and there is a value"],
        ),
        ("TagResource", {"SecretId": "a"}, ["TagResource.Tags: is required, and missing"]),
        ("BatchGetSecretValue", {}, ["BatchGetSecretValue: needs either SecretIdList or Filters"]),
        ("MakeCoffee", {}, ["MakeCoffee: is not an action of secretsmanager"]),
    ],
)
def test_missing_members_are_reported(action: str, parameters: Any, expected: list[str]) -> None:
    assert said(SECRETS_MANAGER, action, parameters) == expected


def test_no_value_is_repeated() -> None:
    broken = {"Name": "hunter2 ", "SecretString": "hunter2" * 10_000, "Tags": [{"Key": "hunter2,"}], "KmsKeyId": 2}
    broken["SecretBinary"] = "hunter2"
    assert "hunter2" not in str(said(SECRETS_MANAGER, "CreateSecret", broken))
    del broken["KmsKeyId"], broken["SecretBinary"], broken["SecretString"]
    assert len(said(SECRETS_MANAGER, "CreateSecret", broken)) == 2
    assert "hunter2" not in str(said(SECRETS_MANAGER, "CreateSecret", broken))
