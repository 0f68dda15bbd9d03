"""The part of detect/queries.py that says who else was touched: each organisation, in order of patient harm."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import Final

from django.db.models import Count, Max, Min, Sum

from watchward.console.access.guard import Actor
from watchward.console.detect.queries import alerts_visible_to
from watchward.console.estate.models import Organisation

SHOWN: Final = 100
"""Organisations that a page or an answer names; all of them are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """An organisation at which the same was found.

    Args:
        organisation: it.
        harm: the most that is expected of one alert there, in severity-weighted patients.
        devices: on how many devices.
        count: in how many events.
        first_at: when first.
        last_at: when last.

    """

    organisation: Organisation
    harm: float
    devices: int
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of the spread: how many organisations were touched for the first time, and how many by then."""

    day: date
    new: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoElse:
    """Whom a rule or an indicator touched, as far as somebody may see.

    Args:
        total: how many organisations.
        worst: those at which most harm is expected, the worst first; `SHOWN` at most.
        spread: the days on which it reached organisations that it had not touched before.

    """

    total: int
    worst: Sequence[Touched]
    spread: Sequence[Day]


def who_else(viewer: Actor, rule: str) -> WhoElse:
    """Whom a rule, or an indicator, touched: one walk over its alerts."""
    found = alerts_visible_to(viewer).filter(rule_id=rule).order_by()
    rows = list(
        found.values("organisation_id")
        .annotate(
            harm=Max("score"),
            devices=Count("device", distinct=True),
            seen=Sum("count"),
            first=Min("first_at"),
            last=Max("last_at"),
        )
        .values_list("organisation_id", "harm", "devices", "seen", "first", "last")
    )
    rows.sort(key=lambda row: (-row[1], row[4], row[0]))
    names = Organisation.objects.in_bulk([row[0] for row in rows[:SHOWN]])
    worst = [
        Touched(organisation=names[key], harm=harm, devices=devices, count=events, first_at=first, last_at=last)
        for key, harm, devices, events, first, last in rows[:SHOWN]
    ]
    return WhoElse(total=len(rows), worst=worst, spread=_spread([row[4] for row in rows]))


def _spread(firsts: Sequence[datetime]) -> list[Day]:
    new = Counter(one.date() for one in firsts)
    days = sorted(new)
    totals = accumulate(new[day] for day in days)
    return [Day(day=day, new=new[day], total=total) for day, total in zip(days, totals, strict=True)]
