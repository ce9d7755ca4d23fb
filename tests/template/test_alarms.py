"""Alarms, the metrics that they watch, and the dashboard: each metric exists, and each alarm is explained."""

import json
import re
from typing import Any

import pytest

from local.cloudformation import PSEUDO, Resolved
from local.stack import ROOT
from tests.support.filter_pattern import FilterPattern
from tests.support.readme import anchors
from tests.template.conftest import Resolve, of_type

TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"
EVERYTHING = {"AlarmTopicArn": TOPIC, "Dashboard": "true", "Provisioning": "true", "AllowedOrigins": "*"}
OWN = f"Latchkey/{PSEUDO['AWS::StackName']}"
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
# AWS's own metrics, with the dimensions that they have. Sources:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
OF_AWS = {
    "AWS/ApiGateway": ({"4XXError", "5XXError", "Count", "Latency"}, [{"ApiName", "Stage"}]),
    "AWS/Lambda": ({"Duration", "Errors", "Throttles"}, [{"FunctionName"}, set()]),
}
STATISTICS = {"Sum", "p50", "p99"}


@pytest.fixture(scope="module")
def everything(resolve: Resolve) -> Resolved:
    return resolve(**EVERYTHING)


def alarms(resolved: Resolved) -> dict[str, dict[str, Any]]:
    return of_type(resolved, "AWS::CloudWatch::Alarm")


def filters(resolved: Resolved) -> dict[str, dict[str, Any]]:
    return of_type(resolved, "AWS::Logs::MetricFilter")


def counted(resolved: Resolved) -> set[tuple[str, str]]:
    """The template's own metrics."""
    of_filters = [found["MetricTransformations"] for found in filters(resolved).values()]
    return {(made["MetricNamespace"], made["MetricName"]) for (made,) in of_filters}


def assert_exists(resolved: Resolved, namespace: str, metric: str, dimensions: dict[str, str]) -> None:
    if namespace == OWN:
        assert (namespace, metric) in counted(resolved)
        assert not dimensions
        return
    metrics, known = OF_AWS[namespace]
    assert metric in metrics
    assert set(dimensions) in known, dimensions
    resources = resolved.resources
    for name, value in dimensions.items():
        if name == "FunctionName":
            assert resources[value]["Type"] == "AWS::Lambda::Function"
        elif name == "Stage":
            assert resources["ApiStage"]["Properties"]["StageName"] == value
        else:
            # API Gateway takes the name from the document.
            assert "Name" not in resources["Api"]["Properties"]
            assert resources["Api"]["Properties"]["Body"]["info"]["title"] == value


def test_every_alarm_watches_a_metric_that_exists(everything: Resolved) -> None:
    assert len(alarms(everything)) == 15
    for alarm in alarms(everything).values():
        dimensions = {entry["Name"]: entry["Value"] for entry in alarm.get("Dimensions", [])}
        assert_exists(everything, alarm["Namespace"], alarm["MetricName"], dimensions)
        assert {alarm.get("Statistic"), alarm.get("ExtendedStatistic")} - {None} <= STATISTICS


def test_every_metric_that_costs_something_has_an_alarm(everything: Resolved) -> None:
    watched = {(alarm["Namespace"], alarm["MetricName"]) for alarm in alarms(everything).values()}
    assert counted(everything) <= watched
    for name, found in filters(everything).items():
        (made,) = found["MetricTransformations"]
        assert name == f"{made['MetricName']}Filter"
        assert found["LogGroupName"] == "FunctionLogs"
        # AWS charges for each hour in which a metric has a value, so it must have none if nothing happens.
        assert (made["MetricValue"], "DefaultValue" in made) == ("1", False)
        assert FilterPattern(found["FilterPattern"]).fields


def test_every_alarm_notifies_the_topic_and_says_where_it_is_explained(everything: Resolved) -> None:
    headings = anchors(RUNBOOK)
    for name, alarm in alarms(everything).items():
        assert alarm["AlarmActions"] == [TOPIC]
        assert alarm.get("OKActions", [TOPIC]) == [TOPIC]
        # Without requests there is nothing to alarm about.
        assert alarm["TreatMissingData"] == "notBreaching"
        found = re.fullmatch(r".+\. docs/runbook\.md#([a-z-]+)", alarm["AlarmDescription"])
        assert found, name
        assert found[1] in headings, found[1]


def test_the_runbook_has_every_threshold(everything: Resolved) -> None:
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in RUNBOOK.splitlines() if row[:2] == "| "]
    listed = {row[0].partition("](#")[0].strip("["): row[1] for row in rows if "](#" in row[0]}
    expected = {}
    for name, alarm in alarms(everything).items():
        period = {300: "5 minutes", 86400: "a day"}[alarm["Period"]]
        if alarm["EvaluationPeriods"] == 3:
            period = "15 minutes"
        unit = " ms" if alarm["MetricName"] == "Latency" else ""
        expected[name.removesuffix("Alarm")] = f"{alarm['Threshold']}{unit} in {period}"
    assert listed == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, (0, 0, 0)),
        ({"AlarmTopicArn": TOPIC}, (14, 10, 0)),
        ({"AlarmTopicArn": TOPIC, "Provisioning": "true"}, (15, 11, 0)),
        ({"Dashboard": "true"}, (0, 10, 1)),
        (EVERYTHING, (15, 11, 1)),
    ],
    ids=["none", "alarms", "and provisioning", "dashboard", "all"],
)
def test_alarms_filters_and_dashboards_exist_only_on_request(
    resolve: Resolve, parameters: dict[str, str], expected: tuple[int, int, int]
) -> None:
    resolved = resolve(**parameters)
    dashboards = of_type(resolved, "AWS::CloudWatch::Dashboard")
    assert (len(alarms(resolved)), len(filters(resolved)), len(dashboards)) == expected


def test_the_dashboard_shows_metrics_that_exist(everything: Resolved) -> None:
    (dashboard,) = of_type(everything, "AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    shown = set()
    for widget in widgets:
        properties = widget["properties"]
        assert properties["region"] == PSEUDO["AWS::Region"]
        for namespace, metric, *more in properties.get("metrics", []):
            more = [part for part in more if isinstance(part, str)]
            dimensions = dict(zip(more[::2], more[1::2], strict=True))
            assert_exists(everything, namespace, metric, dimensions)
            shown.add((namespace, metric))
    assert shown >= counted(everything) - {(OWN, "ProvisioningFailed")}
    # Widgets do not overlap.
    places = {
        (widget["x"] + x, widget["y"] + y)
        for widget in widgets
        for x in range(widget["width"])
        for y in range(widget["height"])
    }
    assert len(places) == sum(widget["width"] * widget["height"] for widget in widgets)


def test_counting_lines_needs_the_log_level_that_writes_them(everything: Resolved) -> None:
    rule = everything.template["Rules"]["AlarmsHaveTheirLines"]
    for parameters, has_rule in (({}, False), ({"AlarmTopicArn": TOPIC}, True), ({"Dashboard": "true"}, True)):
        for level in ("error", "warn", "info"):
            resolved = Resolved(everything.template, {**parameters, "LogLevel": level})
            assert resolved.value(rule["RuleCondition"]) == has_rule
            (assertion,) = rule["Assertions"]
            assert resolved.value(assertion["Assert"]) == (level == "info")
