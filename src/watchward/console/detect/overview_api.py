"""The REST API of the overview, and of reports of something odd: the same queries and actions as the pages."""

from datetime import datetime

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.console.access.guard import require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.detect import actions, queries
from watchward.console.detect.api_schemas import AlertOut
from watchward.console.detect.models import Alert
from watchward.console.detect.presenters import OverviewPresenter
from watchward.console.estate.models import Organisation
from watchward.detect.sigma.rule import Level

router = Router(tags=["Overview and reports"])
CLOCK = SystemClock()


class PlaceOut(Schema):
    """An organisation by its code."""

    code: str
    name: str


class WorstOut(PlaceOut):
    """An organisation with how many critical and high alerts wait there, and the most harm expected of an alert."""

    harm: float
    critical: int
    high: int


class OverviewOut(Schema):
    """How the organisations that you may see stand: numbers only.

    `waiting` counts open and acknowledged alerts, `unseen` those that nobody has acknowledged, `stale` the unseen
    critical ones of more than a day; `worst` names the ten organisations where most harm is expected of an alert, in
    severity-weighted patients; `asked` says what is asked of you.
    """

    at: datetime
    heading: str
    waiting: dict[Level, int]
    unseen: dict[Level, int]
    stale: int
    closed_in_week: int
    worst: list[WorstOut]
    asked: list[str]


class Report(Schema):
    """Something odd that was seen at an organisation. Do not write about patients."""

    organisation: str
    what: str = Field(min_length=1, max_length=actions.LONGEST_NOTE)
    device: str = Field(default="", max_length=255)


@router.get("/overview", response=OverviewOut)
def overview(request: HttpRequest) -> dict[str, object]:
    """How the organisations that you may see stand, and what is asked of you."""
    viewer, now = viewer_of(request), CLOCK.now()
    require_anywhere(viewer, Permission.ORGANISATION_VIEW)
    found = queries.overview(viewer, now)
    shown = OverviewPresenter(overview=found, at=now, may_see_alerts=False)
    worst = [
        {
            "code": one.organisation.code,
            "name": one.organisation.name,
            "harm": one.harm,
            "critical": one.critical,
            "high": one.high,
        }
        for one in found.worst
    ]
    return {
        "at": now,
        "heading": shown.heading,
        "waiting": found.waiting,
        "unseen": found.unseen,
        "stale": found.stale,
        "closed_in_week": found.closed_in_week,
        "worst": worst,
        "asked": shown.asked,
    }


@router.get("/reports/places", response=list[PlaceOut])
def places(request: HttpRequest) -> list[Organisation]:
    """Where you may report that something is odd, 50 at most."""
    return _places(request)


@router.post("/reports", response=AlertOut)
def report(request: HttpRequest, body: Report) -> Alert:
    """Tell those who defend one of your organisations that something looks odd; it becomes an alert."""
    place = seen(next((one for one in _places(request) if one.code == body.organisation.upper()), None))
    return actions.report_oddity(
        by=viewer_of(request), organisation=place, what=body.what, device=body.device, clock=CLOCK
    )


def _places(request: HttpRequest) -> list[Organisation]:
    found = queries.organisations_to_report_for(viewer_of(request))
    if not found:
        raise Http404
    return found
