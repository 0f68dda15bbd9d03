"""Which questions about an organisation's map would change its ranking most. ADR 0187 argues the measure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap
from watchward.estate.care.service import Service
from watchward.estate.care.system import System, SystemKind
from watchward.estate.care.templates import Arrangement, Measure, read, template
from watchward.estate.care.templates.document import Range
from watchward.harm.kernels.arrays import Floats
from watchward.harm.model import model
from watchward.harm.parameters import questions as given
from watchward.harm.parameters.drawing import moved
from watchward.harm.parameters.table import Table
from watchward.harm.questions.losses import NUMBER, Losses, World
from watchward.harm.questions.question import Question, Sort, Subject

HOURS = 24
"""For how long each thing is lost in the ranking that an answer may change."""

BEGINS = 9
"""From when: Monday at nine, the busiest hours."""

_Z95 = 1.6448536269514722
_END = 0.185
"""The weight of the low and of the high end, the median having the rest (Pearson and Tukey's three points)."""

_NOTHING = 1e-9
"""What moves less than this share of all harm moves nothing: it is rounding."""

_DEPENDENCY = (Sort.BUFFER, Sort.FLOOR, Sort.MANUAL, Sort.MANUAL_HOURS)

SECONDS = frozenset(
    {SystemKind.E_PRESCRIBING, SystemKind.LABORATORY, SystemKind.NETWORK, SystemKind.PATIENT_RECORD,
     SystemKind.TELEPHONY, SystemKind.WORKSTATIONS}
)  # fmt: skip
"""Systems of which there may be a second one to turn to."""

_HOSTLESS = frozenset({SystemKind.WORKSTATIONS})


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What questions are looked for.

    Args:
        care: the map of one organisation, with what needs it and what it needs elsewhere.
        table: the parameters.
        organisation: its code.
        known: the template that its map began with, and what is known of its size; None where there is none.
        passed: the keys of questions that are not to be asked: nobody knew, or the answer was no.

    """

    care: CareMap
    table: Table
    organisation: str
    known: Arrangement | None = None
    passed: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """A question that might be asked.

    Args:
        subject: what is asked.
        worlds: what answers may lead to: how likely it is, and the harm of each loss then.
        range: the low end, value and high end of the number that is asked.
        new: how likely the answer names something that the ranking does not hold yet, as bad to lose as which thing.

    """

    subject: Subject
    worlds: tuple[tuple[float, Floats], ...]
    range: tuple[float, float, float] | None = None
    new: tuple[float, str] | None = None


def losses(asked: Asked) -> Losses:
    """The losses that questions are about."""
    laid_out = model(asked.care, asked.table)
    return Losses(model=laid_out, organisation=asked.organisation, begins=BEGINS, hours=HOURS)


def questions(asked: Asked, found: Losses | None = None) -> list[Question]:
    """The questions whose answers could change the ranking, those that would change it most first.

    `found`: the losses of the same map, where somebody has them already.
    """
    found = found or losses(asked)
    if not found.mine:
        return []
    moves = [*_numbers(asked, found), *_seconds(asked, found)]
    every = [*_moved(moves, found), *_hosts(asked), *_sizes(asked, found)]
    least = _NOTHING * max(float(found.harm.sum()), _NOTHING)
    told = [_told(one, found) for one in every if one.subject.key not in asked.passed]
    return sorted((one for one in told if one.worth > least), key=lambda one: (-one.worth, one.key))


def _told(one: _Candidate, losses: Losses) -> Question:
    """What an answer is expected to move."""
    now, order = losses.harm, losses.order
    moved_by = sum(weight * float(np.abs(harm - now).sum()) for weight, harm in one.worlds)
    turned = sum(weight * _turned(harm[order]) for weight, harm in one.worlds)
    all_of = np.array([now, *(harm for _, harm in one.worlds)])
    most = int(np.argmax(np.ptp(all_of, axis=0)))
    low, high = float(all_of[:, most].min()), float(all_of[:, most].max())
    if one.new:
        likely, like = one.new
        most = losses.things.index(like)
        low, high = 0.0, float(now[most])
        moved_by += likely * high
    least, value, end = one.range or (None, None, None)
    return Question(
        subject=one.subject, worth=moved_by + turned, moved=moved_by, turned=turned, thing=losses.things[most],
        harm=float(now[most]), low=low, high=high, least=least, value=value, most=end,
    )  # fmt: skip


def _turned(harm: Floats) -> float:
    """By how much losses that stood lower are worse than those that stood above them, over all pairs."""
    worse = np.maximum(harm[None, :] - harm[:, None], 0.0)
    return float(np.triu(worse, 1).sum())


@dataclass(frozen=True, kw_only=True)
class _Move:
    """A question whose answer would move numbers of dependencies.

    Args:
        subject: what is asked.
        worlds: what answers may move.
        likely: how likely each is.
        range: the low end, value and high end of the number that is asked.

    """

    subject: Subject
    worlds: tuple[World, ...]
    likely: float
    range: tuple[float, float, float] | None = None


def _moved(moves: Sequence[_Move], losses: Losses) -> Iterator[_Candidate]:
    """What moves come to, all worked out together."""
    harm = losses.moved([world for move in moves for world in move.worlds])
    first = 0
    for move in moves:
        worlds = tuple((move.likely, harm[:, first + at]) for at in range(len(move.worlds)))
        yield _Candidate(subject=move.subject, worlds=worlds, range=move.range)
        first += len(worlds)


def _numbers(asked: Asked, losses: Losses) -> Iterator[_Move]:
    """The numbers of its dependencies that it has not given itself."""
    for one in _own(asked.care.dependencies, losses):
        edge = losses.edges[one.consumer, one.provider]
        for sort in _DEPENDENCY:
            if getattr(one, sort) is None:
                low, high = _ends(asked.table, losses.needs.pairs[edge], sort)
                value = float(losses.numbers[edge, NUMBER[sort]])
                yield _Move(
                    subject=Subject(sort=sort, about=(one.consumer, one.provider)),
                    worlds=tuple(((edge, NUMBER[sort], end),) for end in (low, high)),
                    likely=_END,
                    range=(low, value, high),
                )


def _own(dependencies: Sequence[Dependency], losses: Losses) -> Iterator[Dependency]:
    yield from (one for one in dependencies if one.consumer in losses.mine)


def _ends(table: Table, pair: str, sort: Sort) -> tuple[float, float]:
    """A parameter at its low and at its high end."""
    parameter = table.parameters[f"{pair}/{sort}"]
    steps = np.array([-_Z95, _Z95]) * parameter.spread
    low, high = moved(steps, parameter.value, share=parameter.share)
    return float(low), float(high)


def _seconds(asked: Asked, losses: Losses) -> Iterator[_Move]:
    """Its systems that nothing stands in for, where there might be a second one."""
    sole: dict[str, list[int]] = {}
    for one in _own(asked.care.dependencies, losses):
        if not one.group:
            sole.setdefault(one.provider, []).append(losses.edges[one.consumer, one.provider])
    likely = given.of("second")
    for system in (one.id for one in _systems(asked) if one.kind in SECONDS and one.id in sole):
        world = tuple((edge, NUMBER[number], 1.0) for edge in sole[system] for number in (Sort.FLOOR, Sort.MANUAL))
        yield _Move(subject=Subject(sort=Sort.SECOND, about=(system,)), worlds=(world,), likely=likely)


def _systems(asked: Asked) -> Iterator[System]:
    yield from (one for one in asked.care.systems if one.organisation == asked.organisation)


def _hosts(asked: Asked) -> Iterator[_Candidate]:
    """Its systems of which nobody has said where they run: a supplier's loss would be as bad as theirs."""
    likely = given.of("elsewhere")
    for one in _systems(asked):
        if not one.host and one.kind not in _HOSTLESS:
            yield _Candidate(subject=Subject(sort=Sort.HOST, about=(one.id,)), worlds=(), new=(likely, one.id))


def _sizes(asked: Asked, losses: Losses) -> Iterator[_Candidate]:
    """How much care there is, where nobody has counted: by a measure of the whole, or by one service."""
    own = (one for one in asked.care.services if one.organisation == asked.organisation)
    mine = {one.id: one for one in own if one.low < one.high and one.weekly > 0}
    by_template = _as_template(asked, mine)
    for measure, services in _measures(asked, by_template).items():
        ratio = {name: _removed(mine[name], line) for name, line in services.items()}
        size = _size(asked, measure)
        yield _sized(Subject(sort=Sort.SIZE, about=(measure,)), ratio, losses, size)
    for name in mine.keys() - by_template:
        one = mine[name]
        factors = {name: (one.low / one.weekly, one.high / one.weekly)}
        ends = (one.low, one.weekly, one.high)
        yield _sized(Subject(sort=Sort.ACTIVITY, about=(name,)), factors, losses, ends)


def _sized(
    subject: Subject,
    factors: Mapping[str, tuple[float, float]],
    losses: Losses,
    ends: tuple[float, float, float] | None,
) -> _Candidate:
    worlds = tuple((_END, losses.sized({name: two[end] for name, two in factors.items()})) for end in (0, 1))
    return _Candidate(subject=subject, worlds=worlds, range=ends)


def _as_template(asked: Asked, services: Mapping[str, Service]) -> set[str]:
    """The services that are still what the template makes of what is known."""
    if asked.known is None:
        return set()
    filled = {one.id: one for one in template(asked.known, organisation=asked.organisation).services}
    return {name for name, one in services.items() if filled.get(name) == one}


def _measures(asked: Asked, services: Collection[str]) -> dict[Measure, dict[str, Range]]:
    """The measures not known yet that would tell more of some of these services, with what each would leave open."""
    if asked.known is None:
        return {}
    found: dict[Measure, dict[str, Range]] = {}
    for line in read(asked.known.template).services:
        name = f"{asked.organisation}/{line.name}"
        for measure, ratio in line.by.items() if name in services else ():
            if measure in asked.known.measures:
                break
            found.setdefault(measure, {})[name] = ratio
    return found


def _removed(service: Service, ratio: Range) -> tuple[float, float]:
    """The least and the most that a service may turn out to be, as factors, once a measure is known.

    What the measure leaves open is taken off what is not known now, as independent parts of it.
    """
    down = _less(log(service.weekly / service.low), log(ratio.value / ratio.low))
    up = _less(log(service.high / service.weekly), log(ratio.high / ratio.value))
    return exp(-down), exp(up)


def _less(whole: float, part: float) -> float:
    return (whole**2 - part**2) ** 0.5 if whole > part else 0.0


def _size(asked: Asked, measure: Measure) -> tuple[float, float, float] | None:
    """What the template takes a measure to be; None for one that it does not go by."""
    assert asked.known is not None
    document = read(asked.known.template)
    return (document.size.low, document.size.value, document.size.high) if measure == document.measure else None
