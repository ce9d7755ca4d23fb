"""schemathesis looks for requests that are answered otherwise than the documents say.

FUZZ_CASES is the least number of requests over the four documents; .ci/run asks for more. FUZZ_SEED is what they are
made of: the same ones each time, unless it says otherwise.
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
# How many requests come of the limits of every schema alone; and of each further example that an operation and a
# sequence of operations is tried with.
OF_LIMITS, PER_EXAMPLE = 7_500, 24
FEWEST = 10


def run(document: str, stack: Stack, folder: Path) -> tuple[dict[str, Any], str]:
    """What schemathesis reports of a document, and what it prints."""
    report = folder / f"{document}.json"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml")]
    command += ["run", str(FOLDER / f"{document}.yaml"), "--url", stack.url, "--continue-on-failure", "--no-color"]
    command += ["--max-examples", str(max(FEWEST, (CASES - OF_LIMITS) // PER_EXAMPLE))]
    command += ["--seed", SEED, "-H", f"Authorization: Bearer {stack.token}", "--report-json-path", str(report)]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.openapi.schemathesis_hooks", "PYTHONPATH": str(ROOT)}
    # It leaves files where it runs.
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
    # For .ci/run to show.
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(f"schemathesis: {sum(cases.values())} requests, and nothing found: {json.dumps(cases)}\n")
