"""What a scenario hits, with alike things worked out once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from watchward.harm.errors import ScenarioError
from watchward.harm.kernels import graph as walks
from watchward.harm.kernels.arrays import Bytes, Floats, Graph, Ints, Longs, Words, empty
from watchward.harm.kernels.worlds import Cells, Flow, Pools
from watchward.harm.model import WEEKS, Model
from watchward.harm.scenario import Failure, Scenario

_WORDS = np.random.default_rng(1913).integers(1, 2**63, 4096, dtype=np.uint64)


@dataclass(frozen=True, kw_only=True)
class Hit:
    """What fails by itself, and what hangs on it, in order: providers before consumers.

    Args:
        own: what is left of things by their own failures; row 0 is all of it (row, hour).
        own_of: the row of each affected thing.
        things: everything that is affected, in order.
        colour: alike things have the same; 0 for what is not affected (by thing).

    """

    own: Floats
    own_of: Ints
    things: Ints
    colour: Words


@dataclass(frozen=True, kw_only=True)
class Laid:
    """A scenario laid out for `kernels.worlds`: the classes of alike things, services in cells, pools.

    Args:
        needs: the numbers, in the model, of the needs that the flow names.
        service: the numbers of the services that are affected.
        cell_of: the cell of each of those.
        pool_of: the numbers, in the model, of the pools.

    """

    flow: Flow
    cells: Cells
    pools: Pools
    regions: int
    needs: Ints
    service: Ints
    cell_of: Ints
    pool_of: Ints


def hit(model: Model, scenario: Scenario) -> Hit:
    """Everything that a scenario affects; raises `ScenarioError` for what does not exist."""
    profiles = _profiles(model, scenario)
    own_word = np.zeros(len(model.ids), dtype=np.uint64)
    reached = []
    for at, failures in enumerate(profiles.values()):
        start = np.array([model.number[failure.thing] for failure in failures], dtype=np.int32)
        reached.append(taken_along(model, start))
        walks.add_at(own_word, reached[at], _WORDS[at % len(_WORDS)] * np.uint64(2 * (at // len(_WORDS)) + 1))
    start = np.unique(np.concatenate(reached)) if reached else np.zeros(0, dtype=np.int32)
    mark = np.zeros(len(model.ids), dtype=np.uint8)
    out = np.empty(len(model.ids), dtype=np.int32)
    walks.reach(model.consumers, start, mark, out)
    things = model.order.things[mark[model.order.things] == 1]
    colour = np.zeros(len(model.ids), dtype=np.uint64)
    walks.paint(model.graph, model.weight, model.order, things, own_word + model.kind_word, colour)
    own, own_of = _own(scenario, list(profiles), reached, own_word, things)
    return Hit(own=own, own_of=own_of, things=things, colour=colour)


def taken_along(model: Model, start: Ints) -> Ints:
    """Things, and all that fails with them."""
    out = np.empty(len(model.ids), dtype=np.int32)
    count = walks.reach(model.carried, start, np.zeros(len(model.ids), dtype=np.uint8), out)
    return out[:count].copy()


def _profiles(model: Model, scenario: Scenario) -> dict[tuple[tuple[int, float], ...], list[Failure]]:
    """Failures by how they go: those that go alike are followed together."""
    unknown = sorted({failure.thing for failure in scenario.failures} - model.number.keys())
    if unknown:
        raise ScenarioError([f"{thing}: is not on the map of care" for thing in unknown])
    found: dict[tuple[tuple[int, float], ...], list[Failure]] = {}
    for failure in scenario.failures:
        found.setdefault(tuple((start, float(left)) for start, left in failure.steps), []).append(failure)
    return dict(sorted(found.items()))


def _own(
    scenario: Scenario,
    profiles: Sequence[tuple[tuple[int, float], ...]],
    reached: Sequence[Ints],
    own_word: Words,
    things: Ints,
) -> tuple[Floats, Ints]:
    """What is left by own failures: the least of all that reach a thing."""
    left = [np.array(Failure(thing="", steps=steps).left(scenario.hours)) for steps in profiles]
    words, first, row = np.unique(own_word[things], return_index=True, return_inverse=True)
    own = np.ones((len(words), scenario.hours))
    for at, thing in enumerate(things[first]):
        for one, members in zip(left, reached, strict=True):
            if own_word[thing] and thing in members:
                own[at] = np.minimum(own[at], one)
    return own, row.ravel().astype(np.int32)


def lay(model: Model, scenario: Scenario, *, alike: bool = True) -> Laid:
    """Lay a scenario out; `alike=False` works each thing out by itself, to be held against."""
    found = hit(model, scenario)
    key = found.colour[found.things] if alike else np.arange(len(found.things), dtype=np.uint64)
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    rank = np.argsort(first)
    place = np.empty(len(rank), dtype=np.int32)
    place[rank] = np.arange(len(rank), dtype=np.int32)
    local = np.full(len(model.ids), -1, dtype=np.int32)
    local[found.things] = place[inverse.ravel()]
    chosen = found.things[first[rank]]
    graph, needs = _graph(model, chosen, local)
    ends, circles = _ends(model, chosen)
    own_of = found.own_of[first[rank]]
    kind = model.kind[chosen]
    flow = Flow(graph=graph, ends=ends, circles=circles, kind=kind, own_of=own_of, own=found.own)
    service = np.flatnonzero(local[model.services.thing] >= 0).astype(np.int32)
    cells, cell_of = _cells(model, service, local)
    pools, pool_of, regions = _pools(model, service, cells)
    position = np.full(len(model.pools.kind), -1, dtype=np.int32)
    position[pool_of] = np.arange(len(pool_of), dtype=np.int32)
    cells = cells._replace(pool=position[cells.pool])
    return Laid(
        flow=flow, cells=cells, pools=pools, regions=regions, needs=needs,
        service=service, cell_of=cell_of, pool_of=pool_of,
    )  # fmt: skip


def _graph(model: Model, chosen: Ints, local: Ints) -> tuple[Graph, Ints]:
    """What the chosen things need, by their places among the chosen; and which needs those are."""
    groups, edges = walks.sizes(model.graph, chosen)
    out = empty(len(chosen), groups, edges)
    groups, edges = walks.take_out(model.graph, chosen, local, out)
    needs, need = np.unique(out.need[:edges], return_inverse=True)
    graph = Graph(
        groups=out.groups,
        members=out.members[: groups + 1],
        rest=out.rest[:groups],
        inside=out.inside[:groups],
        provider=out.provider[:edges],
        need=need.ravel().astype(np.int32),
        share=out.share[:edges],
    )
    return graph, needs.astype(np.int32)


def _ends(model: Model, chosen: Ints) -> tuple[Ints, Bytes]:
    """Where the circle ends that begins at each place, and whether it is one."""
    circle = model.order.circle[chosen]
    begins = np.flatnonzero(np.concatenate(([True], circle[1:] != circle[:-1]))) if len(chosen) else np.zeros(0, int)
    ends = np.zeros(len(chosen), dtype=np.int32)
    ends[begins] = np.append(begins[1:], len(chosen)) if len(chosen) else 0
    return ends, model.order.around[chosen]


def _cells(model: Model, service: Ints, local: Ints) -> tuple[Cells, Ints]:
    """Affected services that hang on alike things, in one pool, with one week and the same doubt about activity."""
    all_of = model.services
    columns = (local[all_of.thing], all_of.pool, all_of.week, all_of.act)
    wide = (1, len(model.pools.kind), len(WEEKS), len(model.acts))
    key = np.zeros(len(service), dtype=np.int64)
    for column, width in zip(columns, wide, strict=True):
        key = key * width + column[service]
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    chosen = service[first]
    cell_of = inverse.ravel().astype(np.int32)
    cells = Cells(
        thing=local[all_of.thing[chosen]],
        kind=all_of.kind[chosen],
        pool=all_of.pool[chosen],
        week=all_of.week[chosen],
        act=all_of.act[chosen],
        weekly=np.bincount(cell_of, weights=all_of.weekly[service], minlength=len(first)).astype(np.float64),
    )
    return cells, cell_of


def _pools(model: Model, service: Ints, cells: Cells) -> tuple[Pools, Ints, int]:
    """The pools that are hit and those of their regions, with the care in them that is not hit."""
    all_of = model.pools
    touched = np.zeros(len(all_of.kind), dtype=bool)
    touched[cells.pool] = True
    regions = np.unique(all_of.region[touched])
    regions = regions[regions >= 0]
    wanted = np.flatnonzero(touched | np.isin(all_of.region, regions))
    weekly = all_of.weekly.copy()
    rows = _row_of(model, model.services.pool[service], model.services.week[service], model.services.act[service])
    np.subtract.at(weekly, rows, model.services.weekly[service])
    weekly[weekly < all_of.weekly * 1e-12] = 0.0  # what is left by rounding is nothing
    lengths = np.diff(all_of.first)[wanted]
    first = np.concatenate(([0], np.cumsum(lengths)))
    taken = np.concatenate(
        [np.arange(all_of.first[one], all_of.first[one + 1]) for one in wanted] or [np.zeros(0, int)]
    )
    place = np.searchsorted(regions, all_of.region[wanted])
    pools = Pools(
        kind=all_of.kind[wanted],
        board=all_of.board[wanted],
        region=np.where(all_of.region[wanted] >= 0, place, -1).astype(np.int32),
        first=first.astype(np.int64),
        week=all_of.week[taken],
        act=all_of.act[taken],
        weekly=weekly[taken],
    )
    return pools, wanted.astype(np.int32), len(regions)


def _row_of(model: Model, pool: Ints, week: Ints, act: Ints) -> Longs:
    """The row, among the care of all pools, of each pool, week and activity."""
    all_of = model.pools
    width = np.int64(len(model.acts))
    owner = np.repeat(np.arange(len(all_of.kind), dtype=np.int64), np.diff(all_of.first))
    keys = (owner * len(WEEKS) + all_of.week) * width + all_of.act
    return np.searchsorted(keys, (pool.astype(np.int64) * len(WEEKS) + week) * width + act)
