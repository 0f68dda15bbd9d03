"""The page that says how much of the care is mapped, and whose map would say most."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from watchward.access.permissions import Permission
from watchward.console.access.guard import require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.care import queries
from watchward.console.care.coverage_presenter import CoveragePage
from watchward.console.care.coverage_queries import coverage as covered
from watchward.console.harm import queries as harm
from watchward.console.paging import page_of
from watchward.estate.organisation import OrganisationKind

_DAY = 24
_RANKED = frozenset({OrganisationKind.ICB, OrganisationKind.REGION})
"""The areas whose rankings the worker keeps ready."""


@require_GET
def coverage(request: HttpRequest) -> HttpResponse:
    """Who has mapped what care they give, and how much of the harm that is ranked rests on templates."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.CARE_VIEW)
    code = request.GET.get("below", "").replace("\0", "").strip().upper()
    place = seen(queries.organisation_visible_to(viewer, code)) if code else None
    tops = harm.tops(viewer)
    area = place or next(iter(tops), None)
    ranked = harm.ranking(viewer, area, _DAY) if area is None or area.kind in _RANKED else None
    waiting = page_of(request, queries.unconfirmed(viewer, below=code), size=25)
    shown = {
        "place": place,
        "page": CoveragePage(found=covered(viewer, below=code), ranking=ranked),
        "waiting": waiting,
        "weighed": any(getattr(one, "at_stake", None) is not None for one in waiting.rows),
        "tops": tops,
    }
    return render(request, "care/coverage.jinja", shown)
