"""Whether one event meets one condition: slow, plain, and by definition right. The plan must agree with it."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_network
from typing import assert_never

from watchward.detect.sigma.ir import (
    ANYWHERE,
    Absent,
    All,
    Condition,
    How,
    Leaf,
    Network,
    Not,
    Number,
    Regex,
    SameAs,
    Some,
    Text,
    TimePart,
    Wildcard,
)
from watchward.detect.texts.regex import compiled
from watchward.detect.texts.values import address, fits, fold, in_order, moment, number, part_of, same
from watchward.telemetry.batch import OF_ENVELOPE, items


def matches(condition: Condition, event: Mapping[str, str]) -> bool:
    """Whether an event, its fields by Sigma name, meets a condition.

    A field that holds several values (`telemetry.batch.LIST_MARK`) meets a comparison when one of them does.
    """
    match condition:
        case All(parts):
            return all(matches(part, event) for part in parts)
        case Some(parts):
            return any(matches(part, event) for part in parts)
        case Not(part):
            return not matches(part, event)
        case Absent(field):
            return field not in event
        case SameAs(field, other, starts, ends):
            return any(
                same(mine, theirs, starts=starts, ends=ends)
                for mine in values(event, field)
                for theirs in values(event, other)
            )
        case _:
            return any(meets(condition, value) for value in values(event, condition.field))


def values(event: Mapping[str, str], field: str) -> list[str]:
    """The values of a field: none where it is absent; those of all fields (not the envelope) for `ANYWHERE`."""
    if field == ANYWHERE:
        return [item for name, text in event.items() if name not in OF_ENVELOPE for item in items(text)]
    return items(event[field]) if field in event else []


def meets(leaf: Leaf, value: str) -> bool:  # noqa: PLR0911 - one line for each kind of comparison
    """Whether one value meets a comparison."""
    match leaf:
        case Text(_, how, text, cased):
            return _compare(how, value, text) if cased else _compare(how, fold(value), fold(text))
        case Wildcard(_, pieces, cased):
            if cased:
                return fits(value, pieces)
            return fits(fold(value), _folded(pieces))
        case Regex(_, pattern, flags):
            return compiled(pattern, flags).search(value) is not None
        case Network(_, cidr):
            found = address(value)
            return found is not None and found in ip_network(cidr)
        case Number(_, order, bound):
            count = number(value)
            return count is not None and in_order(count, order, bound)
        case TimePart(_, part, wanted):
            when = moment(value)
            return when is not None and part_of(when, part) == wanted
        case SameAs() | Absent():
            return False
        case _:
            assert_never(leaf)


@lru_cache(maxsize=8192)
def _folded(pieces: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(map(fold, piece)) for piece in pieces)


def _compare(how: How, value: str, text: str) -> bool:
    match how:
        case How.EQUALS:
            return value == text
        case How.CONTAINS:
            return text in value
        case How.STARTS:
            return value.startswith(text)
        case How.ENDS:
            return value.endswith(text)
