"""What a call or an answer that is not as AWS has it does to a test."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local.stack import Stack
from tests.dqops.conftest import create
from tests.support.api import Api
from tests.support.functions import environment
from tests.support.proxy import Fault, Proxy
from tests.support.service_model import Violations


def test_violations_fail_once() -> None:
    violations = Violations()
    violations.check()
    violations.add(["a: is no b", "a: is no b"])
    with pytest.raises(AssertionError, match=r"\Anot as AWS has it:\na: is no b\Z"):
        violations.check()
    violations.check()


@contextmanager
def found(violations: Violations, *expected: str) -> Iterator[None]:
    """What this test provokes, and would fail for."""
    violations.check()
    yield
    with pytest.raises(AssertionError) as failed:
        violations.check()
    assert str(failed.value).splitlines()[1:] == list(expected)


def test_a_functions_broken_call_fails_the_test_and_is_passed_on(
    request: pytest.FixtureRequest, stack: Stack, admin: Api, name: str, violations: Violations
) -> None:
    assert "_as_aws_has_it" in request.fixturenames
    with (
        environment(stack, "DqopsCreate", LATCHKEY_KMS_KEY_ID="k" * 2049),
        found(violations, "CreateSecret.KmsKeyId: its length is above 2048"),
    ):
        create(admin, name)


def test_an_error_that_aws_does_not_have_cannot_be_injected(
    admin: Api, proxy: Proxy, name: str, violations: Violations
) -> None:
    how = "KMSInvalidStateException"
    with proxy.faults(Fault(how=how, times=1)), found(violations, f"GetSecretValue: answers no error {how!r}"):
        admin.call("GET", f"/api/credentials/{name}")
