"""`make check-template`: cfn-lint, and checkov's findings, each of which is accepted here with a reason.

Both look at the expanded template: at what CloudFormation gets, as it is and with all that companies set.

A reason that nothing needs any more is an error too.
"""

import json
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from samcli.yamlhelper import yaml_parse

from local.expand import expand
from local.ministack import tool
from local.parameter_sets import SETS
from local.stack import TEMPLATE


class Accepted(NamedTuple):
    """A finding that stays, and why."""

    check: str
    resource: str
    reason: str


ACCEPTED = (
    Accepted(
        "CKV_AWS_115",  # no reserved concurrency
        "AWS::Lambda::Function.*",
        "API Gateway throttles every method (ThrottleRate, ThrottleBurst). Concurrency that is reserved for each "
        "function would be taken from the account's others, and reject bursts that the account could have served.",
    ),
    Accepted(
        "CKV_AWS_116",  # no dead letter queue
        "AWS::Lambda::Function.*",
        "Those are for asynchronous calls. API Gateway calls and waits, and the caller gets the failure. "
        "CloudFormation waits for an answer to its events, and says itself where none came.",
    ),
    Accepted(
        "CKV_AWS_173",  # environment variables without a KMS key of the customer's
        "AWS::Lambda::Function.*",
        "They hold names, limits and an address, never a secret, and Lambda encrypts them with its own key.",
    ),
    Accepted(
        "CKV_AWS_120",  # no cache
        "AWS::ApiGateway::Stage.*",
        "Answers are secrets, or depend on the caller's grants. None may be kept or given to another.",
    ),
    Accepted(
        "CKV_AWS_73",  # no X-Ray
        "AWS::ApiGateway::Stage.*",
        "Traces hold paths, and credentials' names are in those. The request id joins all the logs of one request.",
    ),
    Accepted(
        "CKV_AWS_158",  # log groups without a KMS key of the customer's
        "AWS::Logs::LogGroup.*",
        "No log holds a secret, which tests/test_canary.py shows, and CloudWatch encrypts them with its own key. One "
        "of the customer's would have to allow CloudWatch in its policy, or the deployment fails.",
    ),
    *(
        Accepted(
            check,  # may assume any role
            "AWS::IAM::Role.TiledbVerifyRole",
            "Callers name the role of their own that is to be tried. That role's trust policy decides, with its "
            "external id; this one reads no secret.",
        )
        for check in ("CKV_AWS_107", "CKV_AWS_111")
    ),
)


def main(checkov: str, work: Path) -> int:
    """Expands the template into `work`, runs both on it, and compares."""
    expanded = _expanded(work)
    if subprocess.run([tool("cfn-lint"), *expanded], check=False).returncode:
        return 1
    command = [checkov, "--file", *expanded, "--framework", "cloudformation", "--output", "json"]
    done = subprocess.run([*command, "--skip-download", "--soft-fail"], check=True, capture_output=True, text=True)
    report = json.loads(done.stdout)
    found = {(finding["check_id"], finding["resource"]) for finding in report["results"]["failed_checks"]}
    accepted = {entry: {finding for finding in found if _covers(entry, finding)} for entry in ACCEPTED}
    for check, resource in sorted(found - set().union(*accepted.values())):
        print(f"{check} {resource}: remove the cause, or accept it with a reason in {__file__}", file=sys.stderr)
    for entry in (entry for entry, findings in accepted.items() if not findings):
        print(f"{entry.check} {entry.resource}: accepted in {__file__}, but not found any more", file=sys.stderr)
    passed = report["summary"]["passed"]
    print(f"checkov: {passed} checks passed, {len(found)} findings, {len(ACCEPTED)} accepted")
    return 0 if passed and all(accepted.values()) and found == set().union(*accepted.values()) else 1


def _expanded(work: Path) -> list[str]:
    """The template as it is, and with everything set in place of its defaults, which both tools go by."""
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
