"""A map of care and a parameter table, laid out so that many questions can be asked of them quickly."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from watchward.estate.care.map import CareMap
from watchward.estate.care.service import Service, ServiceKind, Week
from watchward.estate.care.system import Equipment, System, SystemKind
from watchward.estate.care.week import shares
from watchward.harm import naming
from watchward.harm.identifiers import Numbers, Texts
from watchward.harm.kernels import graph as walks
from watchward.harm.kernels.arrays import Bytes, Floats, Graph, Ints, Lists, Longs, Order, Words
from watchward.harm.kernels.worlds import KEEPS_RECORDS, PLAIN
from watchward.harm.parameters import questions
from watchward.harm.parameters.drawing import Draws, moved
from watchward.harm.parameters.table import CARE, JOINT, NEEDS, SENSITIVITIES, Table

KINDS = tuple(ServiceKind)
WEEKS = tuple(Week)
SYSTEMS = tuple(SystemKind)
SORTS = ("organisation", "service", "system", "equipment", "supplier")
"""What things of a map are, in the order in which `Belonging` numbers them."""

_SHARES = {"floor", "manual"}
_Z95 = 1.6448536269514722

Explicit = tuple[float | None, float | None, float | None, float | None]


@dataclass(frozen=True, kw_only=True)
class Needs:
    """The different needs on a map: the row of the parameter table, and what the map itself says in its place."""

    pairs: tuple[str, ...]
    own: tuple[Explicit, ...]

    def values(self, draws: Draws, only: Ints) -> Floats:
        """Buffer, floor, manual and manual hours of some needs, in every world (world, need, number)."""
        found = np.empty((len(draws.values), len(only), len(NEEDS)))
        for at, need in enumerate(only):
            for number, name in enumerate(NEEDS):
                drawn = draws.of(f"{self.pairs[need]}/{name}")
                own = self.own[need][number]
                found[:, at, number] = drawn if own is None else _in_the_place(drawn, own, share=name in _SHARES)
        found[:, :, 2] = np.maximum(found[:, :, 1], found[:, :, 2])
        return found


def _in_the_place(drawn: Floats, own: float, *, share: bool) -> Floats:
    """A number of the map's own as median, with the part of the table's spread that is left when a site says it."""
    if share:
        step = np.log(drawn / (1 - drawn)) if 0 < drawn[0] < 1 else np.zeros_like(drawn)
    else:
        step = np.log(drawn) if drawn[0] > 0 else np.zeros_like(drawn)
    return moved((step - step[0]) * questions.of("own_width"), own, share=share)


@dataclass(frozen=True, kw_only=True)
class Care:
    """The services of a map, as columns; kinds, weeks, pools and activities by their numbers.

    Args:
        thing: which thing each service is.
        weekly: units in an ordinary week.
        organisation: the organisation of each, at the top of its sites.

    """

    thing: Ints
    kind: Ints
    week: Ints
    act: Ints
    pool: Ints
    weekly: Floats
    organisation: Ints


@dataclass(frozen=True, kw_only=True)
class Belonging:
    """What each thing is and whose, as columns; things by their numbers, -1 for none.

    Args:
        sort: its place among `SORTS`.
        kind: which kind of service (`KINDS`) or of system (`SYSTEMS`) it is; 0 for all others.
        row: where it stands in its table of the map; among the places for an organisation.
        owner: the organisation that it belongs to; itself for an organisation, none for a supplier.
        host: where it runs, for a system.
        mapped: whether its organisation has confirmed its map.

    """

    sort: Bytes
    kind: Bytes
    row: Ints
    owner: Ints
    host: Ints
    mapped: Bytes


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """Who may take whose patients: by pool its kind, board and region, and all ordinary care by week and activity."""

    names: tuple[tuple[str, str, str], ...]
    kind: Ints
    board: Bytes
    region: Ints
    first: Longs
    week: Ints
    act: Ints
    weekly: Floats


@dataclass(frozen=True, kw_only=True)
class Model:
    """What is asked: a map and a table as arrays. Things are numbered in the order of their identifiers."""

    care: CareMap
    table: Table
    ids: Sequence[str]
    belonging: Belonging
    graph: Graph
    weight: Words
    order: Order
    carried: Lists
    consumers: Lists
    needs: Needs
    services: Care
    pools: Pooled
    acts: tuple[tuple[str, float], ...]
    records: Longs
    weeks: Floats

    def with_needs(self, needs: Needs) -> "Model":
        """The same map with other needs; what is worked out of all else is worked out once for both."""
        found = replace(self, needs=needs)
        vars(found).update((name, getattr(self, name)) for name in ("activities", "kind", "kind_word", "number"))
        return found

    @cached_property
    def number(self) -> Mapping[str, int]:
        """The number of each identifier."""
        if isinstance(self.ids, Texts):
            return Numbers(self.ids)
        return {one: at for at, one in enumerate(self.ids)}

    def joint_values(self, draws: Draws) -> Floats:
        """How needs add up, how long typing takes and what it takes up, in every world (world, number)."""
        return np.ascontiguousarray(np.stack([draws.of(key) for key in JOINT], axis=1))

    @cached_property
    def kind(self) -> Ints:
        """Of what kind of service each thing is, or whether it is a system that keeps records (`kernels.worlds`)."""
        found = np.full(len(self.ids), PLAIN, dtype=np.int32)
        systems = np.flatnonzero(self.belonging.sort == SORTS.index("system"))
        keeping = np.array([one.keeps_records for one in SYSTEMS])
        found[systems[keeping[self.belonging.kind[systems]]]] = KEEPS_RECORDS
        found[self.services.thing] = self.services.kind
        return found

    @cached_property
    def kind_word(self) -> Words:
        """A word for each thing: alike where its kind is, which says what it calls off and whether it is typed into."""
        return (self.kind - PLAIN).astype(np.uint64) * np.uint64(0xE7037ED1A0B428DB)

    @cached_property
    def activities(self) -> tuple[str, ...]:
        """The names of the activities that are not certain."""
        return tuple(sorted({name for name, spread in self.acts if spread}))

    @cached_property
    def unmapped(self) -> NDArray[np.bool_]:
        """Which things stand on a template: those of organisations that have not confirmed their maps."""
        found: NDArray[np.bool_] = (self.belonging.mapped == 0) & (self.belonging.owner >= 0)
        return found

    def sizes(self, draws: Draws) -> Floats:
        """By how much each activity is larger than its median, in every world (world, activity)."""
        found = np.ones((len(draws.values), len(self.acts)))
        for at, (name, spread) in enumerate(self.acts):
            if spread:
                found[:, at] = np.exp(spread * draws.activity[:, draws.activities.index(name)])
        return found

    def care_values(self, draws: Draws) -> Floats:
        """What each kind of service has, in every world (world, kind, number)."""
        columns = [[draws.column[f"service/{kind}/{name}"] for name in CARE] for kind in KINDS]
        return np.ascontiguousarray(draws.values[:, columns])  # one layout: the loops are compiled once for it


def model(care: CareMap, table: Table) -> Model:
    """Lay a map and a table out; raises `MapError` where the map names what is not there."""
    naming.check(care)
    ids = tuple(sorted(care.identifiers()))
    number = {one: at for at, one in enumerate(ids)}
    graph, needs = _graph(care, table, number)
    acts: dict[tuple[str, float], int] = {}
    pools: dict[tuple[str, str, str], int] = {}
    services = _services(care, number, acts, pools)
    edges = consumers_of(graph)
    carried = [(number[one], number[other]) for one, other in naming.carried(care)]
    order = _order(graph, edges)
    graph = graph._replace(inside=_inside(graph, edges, order))
    return Model(
        care=care,
        table=table,
        ids=ids,
        belonging=_belonging(care, number),
        graph=graph,
        weight=weights(graph),
        order=order,
        carried=_lists(len(ids), *np.array(carried, dtype=np.int32).reshape(-1, 2).T.copy()),
        consumers=_lists(len(ids), graph.provider, edges),
        needs=needs,
        services=services,
        pools=_pooled(services, pools),
        acts=tuple(acts),
        records=_records(care, number),
        weeks=np.array([shares(week) for week in WEEKS]),
    )


def _belonging(care: CareMap, number: dict[str, int]) -> Belonging:
    count = len(number)
    sort, kind, mapped = (np.zeros(count, dtype=np.uint8) for _ in range(3))
    row, owner, host = (np.full(count, -1, dtype=np.int32) for _ in range(3))
    for at, code in enumerate(care.places):
        row[number[code]], owner[number[code]] = at, number[code]
    tables: tuple[Sequence[Service | System | Equipment], ...] = (care.services, care.systems, care.equipment)
    for which, belonging in enumerate(tables, start=1):
        of = np.fromiter((number[one.id] for one in belonging), dtype=np.int32, count=len(belonging))
        sort[of], row[of] = which, np.arange(len(of), dtype=np.int32)
        owner[of] = np.fromiter((number[one.organisation] for one in belonging), dtype=np.int32, count=len(of))
    for at, supplier in enumerate(care.suppliers):
        sort[number[supplier.id]], row[number[supplier.id]] = SORTS.index("supplier"), at
    kinds, systems = ({one: at for at, one in enumerate(all_of)} for all_of in (KINDS, SYSTEMS))
    for service in care.services:
        kind[number[service.id]] = kinds[service.kind]
    for one in care.systems:
        kind[number[one.id]] = systems[one.kind]
        host[number[one.id]] = number[one.host] if one.host else -1
    confirmed = np.zeros(count + 1, dtype=np.uint8)  # the last is for what belongs to nobody
    confirmed[[number[code] for code, place in care.places.items() if place.mapped]] = 1
    mapped[:] = confirmed[owner]
    return Belonging(sort=sort, kind=kind, row=row, owner=owner, host=host, mapped=mapped)


def _graph(care: CareMap, table: Table, number: dict[str, int]) -> tuple[Graph, Needs]:
    """All dependencies in groups by consumer, in an order that does not hang on the listing."""
    edges = care.dependencies
    consumer = np.array([number[one.consumer] for one in edges], dtype=np.int32)
    provider = np.array([number[one.provider] for one in edges], dtype=np.int32)
    share = np.array([one.share for one in edges], dtype=np.float64)
    names = {name: at for at, name in enumerate(sorted({one.group for one in edges} | {""}))}
    group = np.array([names[one.group] for one in edges], dtype=np.int32)
    need, needs = _needs(care, table)
    order = np.lexsort((share, need, provider, group, consumer))
    consumer, group, share = consumer[order], group[order], share[order]
    begins = np.ones(len(edges), dtype=bool)
    begins[1:] = (group[1:] == 0) | (group[1:] != group[:-1]) | (consumer[1:] != consumer[:-1])
    first = np.flatnonzero(begins)
    groups = np.zeros(len(number) + 1, dtype=np.int64)
    np.cumsum(np.bincount(consumer[first], minlength=len(number)), out=groups[1:])
    laid_out = Graph(
        groups=groups,
        members=np.append(first, len(edges)).astype(np.int64),
        rest=np.maximum(0.0, 1.0 - np.add.reduceat(share, first)) if len(first) else np.zeros(0),
        inside=np.zeros(len(first), dtype=np.uint8),
        provider=provider[order],
        need=need[order],
        share=share,
    )
    return laid_out, needs


def _needs(care: CareMap, table: Table) -> tuple[Ints, Needs]:
    """Which need each dependency has, and all that there are."""
    kinds = naming.kinds(care)
    pairs: dict[tuple[str, str], str] = {}
    needs: dict[tuple[str, Explicit], int] = {}
    found = []
    for one in care.dependencies:
        two = (kinds[one.consumer], kinds[one.provider])
        pair = pairs.get(two) or pairs.setdefault(two, table.pair(*two))
        key = (pair, (one.buffer_hours, one.floor, one.manual, one.manual_hours))
        found.append(needs.setdefault(key, len(needs)))
    every = Needs(pairs=tuple(pair for pair, _ in needs), own=tuple(own for _, own in needs))
    return np.array(found, dtype=np.int32), every


def consumers_of(graph: Graph) -> Ints:
    """The consumer of each dependency."""
    groups = np.repeat(np.arange(len(graph.groups) - 1), np.diff(graph.groups))
    return np.repeat(groups, np.diff(graph.members)).astype(np.int32)


def _inside(graph: Graph, consumers: Ints, order: Order) -> Bytes:
    """The groups that have a member in one circle with their consumer."""
    if not len(graph.rest):
        return graph.inside
    alike = order.circle[graph.provider] == order.circle[consumers]
    return np.logical_or.reduceat(alike, graph.members[:-1]).astype(np.uint8)


def weights(graph: Graph) -> Words:
    """A word for each dependency: alike where need, share, what the group leaves open and its circle are."""
    rest = np.repeat(graph.rest, np.diff(graph.members))
    words = graph.need.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    words ^= graph.share.view(np.uint64) * np.uint64(0xD1B54A32D192ED03)
    words += np.repeat(graph.inside, np.diff(graph.members)) * np.uint64(0xA24BAED4963EE407)
    return words + rest.view(np.uint64) * np.uint64(0x8CB92BA72F3D8DD7)


def _order(graph: Graph, consumers: Ints) -> Order:
    """Providers before consumers, and what stands in a circle."""
    count = len(graph.groups) - 1
    edges = csr_array((np.ones(len(consumers), dtype=np.int8), (consumers, graph.provider)), shape=(count, count))
    circles, circle = connected_components(edges, directed=True, connection="strong")
    circle = circle.astype(np.int32)
    before, after = circle[graph.provider], circle[consumers]
    apart = before != after
    things = np.empty(count, dtype=np.int32)
    walks.in_order(
        _lists(circles, circle, np.arange(count, dtype=np.int32)),
        _lists(circles, before[apart], after[apart]),
        np.bincount(after[apart], minlength=circles),
        np.empty(circles, dtype=np.int32),
        things,
    )
    place = np.empty(count, dtype=np.int32)
    place[things] = np.arange(count, dtype=np.int32)
    around = np.bincount(circle, minlength=circles)[circle] > 1
    around[consumers[consumers == graph.provider]] = True
    return Order(things=things, place=place, circle=circle, around=around.astype(np.uint8))


def _lists(count: int, keys: Ints, values: Ints) -> Lists:
    """Values in lists by their keys."""
    found = Lists(first=np.zeros(count + 1, dtype=np.int64), of=np.empty(len(keys), dtype=np.int32))
    walks.listed(keys, values, found)
    return found


def _services(
    care: CareMap,
    number: dict[str, int],
    acts: dict[tuple[str, float], int],
    pools: dict[tuple[str, str, str], int],
) -> Care:
    kinds, weeks = ({one: at for at, one in enumerate(all_of)} for all_of in (KINDS, WEEKS))
    rows = []
    listed = sorted(care.services, key=lambda service: service.id)
    for one in listed:
        place = care.places[one.organisation]
        spread = _spread(one.low, one.weekly, one.high)
        act = acts.setdefault((naming.activity_of(care, one) if spread else "", spread), len(acts))
        pool = pools.setdefault((one.kind.value, place.icb, place.region), len(pools))
        top = number[_top(care, one.organisation)]
        rows.append((number[one.id], kinds[one.kind], weeks[one.week], act, pool, top))
    thing, kind, week, act_of, pool_of, organisation = np.array(rows, dtype=np.int32).reshape(-1, 6).T.copy()
    weekly = np.array([one.weekly for one in listed], dtype=np.float64)
    return Care(thing=thing, kind=kind, week=week, act=act_of, pool=pool_of, weekly=weekly, organisation=organisation)


def _spread(low: float, middle: float, high: float) -> float:
    """The standard deviation of the logarithm of activity, to a thousandth; 0 where it was counted."""
    if middle <= 0 or low == high:
        return 0.0
    below = math.log(middle / low) if low > 0 else 0.0
    return round(max(below, math.log(high / middle)) / _Z95, 3)


def _top(care: CareMap, code: str) -> str:
    """The organisation of which this is a site, or a site of a site."""
    seen = {code}
    while (above := care.places[code].site_of) and above not in seen:
        seen.add(above)
        code = above
    return code


def _pooled(services: Care, pools: dict[tuple[str, str, str], int]) -> Pooled:
    """The pools, and what care each has in an ordinary week."""
    kinds = {kind.value: at for at, kind in enumerate(KINDS)}
    regions: dict[tuple[str, str], int] = {}
    region = [regions.setdefault((kind, region), len(regions)) if region else -1 for kind, _, region in pools]
    keys, where = np.unique(
        np.column_stack((services.pool, services.week, services.act)).reshape(-1, 3), axis=0, return_inverse=True
    )
    first = np.zeros(len(pools) + 1, dtype=np.int64)
    np.cumsum(np.bincount(keys[:, 0], minlength=len(pools)), out=first[1:])
    return Pooled(
        names=tuple(pools),
        kind=np.array([kinds[kind] for kind, _, _ in pools], dtype=np.int32),
        board=np.array([bool(icb) for _, icb, _ in pools], dtype=np.uint8),
        region=np.array(region, dtype=np.int32),
        first=first,
        week=keys[:, 1].astype(np.int32),
        act=keys[:, 2].astype(np.int32),
        weekly=np.bincount(where.ravel(), weights=services.weekly, minlength=len(keys)).astype(np.float64),
    )


def _records(care: CareMap, number: dict[str, int]) -> Longs:
    """Records by thing and sensitivity (thing, sensitivity)."""
    found: Longs = np.zeros((len(number), len(SENSITIVITIES)), dtype=np.int64)
    for system in care.systems:
        for sensitivity, count in system.records:
            found[number[system.id], SENSITIVITIES.index(sensitivity.value)] += count
    return found
