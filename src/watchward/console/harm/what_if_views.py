"""The pages of what if: choose what fails and for how long, and see what becomes of care and of patients."""

import csv
import io

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from watchward.access.permissions import Permission
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require_anywhere
from watchward.console.access.models import User
from watchward.console.asked import viewer_of
from watchward.console.harm import answers, asked, queries
from watchward.console.harm.answers import Answer
from watchward.console.harm.asked import Asked
from watchward.console.harm.what_if_presenter import WhatIfPresenter
from watchward.harm.errors import ScenarioError
from watchward.harm.scenario import Failure, Scenario


@require_GET
def what_if(request: HttpRequest) -> HttpResponse:
    """Choose what fails; see services, displaced care and harm."""
    viewer = _viewer(request)
    sight = queries.sight(viewer)
    try:
        wanted = asked.read(request.GET)
        found = answer_for(sight, wanted) if wanted.down else None
    except BadInputError as error:
        context = {"error": error, "wanted": Asked(text=""), "matching": [], "things": [], "names": {}}
        return render(request, "harm/what_if.jinja", context, status=400)
    matching = sight.matching(wanted.text) if wanted.text else []
    things = [sight.laid.things[one] for one in wanted.down]
    context = {
        "wanted": wanted,
        "matching": matching,
        "things": things,
        "names": queries.names(one.organisation for one in (*matching, *things)),
        "shown": presented(viewer, wanted, found) if found else None,
    }
    return render(request, "harm/what_if.jinja", context)


@require_GET
def what_if_table(request: HttpRequest) -> HttpResponse:
    """The same for a spreadsheet, or as JSON with every service by the hour."""
    found = answer_for(queries.sight(_viewer(request)), asked.read(request.GET))
    if request.GET.get("as") == "json":
        return JsonResponse(found.as_json(), json_dumps_params={"indent": 2})
    out = io.StringIO()
    csv.writer(out).writerows(found.rows())
    return HttpResponse(
        out.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="what-if.csv"'},
    )


@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Two what-ifs side by side: each as it stands in the address, the second with an `_` after each name."""
    viewer = _viewer(request)
    if not request.GET.get("down"):
        return render(request, "harm/compare.jinja", {"both": []})
    sight = queries.sight(viewer)
    second = request.GET.copy()
    for name in asked.NAMES:
        second.setlist(name, request.GET.getlist(f"{name}_"))
    both = []
    try:
        for given in (request.GET, second):
            wanted = asked.read(given)
            both.append(presented(viewer, wanted, answer_for(sight, wanted)))
    except BadInputError as error:
        return render(request, "harm/compare.jinja", {"error": error}, status=400)
    return render(request, "harm/compare.jinja", {"both": both})


def answer_for(sight: queries.Sight, wanted: Asked) -> Answer:
    """What an address asks, worked out for whoever may see some care.

    Raises:
        ScenarioError: it names nothing, or what is not on the map for them.

    """
    unknown = [one for one in wanted.down if not sight.may_name(one)]
    if unknown or not wanted.down:
        raise ScenarioError(
            [f"{one[:120]}: is not on the map that you may see" for one in unknown] or ["nothing fails"]
        )
    failures = tuple(Failure(thing=one, exposes=wanted.exposes) for one in sorted(wanted.down))
    scenario = Scenario(begins=wanted.begins, hours=wanted.hours, failures=failures)
    return answers.answer(sight.laid, sight.area, scenario)


def presented(viewer: User, wanted: Asked, found: Answer) -> WhatIfPresenter:
    """An answer for a page."""
    things = [found.laid.things[one] for one in wanted.down]
    seen = queries.boards(viewer)
    codes = {*seen, *(one.organisation for one in things)}
    return WhatIfPresenter(asked=wanted, answer=found, things=things, names=queries.names(codes), boards=seen)


def _viewer(request: HttpRequest) -> User:
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.CARE_VIEW)
    return viewer
