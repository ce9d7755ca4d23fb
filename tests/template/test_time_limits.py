"""The limits of time: those of the functions stand in one file, and fit into the template's."""

import re
from typing import Any

from local.stack import ROOT

LIMITS = (ROOT / "shared" / "src" / "limits.rs").read_text()
# Of an integration. Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
API_GATEWAY = 29
_CONSTANT = r"pub const {name}: Duration = Duration::from_secs\((\d+)\);"


def seconds(name: str) -> int:
    found = re.search(_CONSTANT.format(name=name), LIMITS)
    assert found, name
    return int(found[1])


def timeouts(expanded: dict[str, Any]) -> dict[str, int]:
    found = expanded["Resources"].items()
    return {name: r["Properties"]["Timeout"] for name, r in found if r["Type"] == "AWS::Lambda::Function"}


def test_an_operation_answers_before_lambda_stops_it_and_that_before_the_gateway_gives_up(
    expanded: dict[str, Any],
) -> None:
    for name, timeout in timeouts(expanded).items():
        least = seconds("OPERATION_TIME_LIMIT")
        if name.endswith("Provision"):
            least += seconds("ANSWER_TO_CLOUDFORMATION")
        # One second at least for what is not the operation's: the start, the line in the log, the answer.
        assert least + 1 < timeout <= API_GATEWAY, name


def test_the_longest_timeout_is_what_late_calls_are_waited_for_by(expanded: dict[str, Any]) -> None:
    assert max(timeouts(expanded).values()) == seconds("LONGEST_FUNCTION_TIMEOUT")


def test_no_limit_of_time_stands_elsewhere() -> None:
    """CloudFormation's usual timeout is its own, and pauses between attempts end nothing."""
    limit = re.compile(r"const (\w*(?:LIMIT|TIMEOUT|LATEST)\w*): (?:std::time::)?Duration\b")
    sources = [*(ROOT / "shared" / "src").rglob("*.rs"), *(ROOT / "functions").glob("*/src/**/*.rs")]
    found = {name for path in sources if path.name != "limits.rs" for name in limit.findall(path.read_text())}
    assert found == {"USUAL_TIMEOUT"}


def test_the_readmes_example_waits_longer_than_the_function_may_take(expanded: dict[str, Any]) -> None:
    (service_timeout,) = re.findall(r"ServiceTimeout: (\d+)", (ROOT / "README.md").read_text())
    assert int(service_timeout) >= 2 * max(timeouts(expanded).values()), "Lambda starts it again, if need be"
