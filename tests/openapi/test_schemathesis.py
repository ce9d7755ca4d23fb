"""schemathesis looks for requests whose responses differ from the documents.

FUZZ_CASES is the minimum number of requests for all four documents. FUZZ_SEED is the seed of the requests, which are
the same each time unless it changes. The weekly workflow sends more, with another seed.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from local.stack import ROOT, Stack
from tests.support.openapi import DOCUMENTS, FOLDER

HERE = Path(__file__).parent

REPORT = ROOT / ".local" / "test" / "schemathesis.txt"
CASES = int(os.environ.get("FUZZ_CASES", "5000"))
SEED = os.environ.get("FUZZ_SEED", "19")
# How many requests the limits of all schemas take; and how many each further example takes, for the operations and for
# sequences of them.
OF_LIMITS, PER_EXAMPLE = 7_500, 24
FEWEST = 10


def run(document: str, stack: Stack, folder: Path) -> tuple[dict[str, Any], str]:
    """Runs schemathesis on a document; returns its report and its output."""
    report = folder / f"{document}.json"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml")]
    command += ["run", str(FOLDER / f"{document}.yaml"), "--url", stack.url, "--continue-on-failure", "--no-color"]
    command += ["--max-examples", str(max(FEWEST, (CASES - OF_LIMITS) // PER_EXAMPLE))]
    command += ["--seed", SEED, "-H", f"Authorization: Bearer {stack.token}", "--report-json-path", str(report)]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.openapi.schemathesis_hooks", "PYTHONPATH": str(ROOT)}
    # schemathesis leaves files where it runs.
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert report.exists(), done.stdout + done.stderr
    return json.loads(report.read_text()), done.stdout + done.stderr


def test_it_finds_nothing(own: Stack, tmp_path: Path) -> None:
    with ThreadPoolExecutor(len(DOCUMENTS)) as pool:
        found = dict(zip(DOCUMENTS, pool.map(lambda document: run(document, own, tmp_path), DOCUMENTS), strict=True))
    for document, (report, output) in found.items():
        assert (report["exit_code"], report["failures"], report["errors"]) == (0, [], []), output
        assert report["complete"], document
        assert report["operations"]["tested"] == report["operations"]["total"] > 0
        phases = {phase: outcome["status"] for phase, outcome in report["phases"].items()}
        assert phases == dict.fromkeys(("examples", "coverage", "fuzzing", "stateful"), "success")
    cases = {document: report["test_cases"]["generated"] for document, (report, _) in found.items()}
    assert sum(cases.values()) >= CASES, cases
    # .ci/run shows this.
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(f"schemathesis: {sum(cases.values())} requests, and nothing found: {json.dumps(cases)}\n")
