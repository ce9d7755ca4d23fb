"""The APIs' page, in a browser."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from local.stack import ROOT
from tests.first_hour.conftest import Run
from tests.support.openapi import DOCUMENTS, Document

# docs/page/page.png is a copy of this.
SCREENSHOT = ROOT / ".local" / "test" / "page.png"


@pytest.fixture
def page(run: Run, browser: Browser) -> Iterator[Page]:
    """The page, which must have no errors until the test ends, and must call only itself and the APIs."""
    wrong: list[str] = []
    called: set[str] = set()
    with browser.new_context(viewport={"width": 1100, "height": 900}) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: called.add(urlsplit(request.url).netloc))
        page.goto(run.page_url)
        page.wait_for_selector(".opblock")
        yield page
    assert wrong == []
    assert called <= {f"127.0.0.1:{run.page_port}", f"127.0.0.1:{run.port}"}


def authorize(page: Page, token: str) -> None:
    page.click("button.authorize")
    bearer = page.locator(".auth-container", has_text="bearer")
    bearer.locator("input").fill(token)
    bearer.locator("button.authorize").click()
    page.click(".btn-done")


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_it_shows_each_api(page: Page, document: Document) -> None:
    link = page.locator(f'nav a[href="#{document.name}"]')
    link.click()
    title = document.content["info"]["title"]
    expect(page.locator(".info .title")).to_contain_text(title)
    expect(page).to_have_title(title)
    expect(link).to_have_attribute("aria-current", "page")
    expect(page.locator(".opblock")).to_have_count(len(list(document.operations())))


def test_a_request_can_be_tried(page: Page, run: Run) -> None:
    name, token = f"tried-{uuid.uuid4().hex}.txt", run.settings["LATCHKEY_TOKEN"]
    authorize(page, token)
    operation = page.locator("#operations-Shared_credentials-create_shared_credential")
    operation.locator(".opblock-summary-control").click()
    operation.locator(".try-out__btn").click()
    operation.locator("textarea").fill(f'{{"credential_name": "{name}", "type": "text", "text_value": "Hello"}}')
    operation.locator(".execute").click()
    answer = operation.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").last).to_contain_text("201")
    expect(answer).to_contain_text("etag")
    shown = operation.locator(".curl-command").inner_text()
    assert "Bearer ACCESS_KEY" in shown
    assert token not in shown
    SCREENSHOT.parent.mkdir(parents=True, exist_ok=True)
    whole = {"x": 0, "y": 0, "width": 1_100, "height": 1_980}
    page.screenshot(path=str(SCREENSHOT), full_page=True, clip=whole)  # type: ignore[arg-type]
    assert is_picture(SCREENSHOT)
    assert run.api.call("GET", f"/api/credentials/{name}").json["text_value"] == "Hello"


def is_picture(path: Path) -> bool:
    """Whether the screenshot shows something: an empty page of that size has about five kilobytes."""
    content = path.read_bytes()
    return content.startswith(b"\x89PNG") and len(content) > 30_000


@pytest.mark.usefixtures("run")
def test_it_works_as_a_file_without_a_server(browser: Browser) -> None:
    """Somebody who was sent the page can read it."""
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        page.goto((ROOT / ".local" / "page" / "index.html").as_uri() + "#losant")
        expect(page.locator(".opblock").first).to_be_visible()
        expect(page).to_have_title(re.compile("Losant"))
