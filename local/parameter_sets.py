"""Sets of parameters that companies use together.

The tests deploy the template with each set, and `make check-template` checks it with all of them.
"""

ACCOUNT = "000000000000"

SETS: dict[str, dict[str, str]] = {
    "boundary": {"PermissionsBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/boundary"},
    "vpc": {
        "VpcSubnetIds": "subnet-0a1b2c3d4e5f60718,subnet-1b2c3d4e5f6071829",
        "VpcSecurityGroupIds": "sg-0a1b2c3d4e5f60718",
    },
    "private": {
        "EndpointType": "PRIVATE",
        "VpcEndpointIds": "vpce-0a1b2c3d4e5f60718",
        "DisableExecuteApiEndpoint": "true",
    },
    "alarms": {
        "AlarmTopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms",
        "Dashboard": "true",
        "AuditNames": "true",
    },
    "tags": {"Tags": "team=platform,cost-center=42"},
    "provisioning": {"Provisioning": "true", "ProvisioningSources": "arn:aws:secretsmanager:*:*:secret:sources/*"},
}
SETS["all"] = {name: value for given in SETS.values() for name, value in given.items()}
