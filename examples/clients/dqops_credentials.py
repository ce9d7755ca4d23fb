"""DQOps' shared credentials: a named file of text, and one of bytes."""

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


def done(response: Response[Any]) -> Response[Any]:
    """The client raises nothing where it is rejected."""
    if response.status_code.value >= 400:
        raise SystemExit(response.content.decode())
    return response


def text(value: str) -> SharedCredentialModel:
    """The credential with this value."""
    return SharedCredentialModel(credential_name=NAME, type=CredentialType.TEXT, text_value=value)


done(create_shared_credential.sync_detailed(client=client, json_body=text('{"user": "reader"}')))
print(f"created {NAME}")

keystore = base64.b64encode(b"\xfe\xed\xfe\xed").decode()
binary = SharedCredentialModel(credential_name=KEYSTORE, type=CredentialType.BINARY, binary_value=keystore)
done(create_shared_credential.sync_detailed(client=client, json_body=binary))

print("read:", done(get_shared_credential.sync_detailed(NAME, client=client)).parsed.text_value)
done(update_shared_credential.sync_detailed(NAME, client=client, json_body=text('{"user": "writer"}')))
print("changed:", done(download_shared_credential.sync_detailed(NAME, client=client)).content.decode())

for item in done(get_all_shared_credentials.sync_detailed(client=client)).parsed:
    print(f"listed: {item.credential_name} ({item.type.value})")

for name in (NAME, KEYSTORE):
    done(delete_shared_credential.sync_detailed(name, client=client))
print("deleted both")
