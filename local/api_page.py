"""The page of the APIs: one file that loads nothing else, to read the documents in docs/openapi and try requests.

`python -m local.api_page RENDERER INTO [SERVER]` writes it. RENDERER is the folder where npm has put Swagger UI, SERVER
is the URL of the APIs that the page calls. docs/decisions/openapi.md has the reasons.
"""

import html
import json
import re
import sys
from pathlib import Path

import yaml

from local.artifacts import NotBuiltError
from local.connections import Handler, Listener, Server
from local.ministack import ROOT

PAGE = ROOT / ".local" / "page" / "index.html"
_DOCUMENTS = ROOT / "docs" / "openapi"
_SOURCES = ROOT / "docs" / "page"
_SERVER = re.compile(r'(<meta name="latchkey-server" content=")[^"]*(" />)')


def make(renderer: Path, server: str = "") -> str:
    """Returns the page's HTML."""
    page = (_SOURCES / "page.html").read_text()
    documents = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(_DOCUMENTS.glob("*.yaml"))}
    for folder, name in (
        (renderer, "swagger-ui.css"),
        (_SOURCES, "page.css"),
        (renderer, "swagger-ui-bundle.js"),
        (_SOURCES, "page.js"),
    ):
        kind = "style" if name.endswith(".css") else "script"
        empty = f'<{kind} data-from="{name}"></{kind}>'
        page = _replaced(page, empty, f"<{kind}>{_inline((folder / name).read_text())}</{kind}>")
    empty = '<script type="application/json" id="documents"></script>'
    # Escaped, so that no text in the documents can end the element.
    content = json.dumps(documents).replace("<", "\\u003c")
    return for_server(_replaced(page, empty, empty.replace("><", f">{content}<")), server)


def read_page() -> str:
    """Returns the page that `make docs` has made."""
    if not PAGE.is_file():
        raise NotBuiltError(f"{PAGE} is missing: run `make docs`")
    return PAGE.read_text()


def for_server(page: str, server: str) -> str:
    """Returns the page with the URL of the APIs that it calls."""
    made, found = _SERVER.subn(lambda element: element[1] + html.escape(server) + element[2], page)
    if found != 1:
        raise ValueError("docs/page/page.html does not say where the APIs are")
    return made


class PageServer(Listener):
    """Serves the page to browsers on this machine."""

    def __init__(self, page: str, host: str, port: int):
        content = page.encode()

        class Page(Handler):
            def do_GET(self) -> None:  # noqa: N802 - as http.server calls it
                is_page = self.path.partition("?")[0] == "/"
                self.send_response_only(200 if is_page else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(content) if is_page else 0))
                self.send_header("X-Content-Type-Options", "nosniff")
                self.end_headers()
                if is_page:
                    self.wfile.write(content)

        super().__init__(Server(Page, host, port))


def _replaced(page: str, empty: str, full: str) -> str:
    before, found, after = page.partition(empty)
    if not found:
        raise ValueError(f"docs/page/page.html has no {empty}")
    return before + full + after


def _inline(code: str) -> str:
    """Escapes what would end the code's element or change its parsing: code has that only in strings and patterns."""
    without_map = re.sub(r"(?m)^(//|/\*)# sourceMappingURL=.*$", "", code)
    return re.sub(r"(?i)</(?=script|style)", r"<\\/", without_map).replace("<!--", "\\x3c!--")


def main() -> None:
    """Writes the page."""
    renderer, into, *server = sys.argv[1:]
    page = make(Path(renderer), *server)
    Path(into).parent.mkdir(parents=True, exist_ok=True)
    Path(into).write_text(page)
    print(f"{into}: {len(page) / 1e6:.1f} MB, ready to open or to serve")


if __name__ == "__main__":
    main()
