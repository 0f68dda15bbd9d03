"""A paper for a board: to print from the browser, or to take away as one file."""

from importlib.metadata import version
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.harm import queries
from watchward.console.harm.limits import ASKING
from watchward.console.harm.what_if_views import viewer_of_harm
from watchward.console.scenarios import grids, papers, sides
from watchward.console.scenarios.markdown import markdown
from watchward.console.scenarios.paper import Made, Paper
from watchward.console.scenarios.presenters import ComparePresenter

CLOCK = SystemClock()
STYLE: Final = Path(__file__).parents[1] / "static" / "console" / "paper.css"


@require_GET
@ASKING.limits
def paper(request: HttpRequest) -> HttpResponse:
    """A paper about the what-if that the address names, or about two side by side."""
    viewer_of_harm(request)
    if not sides.is_named(request.GET):
        return render(request, "scenarios/no_paper.jinja")
    try:
        made = _paper(request)
    except BadInputError as error:
        return render(request, "scenarios/no_paper.jinja", {"error": error}, status=400)
    context = {"paper": made, "lines_of": grids.lines_of}
    match request.GET.get("as"):
        case "html":
            text = render_to_string("scenarios/paper.jinja", context | {"style": STYLE.read_text()}, request)
            return _file(text, "text/html; charset=utf-8", "html")
        case "md":
            return _file(markdown(made), "text/markdown; charset=utf-8", "md")
        case _:
            given = request.GET.copy()
            given.pop("as", None)
            return render(request, "scenarios/paper.jinja", context | {"query": given.urlencode()})


def _paper(request: HttpRequest) -> Paper:
    viewer = viewer_of_harm(request)
    found = queries.validated()
    made = Made(
        at=timezone.localtime(CLOCK.now()),
        by=str(viewer),
        node=urlsplit(settings.WATCHWARD.public_url).hostname or "",
        program=version("watchward"),
        exercise=settings.WATCHWARD.exercise,
        address=f"{settings.WATCHWARD.public_url}{request.get_full_path().partition('&as=')[0]}",
        validated=found.found if found else None,
    )
    first = sides.side(viewer, request.GET)
    if not sides.is_named(request.GET, sides.MARK):
        return papers.of_one(first, made)
    second = sides.side(viewer, request.GET, sides.MARK)
    return papers.of_two(ComparePresenter(first=first, second=second), made)


def _file(text: str, kind: str, ending: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="what-if.{ending}"'}
    return HttpResponse(text, content_type=kind, headers=headers)
