"""One page for those who answer for an area, and a form for whoever sees something odd."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from watchward.access.permissions import Permission
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.guard import reach
from watchward.console.asked import viewer_of
from watchward.console.detect import actions, queries
from watchward.console.detect.presenters import OverviewPresenter
from watchward.console.detect.views import CLOCK
from watchward.console.estate.queries import anything_sends
from watchward.console.respond import presenters
from watchward.console.respond.queries import incident_page

INCIDENTS = 5
"""So many incidents, the most severe, stand on the overview."""


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """How the organisations that someone answers for stand, and what is asked of them."""
    viewer, now = viewer_of(request), CLOCK.now()
    where = reach(viewer, Permission.ORGANISATION_VIEW)
    if not (where.everything or where.paths):
        raise NotAllowedError("You may not see any organisation.", advice="Ask an administrator for a role that may.")
    alerts = reach(viewer, Permission.ALERT_VIEW)
    harm = reach(viewer, Permission.HARM_VIEW)
    shown = OverviewPresenter(
        overview=queries.overview(viewer, now),
        at=now,
        may_see_alerts=bool(alerts.everything or alerts.paths),
        may_see_harm=bool(harm.everything or harm.paths),
    )
    incidents, count = incident_page(viewer, closed=False, below="", text="", number=1)
    context = {
        "shown": shown,
        "incidents": incidents[:INCIDENTS],
        "more_incidents": count > INCIDENTS,
        "nothing_sends": not (any(shown.overview.waiting.values()) or anything_sends(viewer)),
        "look": presenters,
    }
    return render(request, "detect/overview.jinja", context)


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Tell those who defend one's organisation that something looks odd."""
    viewer = viewer_of(request)
    places = {place.code: place for place in queries.organisations_to_report_for(viewer)}
    if not places:
        raise Http404
    given = request.POST if request.method == "POST" else request.GET
    context: dict[str, object] = {
        "places": list(places.values()),
        "what": given.get("what", ""),
        "device": given.get("device", ""),
    }
    if request.method != "POST":
        return render(request, "detect/report.jinja", context)
    place = places.get(given.get("organisation", "")) or next(iter(places.values()))
    try:
        alert = actions.report_oddity(
            by=viewer,
            organisation=place,
            what=given.get("what", ""),
            device=given.get("device", ""),
            clock=CLOCK,
        )
    except BadInputError as error:
        return render(request, "detect/report.jinja", {**context, "error": error}, status=400)
    messages.success(request, "Thank you. Your report is now in the list of those who defend you.")
    return redirect("alert", key=alert.pk)
