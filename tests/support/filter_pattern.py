"""CloudWatch Logs' metric filter patterns for JSON, as far as the template uses them.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

Unknown syntax is rejected, and so is what CloudWatch does not document: comparing a field with another type of value,
or comparing it by != if it is missing.
"""

import json
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

Matches = Callable[[Any], bool]

_TOKEN = re.compile(
    r"""\s*(?: (?P<field>\$(?:\.\w+)+) | (?P<text>"[^"\\]*") | (?P<number>-?\d+(?:\.\d+)?)
             | (?P<sign>!=|<=|>=|=|<|>) | (?P<joint>&&|\|\|) | (?P<bracket>[()]) )""",
    re.VERBOSE,
)
# The longest that CloudWatch accepts.
_LONGEST = 1024
_MISSING = object()


class PatternError(Exception):
    """A pattern that CloudWatch would reject, or does not document."""


class FilterPattern:
    """A pattern like `{ $.status >= 500 && ($.operation = "dqops-*" || $.level = "ERROR") }`."""

    def __init__(self, text: str):
        stripped = text.strip()
        if not (stripped.startswith("{") and stripped.endswith("}")) or len(text) > _LONGEST:
            raise PatternError(text)
        self._text = text
        self.fields: set[str] = set()
        self._tokens = self._tokenized(stripped[1:-1])
        self._matches = self._alternatives()
        if self._tokens:
            raise PatternError(f"{text}: {self._tokens[0]} is one too many")

    def matches(self, line: str) -> bool:
        """Whether a log line counts. A line that is not a JSON object never does."""
        try:
            read = json.loads(line)
        except ValueError:
            return False
        return isinstance(read, dict) and self._matches(read)

    def _tokenized(self, text: str) -> list[tuple[str, str]]:
        tokens, at, text = [], 0, text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise PatternError(f"{self._text}: {text[at:]}")
            kind = found.lastgroup or ""
            tokens.append((kind, found[kind]))
            at = found.end()
        return tokens

    def _alternatives(self) -> Matches:
        parts = [self._conjunction()]
        while self._next_is("joint", "||"):
            parts.append(self._conjunction())
        # Evaluate all of them: a true one must not hide a comparison that CloudWatch does not document.
        return lambda line: True in [part(line) for part in parts]

    def _conjunction(self) -> Matches:
        parts = [self._comparison()]
        while self._next_is("joint", "&&"):
            parts.append(self._comparison())
        # From the left, only as far as needed: fields on the right may exist only in lines that match on the left.
        return lambda line: all(part(line) for part in parts)

    def _comparison(self) -> Matches:
        if self._next_is("bracket", "("):
            inner = self._alternatives()
            self._take("bracket")
            return inner
        field, sign = self._take("field").removeprefix("$."), self._take("sign")
        self.fields.add(field)
        if self._tokens and self._tokens[0][0] == "text":
            return self._of_text(field, sign, self._take("text")[1:-1])
        return self._of_number(field, sign, float(self._take("number")))

    def _of_text(self, field: str, sign: str, wanted: str) -> Matches:
        if sign not in ("=", "!="):
            raise PatternError(f"{self._text}: {sign} is for numbers")

        def compare(line: Any) -> bool:
            found = _found(line, field)
            if found is _MISSING:
                if sign == "!=":
                    raise PatternError(f"{self._text}: {line} has no {field}")
                return False
            if not isinstance(found, str):
                raise PatternError(f"{self._text}: {field} of {line} is no text")
            # CloudWatch's only wildcard is the asterisk.
            return fnmatchcase(found, wanted.replace("[", "[[]").replace("?", "[?]")) == (sign == "=")

        return compare

    def _of_number(self, field: str, sign: str, wanted: float) -> Matches:
        comparisons: dict[str, Callable[[float], bool]] = {
            "=": lambda found: found == wanted,
            "!=": lambda found: found != wanted,
            "<": lambda found: found < wanted,
            ">": lambda found: found > wanted,
            "<=": lambda found: found <= wanted,
            ">=": lambda found: found >= wanted,
        }

        def compare(line: Any) -> bool:
            found = _found(line, field)
            if found is _MISSING and sign != "!=":
                return False
            if isinstance(found, bool) or not isinstance(found, int | float):
                raise PatternError(f"{self._text}: {field} of {line} is no number")
            return comparisons[sign](found)

        return compare

    def _next_is(self, kind: str, token: str) -> bool:
        if self._tokens and self._tokens[0] == (kind, token):
            self._tokens.pop(0)
            return True
        return False

    def _take(self, kind: str) -> str:
        if not self._tokens or self._tokens[0][0] != kind:
            raise PatternError(f"{self._text}: a {kind} is missing before {self._tokens[:1]}")
        return self._tokens.pop(0)[1]


def _found(line: Any, field: str) -> Any:
    for name in field.split("."):
        if not isinstance(line, dict) or name not in line:
            return _MISSING
        line = line[name]
    return line
