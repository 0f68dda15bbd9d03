"""A STIX pattern as it is written, in typed terms."""

import base64
from enum import StrEnum
from typing import Final, assert_never

from msgspec import Struct

KEYWORDS: Final = frozenset(
    {
        *("AND", "OR", "NOT", "FOLLOWEDBY", "LIKE", "MATCHES", "ISSUPERSET", "ISSUBSET", "EXISTS", "IN"),
        *("START", "STOP", "SECONDS", "true", "false", "WITHIN", "REPEATS", "TIMES"),
    }
)
"""Words that are no names unless they are written in quotation marks."""


class Operator(StrEnum):
    """How the values at a path are compared."""

    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    IN = "IN"
    LIKE = "LIKE"
    MATCHES = "MATCHES"
    SUBSET = "ISSUBSET"
    SUPERSET = "ISSUPERSET"


class Moment(Struct, frozen=True):
    """A time, as it is written: `2026-03-01T09:00:00Z`."""

    text: str


Value = str | bool | int | float | bytes | Moment
"""A constant; bytes are written in hexadecimal or Base64."""


class Path(Struct, frozen=True):
    """Where values stand: in objects of a type, by names and, within lists, by numbers (-1: by any)."""

    type: str
    steps: tuple[str | int, ...]

    def __str__(self) -> str:
        return f"{self.type}:{''.join(self._step(number, step) for number, step in enumerate(self.steps))}"

    @property
    def plain(self) -> str:
        """The path in one spelling: no quotes, and no number of a list told from another."""
        steps = ("[*]" if isinstance(step, int) else f".{step}" for step in self.steps)
        return f"{self.type}:{''.join(steps)[1:]}"

    @staticmethod
    def _step(number: int, step: str | int) -> str:
        if isinstance(step, int):
            return "[*]" if step < 0 else f"[{step}]"
        plain = step.isascii() and step.isidentifier() and step not in KEYWORDS
        return f"{'.' if number else ''}{step if plain else written_value(step)}"


class Compare(Struct, frozen=True):
    """A value at a path stands so to the one given, or to one of several."""

    path: Path
    operator: Operator
    values: tuple[Value, ...]
    negated: bool = False


class Exists(Struct, frozen=True):
    """There is a value at a path."""

    path: Path
    negated: bool = False


class Every(Struct, frozen=True):
    """Each part holds of the same observation."""

    parts: tuple["Test", ...]


class Either(Struct, frozen=True):
    """At least one part holds of the observation."""

    parts: tuple["Test", ...]


Test = Compare | Exists | Every | Either
"""What one observation is asked."""


class Observed(Struct, frozen=True):
    """There is an observation of which a test holds."""

    test: Test


class AllOf(Struct, frozen=True):
    """Each part holds, in any order."""

    parts: tuple["Expression", ...]


class OneOf(Struct, frozen=True):
    """At least one part holds."""

    parts: tuple["Expression", ...]


class Sequence(Struct, frozen=True):
    """Each part holds after the one before it."""

    parts: tuple["Expression", ...]


class Within(Struct, frozen=True):
    """The part holds by observations that lie so many seconds apart at most."""

    part: "Expression"
    seconds: float


class Repeats(Struct, frozen=True):
    """The part holds so often, each time by other observations."""

    part: "Expression"
    times: int


class Between(Struct, frozen=True):
    """The part holds by observations from one moment until before another."""

    part: "Expression"
    start: str
    stop: str


Expression = Observed | AllOf | OneOf | Sequence | Within | Repeats | Between
"""What is asked of what was observed."""


def written(expression: Expression) -> str:  # noqa: PLR0911 - one line for each kind of expression
    """An expression as a pattern; whatever is read from it is the expression again."""
    match expression:
        case Observed(test):
            return f"[{written_test(test)}]"
        case AllOf(parts):
            return " AND ".join(map(_grouped, parts))
        case OneOf(parts):
            return " OR ".join(map(_grouped, parts))
        case Sequence(parts):
            return " FOLLOWEDBY ".join(map(_grouped, parts))
        case Within(part, seconds):
            return f"{_grouped(part)} WITHIN {written_value(seconds)} SECONDS"
        case Repeats(part, times):
            return f"{_grouped(part)} REPEATS {times} TIMES"
        case Between(part, start, stop):
            return f"{_grouped(part)} START t'{start}' STOP t'{stop}'"
        case _:
            assert_never(expression)


def _grouped(expression: Expression) -> str:
    text = written(expression)
    return text if isinstance(expression, Observed) else f"({text})"


def written_test(test: Test) -> str:
    """A test as it stands between the brackets of a pattern."""
    match test:
        case Compare(path, operator, values, negated):
            listed = ", ".join(map(written_value, values))
            return f"{path} {'NOT ' * negated}{operator} {f'({listed})' if operator is Operator.IN else listed}"
        case Exists(path, negated):
            return f"{'NOT ' * negated}EXISTS {path}"
        case Every(parts):
            return " AND ".join(f"({written_test(part)})" for part in parts)
        case Either(parts):
            return " OR ".join(f"({written_test(part)})" for part in parts)
        case _:
            assert_never(test)


def written_value(value: Value) -> str:
    """A constant as it stands in a pattern."""
    match value:
        case str():
            text = value.replace("\\", "\\\\").replace("'", "\\'")
            return f"'{text}'"
        case bool():
            return "true" if value else "false"
        case bytes():
            return f"b'{base64.b64encode(value).decode()}'"
        case Moment(text):
            return f"t'{text}'"
        case float():
            return f"{value:.17g}" if "." in f"{value:.17g}" and "e" not in f"{value:.17g}" else f"{value:f}"
        case int():
            return str(value)
        case _:
            assert_never(value)
