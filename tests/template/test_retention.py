"""What outlives the stack, and what a failed deployment leaves behind."""

from typing import Any

# Each resource's policies for its deletion and its replacement.
POLICIES = {
    # They say who did what.
    "AccessLogs": ("RetainExceptOnCreate", "Retain"),
    "FunctionLogs": ("RetainExceptOnCreate", "Retain"),
    # They belong to the whole account and Region: other APIs may log with them by then.
    "ApiGatewayAccount": ("RetainExceptOnCreate", "Retain"),
    "ApiGatewayLogWriter": ("RetainExceptOnCreate", "Retain"),
    # It is deleted with the stack: otherwise the next stack could not create one with its name.
    "AdministratorKey": ("Delete", "Delete"),
}


def test_what_is_retained_and_what_is_deleted(expanded: dict[str, Any]) -> None:
    found = {
        name: (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
        for name, resource in expanded["Resources"].items()
        if "DeletionPolicy" in resource or "UpdateReplacePolicy" in resource
    }
    assert found == POLICIES


def test_a_first_deployment_that_fails_leaves_nothing_behind(expanded: dict[str, Any]) -> None:
    policies = {resource.get("DeletionPolicy", "Delete") for resource in expanded["Resources"].values()}
    assert policies <= {"Delete", "RetainExceptOnCreate"}
