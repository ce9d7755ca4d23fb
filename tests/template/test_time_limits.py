"""Time limits: those of the functions are in one file, and fit into the template's."""

import re
from typing import Any

from local.stack import ROOT

LIMITS = (ROOT / "shared" / "src" / "limits.rs").read_text()
# The limit of an integration. Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
API_GATEWAY = 29
_CONSTANT = r"pub const {name}: Duration = Duration::from_secs\((\d+)\);"


def seconds(name: str) -> int:
    found = re.search(_CONSTANT.format(name=name), LIMITS)
    assert found, name
    return int(found[1])


def timeouts(expanded: dict[str, Any]) -> dict[str, int]:
    found = expanded["Resources"].items()
    return {name: r["Properties"]["Timeout"] for name, r in found if r["Type"] == "AWS::Lambda::Function"}


def test_an_operation_ends_before_lambda_stops_it_and_lambda_before_the_gateway_gives_up(
    expanded: dict[str, Any],
) -> None:
    for name, timeout in timeouts(expanded).items():
        least = seconds("OPERATION_TIME_LIMIT")
        if name.endswith("Provision"):
            least += seconds("ANSWER_TO_CLOUDFORMATION")
        # At least one second for everything else: the start, the log line, the response.
        assert least + 1 < timeout <= API_GATEWAY, name


def test_the_wait_for_late_calls_assumes_the_longest_timeout(expanded: dict[str, Any]) -> None:
    assert max(timeouts(expanded).values()) == seconds("LONGEST_FUNCTION_TIMEOUT")


def test_no_time_limit_is_elsewhere() -> None:
    """Except for CloudFormation's usual timeout, which is its own. Pauses between attempts are not limits."""
    limit = re.compile(r"const (\w*(?:LIMIT|TIMEOUT|LATEST)\w*): (?:std::time::)?Duration\b")
    sources = [*(ROOT / "shared" / "src").rglob("*.rs"), *(ROOT / "functions").glob("*/src/**/*.rs")]
    found = {name for path in sources if path.name != "limits.rs" for name in limit.findall(path.read_text())}
    assert found == {"USUAL_TIMEOUT"}


def test_the_readmes_example_waits_longer_than_the_function_may_take(expanded: dict[str, Any]) -> None:
    (service_timeout,) = re.findall(r"ServiceTimeout: (\d+)", (ROOT / "README.md").read_text())
    assert int(service_timeout) >= 2 * max(timeouts(expanded).values()), "Lambda may run the function twice"
