"""Decide whom to tell of which alerts now: a pure function of rotas, alerts, what was sent, and the time.

An alert climbs a ladder: the steps of its organisation's rota, then those of the organisations above. Each step has its
people told when the step before has had its time; a step on which nobody is on duty is passed at once. Whoever was told
is told again, until someone acknowledges. In quiet hours, what is not serious enough neither tells nor climbs: its
clock stands still, and goes on in the morning.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from watchward.respond.rota import Hours, Rota, Step

GATHER = timedelta(minutes=5)
"""A person gets at most one notice in this time, about everything that is due: a flood becomes a few notices."""

REPEATS = 12
"""How often one person is told of one alert at most; then the page alone says it."""

_GRAIN = timedelta(minutes=5)
"""How finely quiet time is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An alert that nobody has acknowledged.

    Args:
        key: its identifier.
        level: the rank of its level, 0 to 4.
        score: orders alerts within a notice.
        raised_at: when it reached the node.

    """

    key: str
    level: int
    score: float
    raised_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How often, and when last, a contact was told of an alert."""

    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A notice that is to be sent now: one contact, and all alerts that it is about, the most serious first.

    `step` is the highest rung on which it is sent, counted from 1 over the whole ladder.
    """

    contact: str
    alerts: tuple[str, ...]
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rung:
    """A step, with what its rota says about quiet and repeating."""

    step: Step
    rota: Rota


def due(
    ladders: Mapping[str, Sequence[Rota]],
    waiting: Mapping[str, Iterable[Waiting]],
    told: Mapping[tuple[str, str], Told],
    last_notice: Mapping[str, datetime],
    now: datetime,
) -> list[Due]:
    """The notices to send now.

    Args:
        ladders: for each organisation its own rota and those above it, nearest first.
        waiting: for each organisation its unacknowledged alerts.
        told: what each contact was told of each alert, by contact and alert.
        last_notice: when each contact last got any notice.
        now: the moment to decide for.

    """
    found: dict[str, dict[str, tuple[Waiting, int]]] = {}
    for organisation, alerts in waiting.items():
        rungs = _rungs(ladders.get(organisation, ()))
        for alert in alerts:
            for contact, step in _to_tell(alert, rungs, told, now).items():
                found.setdefault(contact, {})[alert.key] = (alert, step)
    return [
        _joined(contact, list(alerts.values()))
        for contact, alerts in found.items()
        if contact not in last_notice or now - last_notice[contact] >= GATHER
    ]


def _joined(contact: str, alerts: Sequence[tuple[Waiting, int]]) -> Due:
    ordered = sorted(alerts, key=lambda pair: (-pair[0].score, pair[0].raised_at, pair[0].key))
    return Due(contact=contact, alerts=tuple(alert.key for alert, _ in ordered), step=max(step for _, step in alerts))


def _rungs(rotas: Sequence[Rota]) -> list[_Rung]:
    """The whole ladder: up to the first rota that does not climb further."""
    rungs: list[_Rung] = []
    for rota in rotas:
        rungs += [_Rung(step=step, rota=rota) for step in rota.steps]
        if not rota.climbs:
            break
    return rungs


def _to_tell(
    alert: Waiting, rungs: Sequence[_Rung], told: Mapping[tuple[str, str], Told], now: datetime
) -> dict[str, int]:
    """The contacts to be told of one alert now, each with its rung."""
    found: dict[str, int] = {}
    for number, rung in _reached(alert, rungs, now):
        for contact in rung.step.on_duty(now):
            before = told.get((contact, alert.key))
            if before is None or (before.times < REPEATS and now - before.last_at >= rung.rota.repeat):
                found[contact] = number
    return found


def _reached(alert: Waiting, rungs: Sequence[_Rung], now: datetime) -> list[tuple[int, _Rung]]:
    """The rungs that an alert has climbed to, each with its number from 1, leaving out those that are quiet now."""
    reached: list[tuple[int, _Rung]] = []
    waited_for = timedelta(0)
    for number, rung in enumerate(rungs, start=1):
        if alert.level < rung.rota.tell_from:
            continue
        if _awake(alert, rung.rota, now) < waited_for:
            break
        if not _quiet(alert, rung.rota, now):
            reached.append((number, rung))
        if rung.step.on_duty(now):
            waited_for += rung.step.wait
    return reached


def _quiet(alert: Waiting, rota: Rota, at: datetime) -> bool:
    return rota.quiet is not None and alert.level < rota.disturb_from and rota.quiet.holds(at)


def _awake(alert: Waiting, rota: Rota, now: datetime) -> timedelta:
    """How long an alert has waited, not counting the quiet hours of a rota."""
    passed = now - alert.raised_at
    if rota.quiet is None or alert.level >= rota.disturb_from:
        return passed
    return passed - _quiet_time(rota.quiet, alert.raised_at.replace(second=0, microsecond=0), now)


@lru_cache(maxsize=4096)
def _quiet_time(quiet: Hours, since: datetime, now: datetime) -> timedelta:
    """How much of a span lies in quiet hours."""
    found = timedelta(0)
    moment = since
    while moment < now:
        step = min(_GRAIN, now - moment)
        if quiet.holds(moment):
            found += step
        moment += step
    return found
