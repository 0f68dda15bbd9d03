"""A boolean condition over rules as alternatives: in each, rules that must be met and rules that must not."""

from collections.abc import Iterable
from itertools import combinations, islice
from math import comb
from typing import assert_never

from watchward.detect.correlate.rule import Bounds, Either, Every, Expression, Kind, Met, Relation, Without
from watchward.detect.sigma.errors import CorrelationError

MOST_TERMS = 512

Term = tuple[frozenset[str], frozenset[str]]
"""The rules that must be met, and those that must not."""


def alternatives(condition: Bounds | Expression, rules: tuple[str, ...], kind: Kind) -> list[Term]:
    """The alternatives of a condition, of which one is enough; none for a condition that counts in any order.

    Raises:
        CorrelationError: there are more than `MOST_TERMS`.

    """
    if not isinstance(condition, Bounds):
        return _least(_terms(condition, wanted=True))
    if kind is not Kind.TEMPORAL_ORDERED:
        return []
    least = [int(bound.number) + (bound.relation is Relation.GT or bound.number % 1 > 0) for bound in condition.bounds]
    count = max(0, *least)
    if count > len(rules):
        return []
    if comb(len(rules), count) > MOST_TERMS:
        raise _too_many()
    return [(frozenset(some), frozenset()) for some in combinations(rules, count)]


def _too_many() -> CorrelationError:
    return CorrelationError(
        f"its condition has more than {MOST_TERMS} alternatives",
        advice="Split it into several correlations.",
        within=("correlation", "condition"),
    )


def _terms(expression: Expression, *, wanted: bool) -> list[Term]:
    match expression:
        case Met(rule):
            return [(frozenset([rule]), frozenset())] if wanted else [(frozenset(), frozenset([rule]))]
        case Without(part):
            return _terms(part, wanted=not wanted)
        case Every(parts) | Either(parts):
            inner = [_terms(part, wanted=wanted) for part in parts]
            if isinstance(expression, Every) == wanted:
                return _both(inner)
            return _bounded(term for terms in inner for term in terms)
        case _:
            assert_never(expression)


def _both(parts: list[list[Term]]) -> list[Term]:
    joined: list[Term] = [(frozenset(), frozenset())]
    for terms in parts:
        joined = _bounded((met | more, unmet | less) for met, unmet in joined for more, less in terms)
    return joined


def _bounded(terms: Iterable[Term]) -> list[Term]:
    """Different alternatives that can hold."""
    found = list(dict.fromkeys(term for term in islice(terms, MOST_TERMS**2) if not term[0] & term[1]))
    if len(found) > MOST_TERMS:
        raise _too_many()
    return found


def _least(terms: list[Term]) -> list[Term]:
    """Without alternatives that ask for more than another."""
    return [
        one for one in terms if not any(other != one and other[0] <= one[0] and other[1] <= one[1] for other in terms)
    ]
