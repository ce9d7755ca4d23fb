"""A user and a role that STS knows, in the account that the stack is deployed in."""

import json
import uuid
from dataclasses import dataclass
from typing import Any


@dataclass
class AwsAccount:
    """One user with an access key, and one role that requires an external id."""

    access_key: dict[str, str]
    role_arn: str

    EXTERNAL_ID = "right-external-id"

    @classmethod
    def prepared(cls, iam: Any) -> "AwsAccount":
        """Creates both."""
        name = f"somebody-{uuid.uuid4().hex}"
        iam.create_user(UserName=name)
        trust = {
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": cls.EXTERNAL_ID}},
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role_arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        return cls(iam.create_access_key(UserName=name)["AccessKey"], role_arn)
