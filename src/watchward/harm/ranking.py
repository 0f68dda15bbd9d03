"""What hurts most: the harm of losing each of many things, and how sure the order is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from watchward.harm.errors import ScenarioError
from watchward.harm.kernels import losses, ranks
from watchward.harm.kernels.arrays import Floats, Ints
from watchward.harm.kernels.worlds import SPARE, hands
from watchward.harm.model import SORTS, Model
from watchward.harm.outcome import Amount, Outcome, amount
from watchward.harm.parameters.drawing import Draws, draw
from watchward.harm.parameters.table import APART, EXPOSED, SENSITIVITIES, SEVERITIES, Weighting
from watchward.harm.quotient import taken_along
from watchward.harm.scenario import Failure, Scenario
from watchward.harm.what_if import in_worlds

MANY = 20_000
"""Above so many things hit, alike ones are worked out once, which then is quicker."""

_CARE = ("displaced", "absorbed", "lost", "delay")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """What losing one thing does, at the estimate.

    Args:
        thing: its identifier.
        harm: severity-weighted patients, by the weighting that the ranking was made with.
        displaced: units of care.
        delay: patient-days.
        harmed: patients by severity, from minor to major.
        records: records exposed by sensitivity, from demographic to special.
        organisations: at how many organisations care is displaced.

    """

    thing: str
    harm: float
    displaced: float
    delay: float
    harmed: tuple[float, ...]
    records: tuple[float, ...]
    organisations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Surety:
    """How sure a place in a ranking is.

    Args:
        thing: the identifier.
        harm: with its interval.
        above_next: the share of draws in which losing it is worse than losing the next one, alike ones counted half;
            1 for the last.
        places: its place by each weighting, the standard one first, counted from 1.

    """

    thing: str
    harm: Amount
    above_next: float
    places: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The harm of losing each of `things` wholly, by thing; `care` has displaced, absorbed, lost and delay.

    Things stand in the order of their identifiers; `numbers` has those of the model.
    """

    model: Model
    begins: int
    hours: int
    exposes: bool
    things: tuple[str, ...]
    numbers: Ints
    care: Floats
    harmed: Floats
    records: Floats
    organisations: Ints

    @cached_property
    def _standard(self) -> Floats:
        return self.harm(self.model.table.weightings[0])

    def harm(self, weighting: Weighting | None = None) -> Floats:
        """Severity-weighted patients by thing; by the standard weighting unless another is given."""
        if weighting is None:
            return self._standard
        found: Floats = (
            self.harmed @ np.array(weighting.severity)
            + self.records @ np.array(weighting.record)
            + weighting.delay * self.care[:, _CARE.index("delay")]
        )
        return found

    @cached_property
    def order(self) -> Ints:
        """The numbers of the things, the worst first; alike ones by their names."""
        return self._order(self.model.table.weightings[0])

    def _order(self, weighting: Weighting) -> Ints:
        harm = self.harm(weighting)
        return np.array(sorted(range(len(harm)), key=lambda at: (-harm[at], self.things[at])), dtype=np.int32)

    def top(self, count: int) -> list[Ranked]:
        """The worst ones."""
        return [self.ranked(int(at)) for at in self.order[:count]]

    def ranked(self, at: int) -> Ranked:
        """One of the things, by its place among `things`."""
        return Ranked(
            thing=self.things[at],
            harm=float(self.harm()[at]),
            displaced=float(self.care[at, _CARE.index("displaced")]),
            delay=float(self.care[at, _CARE.index("delay")]),
            harmed=tuple(self.harmed[at].tolist()),
            records=tuple(self.records[at].tolist()),
            organisations=int(self.organisations[at]),
        )

    def shared(self, *, least: int, count: int) -> list[Ranked]:
        """Single points of failure: the worst of those whose loss displaces care at `least` organisations or more.

        Organisations themselves are left out: that a hospital's patients go elsewhere is no surprise.
        """
        places = self.model.care.places
        chosen = [at for at in self.order if self.organisations[at] >= least and self.things[at] not in places]
        return [self.ranked(int(at)) for at in chosen[:count]]

    def changed_by(self, count: int) -> dict[str, tuple[str, ...]]:
        """The first `count` by each weighting that would order them otherwise, by the name of the weighting."""
        standard, *others = self.model.table.weightings
        first = tuple(self.things[at] for at in self._order(standard)[:count])
        found = {one.name: tuple(self.things[at] for at in self._order(one)[:count]) for one in others}
        return {name: order for name, order in found.items() if order != first}

    def sure(self, count: int, *, samples: int = 256) -> list[Surety]:
        """How sure the first `count` places are: the same draws for all of them."""
        draws = draw(self.model.table, samples, self.model.activities)
        chosen = [self.things[at] for at in self.order[:count]]
        standard = self.model.table.weightings[0]
        worlds = [self.lost(thing, draws).total.harm(standard) for thing in chosen]
        places = self._places(chosen)
        return [
            Surety(
                thing=thing,
                harm=amount(worlds[at]),
                above_next=_worse(worlds[at][1:], worlds[at + 1][1:]) if at + 1 < len(chosen) else 1.0,
                places=places[at],
            )
            for at, thing in enumerate(chosen)
        ]

    def _places(self, chosen: Sequence[str]) -> list[tuple[int, ...]]:
        by_weighting = []
        for weighting in self.model.table.weightings:
            place = {self.things[at]: rank for rank, at in enumerate(self._order(weighting), start=1)}
            by_weighting.append([place[thing] for thing in chosen])
        return list(zip(*by_weighting, strict=True))

    def lost(self, thing: str, draws: Draws) -> Outcome:
        """The same loss, in full."""
        failure = Failure(thing=thing, exposes=self.exposes)
        return in_worlds(self.model, Scenario(begins=self.begins, hours=self.hours, failures=(failure,)), draws)


def _worse(one: Floats, other: Floats) -> float:
    """The share of draws in which one is worse than the other; alike ones count half."""
    return float(np.mean(one > other) + np.mean(one == other) / 2)


def rank(  # noqa: PLR0913 - what is asked, by name
    model: Model,
    *,
    begins: int,
    hours: int,
    things: Iterable[str] | None = None,
    exposes: bool = True,
    many: int = MANY,
) -> Ranking:
    """The harm of losing each thing wholly from hour `begins` of the week for so many hours.

    Args:
        model: the map and the table.
        begins: the hour of the week, 0 (Monday midnight) to 167.
        hours: for how long each is lost.
        things: which; all organisations, sites, systems, suppliers and equipment unless some are named.
        exposes: whether who stopped it may have taken the records in it.
        many: what hits more things than that is asked as a what-if, with the same answer.

    """
    Scenario(begins=begins, hours=hours, failures=())  # refuses hours that cannot be
    chosen, numbers = _chosen(model, things)
    draws = draw(model.table, 0, model.activities)
    found = _lose_each(model, numbers, draws, (begins, hours), many)
    ranking = Ranking(
        model=model, begins=begins, hours=hours, exposes=exposes, things=chosen, numbers=numbers, care=found.care,
        harmed=found.harmed, records=found.records * (draws.of(EXPOSED)[0] if exposes else 0.0),
        organisations=found.organisations,
    )  # fmt: skip
    for at in np.flatnonzero(found.organisations < 0):
        _take_over(ranking, int(at), draws)
    return ranking


def _chosen(model: Model, things: Iterable[str] | None) -> tuple[tuple[str, ...], Ints]:
    """What is ranked, in order, and its numbers."""
    if things is None:
        numbers = np.flatnonzero(model.belonging.sort != SORTS.index("service")).astype(np.int32)
        every = tuple(model.ids)
        return tuple(every[at] for at in numbers.tolist()), numbers
    chosen = tuple(sorted(set(things)))
    unknown = [thing for thing in chosen if thing not in model.number]
    if unknown:
        raise ScenarioError([f"{thing}: is not on the map of care" for thing in unknown])
    return chosen, np.array([model.number[thing] for thing in chosen], dtype=np.int32)


def _lose_each(model: Model, numbers: Ints, draws: Draws, when: tuple[int, int], many: int) -> losses.Found:
    begins, hours = when
    services = model.services
    service_of = np.full(len(model.ids), -1, dtype=np.int32)
    service_of[services.thing] = np.arange(len(services.thing), dtype=np.int32)
    needs = model.needs.values(draws, np.arange(len(model.needs.pairs), dtype=np.int32))[0]
    by_hand, buffer = np.empty((len(needs), hours)), np.empty(len(needs))
    hands(needs, by_hand, buffer)
    care = model.care_values(draws)[0]
    found = losses.Found(
        care=np.zeros((len(numbers), len(_CARE))),
        harmed=np.zeros((len(numbers), len(SEVERITIES))),
        records=np.zeros((len(numbers), len(SENSITIVITIES))),
        organisations=np.zeros(len(numbers), dtype=np.int32),
    )
    whole = losses.Whole(
        kind=model.kind, graph=model.graph, order=model.order, carried=model.carried, consumers=model.consumers
    )
    served = losses.Served(
        service_of=service_of, kind=services.kind, pool=services.pool, week=services.week,
        weekly=services.weekly, organisation=services.organisation,
    )  # fmt: skip
    median = losses.Median(
        care=care, records=model.records.astype(np.float64), weeks=model.weeks,
        by_hand=by_hand, buffer=buffer, apart=float(draws.of(APART)[0]),
    )  # fmt: skip
    near = _near(model, care)
    room = losses.room_for(whole, near, hours, min(many, len(model.ids)))
    ranks.lose_each(numbers, whole, served, near, median, begins, room, found)
    return found


def _near(model: Model, care: Floats) -> losses.Near:
    """The room of all pools and regions by hour of the week, at the estimate, where nothing fails."""
    pools = model.pools
    owner = np.repeat(np.arange(len(pools.kind)), np.diff(pools.first))
    ordinary = np.zeros((len(pools.kind), len(model.weeks)))
    np.add.at(ordinary, (owner, pools.week), pools.weekly)
    free = (ordinary @ model.weeks) * care[pools.kind, SPARE][:, None]
    far_free = np.zeros((int(pools.region.max(initial=-1)) + 1, free.shape[1]))
    inside = pools.region >= 0
    np.add.at(far_free, pools.region[inside], free[inside])
    return losses.Near(kind=pools.kind, board=pools.board, region=pools.region, free=free, far_free=far_free)


def _take_over(ranking: Ranking, at: int, draws: Draws) -> None:
    """Put in what one large loss does, worked out with alike things once."""
    outcome = ranking.lost(ranking.things[at], draws)
    total = outcome.total
    ranking.care[at] = [getattr(total, name)[0] for name in _CARE]
    ranking.harmed[at] = total.harmed[0]
    start = np.array([ranking.model.number[ranking.things[at]]], dtype=np.int32)
    reached = ranking.model.records[taken_along(ranking.model, start)].sum(axis=0)
    ranking.records[at] = reached * (draws.of(EXPOSED)[0] if ranking.exposes else 0.0)
    cells = outcome.cells[0, :, 0] > 0
    hit = outcome.laid.service[cells[outcome.laid.cell_of]]
    ranking.organisations[at] = len(np.unique(ranking.model.services.organisation[hit]))
