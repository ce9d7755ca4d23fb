"""Web pages may call if AllowedOrigins has their origin. `make run` allows its own page's origin."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from local.api_page import PageServer
from local.ministack import LOOPBACK
from tests.first_hour.conftest import Run
from tests.support.api import Answer, Api
from tests.support.openapi import OPERATIONS, Operation

ASKED = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization,if-match"}
FOREIGN = ["https://app.example.com", "null", "http://127.0.0.1", "http://127.0.0.1.evil.example", "*"]


def of_cors(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


def preflight(run: Run, path: str, origin: str) -> Answer:
    return Api(run.settings["LATCHKEY_URL"], None).call("OPTIONS", path, headers={"Origin": origin, **ASKED})


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.route)
def test_every_route_answers_a_preflight_without_a_key(run: Run, operation: Operation) -> None:
    answer = preflight(run, operation.path.replace("{", "").replace("}", ""), run.page_url)
    assert (answer.status, answer.content) == (204, b"")
    assert of_cors(answer) == {
        "access-control-allow-origin": run.page_url,
        "access-control-allow-methods": "DELETE, GET, PATCH, POST, PUT",
        "access-control-allow-headers": "authorization,if-match",
        "access-control-max-age": "7200",
    }
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", FOREIGN)
def test_other_origins_get_no_cors_headers(run: Run, origin: str) -> None:
    answer = preflight(run, "/api/credentials", origin)
    assert (answer.status, of_cors(answer)) == (204, {})
    called = run.api.call("GET", "/api/credentials", headers={"Origin": origin})
    assert (called.status, of_cors(called)) == (200, {})


def test_pages_can_read_responses_and_errors_with_their_headers(run: Run) -> None:
    own = {"Origin": run.page_url}
    for path, status in (("/api/credentials", 200), ("/api/credentials/nothing", 404)):
        answer = run.api.call("GET", path, headers=own)
        assert answer.status == status
        assert answer.headers["access-control-allow-origin"] == run.page_url
        assert {"ETag", "Location", "Retry-After"} <= set(answer.headers["access-control-expose-headers"].split(", "))
    assert of_cors(run.api.call("GET", "/api/credentials")) == {}, "the caller is not a page"


def test_all_pages_can_read_the_gateways_own_errors(run: Run) -> None:
    for path, status in (("/api/credentials", 401), ("/nowhere", 404)):
        answer = Api(run.settings["LATCHKEY_URL"], None).call("GET", path, headers={"Origin": run.page_url})
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (status, "*")


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """A page of another origin."""
    with PageServer("", LOOPBACK, 0) as server:
        yield server.url


def fetch(page: Page, run: Run) -> Any:
    """The status that a page gets for a call with a key, or the error's name if it gets nothing."""
    script = """([url, token]) => fetch(url + "/api/credentials", { headers: { Authorization: `Bearer ${token}` } })
        .then((response) => response.status, (error) => error.name)"""
    return page.evaluate(script, [run.settings["LATCHKEY_URL"], run.settings["LATCHKEY_TOKEN"]])


def test_a_browser_lets_only_pages_of_that_origin_call(run: Run, browser: Browser, elsewhere: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(run.page_url)
        assert fetch(page, run) == 200
        page.goto(elsewhere)
        assert fetch(page, run) == "TypeError"
