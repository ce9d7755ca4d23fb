"""The AWS account that is asked. It counts its calls, and deletes the secrets that it made."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.process import uninterrupted

# US dollars, in us-east-1 in November 2026.
_OF_A_CALL = 0.05 / 10_000
# Secrets Manager charges by the hour, and no secret here lives longer.
OF_A_SECRET = 0.40 / 730
# The error codes for a caller who is not signed in any more.
_SIGNED_OUT = (
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "UnrecognizedClientException",
)
_NOT_FOUND = "ResourceNotFoundException"


class ProbeError(Exception):
    """Why the account cannot be asked, and what to do about it."""


class DeniedError(ProbeError):
    """A permission is missing."""


class Account:
    """Secrets Manager of one Region."""

    def __init__(
        self,
        client: Any,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        is_aws: bool = True,
    ):
        """`is_aws` says that the client's endpoint is AWS's own."""
        self.clock, self.pause, self.is_aws = clock, pause, is_aws
        self.calls = 0
        self.made: list[str] = []
        # The secrets that are still there because their deletion failed.
        self.left: list[str] = []
        self._client = client
        self._prefix = f"latchkey-probe-{uuid.uuid4().hex[:12]}"

    @property
    def region(self) -> str:
        return self._client.meta.region_name

    @property
    def partition(self) -> str:
        return self._client.meta.partition

    @property
    def price(self) -> float:
        """The cost so far, in US dollars."""
        return self.calls * _OF_A_CALL + len(self.made) * OF_A_SECRET

    def call(self, action: str, **parameters: Any) -> Any:
        """Makes a call. Raises a ClientError if AWS rejects it for a reason that may be the answer to a question."""
        try:
            answer = getattr(self._client, action)(**parameters)
        except ClientError as error:
            self._count(error.response)
            message = f"{error.operation_name} was rejected: {error.response['Error']['Message']}"
            if code(error) == "AccessDeniedException":
                raise DeniedError(message) from None
            if code(error) in _SIGNED_OUT:
                raise ProbeError(f"{message} Sign in again, and try `aws sts get-caller-identity`.") from None
            raise
        except BotoCoreError as error:
            self.calls += 1
            raise ProbeError(str(error)) from None
        self._count(answer)
        return answer

    def rejection(self, action: str, **parameters: Any) -> ClientError | None:
        """The error of a call; None if it succeeds."""
        try:
            self.call(action, **parameters)
        except ClientError as error:
            return error
        return None

    def read(self, action: str, **parameters: Any) -> Any:
        """The response to a read; an empty one if it does not find the secret because it lags."""
        try:
            return self.call(action, **parameters)
        except ClientError as error:
            if code(error) != _NOT_FOUND:
                raise
        return {}

    def new_secret(self, **parameters: Any) -> str:
        """Creates a secret; returns its name."""
        name = f"{self._prefix}/{len(self.made)}"
        # Before the call, because its response may be lost.
        self.made.append(name)
        given = {"ClientRequestToken": token(), "SecretString": value()} | parameters
        try:
            self.call("create_secret", Name=name, **given)
        except DeniedError:
            self.made.remove(name)
            raise
        return name

    @contextmanager
    def left_as_it_was(self) -> Iterator[None]:
        """Deletes what was made, for good, whatever happens inside `with`. What it could not delete is in `left`."""
        try:
            yield
        finally:
            with uninterrupted():
                self.left = [name for name in self.made if not self._is_deleted(name)]

    def _is_deleted(self, name: str) -> bool:
        try:
            error = self.rejection("delete_secret", SecretId=name, ForceDeleteWithoutRecovery=True)
        except ProbeError:
            return False
        # If it is not found, it was never made: its create was rejected or interrupted.
        return error is None or code(error) == _NOT_FOUND

    def _count(self, response: Any) -> None:
        """Counts a call and its retries, which cost the same."""
        self.calls += 1 + ((response or {}).get("ResponseMetadata") or {}).get("RetryAttempts", 0)


def connect(endpoint_url: str | None, region: str | None) -> Account:
    """The account that the environment and the user's configuration files name."""
    try:
        session = botocore.session.Session()
        region = region or session.get_config_variable("region")
        if not region:
            raise ProbeError("no Region is set: say AWS_REGION=eu-central-1 make probe")
        if session.get_credentials() is None:
            raise ProbeError("there are no credentials for AWS: sign in first, and try `aws sts get-caller-identity`")
        # After a Ctrl-C, the deletions must not take much longer than a minute.
        config = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard"})
        client = session.create_client("secretsmanager", region_name=region, endpoint_url=endpoint_url, config=config)
        resolver = session.get_component("endpoint_resolver")
        own = resolver.get_partition_dns_suffix(client.meta.partition)
    # A missing profile, a file that cannot be read, a session that is over, an invalid address.
    except (BotoCoreError, ValueError) as error:
        raise ProbeError(str(error)) from None
    return Account(client, is_aws=client.meta.endpoint_url.endswith(f".{own}"))


def code(error: ClientError | None) -> str:
    """The error code of a rejected call."""
    return error.response["Error"]["Code"] if error else "none"


def status(error: ClientError | None) -> int:
    return error.response["ResponseMetadata"]["HTTPStatusCode"] if error else 200


def value() -> str:
    """A value that nobody needs."""
    return f"probe {uuid.uuid4()}"


def token() -> str:
    return str(uuid.uuid4())
