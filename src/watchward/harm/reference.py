"""Harm worked out straight from docs/harm/definitions.md, slowly and plainly: all that is quicker is held to it."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from watchward.estate.care.circles import circles
from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap
from watchward.estate.care.service import Service
from watchward.estate.care.week import HOURS, shares
from watchward.harm import naming
from watchward.harm.parameters.table import APART, DRAG, EXPOSED, NEEDS, SENSITIVITIES, SEVERITIES, TYPING, Table
from watchward.harm.scenario import Scenario

NEARLY = 1e-9
_SETTLED = 1e-12
_ROUNDS = 100_000


@dataclass(kw_only=True)
class Care:
    """What becomes of one service: activity by hour, and in the whole (units, patient-days, patients)."""

    service: Service
    activity: list[float] = field(default_factory=list)
    displaced: list[float] = field(default_factory=list)
    absorbed: list[float] = field(default_factory=list)
    lost: float = 0.0
    delay: float = 0.0
    waiting: float = 0.0
    harmed: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Worked:
    """What the reference found: capacity of everything by hour, care by service, and the parts of harm."""

    capacity: Mapping[str, list[float]]
    care: Mapping[str, Care]
    harmed: Mapping[str, float]
    records: Mapping[str, float]
    delay: float
    harm: float


def work_out(care: CareMap, table: Table, scenario: Scenario, world: Mapping[str, float] | None = None) -> Worked:
    """All of it, at the median of every parameter or in another world: values by the key of the parameter."""
    numbers = {key: one.value for key, one in table.parameters.items()} | dict(world or {})
    capacity = capacities(care, table, scenario, numbers)
    found = {one.id: Care(service=one) for one in care.services}
    for t in range(scenario.hours):
        _displace(found, scenario, capacity, t)
        _absorb(found, care, numbers, capacity, t)
        for one in found.values():
            _wait(one, numbers, capacity[one.service.id][t], t)
    for one in found.values():
        _finish(one, numbers)
    harmed = {
        severity: sum(one.harmed * numbers[f"service/{one.service.kind}/split_{severity}"] for one in found.values())
        for severity in SEVERITIES
    }
    records = {sensitivity: numbers[EXPOSED] * count for sensitivity, count in exposed(care, scenario).items()}
    delay = sum(one.delay for one in found.values())
    weighting = table.weightings[0]
    harm = sum(w * harmed[v] for w, v in zip(weighting.severity, SEVERITIES, strict=True))
    harm += sum(w * records[s] for w, s in zip(weighting.record, SENSITIVITIES, strict=True)) + weighting.delay * delay
    return Worked(capacity=capacity, care=found, harmed=harmed, records=records, delay=delay, harm=harm)


def taken_along(care: CareMap, thing: str) -> set[str]:
    """The thing, and everything that fails with it."""
    found, todo = set(), [thing]
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += [taken for taker, taken in naming.carried(care) if taker == one]
    return found


def exposed(care: CareMap, scenario: Scenario) -> dict[str, int]:
    """How many records lie where failures reach that expose, by sensitivity."""
    reached: set[str] = set()
    for failure in scenario.failures:
        if failure.exposes:
            reached |= taken_along(care, failure.thing)
    found = dict.fromkeys(SENSITIVITIES, 0)
    for system in care.systems:
        if system.id in reached:
            for sensitivity, count in system.records:
                found[sensitivity.value] += count
    return found


def capacities(care: CareMap, table: Table, scenario: Scenario, numbers: Mapping[str, float]) -> dict[str, list[float]]:
    """The remaining capacity of everything in each hour."""
    own = _own(care, scenario, numbers)
    kinds = naming.kinds(care)
    groups: dict[str, dict[object, list[Dependency]]] = defaultdict(lambda: defaultdict(list))
    providers: dict[str, list[str]] = defaultdict(list)
    needs = {}
    for at, edge in enumerate(care.dependencies):
        groups[edge.consumer][edge.group or at].append(edge)
        providers[edge.consumer].append(edge.provider)
        needs[id(edge)] = need(edge, table.pair(kinds[edge.consumer], kinds[edge.provider]), numbers)
    bends = {one: _bend(kind, numbers) for one, kind in kinds.items()}
    around = {one: at for at, circle in enumerate(circles(providers)) for one in circle}
    stock = {key: numbers_of[0] for key, numbers_of in needs.items()}
    found: dict[str, list[float]] = {one: [] for one in own}
    for t in range(scenario.hours):
        now = {one: left[t] for one, left in own.items()}
        for _ in range(_ROUNDS):
            given = (stock, numbers[APART], around)
            after = {one: min(own[one][t], _left(now, groups[one], needs, (*given, bends[one]), t)) for one in own}
            settled = max((abs(after[one] - now[one]) for one in own), default=0.0) <= _SETTLED
            now = after
            if settled:
                break
        for one in own:
            found[one].append(now[one])
        for edge in care.dependencies:
            a = now[edge.provider]
            stock[id(edge)] = min(max(stock[id(edge)] + a - 1 + (a == 1), 0.0), needs[id(edge)][0])
    return found


def _own(care: CareMap, scenario: Scenario, numbers: Mapping[str, float]) -> dict[str, list[float]]:
    """Of what use everything is by its own failures in each hour."""
    own = {one: [1.0] * scenario.hours for one in care.identifiers()}
    for failure in scenario.failures:
        left = failure.left(scenario.hours)
        for thing in taken_along(care, failure.thing):
            own[thing] = [min(a, b) for a, b in zip(own[thing], left, strict=True)]
    for one in care.systems:
        if one.kind.keeps_records:
            own[one.id] = _of_use(own[one.id], numbers[TYPING], numbers[DRAG])
    return own


def _of_use(own: list[float], typing: float, drag: float) -> list[float]:
    """What a system that keeps records is of use while what was written on paper is typed into it."""
    paper, found = 0.0, []
    for left in own:
        found.append(left * (1 - drag * min(1.0, paper)))
        paper = max(0.0, paper + typing * (1 - left) - left)
    return found


def need(dependency: Dependency, pair: str, numbers: Mapping[str, float]) -> tuple[float, float, float, float]:
    """The buffer, the floor, what manual working reaches, and its hours: the map's own numbers first."""
    own = (dependency.buffer_hours, dependency.floor, dependency.manual, dependency.manual_hours)
    buffer, floor, manual, hours = (
        numbers[f"{pair}/{name}"] if value is None else value for name, value in zip(NEEDS, own, strict=True)
    )
    return buffer, floor, max(floor, manual), hours


def _left(
    now: Mapping[str, float],
    groups: Mapping[object, list[Dependency]],
    needs: Mapping[int, tuple[float, float, float, float]],
    given: tuple[Mapping[int, float], float, Mapping[str, int], tuple[float, float]],
    t: int,
) -> float:
    """What the groups of a thing leave of it.

    `given`: stocks, how far needs stand apart, circles by thing, and where and how sharply it calls work off.
    """
    stock, apart, around, bend = given
    passed: list[float] = []
    inside: list[float] = []
    for group in groups.values():
        rest = max(0.0, 1 - sum(one.share for one in group))
        supplied = min(1.0, rest + sum(one.share * min(1.0, now[one.provider] + stock[id(one)]) for one in group))
        by_hand = max(_by_hand(needs[id(one)], t) for one in group)
        into = inside if any(_in_one_circle(one, around) for one in group) else passed
        into.append(1.0 if supplied >= 1 - NEARLY else supplied + (1 - supplied) * by_hand)
    least = min(passed, default=1.0)
    possible = least * (math.prod(passed) / least) ** apart if least > 0 else 0.0
    found = min(_kept_up(possible, *bend), *inside, 1.0)
    return 1.0 if found >= 1 - NEARLY else found


def _bend(kind: str, numbers: Mapping[str, float]) -> tuple[float, float]:
    """Where and how sharply a kind of thing calls work off; what is no service does what it can."""
    return numbers.get(f"service/{kind}/half", 0.0), numbers.get(f"service/{kind}/steep", 1.0)


def _kept_up(possible: float, half: float, steep: float) -> float:
    """What is done of what would be possible, after what is called off by decision."""
    if half == 0 or possible == 0:
        return possible
    short = (1 - possible) / possible
    return float(possible / (1 + (short * half / (1 - half)) ** steep))


def _in_one_circle(one: Dependency, around: Mapping[str, int]) -> bool:
    return one.provider == one.consumer or around.get(one.provider, -1) == around.get(one.consumer, -2)


def _by_hand(need: tuple[float, float, float, float], t: int) -> float:
    _, floor, manual, hours = need
    return floor + (manual - floor) * (1 - math.exp(-(t + 0.5) / hours))


def _displace(found: Mapping[str, Care], scenario: Scenario, capacity: Mapping[str, list[float]], t: int) -> None:
    for one in found.values():
        hour = shares(one.service.week)[(scenario.begins + t) % HOURS]
        one.activity.append(one.service.weekly * hour)
        one.displaced.append(one.activity[t] * (1 - capacity[one.service.id][t]))


def _absorb(
    found: Mapping[str, Care], care: CareMap, numbers: Mapping[str, float], capacity: Mapping[str, list[float]], t: int
) -> None:
    """Fill `absorbed` of this hour: what the integrated care board takes, then what the region takes."""
    left = {key: one.displaced[t] for key, one in found.items()}
    boards: dict[tuple[str, str, str], list[Care]] = defaultdict(list)
    regions: dict[tuple[str, str], list[Care]] = defaultdict(list)
    spare: dict[tuple[str, str], float] = defaultdict(float)
    for one in found.values():
        place = care.places[one.service.organisation]
        boards[one.service.kind, place.icb, place.region].append(one)
        regions[one.service.kind, place.region].append(one)
    for (kind, icb, region), members in boards.items():
        free = numbers[f"service/{kind}/spare"] * sum(
            one.activity[t] for one in members if capacity[one.service.id][t] == 1
        )
        if icb:
            free -= _take(left, members, numbers[f"service/{kind}/near"], free)
        spare[kind, region] += free
    for (kind, region), members in regions.items():
        if region:
            _take(left, members, numbers[f"service/{kind}/far"], spare[kind, region])
    for key, one in found.items():
        one.absorbed.append(one.displaced[t] - left[key])


def _take(left: dict[str, float], members: list[Care], share: float, free: float) -> float:
    whole = sum(left[one.service.id] for one in members)
    taken = min(share * whole, free)
    for one in members:
        if whole > 0:
            left[one.service.id] *= 1 - taken / whole
    return taken


def _wait(one: Care, numbers: Mapping[str, float], capacity: float, t: int) -> None:
    """One hour of waiting: who joins, who is seen on top of the ordinary work."""
    key = f"service/{one.service.kind}"
    not_absorbed = one.displaced[t] - one.absorbed[t]
    one.lost += (1 - numbers[f"{key}/deferrable"]) * not_absorbed
    one.delay += one.waiting / 24
    seen = min(one.waiting, numbers[f"{key}/catch_up"] * one.activity[t] * capacity)
    one.waiting += numbers[f"{key}/deferrable"] * not_absorbed - seen


def _finish(one: Care, numbers: Mapping[str, float]) -> None:
    """What still waits at the end is cleared at the mean rate; then the patients harmed are counted."""
    key = f"service/{one.service.kind}"
    rate = numbers[f"{key}/catch_up"] * one.service.weekly / HOURS
    if one.waiting > 0:
        one.delay += one.waiting**2 / (2 * rate) / 24
    by_loss = numbers[f"{key}/by_loss"]
    by_move = (1 - numbers[f"{key}/deferrable"]) * by_loss * numbers[f"{key}/by_move"]
    one.harmed = one.lost * by_loss + sum(one.absorbed) * by_move + one.delay * numbers[f"{key}/by_day"]
