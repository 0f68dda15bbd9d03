"""The pages of what rules can see."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from watchward.access.permissions import Permission
from watchward.console.access.guard import require_anywhere
from watchward.console.access.models import User
from watchward.console.asked import seen, viewer_of
from watchward.console.coverage import presenters, queries
from watchward.console.coverage.presenters import CoveragePresenter
from watchward.console.estate.models import Organisation
from watchward.detect.alerts.attack import technique as described
from watchward.detect.coverage.matrix import Sight, navigator_layer


@require_GET
def coverage(request: HttpRequest) -> HttpResponse:
    """What rules can see, by tactic and technique, and what to send to see more."""
    viewer, organisation = _asked(request)
    only = request.GET.get("sight", "")
    shown = CoveragePresenter(
        found=queries.coverage(viewer, organisation),
        organisation=organisation,
        only=Sight(only) if only in set(Sight) else None,
    )
    return render(request, "coverage/coverage.jinja", {"shown": shown, "look": presenters})


@require_GET
def technique(request: HttpRequest, key: str) -> HttpResponse:
    """One technique: the rules for it, what each sees, and why not."""
    viewer, organisation = _asked(request)
    found = seen(queries.coverage(viewer, organisation))
    key = key.upper()
    rules = found.chart.rules_for(key, found.tally)
    if not rules:
        raise Http404
    context = {
        "technique": described(key),
        "shown": CoveragePresenter(found=found, organisation=organisation, only=None),
        "kinds": [one for one in found.chart.covered(found.tally) if one.technique.id.startswith(f"{key}.")],
        "rules": rules,
        "look": presenters,
    }
    return render(request, "coverage/technique.jinja", context)


@require_GET
def table(request: HttpRequest) -> HttpResponse:
    """What each organisation sees of each technique, for a spreadsheet."""
    viewer, organisation = _asked(request)
    found = seen(queries.coverage(viewer, organisation))
    return HttpResponse(
        queries.table(viewer, organisation, found.chart),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="coverage.csv"'},
    )


@require_GET
def layer(request: HttpRequest) -> JsonResponse:
    """The same for MITRE's ATT&CK Navigator."""
    viewer, organisation = _asked(request)
    found = seen(queries.coverage(viewer, organisation))
    shown = CoveragePresenter(found=found, organisation=organisation, only=None)
    return JsonResponse(
        navigator_layer(f"Watchward: {shown.where}", found.chart.covered(found.tally)),
        headers={"Content-Disposition": 'attachment; filename="coverage-layer.json"'},
    )


def _asked(request: HttpRequest) -> tuple[User, Organisation | None]:
    """Who asks, and of which organisation; of all that they may see where none is named."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.RULE_VIEW)
    code = request.GET.get("organisation", "").replace("\0", "").strip().upper()
    return viewer, seen(queries.place(viewer, code)) if code else None
