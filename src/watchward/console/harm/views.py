"""The pages of patient harm."""

import csv
import io
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from watchward.access.permissions import Permission
from watchward.console.access.guard import require_anywhere
from watchward.console.access.models import User
from watchward.console.asked import seen, viewer_of
from watchward.console.care.queries import sees_map
from watchward.console.estate.models import Organisation
from watchward.console.harm import adapters, own, presenters, queries
from watchward.console.harm.limits import ASKING
from watchward.console.harm.presenters import RankingPresenter
from watchward.console.harm.validation_presenter import ValidationPresenter
from watchward.harm import hour

DAY: Final = 24


@require_GET
@ASKING.limits
def worst(request: HttpRequest) -> HttpResponse:
    """What hurts patients most when it is lost."""
    viewer = _viewer(request)
    place, hours = _place(request, viewer), _hours(request)
    found = queries.ranking(viewer, place, hours)
    context: dict[str, object] = {
        "place": place,
        "hours": hours,
        "asks": place is not None and place.kind not in queries.AREAS and sees_map(viewer, place),
        "tops": queries.tops(viewer),
        "everything": queries.sees_everything(viewer),
        "lengths": [(each, hour.lasting(each)) for each in adapters.HOURS],
    }
    if found is not None:
        context["shown"] = RankingPresenter(
            ranking=found,
            names=queries.names(presenters.codes_in(found.found)),
            whose=own.whose(found.place) if found.found.get("own_numbers") else {},
        )
    return render(request, "harm/worst.jinja", context)


@require_GET
@ASKING.limits
def worst_table(request: HttpRequest) -> HttpResponse:
    """The same as a table for a spreadsheet, or as JSON."""
    viewer = _viewer(request)
    found = seen(queries.ranking(viewer, _place(request, viewer), _hours(request)))
    if request.GET.get("as") == "json":
        return JsonResponse({"at": found.at, **found.found}, json_dumps_params={"indent": 2})
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["place", "id", "sort", "harm", "low", "high", "displaced", "delay_patient_days", "major", "organisations"]
    )
    for at, one in enumerate(found.found["ranking"], start=1):
        harm = one["harm"]
        figures = [one["displaced"]["value"], one["delay"]["value"], one["harmed"]["major"]["value"]]
        row = [at, one["id"], one["thing"]["sort"], harm["value"], harm["low"], harm["high"], *figures]
        writer.writerow([*row, one["organisations"]])
    return HttpResponse(
        out.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="what-hurts-most.csv"'},
    )


@require_GET
def validation(request: HttpRequest) -> HttpResponse:
    """How well the model predicts what was published of past incidents, failures shown as plainly as successes."""
    _viewer(request)
    found = queries.validated()
    shown = ValidationPresenter(found=found.found, at=found.at) if found else None
    return render(request, "harm/validation.jinja", {"shown": shown})


def _viewer(request: HttpRequest) -> User:
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.HARM_VIEW)
    return viewer


def _place(request: HttpRequest, viewer: User) -> Organisation | None:
    """The organisation that is asked for; without one the whole node, or the first of those that one may see."""
    code = request.GET.get("organisation", "").replace("\0", "").strip().upper()
    if code:
        return seen(queries.place_for(viewer, code))
    return None if queries.sees_everything(viewer) else seen(next(iter(queries.tops(viewer)), None))


def _hours(request: HttpRequest) -> int:
    text = request.GET.get("hours", "")
    return next((hours for hours in adapters.HOURS if str(hours) == text), DAY)
