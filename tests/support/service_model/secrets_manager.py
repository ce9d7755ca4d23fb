"""Rules for Secrets Manager's requests that only its documentation has, and not the model."""

import base64
import re

from local.secrets_manager.rules import LIKE_AN_ARN, NAME, TAG, VALUES, WRITES
from tests.support.service_model.call import Call
from tests.support.service_model.shapes import Faults

MOST_BYTES = 65_536
MOST_TAGS = 50

_ARN = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+")


def faults(call: Call) -> Faults:
    """What is wrong with a call whose members have the right shapes."""
    yield from _faults_of_name(call)
    yield from _faults_of_tags(call)
    if call.action in WRITES:
        yield from _faults_of_value(call)
    if call.action == "BatchGetSecretValue":
        yield from _faults_of_batch(call)
    if call.action == "DeleteSecret":
        yield from _faults_of_window(call)


def _faults_of_name(call: Call) -> Faults:
    if call.action == "CreateSecret":
        name = call.parameters["Name"]
        if not NAME.fullmatch(name):
            yield "CreateSecret.Name: has a character other than A-Za-z0-9/_+=.@-"
        if LIKE_AN_ARN.search(name):
            yield "CreateSecret.Name: ends like an ARN, in a hyphen and six characters"
    ids = [call.parameters.get("SecretId"), *call.parameters.get("SecretIdList", [])]
    for secret_id in filter(None, ids):
        if not (NAME.fullmatch(secret_id) or _ARN.fullmatch(secret_id)):
            yield f"{call.action}.SecretId: is neither a secret's name nor an ARN"


def _faults_of_tags(call: Call) -> Faults:
    tags = call.parameters.get("Tags", [])
    if len(tags) > MOST_TAGS:
        yield f"{call.action}.Tags: are more than {MOST_TAGS}"
    keys = [tag.get("Key") for tag in tags]
    if len(set(keys)) < len(keys):
        yield f"{call.action}.Tags: have a key twice"
    for index, tag in enumerate(tags):
        if "Key" not in tag:
            yield f"{call.action}.Tags[{index}].Key: is missing"
        elif tag["Key"].startswith("aws:"):
            yield f"{call.action}.Tags[{index}].Key: begins with aws:, which is AWS's own"
        for member, text in tag.items():
            if not TAG.fullmatch(text):
                yield f"{call.action}.Tags[{index}].{member}: has a character that tags cannot have"


def _faults_of_value(call: Call) -> Faults:
    given = [name for name in VALUES if name in call.parameters]
    if len(given) > 1:
        yield f"{call.action}: has both SecretString and SecretBinary"
    if not given and call.action == "PutSecretValue":
        yield f"{call.action}: has neither SecretString nor SecretBinary"
    if given and "ClientRequestToken" not in call.parameters:
        yield f"{call.action}.ClientRequestToken: is missing, and there is a value"
    for name in given:
        value = call.parameters[name]
        size = len(value.encode("utf-8", "surrogatepass") if name == "SecretString" else base64.b64decode(value))
        if size > MOST_BYTES:
            yield f"{call.action}.{name}: has more than {MOST_BYTES} bytes"


def _faults_of_batch(call: Call) -> Faults:
    if ("SecretIdList" in call.parameters) == ("Filters" in call.parameters):
        yield f"{call.action}: needs either SecretIdList or Filters"
    if "SecretIdList" in call.parameters and call.parameters.keys() & {"MaxResults", "NextToken"}:
        yield f"{call.action}: has MaxResults or NextToken, which go only with Filters"


def _faults_of_window(call: Call) -> Faults:
    days = call.parameters.get("RecoveryWindowInDays")
    if days is not None and not 7 <= days <= 30:
        yield f"{call.action}.RecoveryWindowInDays: is not from 7 to 30"
    if days is not None and call.parameters.get("ForceDeleteWithoutRecovery"):
        yield f"{call.action}: has both RecoveryWindowInDays and ForceDeleteWithoutRecovery"
