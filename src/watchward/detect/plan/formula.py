"""Conditions over numbered facts, and the short programs that decide them.

A plan asks in two steps, each with formulas: a field's *predicates* are formulas over comparisons with one value, and a
rule is a formula over the predicates of its fields. A formula is in negation normal form: only facts are negated.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf
from typing import assert_never

from msgspec import Struct

HOLDS = -1
FAILS = -2
"""Where a program ends: beyond its instructions."""


class Fact(Struct, frozen=True, gc=False, array_like=True, tag="fact"):
    """The fact of this number is so, or (not `wanted`) is not."""

    number: int
    wanted: bool = True


class Every(Struct, frozen=True, gc=False, array_like=True, tag="every"):
    """All parts hold."""

    parts: tuple["Formula", ...]


class Either(Struct, frozen=True, gc=False, array_like=True, tag="either"):
    """At least one part holds."""

    parts: tuple["Formula", ...]


class Unknown(Struct, frozen=True, gc=False, array_like=True, tag="unknown"):
    """What is decided later; taken to hold until then, negated or not."""


Formula = Fact | Every | Either | Unknown
Cost = Callable[[int], float]
"""How often a fact is expected to be so: any scale, smaller is rarer."""


def negated(formula: Formula) -> Formula:
    """The formula that holds when this one does not."""
    match formula:
        case Fact(number, wanted):
            return Fact(number, not wanted)
        case Every(parts):
            return Either(tuple(map(negated, parts)))
        case Either(parts):
            return Every(tuple(map(negated, parts)))
        case Unknown():
            return formula
        case _:
            assert_never(formula)


def anchors(formula: Formula, cost: Cost) -> tuple[float, frozenset[int]] | None:
    """The rarest set of facts of which at least one must be so for the formula to hold, with its cost.

    None when there is no such set: exactly when the formula holds although no fact is so.

    >>> anchors(Every((Fact(1), Fact(2), Fact(3, wanted=False))), lambda number: 1 / number)
    (0.5, frozenset({2}))
    >>> anchors(Either((Fact(1), Fact(2, wanted=False))), lambda number: 1.0) is None
    True

    """
    match formula:
        case Fact(number, wanted):
            return (cost(number), frozenset((number,))) if wanted else None
        case Every(parts):
            found = [anchor for part in parts if (anchor := anchors(part, cost)) is not None]
            return min(found, key=lambda anchor: anchor[0], default=None)
        case Either(parts) if suffices(formula):
            numbers = frozenset(part.number for part in parts if isinstance(part, Fact))
            return sum(map(cost, numbers)), numbers
        case Either(parts):
            each = [anchors(part, cost) for part in parts]
            known = [anchor for anchor in each if anchor is not None]
            if len(known) < len(each):
                return None
            return sum(anchor[0] for anchor in known), frozenset().union(*(anchor[1] for anchor in known))
        case Unknown():
            return None
        case _:
            assert_never(formula)


def suffices(formula: Formula) -> bool:
    """Whether any one of the formula's anchors is enough for it to hold: there is nothing more to ask."""
    match formula:
        case Fact(_, wanted):
            return wanted
        case Either(parts):
            return all(isinstance(part, Fact) and part.wanted for part in parts)
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction: ask for a fact, and go on where the answer leads."""

    fact: int
    if_so: int
    if_not: int


class Program:
    """The instructions of many formulas, one after another, numbered from `begin` on."""

    def __init__(self, begin: int = 0) -> None:
        self.steps: list[Step] = []
        self._last = begin - 1

    def add(self, formula: Formula, cost: Cost) -> int:
        """Append a formula; where its program begins (or `HOLDS` or `FAILS` at once).

        Within `Every` the rarest part is asked first, within `Either` the most frequent: both end soonest.
        """
        return self._emit(formula, HOLDS, FAILS, cost)

    def _emit(self, formula: Formula, if_so: int, if_not: int, cost: Cost) -> int:
        match formula:
            case Fact(number, wanted):
                self.steps.append(Step(number, *((if_so, if_not) if wanted else (if_not, if_so))))
                self._last += 1
                return self._last
            case Every(parts):
                entry = if_so
                for part in reversed(_rarest_first(parts, cost)):
                    entry = self._emit(part, entry, if_not, cost)
                return entry
            case Either(parts):
                entry = if_not
                for part in _rarest_first(parts, cost):
                    entry = self._emit(part, if_so, entry, cost)
                return entry
            case Unknown():
                return if_so
            case _:
                assert_never(formula)


def _rarest_first(parts: Sequence[Formula], cost: Cost) -> list[Formula]:
    def expected(part: Formula) -> float:
        if isinstance(part, Fact):
            return cost(part.number) if part.wanted else inf
        found = anchors(part, cost)
        return inf if found is None else found[0]

    return sorted(parts, key=expected)


def replaced(formula: Formula, instead: Callable[[Fact], Formula]) -> Formula:
    """The formula with each fact replaced."""
    match formula:
        case Fact():
            return instead(formula)
        case Every(parts):
            return Every(tuple(replaced(part, instead) for part in parts))
        case Either(parts):
            return Either(tuple(replaced(part, instead) for part in parts))
        case Unknown():
            return formula
        case _:
            assert_never(formula)


def facts(formula: Formula) -> Iterator[int]:
    """The numbers of the facts that a formula asks for."""
    match formula:
        case Fact(number):
            yield number
        case Every(parts) | Either(parts):
            yield from chain.from_iterable(map(facts, parts))
        case Unknown():
            return
        case _:
            assert_never(formula)
