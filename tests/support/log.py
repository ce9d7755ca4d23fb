"""The lines that functions have written."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.stack import Stack
from tests.support.api import Answer


def lines(stack: Stack, since: float = 0) -> list[dict[str, Any]]:
    """The functions' JSON lines, without MiniStack's own reports, which are text."""
    return [json.loads(line) for line in stack.function_logs(since) if line.startswith("{")]


def request_id(answer: Answer) -> str:
    """The id that a response's log lines have."""
    return answer.headers["x-amzn-requestid"]


@contextmanager
def logging(stack: Stack) -> Iterator[list[dict[str, Any]]]:
    """The lines written inside `with`, once it has ended. A function writes its line before it responds."""
    start, written = time.time(), []
    yield written
    written.extend(lines(stack, start))


def of_operation(written: list[dict[str, Any]], answer: Answer) -> dict[str, Any]:
    """The operation's line for the request with this response, not the authorizer's."""
    of_request = [line for line in written if line.get("request_id") == request_id(answer)]
    (found,) = (line for line in of_request if line["message"] == "request" and line["operation"] != "authorizer")
    return found
