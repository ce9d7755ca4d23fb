"""The documents' queries for CloudWatch Logs Insights name fields that the lines of their log have."""

import json
import re

import pytest
from samcli.yamlhelper import yaml_parse

from local.stack import ROOT, TEMPLATE
from tests.logs.documents import ACCESS_LOG, REQUEST, report
from tests.support.readme import anchors

# CloudWatch adds these to every log.
BUILT_IN = {"@timestamp", "@message", "@logStream", "@log"}
# Fields of the other lines that functions write.
OF_OTHERS = {"place"}
# Fields of an event's record. Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
CLOUDTRAIL = {
    *("errorCode", "errorMessage", "eventName", "eventSource", "eventTime", "requestID", "userIdentity.arn"),
    *("requestParameters.secretId", "requestParameters.secretIdList"),
}
COMMANDS = {"fields", "filter", "stats", "sort", "limit", "dedup"}
WORDS = {"and", "or", "not", "like", "in", "by", "as", "asc", "desc"}
FUNCTIONS = {"avg", "count", "max", "min", "pct"}
# Strings, regular expressions, numbers.
_LITERAL = re.compile(r'"[^"\n]*"|\'[^\'\n]*\'|/(?:[^/\n\\]|\\.)+/|(?<![\w.])\d+(?:\.\d+)?')
_NAME = re.compile(r"@?[A-Za-z_][\w.]*")
DOCUMENTS = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md"])


def of_report() -> set[str]:
    """The fields of a report of Lambda's."""
    found: set[str] = set()

    def walk(value: object, path: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, f"{path}.{name}" if path else name)
        else:
            found.add(path)

    walk(report(), "")
    return found


def of_access_log() -> set[str]:
    stage = yaml_parse(TEMPLATE.read_text())["Resources"]["Api"]["Properties"]["AccessLogSetting"]
    return set(json.loads(stage["Format"]))


KNOWN = {
    "functions": REQUEST | of_report() | OF_OTHERS,
    "access": of_access_log(),
    "cloudtrail": CLOUDTRAIL,
}


def queries() -> list[tuple[str, str, str]]:
    """The document, log and text of each query."""
    found = []
    for path in DOCUMENTS:
        for log, text in re.findall(r"```logs-insights ?(\w*)\n(.*?)```", path.read_text(), re.DOTALL):
            found.append((path.name, log, text))
    return found


def fields_of(query: str) -> set[str]:
    """The fields that a query names, without those that it defines itself."""
    bare = _LITERAL.sub("''", query)
    for command in re.split(r"(?m)^\s*\|?\s*", bare.strip()):
        for part in filter(None, command.split(" | ")):
            assert part.split()[0] in COMMANDS, part
    made = set(re.findall(r"\bas (\w+)", bare))
    called = set(re.findall(r"(\w+)\(", bare)) - WORDS
    assert called <= FUNCTIONS, called
    return set(_NAME.findall(bare)) - COMMANDS - WORDS - FUNCTIONS - made - BUILT_IN


@pytest.mark.parametrize(("document", "log", "query"), queries(), ids=lambda value: value if "\n" not in value else "")
def test_a_query_names_fields_that_the_lines_have(document: str, log: str, query: str) -> None:
    assert log in KNOWN, f"{document}: the query does not say for which log it is"
    assert fields_of(query) <= KNOWN[log]
    assert fields_of(query)


def test_every_alarm_has_a_query() -> None:
    text = (ROOT / "docs" / "runbook.md").read_text()
    chapters = text.partition("\n### ")[2].partition("\n## ")[0].split("\n### ")
    assert len(chapters) == 15
    without = {chapter.partition("\n")[0] for chapter in chapters if "```logs-insights" not in chapter}
    assert without == {"Function timeouts"}, "its chapter uses the query for function errors"


def test_the_dashboards_query_names_fields_that_the_lines_have() -> None:
    dashboard = yaml_parse(TEMPLATE.read_text())["Resources"]["OverviewDashboard"]["Properties"]
    (query,) = re.findall(r'"query":"SOURCE \'\$\{FunctionLogs\}\' \| ([^"]+)"', dashboard["DashboardBody"]["Fn::Sub"])
    assert fields_of(query) <= KNOWN["functions"]


def test_the_access_logs_fields_are_documented() -> None:
    assert of_access_log() == ACCESS_LOG


def test_links_between_the_documents_lead_somewhere() -> None:
    for path in DOCUMENTS:
        for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
            target, _, heading = link.partition("#")
            if ":" in target:
                continue
            found = (path.parent / target).resolve() if target else path
            assert found.exists(), (path.name, link)
            if heading and found.suffix == ".md":
                assert heading in anchors(found.read_text()), (path.name, link)
