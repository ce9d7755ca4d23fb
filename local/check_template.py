"""`make check-template`: runs cfn-lint and checkov. What checkov finds must be fixed, or accepted here with a reason.

Both tools check the template as CloudFormation gets it: expanded, once as it is and once with every parameter set that
companies use.

An accepted finding that checkov no longer reports is an error too.
"""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from samcli.yamlhelper import yaml_parse

from local.expand import expand
from local.ministack import tool
from local.parameter_sets import SETS
from local.stack import TEMPLATE


class Accepted(NamedTuple):
    """A finding that we accept, and why."""

    check: str
    resource: str
    reason: str


ACCEPTED = (
    Accepted(
        "CKV_AWS_115",  # no reserved concurrency
        "AWS::Lambda::Function.*",
        "API Gateway throttles every method (ThrottleRate, ThrottleBurst). Reserved concurrency would take capacity "
        "from the account's other functions, and throttle bursts that the account could have served.",
    ),
    Accepted(
        "CKV_AWS_116",  # no dead letter queue
        "AWS::Lambda::Function.*",
        "Dead letter queues are for asynchronous calls. API Gateway waits for each call, so the caller gets the "
        "failure. CloudFormation waits for a response to its events, and reports it if none comes.",
    ),
    Accepted(
        "CKV_AWS_173",  # environment variables without a customer managed KMS key
        "AWS::Lambda::Function.*",
        "They contain names, limits and URLs, never a secret, and Lambda encrypts them with its own key.",
    ),
    Accepted(
        "CKV_AWS_120",  # no cache
        "AWS::ApiGateway::Stage.*",
        "Responses are secrets, or depend on the caller's grants. None may be cached or sent to another caller.",
    ),
    Accepted(
        "CKV_AWS_73",  # no X-Ray
        "AWS::ApiGateway::Stage.*",
        "Traces contain paths, and those contain credentials' names. The request id joins all log lines of a request.",
    ),
    Accepted(
        "CKV_AWS_158",  # log groups without a customer managed KMS key
        "AWS::Logs::LogGroup.*",
        "No log contains a secret, as tests/test_canary.py shows, and CloudWatch encrypts logs with its own key. With "
        "a customer managed key, the deployment fails unless the key's policy allows CloudWatch.",
    ),
    *(
        Accepted(
            check,  # may assume any role
            "AWS::IAM::Role.TiledbVerifyRole",
            "Callers name a role of their own to test. That role's trust policy and its external id decide whether "
            "it can be assumed. This role reads no secret.",
        )
        for check in ("CKV_AWS_107", "CKV_AWS_111")
    ),
)


def main(checkov: str, work: Path) -> int:
    """Expands the template into `work`, runs both tools on it, and compares checkov's findings with `ACCEPTED`."""
    with ThreadPoolExecutor() as pool:
        # Each takes one processor for half a minute.
        reports = pool.map(partial(_report, checkov), expanded := _expanded(work))
        if subprocess.run([tool("cfn-lint"), *expanded], check=False).returncode:
            return 1
        results = list(reports)
    findings = [finding for report in results for finding in report["results"]["failed_checks"]]
    found = {(finding["check_id"], finding["resource"]) for finding in findings}
    accepted = {entry: {finding for finding in found if _covers(entry, finding)} for entry in ACCEPTED}
    for check, resource in sorted(found - set().union(*accepted.values())):
        print(f"{check} {resource}: fix it, or accept it with a reason in {__file__}", file=sys.stderr)
    for entry in (entry for entry, findings in accepted.items() if not findings):
        print(f"{entry.check} {entry.resource}: accepted in {__file__}, but no longer found", file=sys.stderr)
    passed = sum(report["summary"]["passed"] for report in results)
    print(f"checkov: {passed} checks passed, {len(found)} findings, {len(ACCEPTED)} accepted")
    return 0 if passed and all(accepted.values()) and found == set().union(*accepted.values()) else 1


def _report(checkov: str, template: str) -> Any:
    command = [checkov, "--file", template, "--framework", "cloudformation", "--output", "json"]
    done = subprocess.run([*command, "--skip-download", "--soft-fail"], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def _expanded(work: Path) -> list[str]:
    """Writes the template as it is, and with everything set as the defaults, because both tools rely on defaults."""
    work.mkdir(parents=True, exist_ok=True)
    paths, expanded = [], expand(TEMPLATE)
    for name, given in (("default", {}), ("all", SETS["all"])):
        template = yaml_parse(expanded)
        for parameter, value in given.items():
            template["Parameters"][parameter]["Default"] = value
        path = work / f"{name}.yaml"
        path.write_text(json.dumps(template))
        paths.append(str(path))
    return paths


def _covers(entry: Accepted, finding: tuple[str, str]) -> bool:
    return entry.check == finding[0] and fnmatch(finding[1], entry.resource)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
