"""What outlives the stack, and what a deployment that fails leaves."""

from typing import Any

# Each with the policies for its deletion and its replacement.
KEPT = {
    # Who did what.
    "AccessLogs": ("RetainExceptOnCreate", "Retain"),
    "FunctionLogs": ("RetainExceptOnCreate", "Retain"),
    # Of the whole account and Region: other APIs may log with it by then.
    "ApiGatewayAccount": ("RetainExceptOnCreate", "Retain"),
    "ApiGatewayLogWriter": ("RetainExceptOnCreate", "Retain"),
    # Goes with the stack: it would keep its name from the next one.
    "AdministratorKey": ("Delete", "Delete"),
}


def test_what_is_kept_and_what_goes(expanded: dict[str, Any]) -> None:
    found = {
        name: (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
        for name, resource in expanded["Resources"].items()
        if "DeletionPolicy" in resource or "UpdateReplacePolicy" in resource
    }
    assert found == KEPT


def test_a_first_deployment_that_fails_leaves_nothing(expanded: dict[str, Any]) -> None:
    policies = {resource.get("DeletionPolicy", "Delete") for resource in expanded["Resources"].values()}
    assert policies <= {"Delete", "RetainExceptOnCreate"}
