"""The checks that Secrets Manager makes on a request alone, before it looks at any secret."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Parameters = Mapping[str, Any]


class RejectedError(Exception):
    """An error that Secrets Manager returns."""

    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


VALUES = ("SecretString", "SecretBinary")
FILTERS = ("name", "description", "tag-key", "tag-value")
WRITES = ("CreateSecret", "PutSecretValue", "UpdateSecret")

NAME = re.compile(r"[A-Za-z0-9/_+=.@-]+")
LIKE_AN_ARN = re.compile(r"-.{6}\Z")
TAG = re.compile(r"[\w\s.:/=+@-]*")
# The limits of MaxResults, which are also its defaults.
_MAX_RESULTS = {"ListSecrets": 100, "ListSecretVersionIds": 100, "BatchGetSecretValue": 20}


def check(action: str, parameters: Parameters) -> None:
    """Raises a RejectedError if the request is invalid whatever its secret is."""
    if action == "CreateSecret":
        _check_name(parameters.get("Name", ""))
    if action in ("CreateSecret", "TagResource"):
        _check_tags(parameters.get("Tags") or [])
    if action in WRITES:
        _check_length("description", _utf16(parameters.get("Description") or ""), 0, 2048)
        _check_value(action, parameters)
    if action in _MAX_RESULTS and "MaxResults" in parameters:
        _check_range("maxResults", parameters["MaxResults"], 1, _MAX_RESULTS[action], "value")
    if action == "BatchGetSecretValue":
        _check_batch(parameters)
    if action in ("ListSecrets", "BatchGetSecretValue"):
        _check_filters(parameters.get("Filters") or [])
    if action == "UpdateSecretVersionStage" and parameters.get("VersionStage") == "AWSCURRENT":
        _check_current_stays(parameters)


def page_size(action: str, parameters: Parameters) -> int:
    """Returns the largest number of entries that a page can have."""
    return parameters.get("MaxResults", _MAX_RESULTS[action])


def position(parameters: Parameters) -> int:
    """Returns the position in a list that MiniStack encodes in a NextToken."""
    token = parameters.get("NextToken")
    try:
        return int(base64.b64decode(token, validate=True)) if token else 0
    except (binascii.Error, ValueError):
        raise RejectedError("InvalidNextTokenException", "The NextToken value is invalid.") from None


def next_token(place: int) -> str:
    """Returns the NextToken of a position: the inverse of `position`."""
    return base64.b64encode(str(place).encode()).decode()


def matches(secret: Parameters, filters: list[Parameters]) -> bool:
    """Whether an entry of ListSecrets passes every filter."""
    return all(_MEANINGS[given["Key"]](secret, given["Values"]) for given in filters)


def is_wider_in_ministack(given: Parameters) -> bool:
    """Whether MiniStack finds everything that AWS finds with this filter, and perhaps more."""
    return given["Key"] in ("name", "description") and not any(value.startswith("!") for value in given["Values"])


def _check_name(name: str) -> None:
    _check_length("name", len(name), 1, 512)
    if not NAME.fullmatch(name):
        message = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: "
        raise RejectedError("ValidationException", message + "-/_+=.@")
    if LIKE_AN_ARN.search(name):
        message = "A name must not end with a hyphen and six characters: partial ARNs would be ambiguous."
        raise RejectedError("InvalidParameterException", message)


def _check_value(action: str, parameters: Parameters) -> None:
    given = [name for name in VALUES if parameters.get(name) is not None]
    if len(given) > 1:
        message = "You can't specify both a binary secret value and a string secret value in the same secret."
        raise RejectedError("InvalidParameterException", message)
    if action == "PutSecretValue" and not given:
        message = "You must provide either SecretString or SecretBinary."
        raise RejectedError("InvalidRequestException", message)
    for name in given:
        value = parameters[name]
        size = len(value.encode() if name == "SecretString" else base64.b64decode(value))
        _check_length(name[0].lower() + name[1:], size, 1, 65_536)
    token = parameters.get("ClientRequestToken")
    if token is not None:
        _check_length("clientRequestToken", len(token), 32, 64)
    elif given:
        message = "You must provide a ClientRequestToken value. We recommend a UUID-type value."
        raise RejectedError("InvalidParameterException", message)


def _check_tags(tags: list[Parameters]) -> None:
    if len(tags) > 50:
        raise RejectedError("InvalidParameterException", "The request contains too many tags.")
    for tag in tags:
        key, value = tag.get("Key", ""), tag.get("Value", "")
        _check_length("tags.member.key", _utf16(key), 1, 128)
        _check_length("tags.member.value", _utf16(value), 0, 256)
        if not (TAG.fullmatch(key) and TAG.fullmatch(value)) or key.startswith("aws:"):
            raise RejectedError("InvalidParameterException", "The request contains a tag that is not valid.")


def _check_batch(parameters: Parameters) -> None:
    ids, filters = parameters.get("SecretIdList"), parameters.get("Filters")
    if bool(ids) == bool(filters):
        message = "Either 'SecretIdList' or 'Filters' must be provided, but not both."
        raise RejectedError("InvalidParameterException", message)
    if ids:
        _check_length("secretIdList", len(ids), 1, 20)
        if "MaxResults" in parameters or "NextToken" in parameters:
            message = "'MaxResults' and 'NextToken' go with 'Filters' alone."
            raise RejectedError("InvalidParameterException", message)
    elif {given.get("Key") for given in filters or []} != {"name"}:
        raise RejectedError("InvalidParameterException", "Of batches, the local stack knows the filter 'name' alone.")


def _check_filters(filters: list[Parameters]) -> None:
    _check_length("filters", len(filters), 0, 10)
    for given in filters:
        _check_length("filters.member.values", len(given.get("Values") or []), 1, 10)
        if given.get("Key") not in FILTERS:
            message = f"The local stack knows the filters {', '.join(FILTERS)}."
            raise RejectedError("InvalidParameterException", message)


def _check_current_stays(parameters: Parameters) -> None:
    if parameters.get("RemoveFromVersionId") and not parameters.get("MoveToVersionId"):
        message = "You can only move staging label AWSCURRENT to a different secret version. It can't be removed."
        raise RejectedError("InvalidParameterException", message)


def _check_length(name: str, length: int, least: int, most: int) -> None:
    _check_range(name, length, least, most, "length")


def _check_range(name: str, number: int, least: int, most: int, what: str) -> None:
    if not least <= number <= most:
        bound = f"greater than or equal to {least}" if number < least else f"less than or equal to {most}"
        message = f"Value at '{name}' failed to satisfy constraint: Member must have {what} {bound}"
        raise RejectedError("ValidationException", f"1 validation error detected: {message}")


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _begins(texts: list[str], values: list[str]) -> bool:
    """Whether a text begins with one of the values, and no text with a value that an exclamation mark negates."""
    wanted = tuple(value for value in values if not value.startswith("!"))
    unwanted = tuple(value[1:] for value in values if value.startswith("!"))
    is_found = any(text.startswith(wanted) for text in texts) if wanted else True
    return is_found and not any(text.startswith(unwanted) for text in texts)


def _words(text: str) -> Iterator[str]:
    """Returns, for each word, the text from that word on."""
    return (text[word.start() :] for word in re.finditer(r"\w+", text))


def _by_tag(part: str) -> Callable[[Parameters, list[str]], bool]:
    return lambda secret, values: _begins([tag.get(part, "") for tag in secret.get("Tags") or []], values)


def _by_description(secret: Parameters, values: list[str]) -> bool:
    words = list(_words((secret.get("Description") or "").lower()))
    return _begins(words, [value.lower() for value in values])


_MEANINGS: dict[str, Callable[[Parameters, list[str]], bool]] = {
    "name": lambda secret, values: _begins([secret["Name"]], values),
    "description": _by_description,
    "tag-key": _by_tag("Key"),
    "tag-value": _by_tag("Value"),
}
