"""IAM decides in the local stack, too: a function can do only what its role allows, and uses all of that."""

import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.iam import listed
from local.stack import STACK_NAME, Stack
from tests.credentials_as_code.conftest import properties
from tests.dqops.conftest import create, get
from tests.losant import conftest as losant
from tests.support.api import Api
from tests.support.operations import OPERATIONS
from tests.support.provisioning import APIS, Source, terraform
from tests.support.proxy import Fault, Proxy
from tests.test_administrators import Credential, api_of, of_dqops, of_losant, of_organizations, of_tiledb
from tests.tiledb import conftest as tiledb


@contextmanager
def without(stack: Stack, role: str, action: str) -> Iterator[None]:
    """Takes one action from a function's role inside `with`."""
    iam = stack.client("iam")
    describe = stack.client("cloudformation").describe_stack_resource
    found = describe(StackName=STACK_NAME, LogicalResourceId=role)["StackResourceDetail"]
    role_name = found["PhysicalResourceId"]
    (policy,) = iam.list_role_policies(RoleName=role_name)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role_name, PolicyName=policy)["PolicyDocument"]
    less = json.loads(json.dumps(document))
    for statement in less["Statement"]:
        statement["Action"] = [each for each in listed(statement["Action"]) if each != action] or ["none:Nothing"]
    assert less != document, "the role does not have that action"
    iam.put_role_policy(RoleName=role_name, PolicyName=policy, PolicyDocument=json.dumps(less))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role_name, PolicyName=policy, PolicyDocument=json.dumps(document))


@pytest.mark.parametrize(
    ("role", "action", "call"),
    [
        ("DqopsGetRole", "secretsmanager:GetSecretValue", lambda api, name: get(api, name)),
        (
            "DqopsDeleteRole",
            "secretsmanager:UpdateSecret",
            lambda api, name: api.call("DELETE", f"/api/credentials/{name}"),
        ),
        ("DqopsListRole", "secretsmanager:ListSecrets", lambda api, _: api.call("GET", "/api/credentials")),
    ],
)
def test_a_missing_permission_is_a_500_until_it_is_granted(
    stack: Stack, admin: Api, name: str, role: str, action: str, call: Callable[[Api, str], Any]
) -> None:
    create(admin, name)
    with without(stack, role, action):
        answer = call(admin, name)
    assert answer.status == 500, answer
    assert "request id" in answer.json["message"]
    assert call(admin, name).status in (200, 204)


def test_an_authorizer_without_its_permission_lets_nobody_in_and_blames_no_key(
    stack: Stack, caller: Callable[..., Api]
) -> None:
    api = caller([{"api": "tiledb", "namespaces": ["*"], "permissions": ["*"]}])
    with without(stack, "AuthorizerRole", "secretsmanager:GetSecretValue"):
        # A route for which the gateway caches no answer.
        assert api.call("GET", "/v4/credentials").status == 503
    assert api.call("GET", "/v4/credentials").status == 200


# If DescribeSecret shows a create a tombstone that has already been replaced, the create restores the secret by
# mistake, and then deletes it again. Only a read that lags leads there, no order of calls: see
# shared/tests/late_calls.rs.
ONLY_IF_READS_LAG = {f"{api}-create": {"DeleteSecret"} for api in ("dqops", "tiledb", "losant", "organizations")}
# BatchGetSecretValue reads only secrets that the function may read with GetSecretValue.
READ_BY_BATCHES = {f"{api}-list": {"GetSecretValue"} for api in ("dqops", "losant", "organizations")}


@dataclass
class Uses:
    """The actions that each function used."""

    proxy: Proxy
    api: str
    found: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def of(self, operation: str, call: Callable[[], Any]) -> Any:
        """Records the actions that a call of one operation uses."""
        with self.proxy.recording() as calls:
            answer = call()
        self.found[f"{self.api}-{operation}"] |= {call.action for call in calls}
        return answer


@pytest.mark.parametrize("make", [of_dqops, of_tiledb, of_losant, of_organizations], ids=api_of)
def test_no_function_has_a_permission_that_it_never_uses(
    admin: Api, proxy: Proxy, secrets_manager: Any, make: Callable[[Api], Credential]
) -> None:
    uses = Uses(proxy, api_of(make))
    _live(uses, make(admin), secrets_manager)
    _the_rest(uses, admin, secrets_manager)
    allowed = {
        operation.binary: operation.permissions
        for operation in OPERATIONS
        if operation.binary.startswith(uses.api) and not operation.binary.endswith(("-provision", "-verify"))
    }
    for binary, actions in allowed.items():
        unused = actions - uses.found[binary]
        assert unused == ONLY_IF_READS_LAG.get(binary, set()) | READ_BY_BATCHES.get(binary, set()), binary


def _live(uses: Uses, credential: Credential, secrets_manager: Any) -> None:
    """A credential's life, with an administrator who writes into Descriptions."""
    change, is_listed = {"dqops": ("update", "get"), "organizations": ("update", "list")}.get(
        uses.api, ("patch", "get")
    )

    def describe() -> None:
        secrets_manager.update_secret(SecretId=credential.secret, Description="for the team")

    uses.of("create", credential.create)
    uses.of("list", credential.list)
    uses.of(is_listed, credential.read)
    describe()
    uses.of("list", credential.list)
    uses.of(change, lambda: credential.change("second"))
    describe()
    uses.of("delete", credential.delete)
    # The name is taken by a secret that is scheduled for deletion.
    assert uses.of("create", credential.create).status in (200, 201)
    uses.of("delete", credential.delete)
    secrets_manager.restore_secret(SecretId=credential.secret)
    describe()
    uses.of("create", credential.create)


def _the_rest(uses: Uses, admin: Api, secrets_manager: Any) -> None:
    """The operations that only one API has, and renames."""
    if uses.api == "dqops":
        create(admin, name := f"{uuid.uuid4().hex}.txt")
        uses.of("download", lambda: admin.call("GET", f"/api/credentials/{name}/download"))
    if uses.api == "tiledb":
        workspace = f"ws{uuid.uuid4().hex[:10]}"
        path = f"/tiledb/v4/credentials/{workspace}"
        for name in ("one", "two"):
            assert admin.call("POST", path, tiledb.key(name)).status == 201
        assert uses.of("delete", lambda: admin.call("DELETE", f"{path}/two")).status == 204
        assert uses.of("patch", lambda: admin.call("PATCH", f"{path}/one", {"name": "two"})).status == 204
        assert uses.of("patch", lambda: admin.call("PATCH", f"{path}/two", {"provider_default": True})).status == 204
        secrets_manager.update_secret(SecretId=f"latchkey/tiledb/{workspace}/=/=defaults", Description="for the team")
        uses.of("list", lambda: admin.call("GET", path))
        # A rename that fails half way: the new secret counts only once the old one says so.
        with uses.proxy.faults(Fault("UpdateSecret")):
            assert admin.call("PATCH", f"{path}/two", {"name": "three"}).status == 503
        uses.of("get", lambda: admin.call("GET", f"{path}/three"))
        secrets_manager.update_secret(SecretId=f"latchkey/tiledb/{workspace}/=/three", Description="for the team")
        uses.of("list", lambda: admin.call("GET", path))
    if uses.api == "losant":
        app = losant.new_id()
        made = {name: admin.call("POST", losant.collection(app), losant.post(name)).json["id"] for name in "ab"}
        assert losant.delete(admin, app, made["b"]).status == 200
        assert uses.of("patch", lambda: losant.patch(admin, app, made["a"], {"name": "b"})).status == 200
        assert uses.of("patch", lambda: losant.patch(admin, app, made["a"], {"name": "a"})).status == 200
        linked = f"{losant.collection(app)}/{made['a']}/linkedResources"
        assert uses.of("linked-resources", lambda: admin.call("GET", linked)).status == 200


@pytest.mark.parametrize("api", APIS)
def test_no_provisioning_function_has_a_permission_that_it_never_uses(
    stack: Stack, proxy: Proxy, secrets_manager: Any, source: Source, api: str
) -> None:
    uses, place = Uses(proxy, api), uuid.uuid4().hex[:24]
    of = properties(api, source, place, Owner=place)

    def do(action: str, before: Any = None) -> Any:
        return uses.of("provision", lambda: terraform(stack, api, action, of, before)).json

    made = do("create")["Data"]
    secrets_manager.update_secret(SecretId=made["SecretArn"], Description="for the team")
    source.put("another")
    do("update", of)
    do("delete")
    do("create")
    (operation,) = (operation for operation in OPERATIONS if operation.binary == f"{api}-provision")
    assert operation.permissions - uses.found[operation.binary] == set()
