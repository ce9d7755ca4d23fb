"""`make sam-local` itself, as a user runs it: the commands that it prints work, and Ctrl-C leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import docker

from local.process import wait_until
from local.sam_local.api import SamLocal
from local.stack import ROOT, free_port


def test_it_prints_commands_that_work_and_stops_completely(stack: SamLocal, tmp_path: Path) -> None:
    del stack  # its build makes this one's quick
    port = free_port()
    log = tmp_path / "output"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.sam_local"],
            cwd=ROOT,
            env=os.environ | {"LATCHKEY_PORT": str(port), "LATCHKEY_STAND_IN": "1"},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        assert wait_until(lambda: process.poll() is not None or "Ctrl-C" in log.read_text(), timeout=300)
        printed = log.read_text()
        assert process.poll() is None, printed
        settings = re.findall(r"(?m)^  (LATCHKEY_\w+=\S+)$", printed)
        curls = re.search(r"(?m)^  curl -i(?:.|\n)*?(?=\n\n)", printed)
        assert (len(settings), bool(curls)) == (2, True), printed
        script = "\n".join([*settings, curls[0] if curls else ""])
        answers = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True).stdout
        assert " 201 " in answers
        assert answers.endswith('{"credential_name":"hello.txt","type":"text","text_value":"Hello"}'), answers
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(60)
    work = f".local/sam-local-{port}"
    assert status == 0, log.read_text()
    assert f"is in {work}/" in log.read_text()
    containers = docker.from_env().containers.list(all=True)
    assert not [left for left in containers if work in str(left.attrs["Mounts"])]
    assert not docker.from_env().images.list(f"latchkey-sam-local-{port}")
