"""Pairs whose joint loss is far worse than both alone: what stands in for each other, and who takes whose patients.

Not all pairs are tried, since 60,000 things have almost two thousand million. Harm adds up, near enough, unless two
things stand in for each other: as alternatives in one group (or whatever carries these), or as neighbours who take each
other's patients.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from watchward.harm.model import KINDS, Model
from watchward.harm.parameters.drawing import draw
from watchward.harm.ranking import rank
from watchward.harm.scenario import Failure, Scenario
from watchward.harm.what_if import in_worlds

_TRIED = 200
_NEIGHBOURS = 3
_MEMBERS = 6
_CARRIERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two things, what losing each does and what losing both does, in severity-weighted patients at the estimate."""

    first: str
    second: str
    alone: tuple[float, float]
    together: float

    @property
    def excess(self) -> float:
        """By how much both together are worse than one after the other."""
        return self.together - sum(self.alone)


def pairs(model: Model, *, begins: int, hours: int, count: int = 20, least: float = 1.1) -> list[Pair]:
    """The pairs with the largest excess, among those that are `least` times as bad together as both alone."""
    candidates = _candidates(model, begins, hours)
    things = sorted({one for pair in candidates for one in pair})
    ranking = rank(model, begins=begins, hours=hours, things=things, exposes=False)
    alone = dict(zip(ranking.things, ranking.harm().tolist(), strict=True))
    draws = draw(model.table, 0, model.activities)
    found = []
    for first, second in candidates:
        failures = (Failure(thing=first), Failure(thing=second))
        outcome = in_worlds(model, Scenario(begins=begins, hours=hours, failures=failures), draws)
        together = outcome.harm().value
        if together > least * (alone[first] + alone[second]):
            found.append(Pair(first=first, second=second, alone=(alone[first], alone[second]), together=together))
    return sorted(found, key=lambda pair: (-pair.excess, pair.first, pair.second))[:count]


def _candidates(model: Model, begins: int, hours: int) -> list[tuple[str, str]]:
    """The pairs that are worth a try: by the harm of losing what hangs on both."""
    scores: dict[tuple[str, str], float] = defaultdict(float)
    alternatives = list(_alternatives(model))
    consumers = sorted({consumer for consumer, _, _ in alternatives})
    ranking = rank(model, begins=begins, hours=hours, things=consumers, exposes=False)
    harm = dict(zip(ranking.things, ranking.harm().tolist(), strict=True))
    for consumer, first, second in alternatives:
        scores[first, second] += harm[consumer]
    for first, second, size in _neighbours(model):
        scores[first, second] += size
    chosen = sorted(scores, key=lambda pair: (-scores[pair], pair))
    return chosen[:_TRIED]


def _alternatives(model: Model) -> Iterator[tuple[str, str, str]]:
    """What needs, and two that stand in for each other there, or that carry these."""
    groups: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in model.care.dependencies:
        if one.group:
            groups[one.consumer, one.group].add(one.provider)
    carriers: dict[str, set[str]] = defaultdict(set)
    for system in model.care.systems:
        carriers[system.id] |= {system.host} - {"", system.organisation}
    for one in model.care.dependencies:
        if one.provider not in model.care.places:
            carriers[one.consumer].add(one.provider)
    for (consumer, _), members in sorted(groups.items()):
        for a, b in combinations(sorted(members)[:_MEMBERS], 2):
            for first in sorted({a, *sorted(carriers[a])[:_CARRIERS]}):
                for second in sorted({b, *sorted(carriers[b])[:_CARRIERS]} - {first}):
                    yield consumer, min(first, second), max(first, second)


def _neighbours(model: Model) -> Iterator[tuple[str, str, float]]:
    """The organisations with the most care of a kind in one board or region, by pairs, and what could be harmed."""
    services, pools = model.services, model.pools
    major = [
        model.table.parameters[f"service/{kind}/by_loss"].value
        * model.table.parameters[f"service/{kind}/split_major"].value
        for kind in KINDS
    ]
    by_loss = np.array(major)[services.kind] * services.weekly
    for of_service in (services.pool, pools.region[services.pool]):
        for pool in np.unique(of_service[of_service >= 0]):
            inside = np.flatnonzero(of_service == pool)
            largest = inside[np.argsort(-by_loss[inside], kind="stable")[:_NEIGHBOURS]]
            for a, b in combinations(largest.tolist(), 2):
                names = sorted({model.ids[services.organisation[one]] for one in (a, b)})
                if len(names) > 1:
                    yield names[0], names[1], float(min(by_loss[a], by_loss[b]))
