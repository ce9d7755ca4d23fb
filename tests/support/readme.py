"""The commands of the README and other documents, so that tests can run what users copy."""

import re
from textwrap import dedent

from local.stack import ROOT

README = (ROOT / "README.md").read_text()


def blocks(language: str, text: str = README) -> list[str]:
    """The document's code blocks in a language."""
    return [dedent(block) for block in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)]


def commands(text: str = README) -> list[str]:
    """The document's blocks of shell commands."""
    return blocks("sh", text)


def commands_after(mark: str, text: str = README) -> list[str]:
    """Those after `mark`, up to the next section."""
    _, found, after = text.partition(mark)
    assert found, f"the document does not contain {mark!r}"
    return commands(after.partition("\n## ")[0])


def anchors(text: str = README) -> set[str]:
    """The anchors of the document's headings, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
