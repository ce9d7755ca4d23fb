"""A call or a response that does not match AWS's model fails the test."""

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
    violations.add(["a: is not b", "a: is not b"])
    with pytest.raises(AssertionError, match=r"\Adoes not match AWS's model:\na: is not b\Z"):
        violations.check()
    violations.check()


@contextmanager
def found(violations: Violations, *expected: str) -> Iterator[None]:
    """Expects violations that the test causes, and that would otherwise fail it."""
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
    with proxy.faults(Fault(how=how, times=1)), found(violations, f"GetSecretValue: does not return the error {how!r}"):
        admin.call("GET", f"/api/credentials/{name}")
