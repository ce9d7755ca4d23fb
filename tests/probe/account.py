"""The account that is asked: its calls are counted, and the secrets that are made here end with it."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

# US dollars, in us-east-1 in November 2026.
_OF_A_CALL = 0.05 / 10_000
_OF_A_SECRET_FOR_AN_HOUR = 0.40 / 730
# Of a secret's life. Secrets Manager counts by the hour.
_HOURS = 1


class ProbeError(Exception):
    """Why the account cannot be asked, and what to do about it."""


class Account:
    """Secrets Manager of one Region."""

    def __init__(self, client: Any):
        self.calls = 0
        self.made: list[str] = []
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
        return self.calls * _OF_A_CALL + len(self.made) * _HOURS * _OF_A_SECRET_FOR_AN_HOUR

    def call(self, action: str, **parameters: Any) -> Any:
        """What is answered; a ClientError where that is a refusal to be looked at."""
        self.calls += 1
        try:
            return getattr(self._client, action)(**parameters)
        except ClientError as error:
            if code(error) in ("AccessDeniedException", "UnrecognizedClientException", "InvalidClientTokenId"):
                raise ProbeError(f"{error.operation_name} was refused: {error.response['Error']['Message']}") from None
            raise
        except BotoCoreError as error:
            raise ProbeError(str(error)) from None

    def refusal(self, action: str, **parameters: Any) -> ClientError | None:
        """How a call is refused; nothing where it is not."""
        try:
            self.call(action, **parameters)
        except ClientError as error:
            return error
        return None

    def new_secret(self, **parameters: Any) -> str:
        """Makes one; returns its name."""
        name = f"{self._prefix}/{len(self.made)}"
        self.made.append(name)
        self.call("create_secret", Name=name, SecretString=value(), ClientRequestToken=token(), **parameters)
        return name

    @contextmanager
    def left_as_it_was(self) -> Iterator[None]:
        """Deletes what was made, for good, whatever happens inside of `with`."""
        try:
            yield
        finally:
            for name in self.made:
                # One that was never made, as its create was refused.
                with suppress(ClientError):
                    self.call("delete_secret", SecretId=name, ForceDeleteWithoutRecovery=True)


def connect(endpoint_url: str | None, region: str | None) -> Account:
    """The account that the environment and the user's files name."""
    session = botocore.session.Session()
    region = region or session.get_config_variable("region")
    if not region:
        raise ProbeError("no Region is set: say AWS_REGION=eu-central-1 make probe")
    if session.get_credentials() is None:
        raise ProbeError("there are no credentials for AWS: sign in first, and try `aws sts get-caller-identity`")
    return Account(session.create_client("secretsmanager", region_name=region, endpoint_url=endpoint_url))


def code(error: ClientError | None) -> str:
    """Of a refusal, what programs go by."""
    return error.response["Error"]["Code"] if error else "none"


def status(error: ClientError | None) -> int:
    return error.response["ResponseMetadata"]["HTTPStatusCode"] if error else 200


def value() -> str:
    """A value that nobody needs."""
    return f"probe {uuid.uuid4()}"


def token() -> str:
    return str(uuid.uuid4())
