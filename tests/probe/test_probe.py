"""`make probe` against the local stack, and against what that does not do."""

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.stack import ROOT, Stack
from tests.probe import store
from tests.probe.account import Account, ProbeError
from tests.probe.page import MOST_CALLS, MOST_DOLLARS, MOST_SECRETS, page
from tests.support.api import Api

ROW = re.compile(r"\| (?P<question>.*) \| (?P<answer>.*) \|")
ACCEPTED = "Accept: */*: 200, as it is; Accept: application/json: 200, as it is"
# What the local stack is made to answer, as AWS is thought to.
ANSWERS = {
    "after an UpdateSecret that was refused": "ResourceExistsException (400); the Description was left alone",
    "after an UpdateSecret that repeats another": "none (200); the Description was left alone",
    "the 2,048 of a Description": "UTF-16 units (2,048 letters of one byte yes, 2,048 letters of two bytes yes, "
    "1,024 emoji yes, 1,025 emoji no, 2,048 emoji no)",
    "whose name is scheduled for deletion": "InvalidRequestException (400)",
    "where nothing is to be restored": "as a success",
    "a secret that there is not": "ResourceNotFoundException (400)",
    "an unknown route": "without a key: 404, MissingAuthenticationTokenException, code, message, request_id, response, "
    "status, type; with `Authorization: Bearer`: 404, IncompleteSignatureException, code, message, request_id, "
    "response, status, type",
    "a text downloaded": f"no Accept: 200, as it is; {ACCEPTED}",
    "bytes downloaded": f"no Accept: 200, as base64; {ACCEPTED}",
    "names found whose path is encoded": "` b` yes, `100%41` yes, `100%25` yes, `+\u00fc` yes, `%2F` yes",
}


def left(secrets_manager: Any) -> list[str]:
    """What of the probe's is there."""
    pages = secrets_manager.get_paginator("list_secrets").paginate(
        IncludePlannedDeletion=True, Filters=[{"Key": "name", "Values": ["latchkey-probe-"]}]
    )
    return [secret["Name"] for page in pages for secret in page["SecretList"]]


@pytest.fixture
def account(secrets_manager: Any) -> Account:
    return Account(secrets_manager)


def ask(account: Account, api: Api | None) -> dict[str, str]:
    """The answers, by their questions."""
    text = page(account, api, pause=lambda _: None)
    rows = [match.groupdict() for line in text.splitlines() if (match := ROW.fullmatch(line))]
    return {row["question"]: row["answer"] for row in rows if row["question"] not in ("question", "---")}


def test_the_page_has_an_answer_to_every_question(account: Account, admin: Api, secrets_manager: Any) -> None:
    found = ask(account, admin)
    for question, answer in ANSWERS.items():
        (said,) = (given for asked, given in found.items() if question in asked)
        assert said == answer, question
    (lag,) = (given for asked, given in found.items() if "How long after a write" in asked)
    assert re.fullmatch(r"(\w+ [\d.]+ to [\d.]+ s, mostly [\d.]+ s(; )?){3}", lag), lag
    assert len(found) == len(ANSWERS) + 1
    assert left(secrets_manager) == []
    assert account.calls <= MOST_CALLS
    assert len(account.made) <= MOST_SECRETS
    assert account.price <= MOST_DOLLARS


def test_without_a_deployment_the_gateway_is_not_asked(account: Account) -> None:
    assert "unknown route" not in str(ask(account, None))


def test_the_command_prints_the_page_and_no_secret(stack: Stack, secrets_manager: Any) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": secrets_manager.meta.endpoint_url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "LATCHKEY_URL": stack.url,
        "LATCHKEY_TOKEN": stack.token,
    }
    command = [sys.executable, "-m", "tests.probe"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# What AWS answers\n\nRegion us-east-1, partition aws, ")
    assert "at most 0.01 USD" in done.stderr
    for secret in (stack.token, stack.token.partition(".")[2], "arn:", "000000000000"):
        assert secret not in done.stdout + done.stderr
    assert left(secrets_manager) == []


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"AWS_REGION": "us-east-1"}, "there are no credentials for AWS"),
        ({"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}, "no Region is set"),
        (
            {
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_REGION": "us-east-1",
                "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
                "AWS_MAX_ATTEMPTS": "1",
            },
            "Could not connect",
        ),
    ],
)
def test_what_is_missing_is_said(tmp_path: Any, env: dict[str, str], says: str) -> None:
    nothing = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    command = [sys.executable, "-m", "tests.probe"]
    done = subprocess.run(command, cwd=ROOT, env=nothing | env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("error", [KeyboardInterrupt, ProbeError, SystemExit])
def test_nothing_is_left_where_it_ends_early(
    account: Account, secrets_manager: Any, error: type[BaseException]
) -> None:
    count = itertools.count()

    def report(_: str) -> None:
        if next(count) == 4:
            raise error

    with pytest.raises(error):
        page(account, None, report)
    assert account.made
    assert left(secrets_manager) == []


class Fake:
    """A Secrets Manager of one secret, for what the local one never does."""

    class meta:  # noqa: N801 - as botocore's clients have it
        region_name, partition = "eu-central-1", "aws"

    def __init__(self, lag: int = 0, length: Callable[[str], int] = len, *, writes_refused: bool = False):
        self.states: list[tuple[str, str]] = [("", "")]
        self._lag, self._length, self._writes_refused = lag, length, writes_refused
        self._tokens: dict[str, str] = {}
        self._reads = 0

    def create_secret(self, **given: Any) -> Any:
        self._set(given["ClientRequestToken"], given.get("Description", ""))

    def update_secret(self, **given: Any) -> Any:
        if self._length(given["Description"]) > 2_048:
            raise refused("ValidationException")
        if "SecretString" not in given:
            return
        token, value = given["ClientRequestToken"], given["SecretString"]
        is_refused = self._tokens.setdefault(token, value) != value
        if self._writes_refused or not is_refused:
            self._set(token, given["Description"])
        if is_refused:
            raise refused("ResourceExistsException")

    def delete_secret(self, **_: Any) -> None:
        """Is gone."""

    def describe_secret(self, **_: Any) -> Any:
        version, description = self._seen()
        return {"Description": description, "VersionIdsToStages": {version: ["AWSCURRENT"]}}

    def get_secret_value(self, **_: Any) -> Any:
        return {"VersionId": self._seen()[0]}

    def list_secrets(self, **_: Any) -> Any:
        return {"SecretList": [{"Description": self._seen()[1]}]}

    def _set(self, token: str, description: str) -> None:
        self.states.append((token, description))
        self._reads = 0

    def _seen(self) -> tuple[str, str]:
        """As it was before the last write, for so many reads."""
        self._reads += 1
        return self.states[-2] if self._reads <= self._lag else self.states[-1]


def refused(code: str) -> ClientError:
    error = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(error, "UpdateSecret")  # type: ignore[arg-type]


@contextmanager
def clock() -> Iterator[tuple[Any, Any]]:
    """A clock that only pauses move."""
    now = [0.0]

    def pause(seconds: float) -> None:
        now[0] += seconds

    yield lambda: now[0], pause


def test_a_lag_is_measured() -> None:
    with clock() as (time, pause):
        said = store.lag(Account(Fake(lag=5)), time, pause)
    assert said.startswith("GetSecretValue 0.50 to 0.50 s, mostly 0.50 s; DescribeSecret 0.00")


def test_what_never_shows_ends() -> None:
    with clock() as (time, pause):
        said = store.lag(Account(Fake(lag=10_000)), time, pause)
    assert said.count("never within 60 s") == 3


def test_a_description_of_a_refused_call_is_seen() -> None:
    said = store.refused_update(Account(Fake(writes_refused=True)))
    assert said == "ResourceExistsException (400); the Description **was written**"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (len, "characters"),
        (lambda text: len(text.encode()), "UTF-8 bytes"),
        (lambda text: len(text.encode("utf-16-le")) // 2, "UTF-16 units"),
        (lambda text: 2 * len(text), "something else"),
    ],
)
def test_the_unit_is_told(length: Callable[[str], int], said: str) -> None:
    assert store.unit_of_the_description(Account(Fake(length=length))).startswith(said)


def test_a_right_that_is_missing_is_named() -> None:
    class Denied(Fake):
        def create_secret(self, **_: Any) -> Any:
            error = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized to create"}}
            raise ClientError(error, "CreateSecret")  # type: ignore[arg-type]

    with pytest.raises(ProbeError, match="CreateSecret was refused: not authorized to create"):
        page(Account(Denied()), None)
