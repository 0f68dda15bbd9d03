"""What a correlation asks for, in a sentence for whoever looks at its alert."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from watchward.detect.correlate.rule import (
    Bound,
    Bounds,
    Correlation,
    Either,
    Every,
    Expression,
    Kind,
    Met,
    Relation,
    Without,
)

_RELATIONS = {
    Relation.GT: "more than {}",
    Relation.GTE: "{} or more",
    Relation.LT: "fewer than {}",
    Relation.LTE: "{} or fewer",
    Relation.EQ: "exactly {}",
    Relation.NEQ: "not exactly {}",
}
_NUMBERS = {
    Kind.VALUE_SUM: "the sum of {}",
    Kind.VALUE_AVG: "the average of {}",
    Kind.VALUE_MEDIAN: "the median of {}",
    Kind.VALUE_MAX: "the largest {}",
    Kind.VALUE_MIN: "the smallest {}",
}
_SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def in_words(correlation: Correlation, titles: Mapping[str, str], reads: Sequence[Correlation] = ()) -> str:
    """What it asks for.

    Args:
        correlation: what asks.
        titles: what rules and other correlations are called, by id.
        reads: the other correlations that it reads; what they ask for is told too.

    """
    inner = (f". {_called(one.id, titles)} is {_in_words(one, titles)}" for one in reads)
    return _in_words(correlation, titles) + "".join(inner)


def _in_words(correlation: Correlation, titles: Mapping[str, str]) -> str:
    same = f" with the same {_listed(correlation.group_by)}" if correlation.group_by else ""
    return f"{_asked(correlation, titles)}{same}, within {span(correlation.timespan)}"


def _asked(correlation: Correlation, titles: Mapping[str, str]) -> str:
    names = [_called(rule, titles) for rule in correlation.rules]
    condition = correlation.condition
    if not isinstance(condition, Bounds):
        order = " in this order" if correlation.kind is Kind.TEMPORAL_ORDERED else ""
        return f"{_expressed(condition, titles)}{order}"
    amount = _bounds(condition)
    fields = _listed(correlation.fields)
    match correlation.kind:
        case Kind.EVENT_COUNT:
            return f"{amount} events of {_listed(names, 'or')}"
        case Kind.VALUE_COUNT:
            return f"{amount} different values of {fields} in events of {_listed(names, 'or')}"
        case Kind.TEMPORAL | Kind.TEMPORAL_ORDERED:
            return _met(correlation, condition, names)
        case Kind.VALUE_PERCENTILE:
            return f"the {correlation.percentile:g}th percentile of {fields} of {_listed(names, 'or')} is {amount}"
        case _:
            return f"{_NUMBERS[correlation.kind].format(fields)} in events of {_listed(names, 'or')} is {amount}"


def _met(correlation: Correlation, condition: Bounds, names: Sequence[str]) -> str:
    """How many of its rules are met, in whichever order it asks for."""
    ordered = correlation.kind is Kind.TEMPORAL_ORDERED
    if condition == Bounds((Bound(Relation.GTE, len(names)),)):
        return ", then ".join(names) if ordered else f"{_listed(names)}, in any order"
    return f"{_bounds(condition)} of {_listed(names)}{' in this order' if ordered else ''}"


def _called(rule: str, titles: Mapping[str, str]) -> str:
    return f"“{titles.get(rule, rule)}”"


def _bounds(bounds: Bounds) -> str:
    return " and ".join(_RELATIONS[one.relation].format(f"{one.number:,g}") for one in bounds.bounds)


def _expressed(expression: Expression, titles: Mapping[str, str]) -> str:
    match expression:
        case Met(rule):
            return _called(rule, titles)
        case Every(parts):
            return " and ".join(_expressed(part, titles) for part in parts)
        case Either(parts):
            return f"({' or '.join(_expressed(part, titles) for part in parts)})"
        case Without(part):
            return f"no {_expressed(part, titles)}"
        case _:
            assert_never(expression)


def _listed(names: Sequence[str], word: str = "and") -> str:
    return f" {word} ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def span(microseconds: int) -> str:
    """A length of time in its largest whole unit.

    >>> span(90 * 60 * 1_000_000), span(86_400 * 1_000_000)
    ('90 minutes', 'a day')

    """
    seconds = microseconds // 1_000_000
    for size, unit in _SPANS:
        if seconds % size == 0 and seconds >= size:
            count = seconds // size
            return f"{count:,} {unit}s" if count > 1 else f"{'an' if unit == 'hour' else 'a'} {unit}"
    return f"{seconds} seconds"
