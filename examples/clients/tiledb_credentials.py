"""TileDB's credentials: a key for AWS storage, in a teamspace of a workspace."""

import os
import tempfile

import tiledb.client
from tiledb.client import credentials

URL, TOKEN = os.environ["LATCHKEY_URL"], os.environ["LATCHKEY_TOKEN"]
TEAMSPACE = "berlin"

# The client stores its session in a file. Its folder is removed when the program ends.
with tempfile.TemporaryDirectory() as profiles:
    tiledb.client.configure(token=TOKEN, workspace="data science", host=URL + "/tiledb", profile_dir=profiles)
    tiledb.client.login(profile_dir=profiles)

    key = credentials.AWSCredential(
        access_key_id="AKIAIOSFODNN7EXAMPLE", secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    )
    credentials.create_credential(
        "example-warehouse", "AWS", teamspace=TEAMSPACE, credential=credentials.Credential(aws=key)
    )
    print("created example-warehouse")

    read = credentials.get_credential("example-warehouse", teamspace=TEAMSPACE)
    print("read:", read.credential.aws.access_key_id, "and no secret:", repr(read.credential.aws.secret_access_key))

    credentials.update_credential("example-warehouse", teamspace=TEAMSPACE, name="example-archive")
    for credential in credentials.list_credentials(teamspace=TEAMSPACE):
        print("listed:", credential.name)

    credentials.delete_credential("example-archive", teamspace=TEAMSPACE)
    print("deleted example-archive")
