"""The Hunt page: a question to the events in SQL, its answer as a table or a download, and questions kept for later."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from watchward.base.errors import BadInputError, NotAllowedError, TooSoonError
from watchward.console.asked import seen, viewer_of
from watchward.console.detect import actions, hunting, queries
from watchward.console.detect.views import CLOCK

ROWS_SHOWN: Final = 200


@require_http_methods(["GET", "HEAD", "POST"])
def hunt(request: HttpRequest) -> HttpResponse:
    """Show the form, and the answer to what was asked."""
    viewer = viewer_of(request)
    if not queries.may_hunt(viewer):
        raise NotAllowedError(
            "You may not search the events.", advice="Ask an administrator for a role that may, such as cyber lead."
        )
    given = request.POST if request.method == "POST" else request.GET
    context: dict[str, object] = {
        "sql": given.get("sql", "") or hunting.EXAMPLES[0][1],
        "purpose": given.get("purpose", ""),
        "examples": hunting.EXAMPLES,
        "saved": queries.saved_hunts(viewer),
        "limits": hunting.LIMITS,
        "pace": hunting.PACE,
        "rows_shown": ROWS_SHOWN,
    }
    if request.method != "POST":
        return render(request, "detect/hunt.jinja", context)
    try:
        answer = hunting.ask(by=viewer, sql=given.get("sql", ""), purpose=given.get("purpose", ""), clock=CLOCK)
    except BadInputError as error:
        return render(request, "detect/hunt.jinja", {**context, "error": error}, status=400)
    except TooSoonError as error:
        told = render(request, "detect/hunt.jinja", {**context, "error": error}, status=429)
        told.headers["Retry-After"] = str(error.seconds)
        return told
    if given.get("as") == "csv":
        return HttpResponse(
            hunting.as_csv(answer),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="hunt.csv"'},
        )
    rows, spots = hunting.shown_rows(answer, ROWS_SHOWN), hunting.spots(answer, ROWS_SHOWN)
    context |= {"answer": answer, "rows": rows, "spots": spots}
    return render(request, "detect/hunt.jinja", context)


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep a question for another day."""
    hunt = actions.save_hunt(
        by=viewer_of(request), title=request.POST.get("title", ""), sql=request.POST.get("sql", ""), clock=CLOCK
    )
    messages.success(request, f"“{hunt}” is saved.")
    return redirect("hunt")


@require_POST
def forget(request: HttpRequest, key: int) -> HttpResponse:
    """Throw a kept question away."""
    viewer = viewer_of(request)
    hunt = seen(queries.saved_hunts(viewer).filter(pk=key).first())
    actions.forget_hunt(by=viewer, hunt=hunt, clock=CLOCK)
    messages.success(request, f"“{hunt}” is thrown away.")
    return redirect("hunt")
