"""The tests read patterns as CloudWatch does: the examples of AWS's documentation match, and faults are rejected."""

import json

import pytest

from tests.support.filter_pattern import FilterPattern, PatternError

# Like the example on AWS's page about patterns.
LINE = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "errorCode": 400,
        "latency_ms": 12.5,
        "user": {"type": "Root", "id": 1},
        "question": "why?",
        "yes": True,
    }
)


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ('{ $.eventType = "updatetrail" }', False),
        ('{ $.eventType != "UpdateTrail" }', False),
        ('{ $.eventType = "Update*" }', True),
        ('{ $.eventType = "*Trail" }', True),
        ('{ $.eventType = "*Update*" }', True),
        ('{ $.eventType = "Trail*" }', False),
        ('{ $.sourceIPAddress != "123.123.*" }', True),
        ('{ $.question = "why?" }', True),
        ('{ $.question = "whys" }', False),
        ("{ $.errorCode >= 400 }", True),
        ("{ $.errorCode > 400 }", False),
        ("{ $.errorCode = 400.0 }", True),
        ("{ $.latency_ms < 12.6 }", True),
        ('{ $.user.type = "Root" && $.user.id = 1 }', True),
        ('{ $.user.type = "Root" && $.user.id = 2 }', False),
        ('{ $.nothing = "*" || $.user.id != 2 }', True),
        ('{ $.nothing = "*" }', False),
        ("{ $.nothing.deeper > 1 }", False),
        # && binds tighter than ||.
        ('{ $.errorCode = 400 || $.user.id = 2 && $.nothing = "*" }', True),
        ('{ ($.errorCode = 400 || $.user.id = 2) && $.nothing = "*" }', False),
    ],
)
def test_a_pattern_matches_as_cloudwatch_says(pattern: str, matches: bool) -> None:
    assert FilterPattern(pattern).matches(LINE) == matches


def test_a_line_that_is_not_a_json_object_never_matches() -> None:
    pattern = FilterPattern('{ $.a = "*" }')
    for line in ("", "START RequestId: 1", '["a"]', '"a"', '{"a": "b"', "null"):
        assert not pattern.matches(line)
    assert pattern.matches('{"a": ""}')


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "panic",
        '$.a = "b"',
        "{}",
        "{ $.a }",
        '{ $.a = "b" ',
        '{ $.a == "b" }',
        "{ $.a = b }",
        '{ a = "b" }',
        '{ $.a = "b" and $.c = "d" }',
        '{ ($.a = "b" }',
        '{ $.a = "b") }',
        '{ $.a = "b" "c" }',
        '{ $.a > "b" }',
        '{ $.a = "%s" }' % ("x" * 1024),
    ],
)
def test_an_invalid_pattern_is_rejected(pattern: str) -> None:
    with pytest.raises(PatternError):
        FilterPattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    ['{ $.nothing != "a" }', "{ $.nothing != 1 }", '{ $.errorCode = "400" }', "{ $.eventType = 400 }", "{ $.yes = 1 }"],
)
def test_an_undocumented_comparison_is_rejected(pattern: str) -> None:
    with pytest.raises(PatternError):
        FilterPattern(pattern).matches(LINE)
