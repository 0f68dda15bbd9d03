"""What losing an organisation, and each device that carries something there, does to patients."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from watchward.estate.care.system import Equipment, SystemKind
from watchward.harm.expected import AtStake
from watchward.harm.kernels.arrays import Floats
from watchward.harm.model import SORTS, SYSTEMS, Model, consumers_of
from watchward.harm.outcome import Amount
from watchward.harm.parameters.drawing import draw
from watchward.harm.ranking import Ranking, rank
from watchward.harm.scenario import Failure, Scenario
from watchward.harm.what_if import in_worlds

HOURS = 72
"""How long what an alert warns of keeps things from working, in the order of alerts."""

SAMPLES = 64
"""In how many worlds the intervals are looked for: as many as a what-if on a page has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrying:
    """A device on the map: what it carries, and what it puts at stake."""

    equipment: Equipment
    systems: tuple[SystemKind, ...]
    stake: AtStake


@dataclass(frozen=True, kw_only=True)
class Losses:
    """What losing an organisation does: as a whole, and by each device that carries something there."""

    whole: AtStake
    devices: tuple[Carrying, ...]


def alone(model: Model) -> Model:
    """The same map, on which nobody takes in anybody's patients: what is at stake is all that one could lose."""
    pools = model.pools
    nobody = replace(pools, board=np.zeros_like(pools.board), region=np.full_like(pools.region, -1))
    return replace(model, pools=nobody)


def losses(model: Model, organisation: str) -> Losses:
    """What is at stake at an organisation: each thing lost wholly, for three days, by somebody who may take records."""
    return losses_of_many(model, [organisation])[organisation]


def _lost(thing: str) -> Scenario:
    return Scenario(begins=0, hours=HOURS, failures=(Failure(thing=thing, exposes=True),))


def losses_of_many(model: Model, organisations: Collection[str]) -> dict[str, Losses]:
    """What is at stake at each of many organisations.

    Estimates come from one ranking. Intervals are worked out once for those that are alike in all but their size: with
    the same care in the same proportions, hurt in the same proportions.
    """
    model = alone(model)
    belonging = model.belonging
    chosen = np.zeros(len(model.ids), dtype=bool)
    chosen[[model.number[code] for code in organisations]] = True
    carriers = np.flatnonzero((belonging.sort == SORTS.index("equipment")) & chosen[belonging.owner])
    carried = _carried_by(model)
    things = [*organisations, *(model.ids[at] for at in carriers.tolist())]
    amounts = _amounts(model, rank(model, begins=0, hours=HOURS, things=things), carried)
    found = {code: Losses(whole=AtStake(whole=amounts[code]), devices=()) for code in organisations}
    devices: dict[str, list[Carrying]] = defaultdict(list)
    for at in carriers.tolist():
        systems, code = carried[at], model.ids[belonging.owner[at]]
        stake = AtStake(whole=amounts[code], own=amounts[model.ids[at]], identity=SystemKind.IDENTITY in systems)
        equipment = model.care.equipment[belonging.row[at]]
        devices[code].append(Carrying(equipment=equipment, systems=systems, stake=stake))
    return found | {code: replace(found[code], devices=tuple(some)) for code, some in devices.items()}


def _amounts(model: Model, ranking: Ranking, carried: Mapping[int, tuple[SystemKind, ...]]) -> dict[str, Amount]:
    """The harm of losing each ranked thing, with its interval."""
    draws = draw(model.table, SAMPLES, model.activities)
    harms, mixes, found = ranking.harm(), _mixes(model), {}
    parts = np.column_stack((ranking.care, ranking.harmed, ranking.records))
    shares = np.divide(parts, harms[:, None], out=np.zeros_like(parts), where=harms[:, None] > 0)
    kept: dict[object, Amount] = {}
    for thing, number, harm, share in zip(ranking.things, ranking.numbers.tolist(), harms, shares, strict=True):
        alike = (mixes[int(model.belonging.owner[number])], carried[number], _three_figures(share))
        one = kept.get(alike)
        if one is None:
            one = kept[alike] = in_worlds(model, _lost(thing), draws).harm()
        # What hurts nobody by the estimate may hurt somebody if the numbers are worse than that.
        size = harm / one.value if one.value > 0 else 1.0
        low, high = (None if end is None else end * size for end in (one.low, one.high))
        found[thing] = Amount(value=float(harm), low=low, high=high)
    return found


def _three_figures(shares: Floats) -> bytes:
    """Numbers to three figures that count, to be compared with others."""
    power = 10.0 ** (2 - np.floor(np.log10(np.where(shares > 0, shares, 1.0))))
    return np.round(shares * power).tobytes() + power.tobytes()


def _mixes(model: Model) -> Mapping[int, object]:
    """What care each organisation gives, in which proportions to a hundredth: by its number."""
    found: dict[int, list[tuple[int, int, int, float]]] = defaultdict(list)
    services = model.services
    columns = (services.kind, services.week, services.act, services.weekly)
    owners = model.belonging.owner[services.thing].tolist()
    for owner, *row in zip(owners, *(column.tolist() for column in columns), strict=True):
        found[owner].append(tuple(row))
    mixed: dict[int, object] = defaultdict(tuple)
    for owner, rows in found.items():
        whole = sum(row[3] for row in rows) or 1.0
        mixed[owner] = tuple(sorted((kind, week, act, round(weekly / whole, 2)) for kind, week, act, weekly in rows))
    return mixed


def _carried_by(model: Model) -> Mapping[int, tuple[SystemKind, ...]]:
    """The kinds of the systems that need each device, by its number."""
    belonging, provider, consumer = model.belonging, model.graph.provider, consumers_of(model.graph)
    carrying = (belonging.sort[provider] == SORTS.index("equipment")) & (
        belonging.sort[consumer] == SORTS.index("system")
    )
    found: dict[int, set[SystemKind]] = defaultdict(set)
    for device, kind in zip(provider[carrying].tolist(), belonging.kind[consumer[carrying]].tolist(), strict=True):
        found[device].add(SYSTEMS[kind])
    return defaultdict(tuple, {device: tuple(sorted(some)) for device, some in found.items()})
