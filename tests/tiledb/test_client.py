"""The released client, PyPI `tiledb-client` (`tiledb.client._common.api_v4`), unmodified."""

import pytest
from tiledb.client._common import api_v4

from local.stack import Stack
from tests.support.eventually import LISTS, eventually
from tests.support.tiledb_session import generated_client
from tests.tiledb.conftest import KINDS


@pytest.fixture
def client(stack: Stack) -> api_v4.CredentialsApi:
    return generated_client(stack)


@pytest.mark.parametrize("kind", KINDS)
def test_all_operations(client: api_v4.CredentialsApi, name: str, kind: str) -> None:
    provider, access, secret = KINDS[kind]
    here, there = f"a-{name}", f"b-{name}"
    request = api_v4.CredentialCreateRequest(name="one", provider=provider, **access)
    client.create_credential(here, request)
    with pytest.raises(api_v4.ApiException) as conflict:
        client.create_credential(here, request)
    assert conflict.value.status == 409

    found = eventually(lambda: client.get_credential_by_name(here, "one").data)
    assert (found.name, found.provider, found.credential_type) == ("one", provider, "workspace")
    held = found.to_dict()[next(iter(access))]
    assert held[provider.lower()].get(secret, "") == ""

    with pytest.raises(api_v4.ApiException) as foreign:
        client.get_credential_by_name(there, "one")
    assert foreign.value.status == 404
    client.create_credential(there, request)
    other = eventually(lambda: client.get_credential_by_name(there, "one").data.id)
    assert other != found.id

    def lists(workspace: str, *ids: str) -> None:
        listed = client.get_credentials(workspace)
        assert [credential.id for credential in listed.data] == list(ids)
        assert listed.pagination_metadata.total_items == len(ids)

    def is_renamed() -> None:
        renamed = client.get_credential_by_name(here, "two").data
        assert (renamed.id, renamed.provider_default) == (found.id, True)

    eventually(lambda: lists(here, found.id), LISTS)
    update = api_v4.CredentialUpdateRequest(name="two", provider_default=True)
    eventually(lambda: client.patch_credential_by_name(here, "one", update))
    eventually(is_renamed)

    eventually(lambda: client.delete_credential_by_name(here, "two"))
    eventually(lambda: lists(here), LISTS)
    eventually(lambda: lists(there, other), LISTS)
    eventually(lambda: client.delete_credential_by_name(there, "one"))
