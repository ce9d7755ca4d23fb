"""The page of the APIs: the documents in docs/openapi, to read and to try, in one file that loads nothing else.

`python -m local.api_page RENDERER INTO [SERVER]` writes it; RENDERER is where npm has put Swagger UI, SERVER the URL of
the APIs that it is for.
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
    """The page."""
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
    # No text in it can end the element.
    content = json.dumps(documents).replace("<", "\\u003c")
    return for_server(_replaced(page, empty, empty.replace("><", f">{content}<")), server)


def read_page() -> str:
    """The page that `make docs` has made."""
    if not PAGE.is_file():
        raise NotBuiltError(f"{PAGE} is missing: run `make docs`")
    return PAGE.read_text()


def for_server(page: str, server: str) -> str:
    """The page for the APIs at a URL."""
    made, found = _SERVER.subn(lambda element: element[1] + html.escape(server) + element[2], page)
    if found != 1:
        raise ValueError("docs/page/page.html does not say where the APIs are")
    return made


class PageServer(Listener):
    """Serves the page to browsers on this machine."""

    def __init__(self, page: str, host: str, port: int):
        content = page.encode()

        class Page(Handler):
            def do_GET(self) -> None:  # noqa: N802 - called so by the library
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
    """Without what would end its element, or change how that is read: in code it stands in texts and patterns alone."""
    without_map = re.sub(r"(?m)^(//|/\*)# sourceMappingURL=.*$", "", code)
    return re.sub(r"(?i)</(?=script|style)", r"<\\/", without_map).replace("<!--", "\\x3c!--")


def main() -> None:
    """Writes the page."""
    renderer, into, *server = sys.argv[1:]
    page = make(Path(renderer), *server)
    Path(into).parent.mkdir(parents=True, exist_ok=True)
    Path(into).write_text(page)
    print(f"{into}: {len(page) / 1e6:.1f} MB, to be opened or served as it is")


if __name__ == "__main__":
    main()
