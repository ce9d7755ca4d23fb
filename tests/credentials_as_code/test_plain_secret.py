"""A secret that CloudFormation itself makes, under a name of DQOps."""

import json

from local.stack import Stack
from tests.support.api import Api
from tests.support.provisioning import (
    LOGICAL_ID,
    Deployment,
    credential,
)


def test_a_plain_secret_is_a_credential_that_the_api_can_change(stack: Stack, admin: Api, place: str) -> None:
    own = Deployment(stack)
    plain = {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {
            "Name": f"latchkey/dqops/{place}",
            "GenerateSecretString": {"SecretStringTemplate": '{"user":"reader"}', "GenerateStringKey": "password"},
        },
    }
    own.deploy(**{LOGICAL_ID: plain})
    path = f"/api/credentials/{place}"
    found = admin.call("GET", path).json
    assert (found["type"], json.loads(found["text_value"])["user"]) == ("text", "reader")
    body = {"credential_name": place, "type": "text", "text_value": "by the API"}
    assert admin.call("PUT", f"/api/credential/{place}", body).status == 204
    assert own.drifted() == 0
    own.deploy(**{LOGICAL_ID: plain}, tags={"team": "data"})
    own.deploy(**{LOGICAL_ID: plain}, Other={"Type": "AWS::SNS::Topic"})
    assert admin.call("GET", path).json == body
    assert own.drifted() == 0
    # A provisioned credential with that name would replace a credential that somebody else made.
    other = Deployment(stack)
    assert "OnConflict" in other.reject(credential("dqops", Name=place, Secrets={"text_value": {"Generate": {}}}))
    assert admin.call("GET", path).json == body
