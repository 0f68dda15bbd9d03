"""What a rule asks of an event, as a small closed set of typed terms.

Rules come from pySigma's parse (`detect.sigma.detection`); everything after it reads only these. They are msgspec's
structs, since a rule set has a hundred thousand of them: they are made, compared, written and read without Python.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never

from msgspec import Struct

ANYWHERE = ""
"""In place of a field's name: any value of the event, as Sigma's keywords ask."""


class How(StrEnum):
    """How a text is compared with a value."""

    EQUALS = "equals"
    CONTAINS = "contains"
    STARTS = "starts"
    ENDS = "ends"


class Order(StrEnum):
    """How a number is compared with a value."""

    EQUAL = "="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


class Part(StrEnum):
    """A part of a date and time."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Text(Struct, frozen=True, gc=False, array_like=True, tag="text"):
    """The field's value equals, contains, starts or ends with this text; letter case counts only when `cased`."""

    field: str
    how: How
    text: str
    cased: bool = False


class Wildcard(Struct, frozen=True, gc=False, array_like=True, tag="wildcard"):
    """The field's whole value fits a pattern.

    Between two `pieces` stands any run of characters; within a piece, between two runs, exactly one character. So
    `a?b*c` is `(("a", "b"), ("c",))`, and `*x` begins with the empty piece `("",)`.
    """

    field: str
    pieces: tuple[tuple[str, ...], ...]
    cased: bool = False


class Regex(Struct, frozen=True, gc=False, array_like=True, tag="regex"):
    """The regular expression is found somewhere in the field's value. `flags` is some of the letters `ims`."""

    field: str
    pattern: str
    flags: str = ""


class Network(Struct, frozen=True, gc=False, array_like=True, tag="network"):
    """The field's value is an address within this network, such as `10.0.0.0/8`."""

    field: str
    cidr: str


class Number(Struct, frozen=True, gc=False, array_like=True, tag="number"):
    """The field's value is a number, decimal or hexadecimal (`0x1f`), that stands so to this one."""

    field: str
    order: Order
    number: int | float


class TimePart(Struct, frozen=True, gc=False, array_like=True, tag="time"):
    """The field's value is a time of which this part, in UTC, is this number."""

    field: str
    part: Part
    number: int


class SameAs(Struct, frozen=True, gc=False, array_like=True, tag="same"):
    """The field's value equals that of another field (or starts, ends with it, or both: contains it), in any case."""

    field: str
    other: str
    starts: bool = False
    ends: bool = False


class Absent(Struct, frozen=True, gc=False, array_like=True, tag="absent"):
    """The event has no such field; a field that is there without a value is not absent."""

    field: str


Leaf = Text | Wildcard | Regex | Network | Number | TimePart | SameAs | Absent


class All(Struct, frozen=True, gc=False, array_like=True, tag="all"):
    """Each part holds; without parts it always does."""

    parts: tuple["Condition", ...]


class Some(Struct, frozen=True, gc=False, array_like=True, tag="some"):
    """At least one part holds; without parts it never does."""

    parts: tuple["Condition", ...]


class Not(Struct, frozen=True, gc=False, array_like=True, tag="not"):
    """The part does not hold."""

    part: "Condition"


Condition = Leaf | All | Some | Not


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Every leaf of a condition, from left to right."""
    match condition:
        case All(parts) | Some(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case Text() | Wildcard() | Regex() | Network() | Number() | TimePart() | SameAs() | Absent():
            yield condition
        case _:
            assert_never(condition)


def fields(condition: Condition) -> set[str]:
    """The names of the fields that a condition reads; `ANYWHERE` among them where it has keywords."""
    found: set[str] = set()
    several: list[Condition] = [condition]
    while several:  # not by way of `leaves`: a start asks this of every rule
        one = several.pop()
        if isinstance(one, Not):
            several.append(one.part)
        elif isinstance(one, (All, Some)):
            several.extend(one.parts)
        else:
            found.add(one.field)
            if isinstance(one, SameAs):
                found.add(one.other)
    return found
