"""Decides which bodies are binary.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase


def is_binary(header: str | None, binary_media_types: Iterable[str]) -> bool:
    """Whether the first media type of a Content-Type or Accept header, if there is one, is binary for the API."""
    first = (header or "").partition(",")[0].partition(";")[0].strip().lower()
    return bool(first) and any(fnmatchcase(first, pattern.lower()) for pattern in binary_media_types)
