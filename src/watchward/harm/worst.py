"""What hurts most, with what it takes to doubt it: parts, intervals, how sure the order is, other weightings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from watchward.harm.kernels.arrays import Floats, Ints
from watchward.harm.model import SORTS, Model
from watchward.harm.outcome import Amount, amount
from watchward.harm.parameters.drawing import Draws, draw
from watchward.harm.parameters.table import Weighting
from watchward.harm.ranking import Ranked, Ranking, rank
from watchward.harm.scenario import Failure, Scenario
from watchward.harm.what_if import in_worlds
from watchward.harm.within import Area, Within

SAMPLES = 64
_POOL = 3
"""For each place that is shown, so many candidates are ordered by every weighting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What losing one thing does.

    Args:
        thing: its identifier.
        harm: severity-weighted patients by the standard weighting.
        displaced: units of care.
        delay: patient-days.
        harmed: patients by severity, from minor to major.
        records: records exposed by sensitivity, from demographic to special.
        organisations: at how many organisations care is displaced.
        above_next: the share of draws in which losing it is worse than losing the next one; 1 for the last.
        places: its place by each weighting, the standard one first, counted from 1.
        unmapped: the share of harm at organisations whose maps nobody has confirmed, 0 to 1.

    """

    thing: str
    harm: Amount
    displaced: Amount
    delay: Amount
    harmed: tuple[Amount, ...]
    records: tuple[Amount, ...]
    organisations: int
    above_next: float
    places: tuple[int, ...]
    unmapped: Amount


@dataclass(frozen=True, kw_only=True)
class Worst:
    """What hurts most, the worst first.

    Args:
        things: how many were ranked.
        losses: the worst.
        shared: single points of failure that no one organisation can see, the worst first.
        changed_by: the names of the weightings that would put the first ten in another order.

    """

    begins: int
    hours: int
    things: int
    losses: tuple[Loss, ...]
    shared: tuple[Loss, ...]
    changed_by: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """Whose patients are looked at, over what time."""

    model: Model
    area: Area | None
    begins: int
    hours: int

    def lost(self, thing: str, draws: Draws) -> Within:
        scenario = Scenario(begins=self.begins, hours=self.hours, failures=(Failure(thing=thing, exposes=True),))
        return Within(outcome=in_worlds(self.model, scenario, draws), area=self.area)

    def candidates(self, every: Ranking | None) -> "_Candidates":
        """What hurts at all, in order; what reaches beyond the organisations asked for is counted within them."""
        ranking = every or self._rank()
        harm, organisations = ranking.harm().copy(), ranking.organisations.copy()
        counted: dict[int, Ranked] = {}
        if self.area is not None:
            harm[~self.area.losable[ranking.numbers]] = 0.0
            outside = (organisations > 1) | ~self.area.mine[ranking.numbers]
            draws = draw(self.model.table, 0, self.model.activities)
            for at in np.flatnonzero(outside & (harm > 0)).tolist():
                counted[at] = one = self._counted_within(ranking.ranked(at), draws)
                harm[at], organisations[at] = one.harm, one.organisations
        order = np.argsort(-harm, kind="stable")  # things stand in the order of their names
        order = order[harm[order] > 0]
        return _Candidates(ranking=ranking, order=order, organisations=organisations, counted=counted)

    def _rank(self) -> Ranking:
        things = None if self.area is None else self.area.things
        return rank(self.model, begins=self.begins, hours=self.hours, things=things)

    def _counted_within(self, one: Ranked, draws: Draws) -> Ranked:
        found = self.lost(one.thing, draws)
        total = found.total
        return replace(
            one,
            harm=float(total.harm(found.outcome.weighting)[0]),
            displaced=float(total.displaced[0]),
            delay=float(total.delay[0]),
            harmed=tuple(total.harmed[0].tolist()),
            records=tuple(total.records[0].tolist()),
            organisations=found.organisations,
        )


@dataclass(frozen=True, kw_only=True)
class _Candidates:
    """Things that hurt, by their places in a ranking, the worst first; `counted` has those that were counted anew."""

    ranking: Ranking
    order: NDArray[np.intp]
    organisations: Ints
    counted: Mapping[int, Ranked]

    def first(self, count: int) -> list[Ranked]:
        return [self._at(at) for at in self.order[:count].tolist()]

    def shared(self, *, least: int, count: int) -> list[Ranked]:
        """Those that hurt so many organisations or more; organisations themselves are left out."""
        places = self.ranking.model.belonging.sort[self.ranking.numbers] == SORTS.index("organisation")
        chosen = self.order[((self.organisations >= least) & ~places)[self.order]]
        return [self._at(at) for at in chosen[:count].tolist()]

    def _at(self, at: int) -> Ranked:
        return self.counted.get(at) or self.ranking.ranked(at)


def worst(  # noqa: PLR0913 - whose patients, over what time, and how thoroughly
    model: Model,
    *,
    begins: int,
    hours: int,
    area: Area | None = None,
    count: int = 20,
    samples: int = SAMPLES,
    least: int = 3,
    every: Ranking | None = None,
) -> Worst:
    """What hurts most among all that some organisations have and need (`area`; None: the whole map).

    `least`: a single point of failure stands behind so many organisations or more. `every`: a ranking of the whole map
    over the same time, where there is one already.
    """
    asked = _Asked(model=model, area=area, begins=begins, hours=hours)
    candidates = asked.candidates(every)
    pool = candidates.first(count * _POOL)
    shared = candidates.shared(least=least, count=count)
    draws = draw(model.table, samples, model.activities)
    kept: dict[str, Within] = {}
    losses = _losses(asked, pool[:count], pool, draws, kept)
    return Worst(
        begins=begins,
        hours=hours,
        things=len(candidates.order),
        losses=losses,
        shared=_losses(asked, shared, pool, draws, kept),
        changed_by=tuple(_changing(model.table.weightings, pool, min(10, count))),
    )


def _losses(
    asked: _Asked, ranked: Sequence[Ranked], pool: Sequence[Ranked], draws: Draws, kept: dict[str, Within]
) -> tuple[Loss, ...]:
    for one in ranked:
        if one.thing not in kept:
            kept[one.thing] = asked.lost(one.thing, draws)
    standard = asked.model.table.weightings[0]
    orders = [_order(weighting, pool) for weighting in asked.model.table.weightings]
    harms = [kept[one.thing].total.harm(standard) for one in ranked]
    return tuple(
        _loss(one, kept[one.thing], harms[at : at + 2], tuple(order.get(one.thing, len(pool) + 1) for order in orders))
        for at, one in enumerate(ranked)
    )


def _loss(one: Ranked, found: Within, harms: Sequence[Floats], places: tuple[int, ...]) -> Loss:
    parts = found.total
    drawn = len(harms) > 1 and len(harms[0]) > 1
    return Loss(
        thing=one.thing,
        harm=amount(harms[0]),
        displaced=amount(parts.displaced),
        delay=amount(parts.delay),
        harmed=tuple(amount(column) for column in parts.harmed.T),
        records=tuple(amount(column) for column in parts.records.T),
        organisations=one.organisations,
        above_next=float(np.mean(harms[0][1:] > harms[1][1:])) if drawn else 1.0,
        places=places,
        unmapped=amount(found.unmapped),
    )


def _order(weighting: Weighting, pool: Sequence[Ranked]) -> dict[str, int]:
    """The place of each candidate by one weighting."""

    def harm(one: Ranked) -> float:
        weighed = zip((*weighting.severity, *weighting.record), (*one.harmed, *one.records), strict=True)
        return sum(weight * part for weight, part in weighed) + weighting.delay * one.delay

    ordered = sorted(pool, key=lambda one: (-harm(one), one.thing))
    return {one.thing: place for place, one in enumerate(ordered, start=1)}


def _changing(weightings: Sequence[Weighting], pool: Sequence[Ranked], count: int) -> list[str]:
    """The weightings by which the first few stand in another order."""
    first = [list(_order(weighting, pool))[:count] for weighting in weightings]
    return [weighting.name for weighting, order in zip(weightings, first, strict=True) if order != first[0]]
