"""The pages of what if: choose what fails and for how long, and see what becomes of care and of patients."""

import csv
import io

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from watchward.access.permissions import Permission
from watchward.base.errors import BadInputError
from watchward.console.access.guard import permissions_anywhere, require_anywhere
from watchward.console.access.models import User
from watchward.console.asked import seen, viewer_of
from watchward.console.harm import asked, own, queries
from watchward.console.harm.answers import Answer
from watchward.console.harm.asked import Asked
from watchward.console.harm.asking import answer_for
from watchward.console.harm.limits import ASKING
from watchward.console.harm.what_if_presenter import WhatIfPresenter


@require_GET
@ASKING.limits
def what_if(request: HttpRequest) -> HttpResponse:
    """Choose what fails; see services, displaced care and harm."""
    viewer = viewer_of_harm(request)
    sight = seen(queries.sight(viewer, asked.organisation(request.GET)))
    try:
        wanted = asked.read(request.GET)
        found = answer_for(sight, wanted) if wanted.down else None
    except BadInputError as error:
        return _refused(request, error, sight)
    matching = sight.matching(wanted.text) if wanted.text else []
    things = [sight.laid.things[one] for one in wanted.things]
    context = {
        "wanted": wanted,
        "matching": matching,
        "things": things,
        "names": queries.names(one.organisation for one in (*matching, *things)),
        "shown": presented(viewer, wanted, found) if found else None,
        "saves": Permission.SCENARIO_SAVE in permissions_anywhere(viewer),
    }
    return render(request, "harm/what_if.jinja", context)


def _refused(request: HttpRequest, error: BadInputError, sight: queries.Sight) -> HttpResponse:
    """The form with what was typed, and what is wrong with it."""
    wanted = asked.salvaged(request.GET, sight.may_name)
    things = [sight.laid.things[one] for one in wanted.things]
    context = {
        "error": error,
        "wanted": wanted,
        "typed": request.GET,
        "typed_back": dict(zip(request.GET.getlist("down"), request.GET.getlist("back"), strict=False)),
        "matching": [],
        "things": things,
        "names": queries.names(one.organisation for one in things),
    }
    return render(request, "harm/what_if.jinja", context, status=400)


@require_GET
@ASKING.limits
def what_if_table(request: HttpRequest) -> HttpResponse:
    """The same for a spreadsheet, or as JSON with every service by the hour."""
    wanted = asked.read(request.GET)
    found = answer_for(seen(queries.sight(viewer_of_harm(request), wanted.organisation)), wanted)
    if request.GET.get("as") == "json":
        return HttpResponse(
            msgspec.json.format(msgspec.json.encode(found.as_json()), indent=2), content_type="application/json"
        )
    out = io.StringIO()
    csv.writer(out).writerows(found.rows())
    return HttpResponse(
        out.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="what-if.csv"'},
    )


def presented(viewer: User, wanted: Asked, found: Answer) -> WhatIfPresenter:
    """An answer for a page."""
    place = queries.place_for(viewer, wanted.organisation) if wanted.organisation else None
    things = [found.laid.things[one] for one in wanted.things]
    boards = queries.boards(viewer, place)
    hit = (code for code, _ in found.boards)
    names = queries.names({*boards, *hit, *(one.organisation for one in things)})
    numbers_of = queries.numbers_place(viewer, place)
    return WhatIfPresenter(
        asked=wanted,
        answer=found,
        things=things,
        names=names,
        boards=boards,
        place=place,
        numbers_of=numbers_of,
        whose=own.whose(numbers_of),
    )


def viewer_of_harm(request: HttpRequest) -> User:
    """Whoever asks, if they may see somewhere what would hurt patients."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.HARM_VIEW)
    return viewer
