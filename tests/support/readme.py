"""The README's commands, so that tests can run what users copy."""

import re

from local.stack import ROOT

README = (ROOT / "README.md").read_text()


def commands(text: str = README) -> list[str]:
    """Its blocks of shell commands."""
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


def commands_after(mark: str) -> list[str]:
    """Those after `mark`, up to the next chapter."""
    _, found, after = README.partition(mark)
    assert found, f"the README says nothing of {mark!r}"
    return commands(after.partition("\n## ")[0])
