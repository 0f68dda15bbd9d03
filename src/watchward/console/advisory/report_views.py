"""A report of an alert as of a moment: to print, as a table, or for another program."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date, parse_datetime
from django.views.decorators.http import require_GET

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.advisory import presenters, queries, reporting
from watchward.console.advisory.models import Advisory
from watchward.console.asked import seen, viewer_of
from watchward.console.filtering import word
from watchward.respond.rota import LONDON

CLOCK = SystemClock()


@require_GET
def report(request: HttpRequest, number: str) -> HttpResponse:
    """How an alert stands, or stood at the moment that the address names (`at`)."""
    viewer = viewer_of(request)
    found = seen(queries.advisory_visible_to(viewer, number))
    if found.state == Advisory.State.DRAFT:
        raise BadInputError("A draft has asked nobody yet.", advice="Issue it first.")
    made = reporting.report(viewer, found, moment_of(word(request.GET, "at")))
    match request.GET.get("as"):
        case "csv":
            disposition = {"Content-Disposition": f'attachment; filename="{found.number}.csv"'}
            return HttpResponse(reporting.as_csv(made), content_type="text/csv; charset=utf-8", headers=disposition)
        case "json":
            return JsonResponse(reporting.as_json(made))
        case _:
            whole = queries.together(made.places)
            shown = {"report": made, "whole": whole, "by": str(viewer), "look": presenters}
            return render(request, "advisory/report.jinja", shown)


def moment_of(text: str) -> datetime:
    """A moment or the end of a day, as an address names it; now without one.

    Raises:
        BadInputError: it names neither.

    """
    if not text:
        return CLOCK.now()
    try:
        at, day = parse_datetime(text.replace(" ", "+")), parse_date(text)
    except ValueError:
        at, day = None, None
    if day is not None:
        return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=LONDON)
    if at is None:
        raise BadInputError(f"{text!r} is no moment.", advice="Give one such as 2026-12-01 or 2026-12-01T09:00:00Z.")
    return at if at.tzinfo else at.replace(tzinfo=UTC)
