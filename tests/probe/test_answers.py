"""How `make probe` reports responses that the local stack never gives."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.probe import store
from tests.probe.__main__ import ask
from tests.probe.account import Account, ProbeError
from tests.probe.fake import Fake, rejected
from tests.probe.lag import lag
from tests.probe.page import MOST_CALLS, MOST_SECRETS, page
from tests.support.clock import Clock

READS = ("get_secret_value", "describe_secret", "list_secrets")
IMMEDIATELY = "0.00 to 0.00 s, mostly 0.00 s"
NEVER = "never within 30 s"


def account_of(**behaviour: Any) -> Account:
    clock = Clock()
    return Account(Fake(clock, **behaviour), clock, clock.pause)


def test_each_lag_is_measured_from_the_write() -> None:
    said = lag(account_of(lags={"describe_secret": 0.4, "list_secrets": 12}))
    # It looks after 0.2 and 0.5 seconds, …, 9.85 and 13.85.
    each = f"GetSecretValue {IMMEDIATELY}, DescribeSecret 0.50 to 0.50 s, mostly 0.50 s, ListSecrets "
    listed = "13.85 to 13.85 s, mostly 13.85 s"
    assert said == f"after CreateSecret: {each}{listed}; after UpdateSecret: {each}{listed}"


def test_writes_that_never_show_take_no_more_than_the_promised_time_and_calls() -> None:
    clock = Clock()
    account = Account(Fake(clock, lags=dict.fromkeys(READS, 10_000)), clock, clock.pause)
    text = page(account, None)
    assert text.count(f" {NEVER}") == 6
    assert account.calls <= MOST_CALLS
    assert len(account.made) == MOST_SECRETS
    assert clock.now <= 90


def test_writes_that_never_show_are_counted() -> None:
    clock = Clock()

    class Forgetful(Fake):
        def list_secrets(self, **given: Any) -> Any:
            is_first = given["Filters"][0]["Values"][0].endswith("/0")
            return {"SecretList": []} if is_first else super().list_secrets(**given)

    assert f"ListSecrets {IMMEDIATELY} (1 of 3 {NEVER})" in lag(Account(Forgetful(clock), clock, clock.pause))


@pytest.mark.parametrize("seconds", [0, 4])
def test_a_description_of_a_rejected_call_is_reported_however_late(seconds: float) -> None:
    said = store.rejected_update(account_of(writes_rejected=True, lags={"describe_secret": seconds}))
    assert said == "ResourceExistsException (400); the Description **was written**"


def test_a_repetition_that_is_rejected_is_reported() -> None:
    class AsUpdateSecretIsDocumented(Fake):
        def update_secret(self, **given: Any) -> Any:
            if given["ClientRequestToken"] in {written.token for written in self.secrets[given["SecretId"]]}:
                raise rejected("UpdateSecret", "ResourceExistsException")
            return super().update_secret(**given)

    said = store.repeated_update(account_of_client(AsUpdateSecretIsDocumented()))
    assert said == "ResourceExistsException (400); the Description was left alone"


@pytest.mark.parametrize("seconds", [0, 4])
def test_a_description_that_was_not_written_is_not_reported(seconds: float) -> None:
    said = store.rejected_update(account_of(lags={"describe_secret": seconds}))
    assert said == "ResourceExistsException (400); the Description was left alone"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (len, "characters"),
        (lambda text: len(text.encode()), "UTF-8 bytes"),
        (lambda text: len(text.encode("utf-16-le")) // 2, "UTF-16 units"),
        (lambda text: 2 * len(text), "something else"),
    ],
)
def test_the_unit_is_reported(length: Callable[[str], int], said: str) -> None:
    assert store.unit_of_the_description(account_of(length=length)).startswith(said)


def test_an_error_that_is_not_about_the_length_gives_no_unit() -> None:
    class Busy(Fake):
        def update_secret(self, **given: Any) -> Any:
            if "SecretString" not in given:
                raise rejected("UpdateSecret", "ThrottlingException")
            return super().update_secret(**given)

    rows = page(account_of_client(Busy()), None).splitlines()
    (unit,) = (row for row in rows if "2,048" in row)
    assert unit.endswith("| **not answered**: UpdateSecret was rejected with ThrottlingException |")
    assert sum("not answered" in row for row in rows) == 1


def test_retries_are_counted() -> None:
    class Retried(Fake):
        def restore_secret(self, **_: Any) -> Any:
            return {"ResponseMetadata": {"RetryAttempts": 2}}

    account = account_of_client(Retried())
    account.call("restore_secret")
    assert account.calls == 3


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("AccessDeniedException", "CreateSecret was rejected: not you"),
        ("ExpiredTokenException", "CreateSecret was rejected: not you Sign in again"),
    ],
)
def test_a_missing_permission_is_reported(capsys: Any, code: str, says: str) -> None:
    class Denied(Fake):
        def create_secret(self, **_: Any) -> Any:
            raise rejected("CreateSecret", code, "not you")

        def delete_secret(self, **_: Any) -> Any:
            raise rejected("DeleteSecret", "ResourceNotFoundException")

    assert ask(account_of_client(Denied()), None) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert says in printed.err


@pytest.mark.parametrize(
    "error",
    [
        rejected("DeleteSecret", "AccessDeniedException"),
        rejected("DeleteSecret", "InternalServiceError"),
        EndpointConnectionError(endpoint_url="https://aws"),
    ],
)
def test_what_could_not_be_deleted_is_reported(capsys: Any, error: Exception) -> None:
    class Kept(Fake):
        def delete_secret(self, **given: Any) -> Any:
            if given.get("ForceDeleteWithoutRecovery") and given["SecretId"].endswith("/2"):
                raise error
            return super().delete_secret(**given)

    fake = Kept()
    account = account_of_client(fake)
    assert ask(account, None) == 1
    printed = capsys.readouterr()
    assert list(fake.secrets) == account.left
    (left,) = account.left
    command = "aws secretsmanager delete-secret --force-delete-without-recovery --region eu-central-1 --secret-id"
    assert f"{command} {left}" in printed.err
    assert "Everything that it made is deleted" not in printed.err
    assert printed.out.startswith("# What AWS answers")


def test_another_endpoint_is_not_taken_for_aws() -> None:
    assert "not AWS" not in page(account_of(), None)
    clock = Clock()
    assert "**This was not AWS**" in page(Account(Fake(clock), clock, clock.pause, is_aws=False), None)


def test_an_error_half_way_leaves_nothing_behind() -> None:
    class Denied(Fake):
        def list_secrets(self, **_: Any) -> Any:
            raise rejected("ListSecrets", "AccessDeniedException", "not you")

    fake = Denied()
    account = account_of_client(fake)
    with pytest.raises(ProbeError, match="ListSecrets was rejected"):
        page(account, None)
    assert (len(account.made), fake.secrets, account.left) == (6, {}, [])


def account_of_client(client: Any) -> Account:
    clock = Clock()
    return Account(client, clock, clock.pause)
