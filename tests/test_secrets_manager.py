"""The front of MiniStack's Secrets Manager applies AWS's rules where MiniStack's differ."""

import base64
import http.client
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from local.connections import Client
from local.ministack import REGION, ROOT, MiniStack
from local.process import exit_on_signals

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"


class Strict(MiniStack):
    """MiniStack with IAM enforced."""

    def _env(self) -> dict[str, str]:
        return super()._env() | {"AUTH": "true"}


@pytest.fixture(scope="module")
def ministack() -> Iterator[MiniStack]:
    exit_on_signals()
    with Strict(work=ROOT / ".local" / "test-secrets-manager") as ministack:
        yield ministack


@pytest.fixture(scope="module")
def aws(ministack: MiniStack) -> Any:
    return ministack.client("secretsmanager")


@pytest.fixture
def name() -> str:
    return f"test/{uuid.uuid4().hex}"


@pytest.fixture
def made(aws: Any, name: str) -> str:
    """The name of a secret whose version is token(1), with the value "value 1"."""
    aws.create_secret(Name=name, SecretString="value 1", ClientRequestToken=token(1))
    return name


def token(number: int) -> str:
    return f"token-{number:026}"


def update(aws: Any, name: str, *numbers: int) -> None:
    """Writes these versions one after another."""
    for number in numbers:
        aws.update_secret(SecretId=name, SecretString=f"value {number}", ClientRequestToken=token(number))


def move_current(aws: Any, name: str, old: int, new: int) -> None:
    versions = {"RemoveFromVersionId": token(old), "MoveToVersionId": token(new)}
    aws.update_secret_version_stage(SecretId=name, VersionStage=CURRENT, **versions)


def rejected(call: Callable[..., Any], /, **parameters: Any) -> str:
    """The error code of a call that must fail."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    return raised.value.response["Error"]["Code"]


def raw(ministack: MiniStack, action: str, **parameters: Any) -> str:
    """The error code of a call that boto would not make; an empty text if the call succeeds."""
    client = Client(ministack.secrets_manager_endpoint)
    with_action = {"X-Amz-Target": f"secretsmanager.{action}", "Authorization": authorization()}
    answer = client.post(with_action, json.dumps(parameters).encode())
    return "" if answer.status == 200 else json.loads(answer.body)["__type"]


def authorization() -> str:
    scope = f"20260101/{REGION}/secretsmanager/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders=host, Signature=none"


def current(aws: Any, name: str) -> tuple[str, str]:
    found = aws.get_secret_value(SecretId=name)
    return found["VersionId"], found["SecretString"]


def listed(aws: Any, **parameters: Any) -> list[str]:
    return [secret["Name"] for secret in aws.list_secrets(**parameters)["SecretList"]]


def by_name(*values: str) -> list[dict[str, Any]]:
    return [{"Key": "name", "Values": list(values)}]


def schedule(aws: Any, name: str) -> None:
    aws.delete_secret(SecretId=name, RecoveryWindowInDays=7)


# Tokens


@pytest.mark.parametrize("action", ["update_secret", "put_secret_value"])
def test_a_token_cannot_be_used_for_another_value(aws: Any, made: str, action: str) -> None:
    write = getattr(aws, action)
    assert (
        rejected(write, SecretId=made, SecretString="other", ClientRequestToken=token(1)) == "ResourceExistsException"
    )
    binary = {"SecretBinary": b"value 1", "ClientRequestToken": token(1)}
    assert rejected(write, SecretId=made, **binary) == "ResourceExistsException"
    assert current(aws, made) == (token(1), "value 1")


def test_a_rejected_update_changes_no_description(aws: Any, made: str) -> None:
    change = {"SecretString": "other", "Description": "new", "ClientRequestToken": token(1)}
    assert rejected(aws.update_secret, SecretId=made, **change) == "ResourceExistsException"
    assert not aws.describe_secret(SecretId=made).get("Description")


@pytest.mark.parametrize(("value", "number"), [("value 1", 2), ("other", 1), ("other", 2)])
def test_a_name_that_is_taken_cannot_be_created(aws: Any, made: str, value: str, number: int) -> None:
    taken = {"SecretString": value, "ClientRequestToken": token(number)}
    assert rejected(aws.create_secret, Name=made, **taken) == "ResourceExistsException"


@pytest.mark.parametrize("secret_id", ["name", "ARN", "partial ARN"])
def test_a_token_stays_used_when_its_version_has_no_labels(aws: Any, made: str, secret_id: str) -> None:
    update(aws, made, 2, 3, 4)
    arn = aws.describe_secret(SecretId=made)["ARN"]
    named = {"name": made, "ARN": arn, "partial ARN": arn[:-7]}[secret_id]
    for number in (1, 2, 3, 4):
        write = {"SecretString": "other", "ClientRequestToken": token(number)}
        assert rejected(aws.update_secret, SecretId=named, **write) == "ResourceExistsException"
    assert current(aws, named) == (token(4), "value 4")


def test_only_one_of_many_writes_with_the_same_token_succeeds(aws: Any, made: str) -> None:
    def write(number: int) -> str:
        try:
            aws.update_secret(SecretId=made, SecretString=f"value {number}", ClientRequestToken=token(2))
        except ClientError as error:
            return error.response["Error"]["Code"]
        return f"value {number}"

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(write, range(10)))
    assert outcomes.count("ResourceExistsException") == 9
    assert current(aws, made)[1] in outcomes


def test_a_value_needs_a_token(ministack: MiniStack, made: str) -> None:
    for short in ("x" * 31, "x" * 65):
        write = {"SecretId": made, "SecretString": "v", "ClientRequestToken": short}
        assert raw(ministack, "UpdateSecret", **write) == "ValidationException"
    assert raw(ministack, "UpdateSecret", SecretId=made, SecretString="v") == "InvalidParameterException"
    assert raw(ministack, "UpdateSecret", SecretId=made, Description="d") == ""


def test_a_token_becomes_the_version_id(aws: Any, name: str) -> None:
    first = aws.create_secret(Name=name, SecretString="value 1", ClientRequestToken=token(1))
    second = aws.update_secret(SecretId=name, SecretString="value 2", ClientRequestToken=token(2))
    third = aws.put_secret_value(SecretId=name, SecretBinary=b"value 3", ClientRequestToken=token(3))
    assert [made["VersionId"] for made in (first, second, third)] == [token(1), token(2), token(3)]
    labels = {token(2): [PREVIOUS], token(3): [CURRENT]}
    assert third["VersionStages"] == [CURRENT]
    assert aws.describe_secret(SecretId=name)["VersionIdsToStages"] == labels
    (secret,) = aws.list_secrets(Filters=by_name(name))["SecretList"]
    assert secret["SecretVersionsToStages"] == labels
    (batch,) = aws.batch_get_secret_value(SecretIdList=[name])["SecretValues"]
    assert (batch["VersionId"], batch["SecretBinary"]) == (token(3), b"value 3")
    for number, value in ((1, "value 1"), (2, "value 2")):
        assert aws.get_secret_value(SecretId=name, VersionId=token(number))["SecretString"] == value


def test_a_repeated_write_succeeds_and_does_nothing(aws: Any, made: str) -> None:
    update(aws, made, 2)
    update(aws, made, 1)
    created = aws.create_secret(Name=made, SecretString="value 1", ClientRequestToken=token(1), Description="other")
    put = aws.put_secret_value(SecretId=made, SecretString="value 1", ClientRequestToken=token(1))
    assert [again["VersionId"] for again in (created, put)] == [token(1), token(1)]
    assert put["VersionStages"] == [PREVIOUS]
    assert current(aws, made) == (token(2), "value 2")
    assert not aws.describe_secret(SecretId=made).get("Description")


def test_a_repeated_write_moves_no_label_back(aws: Any, made: str) -> None:
    update(aws, made, 2)
    move_current(aws, made, 2, 1)
    update(aws, made, 2)
    assert current(aws, made) == (token(1), "value 1")


def test_each_secret_has_its_own_tokens(aws: Any, made: str, name: str) -> None:
    aws.create_secret(Name=f"{name}/other", SecretString="other", ClientRequestToken=token(1))
    assert current(aws, f"{name}/other") == (token(1), "other")
    aws.delete_secret(SecretId=made, ForceDeleteWithoutRecovery=True)
    aws.create_secret(Name=made, SecretString="new", ClientRequestToken=token(1))
    assert current(aws, made) == (token(1), "new")
    with pytest.raises(ClientError):
        aws.get_secret_value(SecretId=made, VersionId=token(2))


# Scheduled for deletion


def test_a_name_stays_taken_while_its_secret_is_scheduled_for_deletion(aws: Any, made: str) -> None:
    schedule(aws, made)
    for number in (1, 2):
        create = {"SecretString": "value 1", "ClientRequestToken": token(number)}
        assert rejected(aws.create_secret, Name=made, **create) == "InvalidRequestException"


def test_a_scheduled_secret_cannot_be_used(aws: Any, made: str) -> None:
    update(aws, made, 2)
    schedule(aws, made)
    labels = {"VersionStage": CURRENT, "MoveToVersionId": token(1), "RemoveFromVersionId": token(2)}
    calls: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (aws.get_secret_value, {}),
        (aws.get_secret_value, {"VersionId": token(1)}),
        (aws.put_secret_value, {"SecretString": "value 3", "ClientRequestToken": token(3)}),
        (aws.put_secret_value, {"SecretString": "value 2", "ClientRequestToken": token(2)}),
        (aws.update_secret, {"SecretString": "value 3", "ClientRequestToken": token(3)}),
        (aws.update_secret, {"SecretString": "value 2", "ClientRequestToken": token(2)}),
        (aws.update_secret, {"Description": "new"}),
        (aws.update_secret_version_stage, labels),
        (aws.tag_resource, {"Tags": [{"Key": "a", "Value": "b"}]}),
        (aws.untag_resource, {"TagKeys": ["a"]}),
        (aws.delete_secret, {"RecoveryWindowInDays": 7}),
    ]
    for call, parameters in calls:
        assert rejected(call, SecretId=made, **parameters) == "InvalidRequestException", call
    (error,) = aws.batch_get_secret_value(SecretIdList=[made])["Errors"]
    assert error["ErrorCode"] == "InvalidRequestException"
    assert listed(aws, Filters=by_name(made)) == []


def test_a_scheduled_secret_can_be_described_and_restored(aws: Any, made: str) -> None:
    update(aws, made, 2)
    schedule(aws, made)
    assert "DeletedDate" in aws.describe_secret(SecretId=made)
    assert listed(aws, Filters=by_name(made), IncludePlannedDeletion=True) == [made]
    assert len(aws.list_secret_version_ids(SecretId=made)["Versions"]) == 2
    aws.restore_secret(SecretId=made)
    assert current(aws, made) == (token(2), "value 2")
    assert rejected(aws.update_secret, SecretId=made, SecretString="x", ClientRequestToken=token(1))
    # Restoring a secret that is not scheduled succeeds.
    assert aws.restore_secret(SecretId=made)["Name"] == made


def test_a_scheduled_secret_can_be_deleted_for_good_even_twice(aws: Any, made: str) -> None:
    schedule(aws, made)
    for _ in range(2):
        aws.delete_secret(SecretId=made, ForceDeleteWithoutRecovery=True)
    assert rejected(aws.describe_secret, SecretId=made) == "ResourceNotFoundException"
    assert rejected(aws.delete_secret, SecretId=made, RecoveryWindowInDays=7) == "ResourceNotFoundException"


# Names, values, Descriptions and tags


@pytest.mark.parametrize("bad", ["", "n" * 513, "a b", "ä", "a:b", "a!", "a\n"])
def test_invalid_names_are_rejected(ministack: MiniStack, bad: str) -> None:
    create = {"Name": bad, "SecretString": "v", "ClientRequestToken": token(1)}
    assert raw(ministack, "CreateSecret", **create) == "ValidationException"


def test_names_do_not_end_like_an_arn(aws: Any, name: str) -> None:
    assert rejected(aws.create_secret, Name=f"{name}-abc123", SecretString="v") == "InvalidParameterException"
    aws.create_secret(Name=f"{name}-abc1234", SecretString="v")


@pytest.mark.parametrize(
    "value",
    [{"SecretString": ""}, {"SecretString": "v" * 65_537}, {"SecretString": "ä" * 32_769}, {"SecretBinary": ""}],
    ids=["empty", "long", "long in bytes", "no bytes"],
)
@pytest.mark.parametrize("action", ["CreateSecret", "UpdateSecret", "PutSecretValue"])
def test_values_of_a_wrong_size_are_rejected(
    ministack: MiniStack, made: str, action: str, value: dict[str, str]
) -> None:
    secret = {"Name": f"{made}/new"} if action == "CreateSecret" else {"SecretId": made}
    assert raw(ministack, action, **secret, **value, ClientRequestToken=token(2)) == "ValidationException"


def test_the_largest_values_are_stored(aws: Any, name: str) -> None:
    aws.create_secret(Name=name, SecretString="ä" * 32_768, Description="\N{GRINNING FACE}" * 1024)
    aws.update_secret(SecretId=name, SecretBinary=b"\xff" * 65_536)
    assert len(aws.get_secret_value(SecretId=name)["SecretBinary"]) == 65_536


def test_a_value_is_text_or_bytes(aws: Any, ministack: MiniStack, made: str) -> None:
    both = {"SecretString": "v", "SecretBinary": base64.b64encode(b"v").decode()}
    write = {"SecretId": made, "ClientRequestToken": token(2)}
    assert raw(ministack, "UpdateSecret", **write, **both) == "InvalidParameterException"
    assert rejected(aws.put_secret_value, **write) == "InvalidRequestException"


@pytest.mark.parametrize("character", ["d", "\N{GRINNING FACE}"])
def test_descriptions_are_counted_in_utf_16(aws: Any, made: str, character: str) -> None:
    most = 2048 // (len(character.encode("utf-16-le")) // 2)
    aws.update_secret(SecretId=made, Description=character * most)
    for write in (aws.update_secret, aws.create_secret):
        secret = {"SecretId": made} if write == aws.update_secret else {"Name": f"{made}/new", "SecretString": "v"}
        assert rejected(write, **secret, Description=character * (most + 1)) == "ValidationException"


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([{"Key": "k" * 129, "Value": "v"}], "ValidationException"),
        ([{"Key": "k", "Value": "v" * 257}], "ValidationException"),
        ([{"Key": "k", "Value": "{}"}], "InvalidParameterException"),
        ([{"Key": "aws:k", "Value": "v"}], "InvalidParameterException"),
        ([{"Key": f"k{number}", "Value": "v"} for number in range(51)], "InvalidParameterException"),
    ],
    ids=["long key", "long value", "characters", "AWS's own", "many"],
)
def test_invalid_tags_are_rejected(aws: Any, made: str, tags: list[dict[str, str]], code: str) -> None:
    assert rejected(aws.tag_resource, SecretId=made, Tags=tags) == code
    assert rejected(aws.create_secret, Name=f"{made}/new", SecretString="v", Tags=tags) == code


# Labels


def test_a_secret_cannot_lose_its_current_version(aws: Any, made: str) -> None:
    update(aws, made, 2)
    label = {"SecretId": made, "VersionStage": CURRENT}
    assert rejected(aws.update_secret_version_stage, **label, RemoveFromVersionId=token(2))
    assert rejected(aws.update_secret_version_stage, **label, MoveToVersionId=token(1))
    unknown = {"RemoveFromVersionId": token(2), "MoveToVersionId": token(3)}
    assert rejected(aws.update_secret_version_stage, **label, **unknown) == "ResourceNotFoundException"
    assert current(aws, made) == (token(2), "value 2")


def test_an_error_names_versions_by_their_tokens(aws: Any, made: str) -> None:
    update(aws, made, 2)
    with pytest.raises(ClientError, match=token(2)):
        aws.update_secret_version_stage(SecretId=made, VersionStage=CURRENT, MoveToVersionId=token(1))


def test_the_version_that_was_current_becomes_the_previous_one(aws: Any, made: str) -> None:
    update(aws, made, 2, 3)
    move_current(aws, made, 3, 1)
    assert aws.describe_secret(SecretId=made)["VersionIdsToStages"] == {token(1): [CURRENT], token(3): [PREVIOUS]}
    assert current(aws, made) == (token(1), "value 1")
    found = aws.get_secret_value(SecretId=made, VersionStage=PREVIOUS)
    assert (found["VersionId"], found["SecretString"], found["VersionStages"]) == (token(3), "value 3", [PREVIOUS])
    update(aws, made, 4)
    assert aws.describe_secret(SecretId=made)["VersionIdsToStages"] == {token(4): [CURRENT], token(1): [PREVIOUS]}
    for number in (2, 3):
        assert aws.get_secret_value(SecretId=made, VersionId=token(number))["SecretString"] == f"value {number}"


def test_dates_tell_which_version_is_newer(aws: Any, made: str) -> None:
    update(aws, made, 2, 3)
    move_current(aws, made, 3, 1)
    versions = aws.list_secret_version_ids(SecretId=made, IncludeDeprecated=True)["Versions"]
    dates = {version["VersionId"]: version["CreatedDate"] for version in versions}
    assert dates[token(1)] < dates[token(2)] < dates[token(3)]
    for stage, number in ((CURRENT, 1), (PREVIOUS, 3)):
        assert aws.get_secret_value(SecretId=made, VersionStage=stage)["CreatedDate"] == dates[token(number)]


def test_a_version_and_a_label_must_agree(aws: Any, made: str) -> None:
    update(aws, made, 2)
    both = {"VersionId": token(1), "VersionStage": CURRENT}
    assert rejected(aws.get_secret_value, SecretId=made, **both) == "InvalidRequestException"


def test_versions_without_labels_are_listed_on_request(aws: Any, made: str) -> None:
    update(aws, made, 2, 3, 4)

    def versions(**parameters: Any) -> dict[str, list[str]]:
        page = aws.list_secret_version_ids(SecretId=made, **parameters)
        found = {version["VersionId"]: version["VersionStages"] for version in page["Versions"]}
        assert len(found) <= parameters.get("MaxResults", 100)
        if "NextToken" in page:
            found |= versions(**parameters | {"NextToken": page["NextToken"]})
        return found

    labelled = {token(4): [CURRENT], token(3): [PREVIOUS]}
    assert versions() == labelled
    assert versions(IncludeDeprecated=True) == labelled | {token(1): [], token(2): []}
    assert versions(IncludeDeprecated=True, MaxResults=1) == labelled | {token(1): [], token(2): []}


def test_a_secret_without_a_value_has_no_version(aws: Any, name: str) -> None:
    assert "VersionId" not in aws.create_secret(Name=name)
    assert rejected(aws.get_secret_value, SecretId=name) == "ResourceNotFoundException"
    (error,) = aws.batch_get_secret_value(SecretIdList=[name])["Errors"]
    assert error["ErrorCode"] == "ResourceNotFoundException"
    assert not aws.describe_secret(SecretId=name).get("VersionIdsToStages")
    update(aws, name, 1)
    assert rejected(aws.get_secret_value, SecretId=name, VersionStage=PREVIOUS) == "ResourceNotFoundException"
    (version,) = aws.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)["Versions"]
    assert (version["VersionId"], version["VersionStages"]) == (token(1), [CURRENT])


# Lists


@pytest.fixture
def family(aws: Any, name: str) -> str:
    """The prefix of five secrets. There are others whose names look similar."""
    for number in range(5):
        tags = [{"Key": f"Key{number}", "Value": "Value"}]
        aws.create_secret(Name=f"{name}/{number}", SecretString="v", Description=f"the Word{number}", Tags=tags)
    for like in (f"{name.upper()}/0", f"other/{name}/0"):
        aws.create_secret(Name=like, SecretString="v")
    return f"{name}/"


def test_names_are_found_by_their_prefix(aws: Any, family: str) -> None:
    members = [f"{family}{number}" for number in range(5)]
    assert listed(aws, Filters=by_name(family)) == members
    assert listed(aws, Filters=by_name(f"{family}0", f"{family}3")) == [members[0], members[3]]
    assert listed(aws, Filters=[*by_name(family), *by_name(f"!{family}0")]) == members[1:]
    values = aws.batch_get_secret_value(Filters=by_name(family))["SecretValues"]
    assert [value["Name"] for value in values] == members


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [("description", "word1", [1]), ("description", "ord1", []), ("tag-key", "Key2", [2]), ("tag-key", "key2", [])],
)
def test_other_filters_have_their_own_rules(aws: Any, family: str, key: str, value: str, found: list[int]) -> None:
    filters = [*by_name(family), {"Key": key, "Values": [value]}]
    assert listed(aws, Filters=filters) == [f"{family}{number}" for number in found]


@pytest.mark.parametrize("size", [1, 2, 4, 5, 100])
def test_pages_have_the_requested_size(aws: Any, family: str, size: int) -> None:
    pages = list(aws.get_paginator("list_secrets").paginate(Filters=by_name(family), MaxResults=size))
    counts = [len(page["SecretList"]) for page in pages]
    # The last page may be empty, as AWS's can be.
    assert counts[:-1] == [size] * (len(counts) - 1)
    found = [secret["Name"] for page in pages for secret in page["SecretList"]]
    assert found == [f"{family}{number}" for number in range(5)]


def test_batches_have_pages_too(aws: Any, family: str) -> None:
    pages, more = [], {}
    while True:
        page = aws.batch_get_secret_value(Filters=by_name(family), MaxResults=2, **more)
        pages.append([value["Name"].removeprefix(family) for value in page["SecretValues"]])
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    assert pages == [["0", "1"], ["2", "3"], ["4"]]


def test_invalid_batches_are_rejected(aws: Any, made: str) -> None:
    assert rejected(aws.batch_get_secret_value, SecretIdList=[made] * 21) == "ValidationException"
    assert rejected(aws.batch_get_secret_value, Filters=by_name(made), MaxResults=21) == "ValidationException"
    both = {"SecretIdList": [made], "Filters": by_name(made)}
    for wrong in ({}, both, {"SecretIdList": [made], "MaxResults": 1}):
        assert rejected(aws.batch_get_secret_value, **wrong) == "InvalidParameterException"


def test_invalid_page_tokens_and_sizes_are_rejected(aws: Any, made: str) -> None:
    for call in (aws.list_secrets, lambda **page: aws.list_secret_version_ids(SecretId=made, **page)):
        assert rejected(call, NextToken="?") == "InvalidNextTokenException"
        assert rejected(call, MaxResults=101) == "ValidationException"


# Everything else


def test_a_call_without_an_action_is_404(ministack: MiniStack) -> None:
    connection = http.client.HTTPConnection(ministack.secrets_manager_endpoint.removeprefix("http://"))
    for _ in range(2):
        connection.request("POST", "/", b"{}")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (404, b"{}")
        assert not answer.will_close
    connection.close()


def test_the_callers_permissions_decide(ministack: MiniStack, aws: Any, made: str) -> None:
    iam = ministack.client("iam")
    iam.create_user(UserName="reader")
    arn = aws.describe_secret(SecretId=made)["ARN"]
    statement = {"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=policy)
    key = iam.create_access_key(UserName="reader")["AccessKey"]

    def client(secret: str) -> Any:
        return botocore.session.Session().create_client(
            "secretsmanager",
            region_name=REGION,
            endpoint_url=ministack.secrets_manager_endpoint,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=secret,
        )

    reader = client(key["SecretAccessKey"])
    assert rejected(client("wrong").get_secret_value, SecretId=made) == "InvalidSignatureException"
    assert rejected(reader.list_secrets) == "AccessDeniedException"
    assert rejected(reader.update_secret, SecretId=made, SecretString="new") == "AccessDeniedException"
    assert rejected(reader.create_secret, Name=f"{made}/new", SecretString="new") == "AccessDeniedException"
    update(aws, made, 2)
    for version in ({}, {"VersionId": token(1)}):
        assert reader.get_secret_value(SecretId=made, **version)["SecretString"]


def test_value_and_description_change_together(aws: Any, made: str) -> None:
    update(aws, made, 2)
    done = threading.Event()
    seen = set()

    def read() -> None:
        while not done.is_set():
            secret = aws.list_secrets(Filters=by_name(made))["SecretList"][0]
            labels = {label: version for version, of in secret["SecretVersionsToStages"].items() for label in of}
            seen.add((secret.get("Description") or token(2), labels[CURRENT]))
            aws.get_secret_value(SecretId=made)

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        for number in range(3, 30):
            write = {"SecretString": "v", "Description": token(number), "ClientRequestToken": token(number)}
            aws.update_secret(SecretId=made, **write)
        done.set()
        for reader in readers:
            reader.result()
    assert len(seen) > 1
    assert all(description == version for description, version in seen)


def test_cloudformation_works_with_the_same_secrets(ministack: MiniStack, aws: Any, name: str) -> None:
    def template(value: str, description: str) -> str:
        secret = {"Name": name, "SecretString": value, "Description": description}
        return json.dumps({"Resources": {"Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": secret}}})

    cloudformation = ministack.client("cloudformation")
    cloudformation.create_stack(StackName="owner", TemplateBody=template("value 1", "d"))
    waits = {"StackName": "owner", "WaiterConfig": {"Delay": 1, "MaxAttempts": 30}}
    cloudformation.get_waiter("stack_create_complete").wait(**waits)
    first, value = current(aws, name)
    assert value == "value 1"
    write = {"SecretString": "other", "ClientRequestToken": first}
    assert rejected(aws.update_secret, SecretId=name, **write) == "ResourceExistsException"
    update(aws, name, 2)
    cloudformation.update_stack(StackName="owner", TemplateBody=template("value 1", "changed"))
    cloudformation.get_waiter("stack_update_complete").wait(**waits)
    described = aws.describe_secret(SecretId=name)
    assert described["Description"] == "changed"
    assert described["VersionIdsToStages"] == {token(2): [CURRENT], first: [PREVIOUS]}
    update(aws, name, 3)
    assert aws.get_secret_value(SecretId=name, VersionId=first)["SecretString"] == "value 1"
    cloudformation.delete_stack(StackName="owner")
    cloudformation.get_waiter("stack_delete_complete").wait(**waits)
    assert rejected(aws.describe_secret, SecretId=name) == "ResourceNotFoundException"
