"""What docs/operations.md says about the logs."""

import json
import re
from typing import Any

from local.stack import ROOT
from tests.support.readme import blocks

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def fields(heading: str) -> set[str]:
    """The fields in the table below a heading."""
    chapter = OPERATIONS.partition(f"### {heading}\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    rows = [row.split("|")[1] for row in chapter.splitlines() if row.startswith("| `")]
    return {name for cell in rows for name in re.findall(r"`(\w+)`", cell)}


REQUEST = fields("The line of a request")
ACCESS_LOG = fields("The line of the access log")


def report() -> dict[str, Any]:
    """The example of a report of Lambda's."""
    (found,) = blocks("json", OPERATIONS)
    return json.loads(found)
