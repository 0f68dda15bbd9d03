"""The page of what moves an answer most: which number to argue about first."""

import csv
import io

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from watchward.base.errors import BadInputError
from watchward.console.asked import seen
from watchward.console.harm import asked, queries
from watchward.console.harm.asking import answer_for
from watchward.console.harm.limits import ASKING
from watchward.console.harm.sensitivity_presenter import SwingsPresenter
from watchward.console.harm.what_if_views import presented, viewer_of_harm
from watchward.harm import as_json


@require_GET
@ASKING.limits
def moving(request: HttpRequest) -> HttpResponse:
    """Which of the numbers behind a what-if moves its harm most, each by itself from its low to its high end."""
    viewer = viewer_of_harm(request)
    try:
        wanted = asked.read(request.GET)
        if not wanted.down:
            return render(request, "harm/sensitivity.jinja", {"shown": None})
        found = answer_for(seen(queries.sight(viewer, wanted.organisation)), wanted)
    except BadInputError as error:
        return render(request, "harm/sensitivity.jinja", {"error": error, "shown": None}, status=400)
    shown = SwingsPresenter(what_if=presented(viewer, wanted, found), swings=found.swings, table=found.laid.model.table)
    return render(request, "harm/sensitivity.jinja", {"shown": shown})


@require_GET
@ASKING.limits
def moving_table(request: HttpRequest) -> HttpResponse:
    """The same for a spreadsheet, or as JSON: every number that counts."""
    wanted = asked.read(request.GET)
    found = answer_for(seen(queries.sight(viewer_of_harm(request), wanted.organisation)), wanted)
    told = as_json.swings(found.swings, found.scenario, found.laid.model)
    if request.GET.get("as") == "json":
        return JsonResponse(told, json_dumps_params={"indent": 2})
    out = io.StringIO()
    writer = csv.DictWriter(out, ["key", "basis", "estimate", "low", "high"])
    writer.writeheader()
    writer.writerows(one | {"estimate": told["estimate"]} for one in told["swings"])
    return HttpResponse(
        out.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="what-moves-it.csv"'},
    )
