"""Two credentials as code: a provisioning function makes one, the other is a plain secret.

Deploy it with `cdk deploy --app "python app.py" --parameters TiledbProvisionArn=… --parameters StorageKeysArn=…`.
"""

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct


class Credentials(cdk.Stack):
    """The credentials of a service."""

    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        prefix = cdk.CfnParameter(self, "Prefix", default="latchkey", description="Latchkey's parameter Prefix.")
        provision = cdk.CfnParameter(self, "TiledbProvisionArn", description="Latchkey's output TiledbProvisionArn.")
        source = cdk.CfnParameter(
            self,
            "StorageKeysArn",
            description="A secret with access_key_id and secret_access_key, one of Latchkey's ProvisioningSources.",
        )

        warehouse = cdk.CustomResource(
            self,
            "Warehouse",
            service_token=provision.value_as_string,
            service_timeout=cdk.Duration.seconds(60),
            resource_type="Custom::LatchkeyTiledbCredential",
            properties={
                "Workspace": "acme",
                "Name": "warehouse",
                "Spec": {
                    "provider": "AWS",
                    "credential": {"aws": {"endpoint": "https://storage.example.com", "use_path_style": True}},
                },
                "Secrets": {
                    f"credential.aws.{field}": {"SecretArn": source.value_as_string, "JsonKey": field}
                    for field in ("access_key_id", "secret_access_key")
                },
                # Change it when the source has a new value.
                "Revision": "1",
            },
        )
        cdk.CfnOutput(self, "WarehouseSecretArn", value=warehouse.get_att_string("SecretArn"))

        # The credential's name is what follows PREFIX/dqops/.
        login = secretsmanager.Secret(
            self,
            "Login",
            secret_name=f"{prefix.value_as_string}/dqops/login.json",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template='{"user":"reader"}',
                generate_string_key="password",
                password_length=40,
                exclude_punctuation=True,
            ),
            # CloudFormation deletes secrets immediately and for good. It retains this one, unless its creation fails.
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        cdk.CfnOutput(self, "LoginSecretArn", value=login.secret_arn)


app = cdk.App()
Credentials(app, "credentials")
app.synth()
