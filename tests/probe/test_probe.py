"""`make probe` against the local stack, without settings, and interrupted."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest

from local.stack import ROOT, Stack
from tests.probe import gateway
from tests.probe.account import Account, ProbeError
from tests.probe.clock import Skipping
from tests.probe.deployed import Deployed
from tests.probe.page import MOST_CALLS, MOST_DOLLARS, MOST_SECRETS, page
from tests.support.api import Answer, Api

ROW = re.compile(r"\| (?P<question>.*) \| (?P<answer>.*) \|")
ACCEPTED = "Accept: */*: 200, as it is; Accept: application/json: 200, as it is"
TIMES = r"\d+\.\d\d to \d+\.\d\d s, mostly \d+\.\d\d s"
# The local stack's answers, which are those that we expect of AWS.
ANSWERS = {
    "after an UpdateSecret that was rejected": "ResourceExistsException (400); the Description was left alone",
    "an UpdateSecret that repeats": "as a success; the Description was left alone",
    "the 2,048 of a Description": "UTF-16 units (2,048 letters of one byte yes, 2,048 letters of two bytes yes, "
    "1,024 emoji yes, 1,025 emoji no, 2,048 emoji no)",
    "whose name is scheduled for deletion": "InvalidRequestException (400)",
    "if there is nothing to restore": "as a success",
    "a secret that does not exist": "ResourceNotFoundException (400)",
    "an unknown route": "without a key: 404, MissingAuthenticationTokenException, code, message, request_id, response, "
    "status, type; with `Authorization: Bearer`: 404, IncompleteSignatureException, code, message, request_id, "
    "response, status, type",
    "a text downloaded": f"no Accept: 200, as it is; {ACCEPTED}",
    "bytes downloaded": f"no Accept: 200, as base64; {ACCEPTED}",
    "names found if their path is encoded": "`+\u00fc b` yes, `100%41` yes, `100%25` yes, `%2F` yes",
    "compressed for clients that accept it": "200, gzip, whole",
}


def left(secrets_manager: Any) -> list[str]:
    """The secrets of probes that exist."""
    pages = secrets_manager.get_paginator("list_secrets").paginate(
        IncludePlannedDeletion=True, Filters=[{"Key": "name", "Values": ["latchkey-probe-"]}]
    )
    return [secret["Name"] for page in pages for secret in page["SecretList"]]


def without_waiting(client: Any) -> Account:
    clock = Skipping()
    return Account(client, clock, clock.pause)


@pytest.fixture
def account(secrets_manager: Any) -> Account:
    return without_waiting(secrets_manager)


@pytest.fixture
def sent_calls(secrets_manager: Any) -> Iterator[list[str]]:
    """The calls that are really sent."""
    sent: list[str] = []

    def note(request: Any, **_: Any) -> None:
        sent.append(request.headers["X-Amz-Target"].decode())

    secrets_manager.meta.events.register_first("before-send.secrets-manager", note)
    yield sent
    secrets_manager.meta.events.unregister("before-send.secrets-manager", note)


def ask(account: Account, deployed: Deployed | None) -> dict[str, str]:
    """The answers by their questions."""
    text = page(account, deployed)
    rows = [match.groupdict() for line in text.splitlines() if (match := ROW.fullmatch(line))]
    return {row["question"]: row["answer"] for row in rows if row["question"] not in ("question", "---")}


def test_the_page_has_an_answer_to_every_question(
    account: Account, admin: Api, secrets_manager: Any, sent_calls: list[str]
) -> None:
    deployed = Deployed(admin)
    found = ask(account, deployed)
    assert account.calls == len(sent_calls) <= MOST_CALLS
    for question, answer in ANSWERS.items():
        (said,) = (given for asked, given in found.items() if question in asked)
        assert said == answer, question
    (lag,) = (given for asked, given in found.items() if "How long after a write" in asked)
    reads = ", ".join(rf"{action} {TIMES}" for action in ("GetSecretValue", "DescribeSecret", "ListSecrets"))
    assert re.fullmatch(f"after CreateSecret: {reads}; after UpdateSecret: {reads}", lag), lag
    assert len(found) == len(ANSWERS) + 1
    assert left(secrets_manager) == []
    assert deployed.left == []
    assert len(account.made) == MOST_SECRETS
    assert account.price + deployed.price <= MOST_DOLLARS


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
    command = [sys.executable, "-m", "tests.probe", "--without-waiting"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# What AWS answers\n\nRegion us-east-1, partition aws, ")
    assert "**This was not AWS**" in done.stdout
    assert "not answered" not in done.stdout
    assert "at most 0.01 USD" in done.stderr
    for secret in (stack.token, stack.token.partition(".")[2], "arn:", "000000000000"):
        assert secret not in done.stdout + done.stderr
    assert left(secrets_manager) == []


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"AWS_REGION": "us-east-1"}, "there are no credentials for AWS"),
        ({"AWS_REGION": "us-east-1", "AWS_PROFILE": "gone"}, "The config profile (gone) could not be found"),
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
def test_a_missing_setting_is_reported(tmp_path: Any, env: dict[str, str], says: str) -> None:
    nothing = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    command = [sys.executable, "-m", "tests.probe"]
    done = subprocess.run(command, cwd=ROOT, env=nothing | env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


class Interrupted:
    """A client that never gets the response to the call with that number."""

    def __init__(self, client: Any, number: int, error: type[BaseException]):
        self.meta = client.meta
        self._client, self._number, self._error = client, number, error
        self._calls = 0

    def __getattr__(self, action: str) -> Any:
        def call(**parameters: Any) -> Any:
            answer = getattr(self._client, action)(**parameters)
            self._calls += 1
            if self._calls == self._number:
                raise self._error
            return answer

        return call


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("number", [1, 5, 28])
def test_nothing_is_left_behind_if_it_ends_early(secrets_manager: Any, number: int, error: type[BaseException]) -> None:
    account = without_waiting(Interrupted(secrets_manager, number, error))
    with pytest.raises(error):
        page(account, None)
    assert account.made
    assert left(secrets_manager) == []


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
def test_no_credential_is_left_behind_if_a_response_is_lost(admin: Api, method: str) -> None:
    class Lossy(Api):
        is_lost = False

        def call(self, *given: Any) -> Answer:
            answer = super().call(*given)
            if given[0] == method and not self.is_lost:
                self.is_lost = True
                raise ConnectionResetError
            return answer

    deployed = Deployed(Lossy(admin.url, admin.token))
    # A credential that is not known to be deleted is named.
    with pytest.raises(ProbeError, match="does not respond") if method == "POST" else nullcontext():
        gateway.text_download(deployed)
    assert deployed.left == (deployed.made if method == "DELETE" else [])
    (name,) = deployed.made
    assert admin.call("GET", f"/api/credentials/{name}").status == 404


def test_a_credential_that_cannot_be_made_is_reported(anonymous: Api) -> None:
    deployed = Deployed(anonymous)
    with pytest.raises(ProbeError, match="makes no credential: 401"):
        gateway.text_download(deployed)
    assert deployed.left == deployed.made
