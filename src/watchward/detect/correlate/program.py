"""Correlations made ready to be evaluated: what each reads, measures, and carries for others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from watchward.detect.correlate.rule import Bounds, Correlation, Kind, Relation
from watchward.detect.correlate.terms import Term, alternatives
from watchward.detect.kernels import windows

_FAMILIES = {
    Kind.EVENT_COUNT: windows.COUNT,
    Kind.VALUE_COUNT: windows.DIFFERENT,
    Kind.VALUE_SUM: windows.SUM,
    Kind.VALUE_AVG: windows.AVERAGE,
    Kind.VALUE_PERCENTILE: windows.RANKED,
    Kind.VALUE_MEDIAN: windows.RANKED,
    Kind.VALUE_MAX: windows.RANKED,
    Kind.VALUE_MIN: windows.RANKED,
    Kind.TEMPORAL: windows.MET,
    Kind.TEMPORAL_ORDERED: windows.ORDERED,
}
_RELATIONS = {
    Relation.GT: windows.GT,
    Relation.GTE: windows.GTE,
    Relation.LT: windows.LT,
    Relation.LTE: windows.LTE,
    Relation.EQ: windows.EQ,
    Relation.NEQ: windows.NEQ,
}
_PERCENTS = {Kind.VALUE_MAX: 100.0, Kind.VALUE_MIN: 0.0, Kind.VALUE_MEDIAN: 50.0}

Terms = tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int8]]
"""For each alternative: the rules that it needs, those that it denies, and the needed ones in their order, then -1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One rule, or another correlation, that a correlation reads.

    Args:
        place: its place among the correlation's rules.
        group: the fields in whose values an event's group is told, and `counted` those that are counted.
        carried: the fields that are kept for those that read this correlation.

    """

    place: int
    group: tuple[str, ...]
    counted: tuple[str, ...]
    carried: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One correlation, ready to be evaluated.

    Args:
        inputs: all of its rules, in their order; of some of them it may read nothing.
        rules: what it reads of single rules, by rule id; `inner` of other correlations, by their number.
        carried: the names of the fields that it keeps for those that read it.
        waits: how much later than the watermark what it reads is certain, and `tells` what it finds; microseconds.
        counts_findings: whether it counts events, some of which are findings.
        is_read: whether another correlation reads it.

    """

    correlation: Correlation
    family: int
    relations: NDArray[np.int64]
    numbers: NDArray[np.float64]
    percent: float
    terms: Terms
    inputs: tuple[Input, ...]
    rules: Mapping[str, Input]
    inner: Mapping[int, Input]
    carried: tuple[str, ...]
    waits: int
    tells: int
    counts_findings: bool
    is_read: bool

    @property
    def digests(self) -> int:
        """How many digests each of its rows has: organisation, group, carried fields."""
        return 1 + len(self.correlation.group_by) + len(self.carried)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Correlations, each after those that it reads."""

    steps: tuple[Step, ...]

    def fields_of(self, rule: str) -> frozenset[str]:
        """The fields that the matches of a rule must carry."""
        return frozenset(
            name
            for step in self.steps
            if (given := step.rules.get(rule))
            for name in (*given.group, *given.counted, *given.carried)
        )

    @property
    def rules(self) -> frozenset[str]:
        """The ids of the single rules that are read."""
        return frozenset(rule for step in self.steps for rule in step.rules)


def compile(  # noqa: A001 - as for rules: the word of the contract
    correlations: Sequence[Correlation], *, on_trial: frozenset[str] = frozenset()
) -> Program:
    """The program for some correlations, each of which comes after those that it reads.

    What a correlation on trial finds is read only by others on trial: else its findings would raise alerts after all.
    """
    numbers = {one.id: number for number, one in enumerate(correlations)}
    carried: dict[str, dict[str, None]] = {one.id: {} for one in correlations}
    for one in reversed(correlations):
        for rule in one.rules:
            if rule in carried:
                names = (*one.wanted(rule), *(one.field_of(name, rule) for name in carried[one.id]))
                carried[rule].update(dict.fromkeys(names))
    steps: list[Step] = []
    for one in correlations:
        heard = {rule for rule in one.rules if rule in numbers and (rule not in on_trial or one.id in on_trial)}
        inner = {rule: steps[numbers[rule]] for rule in one.rules if rule in heard}
        is_read = any(one.id in other.rules for other in correlations)
        steps.append(_step(one, inner, numbers, tuple(carried[one.id]), is_read=is_read))
    return Program(steps=tuple(steps))


def _step(
    one: Correlation, inner: Mapping[str, Step], numbers: Mapping[str, int], carried: tuple[str, ...], *, is_read: bool
) -> Step:
    found = alternatives(one.condition, one.rules, one.kind)
    family = _FAMILIES[one.kind]
    if one.kind is Kind.TEMPORAL and not isinstance(one.condition, Bounds):
        family = windows.ALTERNATIVES
    counts_findings = one.kind is Kind.EVENT_COUNT and bool(inner)
    bounds = one.condition.bounds if isinstance(one.condition, Bounds) else ()
    waits = max((step.tells for step in inner.values()), default=0)
    return Step(
        correlation=one,
        family=windows.DIFFERENT if counts_findings else family,
        relations=np.array([_RELATIONS[bound.relation] for bound in bounds], dtype=np.int64),
        numbers=np.array([bound.number for bound in bounds], dtype=np.float64),
        percent=_PERCENTS.get(one.kind, one.percentile),
        terms=_terms(found, one.rules),
        inputs=tuple(given for _, given in _inputs(one, carried)),
        rules={rule: given for rule, given in _inputs(one, carried) if rule not in numbers},
        inner={numbers[rule]: given for rule, given in _inputs(one, carried) if rule in inner},
        carried=carried,
        waits=waits,
        tells=waits + (0 if one.is_open else one.timespan),
        counts_findings=counts_findings,
        is_read=is_read,
    )


def _inputs(one: Correlation, carried: tuple[str, ...]) -> Iterator[tuple[str, Input]]:
    for place, rule in enumerate(one.rules):
        yield (
            rule,
            Input(
                place=place,
                group=tuple(one.field_of(name, rule) for name in one.group_by),
                counted=tuple(one.field_of(name, rule) for name in one.fields),
                carried=tuple(one.field_of(name, rule) for name in carried),
            ),
        )


def _terms(found: Sequence[Term], rules: tuple[str, ...]) -> Terms:
    needs = np.zeros((len(found), len(rules)), dtype=np.bool_)
    denies = np.zeros((len(found), len(rules)), dtype=np.bool_)
    chains = np.full((len(found), len(rules)), -1, dtype=np.int8)
    for number, (met, unmet) in enumerate(found):
        places = [place for place, rule in enumerate(rules) if rule in met]
        needs[number, places] = True
        denies[number, [place for place, rule in enumerate(rules) if rule in unmet]] = True
        chains[number, : len(places)] = places
    return needs, denies, chains
