"""The losses that an organisation's ranking compares, and what each comes to when single numbers are moved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from watchward.harm.kernels.arrays import Floats, Ints
from watchward.harm.model import Model, Needs, weights
from watchward.harm.outcome import Outcome
from watchward.harm.parameters.drawing import Draws, draw
from watchward.harm.parameters.table import NEEDS
from watchward.harm.scenario import Failure, Scenario
from watchward.harm.what_if import in_worlds
from watchward.harm.within import things_of

Move = tuple[int, int, float]
"""The need of a dependency, by its number; a number of it, by its place in `NEEDS`; and what that is moved to."""

World = tuple[Move, ...]


@dataclass(frozen=True, kw_only=True)
class _MovedNeeds(Needs):
    """Needs of which some are moved in some worlds."""

    worlds: tuple[World, ...] = ()

    def values(self, draws: Draws, only: Ints) -> Floats:
        """As the map and the table have it, in the first world; in each other one with what is moved there."""
        found: Floats = np.repeat(Needs.values(self, _first(draws), only), len(self.worlds), axis=0)
        place = {int(need): at for at, need in enumerate(only)}
        for at, world in enumerate(self.worlds):
            for need, number, value in world:
                if need in place:
                    found[at, place[need], number] = value
        found[:, :, 2] = np.maximum(found[:, :, 1], found[:, :, 2])
        return found


def _first(draws: Draws) -> Draws:
    return replace(draws, values=draws.values[:1], activity=draws.activity[:1])


@dataclass(frozen=True, kw_only=True)
class Losses:
    """The losses of everything that one organisation has and needs, each by itself.

    Args:
        model: the map and the table.
        organisation: whose.
        begins: the hour of the week at which each begins.
        hours: for how long.

    """

    model: Model
    organisation: str
    begins: int
    hours: int

    @cached_property
    def things(self) -> tuple[str, ...]:
        """What is lost: what it has, what it needs of others, and the services elsewhere that it needs."""
        care = self.model.care
        found = set(things_of(care, [self.organisation]))
        mine = self.mine
        found |= {one.provider for one in care.dependencies if one.consumer in mine and one.provider not in mine}
        return tuple(sorted(found))

    @cached_property
    def mine(self) -> frozenset[str]:
        """The services, systems and devices that are its own."""
        care = self.model.care
        services = frozenset(one.id for one in care.services if one.organisation == self.organisation)
        systems = {one.id for one in care.systems if one.organisation == self.organisation}
        return services | systems | {one.id for one in care.equipment if one.organisation == self.organisation}

    @cached_property
    def _places(self) -> Mapping[tuple[str, str], int]:
        """Where each of its own dependencies stands in the graph."""
        graph, ids = self.model.graph, self.model.ids
        found: dict[tuple[str, str], int] = {}
        for consumer in (self.model.number[one] for one in self.mine):
            first, last = graph.members[graph.groups[consumer : consumer + 2]]
            found |= {(ids[consumer], ids[graph.provider[at]]): at for at in range(int(first), int(last))}
        return found

    @cached_property
    def edges(self) -> Mapping[tuple[str, str], int]:
        """The number of the need that each of its own dependencies has by itself."""
        return {edge: len(self.model.needs.pairs) + at for at, edge in enumerate(self._places)}

    @cached_property
    def needs(self) -> Needs:
        """The needs of the map, and one for each of its own dependencies: to be moved without others like it."""
        needs = self.model.needs
        own = [int(self.model.graph.need[at]) for at in self._places.values()]
        return Needs(
            pairs=(*needs.pairs, *(needs.pairs[need] for need in own)),
            own=(*needs.own, *(needs.own[need] for need in own)),
        )

    @cached_property
    def _apart(self) -> Model:
        """The same map, with these needs: what is its own is like nothing else, and all else is like what it was."""
        need = self.model.graph.need.copy()
        need[list(self._places.values())] = list(self.edges.values())
        graph = self.model.graph._replace(need=need)
        return replace(self.model, graph=graph, weight=weights(graph), needs=self.needs)

    @cached_property
    def numbers(self) -> Floats:
        """The four numbers of every need now."""
        every = np.arange(len(self.needs.pairs), dtype=np.int32)
        found: Floats = self.needs.values(self._median, every)[0]
        return found

    @cached_property
    def _median(self) -> Draws:
        return draw(self.model.table, 0, self.model.activities)

    @cached_property
    def now(self) -> tuple[Outcome, ...]:
        """What each loss does now."""
        return tuple(self._lost(thing, ((),)) for thing in self.things)

    @cached_property
    def harm(self) -> Floats:
        """The harm of each loss now, in severity-weighted patients."""
        return np.array([float(one.total.harm(one.weighting)[0]) for one in self.now])

    @cached_property
    def order(self) -> Ints:
        """The losses in the order of their harm, by their places among `things`."""
        return np.lexsort((np.arange(len(self.things)), -self.harm)).astype(np.int32)  # things stand in order of names

    def _lost(self, thing: str, worlds: Sequence[World]) -> Outcome:
        median = self._median
        draws = replace(
            median,
            values=np.repeat(median.values, len(worlds), axis=0),
            activity=np.repeat(median.activity, len(worlds), axis=0),
        )
        failure = Failure(thing=thing, exposes=True)
        scenario = Scenario(begins=self.begins, hours=self.hours, failures=(failure,))
        needs = _MovedNeeds(pairs=self.needs.pairs, own=self.needs.own, worlds=tuple(worlds))
        return in_worlds(self._apart.with_needs(needs), scenario, draws)

    def moved(self, worlds: Sequence[World]) -> Floats:
        """The harm of each loss in worlds in which numbers are moved (loss, world)."""
        found: Floats = np.repeat(self.harm[:, None], len(worlds), axis=1)
        moving: dict[int, list[int]] = {}
        for place, world in enumerate(worlds):
            for need in {need for need, _, _ in world}:
                moving.setdefault(need, []).append(place)
        for at, (thing, outcome) in enumerate(zip(self.things, self.now, strict=True)):
            hit = sorted({place for need in outcome.laid.needs.tolist() for place in moving.get(need, ())})
            if hit and len(outcome.laid.service):
                there = self._lost(thing, [worlds[place] for place in hit])
                found[at, hit] = there.total.harm(there.weighting)
        return found

    def sized(self, factors: Mapping[str, float]) -> Floats:
        """The harm of each loss where services are larger or smaller by a factor; harm goes with the amount of care."""
        found = self.harm.copy()
        for at, outcome in enumerate(self.now):
            for service, part in self._parts(outcome, factors):
                found[at] += part * (factors[service] - 1)
        return found

    def _parts(self, outcome: Outcome, services: Iterable[str]) -> Iterable[tuple[str, float]]:
        ids, every, cells = self.model.ids, self.model.services, outcome.laid.cells
        for number, cell in zip(outcome.laid.service, outcome.laid.cell_of, strict=True):
            service = ids[every.thing[number]]
            if service in services:
                only, share = np.arange(len(cells.kind)) == cell, every.weekly[number] / cells.weekly[cell]
                yield service, float(outcome.parts(only, (), share).harm(outcome.weighting)[0])


NUMBER = {name: at for at, name in enumerate(NEEDS)}
