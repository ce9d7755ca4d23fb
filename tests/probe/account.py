"""The account that is asked: its calls are counted, and the secrets that are made here end with it."""

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
# Secrets Manager counts by the hour, and none of these lives as long.
OF_A_SECRET = 0.40 / 730
# What is answered to whoever is not signed in any more.
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
    """A right is missing."""


class Account:
    """Secrets Manager of one Region."""

    def __init__(
        self,
        client: Any,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        is_aws: bool = True,
    ):
        """`is_aws` says that the client has no endpoint of somebody else's."""
        self.clock, self.pause, self.is_aws = clock, pause, is_aws
        self.calls = 0
        self.made: list[str] = []
        # What is still there, as its deletion failed.
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
        """What was spent so far, in US dollars."""
        return self.calls * _OF_A_CALL + len(self.made) * OF_A_SECRET

    def call(self, action: str, **parameters: Any) -> Any:
        """What is answered; a ClientError where that is a rejection to be looked at."""
        try:
            answer = getattr(self._client, action)(**parameters)
        except ClientError as error:
            self._count(error.response)
            message = f"{error.operation_name} was rejected: {error.response['Error']['Message']}"
            if code(error) == "AccessDeniedException":
                raise DeniedError(message) from None
            if code(error) in _SIGNED_OUT:
                raise ProbeError(f"{message} Sign in anew, and try `aws sts get-caller-identity`.") from None
            raise
        except BotoCoreError as error:
            self.calls += 1
            raise ProbeError(str(error)) from None
        self._count(answer)
        return answer

    def rejection(self, action: str, **parameters: Any) -> ClientError | None:
        """How a call is rejected; nothing where it is not."""
        try:
            self.call(action, **parameters)
        except ClientError as error:
            return error
        return None

    def read(self, action: str, **parameters: Any) -> Any:
        """What a read answers; nothing while it does not find the secret, as it lags."""
        try:
            return self.call(action, **parameters)
        except ClientError as error:
            if code(error) != _NOT_FOUND:
                raise
        return {}

    def new_secret(self, **parameters: Any) -> str:
        """Makes one; returns its name."""
        name = f"{self._prefix}/{len(self.made)}"
        # Before the call, whose answer may be lost.
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
        """Deletes what was made, for good, whatever happens inside of `with`. What it could not delete is in `left`."""
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
        # One that was never made, as its create was rejected or interrupted.
        return error is None or code(error) == _NOT_FOUND

    def _count(self, response: Any) -> None:
        """Repetitions cost as much as first calls."""
        self.calls += 1 + ((response or {}).get("ResponseMetadata") or {}).get("RetryAttempts", 0)


def connect(endpoint_url: str | None, region: str | None) -> Account:
    """The account that the environment and the user's files name."""
    try:
        session = botocore.session.Session()
        region = region or session.get_config_variable("region")
        if not region:
            raise ProbeError("no Region is set: say AWS_REGION=eu-central-1 make probe")
        if session.get_credentials() is None:
            raise ProbeError("there are no credentials for AWS: sign in first, and try `aws sts get-caller-identity`")
        # What is deleted after a Ctrl-C is not to be waited for much longer than a minute.
        config = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard"})
        client = session.create_client("secretsmanager", region_name=region, endpoint_url=endpoint_url, config=config)
        resolver = session.get_component("endpoint_resolver")
        own = resolver.get_partition_dns_suffix(client.meta.partition)
    # A profile that is gone, a file that cannot be read, a session that is over, an address that is none.
    except (BotoCoreError, ValueError) as error:
        raise ProbeError(str(error)) from None
    return Account(client, is_aws=client.meta.endpoint_url.endswith(f".{own}"))


def code(error: ClientError | None) -> str:
    """Of a rejection, what programs go by."""
    return error.response["Error"]["Code"] if error else "none"


def status(error: ClientError | None) -> int:
    return error.response["ResponseMetadata"]["HTTPStatusCode"] if error else 200


def value() -> str:
    """A value that nobody needs."""
    return f"probe {uuid.uuid4()}"


def token() -> str:
    return str(uuid.uuid4())
