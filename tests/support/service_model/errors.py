"""The errors that a service returns, and their statuses."""

from typing import Any

# The errors of every action of Secrets Manager, from its documentation's page of common errors, and those of the
# protocol that AWS's JSON services share, which are on no page: the SDKs have seen them. A newer version of the page
# gives 403 for what is wrong with the caller, but the service returns 400.
JSON: dict[str, set[int]] = {
    # About the caller, and the time of the call.
    "AccessDeniedException": {400, 403},
    "ExpiredTokenException": {400, 403},
    "IncompleteSignature": {400, 403},
    "InvalidClientTokenId": {403},
    "InvalidSignatureException": {400, 403},
    "MissingAuthenticationTokenException": {400, 403},
    "NotAuthorized": {400, 401},
    "OptInRequired": {403},
    "RequestExpired": {400},
    "RequestTimeTooSkewed": {400, 403},
    "UnrecognizedClientException": {400, 403},
    # About requests that cannot be read, or do not match the model.
    "InvalidAction": {400},
    "MissingAction": {400},
    "SerializationException": {400},
    "UnknownOperationException": {400, 404},
    "ValidationError": {400},
    "ValidationException": {400},
    # Temporary errors.
    "InternalFailure": {500},
    "ServiceUnavailable": {503},
    "ThrottlingException": {400},
}
# Secrets Manager's page lists these for all of its actions, the model only for some.
SECRETS_MANAGER = JSON | {"DecryptionFailure": {400}, "EncryptionFailure": {400}, "InternalServiceError": {400, 500}}
# The errors of every action of STS and IAM, whose protocol has other names for some.
QUERY: dict[str, set[int]] = {
    "AccessDenied": {403},
    "ExpiredToken": {400, 403},
    "IncompleteSignature": {400, 403},
    "InternalFailure": {500},
    "InvalidAction": {400},
    "InvalidClientTokenId": {403},
    "MissingAuthenticationToken": {403},
    "ServiceUnavailable": {503},
    "SignatureDoesNotMatch": {403},
    "Throttling": {400},
    "ValidationError": {400},
}


def declared(operation: Any) -> dict[str, set[int]]:
    """The errors that the model declares for an operation."""
    found = {}
    for shape in operation.error_shapes:
        error = shape.metadata.get("error", {})
        status = error.get("httpStatusCode", 500 if shape.metadata.get("fault") else 400)
        found[error.get("code", shape.name)] = {status}
    return found
