"""Who else: every organisation that the same touched, in order of patient harm, and how it spread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from ninja import Router, Schema

from watchward.access.permissions import Permission
from watchward.console.access.guard import permissions_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.detect.presenters import AlertRow
from watchward.console.detect.queries import alert_visible_to
from watchward.console.detect.who_else import Day, WhoElse, who_else
from watchward.console.intel.sharing_queries import blockable_of

router = Router(tags=["Alerts"])
_WIDE, _HIGH = 600, 160


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadChart:
    """The organisations touched by each day, as a line that climbs; the table beside it holds the same numbers."""

    days: Sequence[Day]

    @property
    def title(self) -> str:
        """The finding."""
        first, last = self.days[0], self.days[-1]
        if len(self.days) == 1:
            return f"Reached {_organisations(last.total)} on {last.day:%-d %B %Y}"
        return f"From {first.total:,} to {_organisations(last.total)} in {(last.day - first.day).days:,} days"

    @property
    def is_drawn(self) -> bool:
        """Whether there is a line to draw: one day is a point, and the title says it."""
        return len(self.days) > 1

    @property
    def most(self) -> str:
        """What the top of the drawing stands for."""
        return _organisations(self.days[-1].total)

    @property
    def first_day(self) -> str:
        """Where the drawing begins."""
        return f"{self.days[0].day:%-d %B %Y}"

    @property
    def last_day(self) -> str:
        """Where the drawing ends."""
        return f"{self.days[-1].day:%-d %B %Y}"

    @property
    def points(self) -> str:
        """The line, in the units of the drawing."""
        first = self.days[0].day
        days = max((self.days[-1].day - first).days, 1)
        top = self.days[-1].total
        places = [f"0,{_HIGH}"]
        level = _HIGH
        for one in self.days:
            along = round((one.day - first).days / days * _WIDE)
            places.append(f"{along},{level}")
            level = round(_HIGH - one.total / top * (_HIGH - 4))
            places.append(f"{along},{level}")
        return " ".join([*places, f"{_WIDE},{level}"])


@require_GET
def alert_who_else(request: HttpRequest, key: UUID) -> HttpResponse:
    """Whom the same rule or indicator touched besides."""
    viewer = viewer_of(request)
    alert = seen(alert_visible_to(viewer, key))
    found = who_else(viewer, alert.rule_id)
    may_block = Permission.BLOCK_PROPOSE in permissions_anywhere(viewer)
    shown = {
        "alert": alert,
        "row": AlertRow(alert=alert),
        "found": found,
        "chart": SpreadChart(days=found.spread),
        "blockable": blockable_of(viewer, alert) if may_block else [],
        "why": f"{AlertRow(alert=alert).title}: met by {_organisations(found.total)}",
    }
    return render(request, "detect/who_else.jinja", shown)


class PlaceTouched(Schema):
    """An organisation that was touched; `harm` is in severity-weighted patients, the most expected of one alert."""

    code: str
    name: str
    harm: float
    devices: int
    count: int
    first_at: datetime
    last_at: datetime


class DayOut(Schema):
    """A day: how many organisations were touched first, and how many by then."""

    day: date
    new: int
    total: int


class WhoElseOut(Schema):
    """Every organisation that you may see is counted in `total`; the 100 with most harm are named, the worst first."""

    total: int
    worst: list[PlaceTouched]
    spread: list[DayOut]


@router.get("/alerts/{key}/who-else", response=WhoElseOut)
def who_else_of(request: HttpRequest, key: UUID) -> dict[str, object]:
    """Whom the same rule or indicator touched, in order of patient harm, and how it spread from day to day."""
    viewer = viewer_of(request)
    return _told(who_else(viewer, seen(alert_visible_to(viewer, key)).rule_id))


def _told(found: WhoElse) -> dict[str, object]:
    worst = [
        {
            "code": one.organisation.code,
            "name": one.organisation.name,
            "harm": one.harm,
            "devices": one.devices,
            "count": one.count,
            "first_at": one.first_at,
            "last_at": one.last_at,
        }
        for one in found.worst
    ]
    return {"total": found.total, "worst": worst, "spread": found.spread}


def _organisations(count: int) -> str:
    return f"{count:,} {'organisation' if count == 1 else 'organisations'}"
