"""DQOps' shared credentials: a named text file, and a binary one."""

import base64
import os
from typing import Any

from dqops.client import AuthenticatedClient
from dqops.client.api.shared_credentials import (
    create_shared_credential,
    delete_shared_credential,
    download_shared_credential,
    get_all_shared_credentials,
    get_shared_credential,
    update_shared_credential,
)
from dqops.client.models import CredentialType, SharedCredentialModel
from dqops.client.types import Response

client = AuthenticatedClient(os.environ["LATCHKEY_URL"], token=os.environ["LATCHKEY_TOKEN"])
NAME, KEYSTORE = "example warehouse.json", "example keystore.jks"


def checked(response: Response[Any]) -> Response[Any]:
    """Stops at an error response, because the client does not raise for one."""
    if response.status_code.value >= 400:
        raise SystemExit(response.content.decode())
    return response


def text(value: str) -> SharedCredentialModel:
    """Returns the credential with this value."""
    return SharedCredentialModel(credential_name=NAME, type=CredentialType.TEXT, text_value=value)


checked(create_shared_credential.sync_detailed(client=client, json_body=text('{"user": "reader"}')))
print(f"created {NAME}")

keystore = base64.b64encode(b"\xfe\xed\xfe\xed").decode()
binary = SharedCredentialModel(credential_name=KEYSTORE, type=CredentialType.BINARY, binary_value=keystore)
checked(create_shared_credential.sync_detailed(client=client, json_body=binary))

print("read:", checked(get_shared_credential.sync_detailed(NAME, client=client)).parsed.text_value)
checked(update_shared_credential.sync_detailed(NAME, client=client, json_body=text('{"user": "writer"}')))
print("changed:", checked(download_shared_credential.sync_detailed(NAME, client=client)).content.decode())

for item in checked(get_all_shared_credentials.sync_detailed(client=client)).parsed:
    print(f"listed: {item.credential_name} ({item.type.value})")

for name in (NAME, KEYSTORE):
    checked(delete_shared_credential.sync_detailed(name, client=client))
print("deleted both")
