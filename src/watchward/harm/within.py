"""What a scenario does to the care of some organisations, where it may reach many more.

The scenario is worked out over the whole map, so that neighbours take in what they would; then a part is looked at.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from watchward.estate.care.map import CareMap
from watchward.estate.care.service import ServiceKind
from watchward.harm.kernels.arrays import Floats
from watchward.harm.model import KINDS, SORTS, Model, consumers_of
from watchward.harm.outcome import Outcome, Parts

_HOURS_OF_WEEK = 168


def codes_within(care: CareMap, code: str) -> frozenset[str]:
    """The organisations that are the one of this code, its sites, or in the board or region of this code."""
    found = {one.code for one in care.places.values() if code in {one.code, one.site_of, one.icb, one.region}}
    while more := {one.code for one in care.places.values() if one.site_of in found} - found:
        found |= more
    return frozenset(found)


@dataclass(frozen=True, kw_only=True)
class Area:
    """Some organisations of a map.

    Args:
        model: the map.
        codes: which.
        mine: which things are theirs.

    """

    model: Model
    codes: frozenset[str]
    mine: NDArray[np.bool_]

    @cached_property
    def services(self) -> NDArray[np.bool_]:
        """Which of the model's services are theirs."""
        found: NDArray[np.bool_] = self.mine[self.model.services.thing]
        return found

    @cached_property
    def losable(self) -> NDArray[np.bool_]:
        """What they have, services aside, and what they need of others: as `things_of` says it."""
        belonging, graph = self.model.belonging, self.model.graph
        services = belonging.sort == SORTS.index("service")
        needed = np.zeros(len(self.mine), dtype=bool)
        needed[graph.provider[self.mine[consumers_of(graph)]]] = True
        found: NDArray[np.bool_] = (self.mine | needed) & ~services
        owners = belonging.owner[found]
        found[owners[owners >= 0]] = True
        hosts = belonging.host[found]
        found[hosts[hosts >= 0]] = True
        return found

    @cached_property
    def things(self) -> frozenset[str]:
        """The identifiers of that."""
        return frozenset(self.model.ids[at] for at in np.flatnonzero(self.losable).tolist())

    @cached_property
    def systems(self) -> frozenset[str]:
        """The systems that are theirs."""
        systems = self.model.belonging.sort == SORTS.index("system")
        return frozenset(self.model.ids[at] for at in np.flatnonzero(self.mine & systems).tolist())


def area(model: Model, codes: frozenset[str]) -> Area:
    """Some organisations."""
    belonging, inside = model.belonging, np.zeros(len(model.ids) + 1, dtype=bool)  # the last: what belongs to nobody
    organisations = np.flatnonzero(belonging.sort == SORTS.index("organisation"))
    chosen = np.array([code in codes for code in model.care.places], dtype=bool)
    inside[organisations[chosen[belonging.row[organisations]]]] = True
    return Area(model=model, codes=codes, mine=inside[belonging.owner])


def things_of(care: CareMap, codes: Collection[str]) -> frozenset[str]:
    """What some organisations have, and what they need of others: systems, equipment, suppliers, and who gives them."""
    owner = {one.id: one.organisation for one in care.systems} | {one.id: one.organisation for one in care.equipment}
    found = {code for code in codes if code in care.places} | {one for one, code in owner.items() if code in codes}
    mine = found | {one.id for one in care.services if one.organisation in codes}
    services = {one.id for one in care.services}
    needed = {one.provider for one in care.dependencies if one.consumer in mine} - services
    found |= needed | {owner[one] for one in needed if one in owner}
    found |= {one.host for one in care.systems if one.host and one.id in found}
    return frozenset(found)


@dataclass(frozen=True, kw_only=True)
class Within:
    """A scenario's outcome for some organisations.

    Args:
        outcome: the whole of it.
        area: the organisations; None for all.

    """

    outcome: Outcome
    area: Area | None

    @cached_property
    def _mine(self) -> NDArray[np.bool_]:
        """Which of the affected services are theirs."""
        affected = self.outcome.laid.service
        if self.area is None:
            return np.ones(len(affected), dtype=bool)
        mine: NDArray[np.bool_] = self.area.services[affected]
        return mine

    def _share(self, mine: NDArray[np.bool_]) -> Floats:
        """The share of each cell that some of the affected services are."""
        laid = self.outcome.laid
        weekly = self.outcome.model.services.weekly[laid.service]
        part = np.bincount(laid.cell_of[mine], weights=weekly[mine], minlength=len(laid.cells.kind))
        whole: Floats = np.divide(part, laid.cells.weekly, out=np.zeros(len(part)), where=laid.cells.weekly > 0)
        return whole

    @cached_property
    def _records(self) -> dict[int, NDArray[np.int64]]:
        """The records that are theirs, by the number of the system."""
        exposed = self.outcome.exposed.items()
        return {thing: count for thing, count in exposed if self.area is None or self.area.mine[thing]}

    @cached_property
    def total(self) -> Parts:
        """All of it."""
        return self._whole(self._mine, self._records.values())

    @cached_property
    def unmapped(self) -> Floats:
        """The share of harm at organisations whose maps nobody has confirmed, in every world; 0 where nothing hurts."""
        model, laid = self.outcome.model, self.outcome.laid
        mine = self._mine & model.unmapped[model.services.thing[laid.service]]
        records = (count for thing, count in self._records.items() if model.unmapped[thing])
        weighting = self.outcome.weighting
        part, whole = self._whole(mine, records).harm(weighting), self.total.harm(weighting)
        found: Floats = np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
        return np.clip(found, 0.0, 1.0)  # rounding

    def _whole(self, mine: NDArray[np.bool_], records: Iterable[NDArray[np.int64]]) -> Parts:
        everything = np.ones(len(self.outcome.laid.cells.kind), dtype=bool)
        return self.outcome.parts(everything, records, self._share(mine))

    @cached_property
    def organisations(self) -> int:
        """At how many organisations, with their sites, care is displaced at the estimate."""
        laid = self.outcome.laid
        hit = self._mine & (self.outcome.cells[0, :, 0] > 0)[laid.cell_of]
        return len(np.unique(self.outcome.model.services.organisation[laid.service[hit]]))

    def by_kind(self) -> dict[ServiceKind, Parts]:
        """The parts by kind of service; records belong to no kind."""
        share, kinds = self._share(self._mine), self.outcome.laid.cells.kind
        touched = np.unique(kinds[share > 0])
        return {KINDS[kind]: self.outcome.parts(kinds == kind, (), share[kinds == kind]) for kind in touched}

    def by_board(self) -> Iterator[tuple[str, Parts]]:
        """The parts by integrated care board of the services; empty for those that have none. Without records."""
        model, laid = self.outcome.model, self.outcome.laid
        board = np.array([model.pools.names[pool][1] for pool in range(len(model.pools.names))], dtype=object)
        of_service = board[model.services.pool[laid.service]]
        for name in sorted(set(of_service[self._mine].tolist())):
            share = self._share(self._mine & (of_service == name))
            yield name, self.outcome.parts(share > 0, (), share[share > 0])

    def remaining(self) -> Mapping[ServiceKind, Floats]:
        """What remains of each kind of service in each hour, at the estimate: a share of what they ordinarily give."""
        cells, share = self.outcome.laid.cells, self._share(self._mine)
        found = {}
        for kind in np.unique(cells.kind[share > 0]):
            some = (cells.kind == kind) & (share > 0)
            weight = (share * cells.weekly)[some]
            found[KINDS[kind]] = weight @ self.outcome.capacity[cells.thing[some]] / weight.sum()
        return found

    def displaced(self) -> Mapping[ServiceKind, Floats]:
        """Units of care displaced in each hour, by kind, at the estimate."""
        outcome, cells, share = self.outcome, self.outcome.laid.cells, self._share(self._mine)
        size = outcome.model.sizes(outcome.draws)[0]
        at = (outcome.scenario.begins + np.arange(outcome.scenario.hours)) % _HOURS_OF_WEEK
        found: dict[ServiceKind, Floats] = {}
        for cell in np.flatnonzero(share > 0):
            ordinary = (
                share[cell] * cells.weekly[cell] * size[cells.act[cell]] * outcome.model.weeks[cells.week[cell], at]
            )
            lost = ordinary * (1 - outcome.capacity[cells.thing[cell]])
            kind = KINDS[cells.kind[cell]]
            found[kind] = found[kind] + lost if kind in found else lost
        return found
