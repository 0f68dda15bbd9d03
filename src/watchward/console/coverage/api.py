"""The REST API of coverage: the same queries as the pages."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from watchward.access.permissions import Permission
from watchward.console.access.guard import require_anywhere
from watchward.console.access.models import User
from watchward.console.asked import seen, viewer_of
from watchward.console.coverage import queries
from watchward.console.coverage.queries import Coverage
from watchward.console.estate.models import Organisation
from watchward.detect.coverage.matrix import Covered, Viewed, navigator_layer

router = Router(tags=["Coverage"])
Code = Annotated[
    str,
    Query(description="An organisation, with everything below it; without it all that you look after", max_length=20),
]


class CoveredOut(Schema):
    """A technique, the rules in force for it, and at how many organisations one of them sees it."""

    technique: str
    name: str
    tactics: list[str]
    rules: int
    whole: int
    partly: int
    sight: str
    seen_at: int
    partly_at: int


class GainOut(Schema):
    """What could be sent besides, and how many rules would then see more."""

    product: str | None
    category: str | None
    service: str | None
    fields: list[str]
    name: str
    how: str
    rules: int
    organisations: int


class CoverageOut(Schema):
    """What the rules in force see with what arrived in the last days, at the organisations that send."""

    at: datetime
    organisations: int
    rules: int
    rules_on_trial: int
    rules_off: int
    techniques: list[CoveredOut]
    gains: list[GainOut]


class ViewedOut(Schema):
    """A rule for a technique: at how many organisations it sees, and why it does not see more."""

    id: str
    title: str
    level: str
    sight: str
    whole_at: int
    partly_at: int
    fieldless_at: int
    eventless_at: int
    lacking: list[str]
    why: str


@router.get("/coverage", response=CoverageOut)
def coverage(request: HttpRequest, organisation: Code = "") -> dict[str, object]:
    """What rules can see, by technique, and what to send to see more."""
    _, _, found = _asked(request, organisation)
    every = found.chart.gains(found.tally)
    return {
        "at": found.at,
        "organisations": found.tally.organisations,
        "rules": found.rules,
        "rules_on_trial": found.on_trial,
        "rules_off": found.off,
        "techniques": [_covered(one) for one in found.chart.covered(found.tally)],
        "gains": [
            {
                "product": one.source.product,
                "category": one.source.category,
                "service": one.source.service,
                "fields": list(one.fields),
                "name": one.name,
                "how": one.how,
                "rules": one.rules,
                "organisations": one.organisations,
            }
            for one in every
        ],
    }


@router.get("/coverage/techniques/{key}", response=list[ViewedOut])
def technique(request: HttpRequest, key: str, organisation: Code = "") -> list[dict[str, object]]:
    """All rules for one technique, those that see least first: of a set 50,000 at most."""
    _, _, found = _asked(request, organisation)
    return [_viewed(one) for one in seen(found.chart.rules_for(key.upper(), found.tally) or None)]


@router.get("/coverage/table", openapi_extra={"responses": {200: {"content": {"text/csv": {}}}}})
def table(request: HttpRequest, organisation: Code = "") -> HttpResponse:
    """What each organisation sees of each technique, for a spreadsheet (CSV)."""
    viewer, place, found = _asked(request, organisation)
    return HttpResponse(queries.table(viewer, place, found.chart), content_type="text/csv; charset=utf-8")


@router.get("/coverage/layer", response=dict[str, object])
def layer(request: HttpRequest, organisation: Code = "") -> dict[str, object]:
    """A layer for MITRE's ATT&CK Navigator."""
    _, place, found = _asked(request, organisation)
    return navigator_layer(f"Watchward: {place or 'all organisations'}", found.chart.covered(found.tally))


def _asked(request: HttpRequest, code: str) -> tuple[User, Organisation | None, Coverage]:
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.RULE_VIEW)
    place = seen(queries.place(viewer, code.upper())) if code else None
    return viewer, place, seen(queries.coverage(viewer, place))


def _covered(one: Covered) -> dict[str, object]:
    return {
        "technique": one.technique.id,
        "name": one.technique.name,
        "tactics": list(one.tactics),
        "rules": one.rules,
        "whole": one.whole,
        "partly": one.partly,
        "sight": one.sight.value,
        "seen_at": one.seen_at,
        "partly_at": one.partly_at,
    }


def _viewed(one: Viewed) -> dict[str, object]:
    return {
        "id": one.subject.id,
        "title": one.subject.title,
        "level": one.subject.level,
        "sight": one.sight.value,
        "whole_at": one.whole_at,
        "partly_at": one.partly_at,
        "fieldless_at": one.fieldless_at,
        "eventless_at": one.eventless_at,
        "lacking": list(one.lacking),
        "why": one.why,
    }
