"""`POST /v4/credentials/verify` and `POST /tiledb/v4/actions/credentials/verify`"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tiledb.client._common import api_v4

from local.stack import Stack
from tests.support.api import Answer, Api
from tests.support.aws_account import AwsAccount
from tests.support.functions import environment
from tests.support.proxy import Proxy, ServiceProxy
from tests.support.tiledb_session import generated_client
from tests.tiledb.conftest import (
    AWS_KEY,
    AWS_ROLE,
    AZURE_KEY,
    AZURE_SAS,
    GCP_KEY,
    GCP_TOKEN,
    KINDS,
    SEED,
    assert_rejected,
    names,
    working,
)

PATH = f"{SEED}/verify"


def verify(api: Api, provider: str, **access: Any) -> Answer:
    return api.call("POST", PATH, {"name": "a", "provider": provider, **access})


def key(access_key_id: str, secret_access_key: str) -> dict[str, Any]:
    return {"aws": {"access_key_id": access_key_id, "secret_access_key": secret_access_key}}


def role(aws_account: AwsAccount, external_id: str) -> dict[str, Any]:
    return {"aws": {"role_arn": aws_account.role_arn, "external_id": external_id}}


def test_a_foreign_caller_is_rejected(foreigner: Api, workspace: str) -> None:
    body = {"name": "a", "provider": "AWS", "credential": AWS_KEY, "workspace_id": workspace}
    assert_rejected(foreigner.call("POST", PATH, body), 404, "no such workspace")


@pytest.mark.parametrize(
    ("provider", "access", "field"),
    [
        ("AWS", {}, "credential"),
        ("AWS", {"credential": key("short", "x" * 40)}, "credential.aws.access_key_id"),
        ("AWS", {"role": {"aws": AWS_ROLE["aws"] | {"role_arn": "arn:aws:iam::1:role/x"}}}, "role.aws.role_arn"),
        ("AWS", {"role": {"aws": AWS_ROLE["aws"] | {"external_id": "?"}}}, "role.aws.external_id"),
        ("AZURE", {"credential": {"azure": AZURE_KEY["azure"] | {"account_key": "!"}}}, "credential.azure.account_key"),
        ("AZURE", {"token": {"azure": AZURE_SAS["azure"] | {"sas_token": "sv=1"}}}, "token.azure.sas_token"),
        (
            "AZURE",
            {"token": {"azure": AZURE_SAS["azure"] | {"sas_token": "sv=1&sp=r&se=2020-01-01&sig=c2ln"}}},
            "token.azure.sas_token",
        ),
        (
            "GCP",
            {"credential": {"gcp": GCP_KEY["gcp"] | {"secret_access_key": "!"}}},
            "credential.gcp.secret_access_key",
        ),
        ("GCP", {"token": {"gcp": GCP_TOKEN["gcp"] | {"key_text": '{"type":"user"}'}}}, "token.gcp.key_text"),
    ],
)
def test_a_malformed_credential_is_400(member: Api, provider: str, access: dict[str, Any], field: str) -> None:
    assert_rejected(verify(member, provider, **access), 400, fields={field})


@pytest.mark.parametrize("kind", ["azure key", "azure sas", "gcp key", "gcp service account"])
def test_only_the_form_of_other_clouds_credentials_is_checked(
    member: Api, viewer: Api, proxy: Proxy, kind: str
) -> None:
    provider, access, _ = KINDS[kind]
    with proxy.recording() as calls:
        for caller in (member, viewer):
            assert verify(caller, provider, **access).status == 200
    assert calls == []
    assert names(member) == []


def test_a_key_that_works(member: Api, aws_account: AwsAccount) -> None:
    assert verify(member, "AWS", **working("aws key", aws_account)).status == 200


def test_a_wrong_secret(member: Api, aws_account: AwsAccount) -> None:
    wrong = key(aws_account.access_key["AccessKeyId"], "wrong" * 8)
    answer = verify(member, "AWS", credential=wrong)
    assert_rejected(answer, 400, "SignatureDoesNotMatch", {"credential.aws.secret_access_key"})
    assert b"wrongwrong" not in answer.content


def test_an_unknown_key(member: Api) -> None:
    answer = verify(member, "AWS", credential=AWS_KEY)
    assert_rejected(answer, 400, "InvalidClientTokenId", {"credential.aws.access_key_id"})
    assert b"AKIAIOSFODNN7EXAMPLE" not in answer.content


def test_a_role_needs_its_external_id(member: Api, aws_account: AwsAccount) -> None:
    assert verify(member, "AWS", role=role(aws_account, AwsAccount.EXTERNAL_ID)).status == 200
    assert_rejected(verify(member, "AWS", role=role(aws_account, "wrong-id")), 400, "AccessDenied", {"role.aws"})
    missing = {"aws": {"role_arn": aws_account.role_arn}}
    assert_rejected(verify(member, "AWS", role=missing), 400, fields={"role.aws.external_id"})
    unknown = {"aws": {"role_arn": aws_account.role_arn + "x", "external_id": "any-id"}}
    assert_rejected(verify(member, "AWS", role=unknown), 400, fields={"role.aws"})


def test_an_sts_that_does_not_respond_is_503(member: Api, sts_proxy: ServiceProxy) -> None:
    with sts_proxy.frozen():
        answer = verify(member, "AWS", credential=AWS_KEY)
    assert_rejected(answer, 503, "cannot be reached")
    assert answer.headers["retry-after"] == "5"


def test_another_storages_keys_are_not_sent_to_aws(member: Api, sts_proxy: ServiceProxy) -> None:
    elsewhere = {"aws": AWS_KEY["aws"] | {"endpoint": "https://minio.example.com"}}
    with sts_proxy.frozen():
        assert verify(member, "AWS", credential=elsewhere).status == 200


def test_live_verification_can_be_turned_off(stack: Stack, member: Api, sts_proxy: ServiceProxy) -> None:
    with environment(stack, "TiledbVerify", LATCHKEY_LIVE_VERIFICATION="false"), sts_proxy.frozen():
        assert verify(member, "AWS", credential=AWS_KEY).status == 200
        assert verify(member, "AWS", role=AWS_ROLE).status == 200
        assert_rejected(verify(member, "AWS", credential=key("short", "x" * 40)), 400)
    assert verify(member, "AWS", credential=AWS_KEY).status == 400


def test_a_redirect_is_not_followed(stack: Stack, member: Api) -> None:
    seen: list[str] = []

    class Redirect(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.path)
            self.send_response(307)
            self.send_header("Location", f"http://{self.headers['Host']}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Redirect)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with environment(stack, "TiledbVerify", AWS_ENDPOINT_URL_STS=f"http://127.0.0.1:{server.server_port}"):
            answers = [verify(member, "AWS", credential=AWS_KEY), verify(member, "AWS", role=AWS_ROLE)]
    finally:
        server.shutdown()
        server.server_close()
    for answer in answers:
        assert_rejected(answer, 503, "cannot be reached")
    # Once for each: nothing is tried again.
    assert seen == ["/", "/"]


def test_an_sts_that_cannot_be_reached_is_503(stack: Stack, member: Api) -> None:
    with environment(stack, "TiledbVerify", AWS_ENDPOINT_URL_STS="http://127.0.0.1:9"):
        assert_rejected(verify(member, "AWS", role=AWS_ROLE), 503, "cannot be reached")


@pytest.mark.parametrize("kind", KINDS)
def test_the_released_client_verifies(stack: Stack, aws_account: AwsAccount, kind: str) -> None:
    client = generated_client(stack)
    provider = KINDS[kind][0]
    request = api_v4.CredentialsVerifyRequest(name="a", provider=provider, **working(kind, aws_account))
    request.workspace_id, request.teamspace_id = "acme", "team"
    client.verify_credential(request)
    with pytest.raises(api_v4.ApiException) as rejected:
        client.verify_credential(api_v4.CredentialsVerifyRequest(name="a", provider=provider))
    assert rejected.value.status == 400
