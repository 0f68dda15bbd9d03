"""The pages of looking back."""

from typing import Final
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.lookback import actions, queries

CLOCK = SystemClock()
REFRESH_SECONDS: Final = 3
DAYS: Final = 7


@require_http_methods(["GET", "HEAD", "POST"])
def look_back(request: HttpRequest) -> HttpResponse:
    """Ask for a rule to look back, and see what one asked for before."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.HUNT_RUN)
    given = request.POST if request.method == "POST" else request.GET
    days, code = given.get("days", str(DAYS)), given.get("organisation", "").replace("\0", "").strip().upper()
    rule = queries.rule_of(given.get("rule", "").replace("\0", ""))
    context: dict[str, object] = {
        "rule": rule,
        "text": given.get("text", ""),
        "days": days,
        "organisation": code,
        "asked": queries.look_backs(viewer),
        "most_days": actions.MOST_DAYS,
    }
    if request.method != "POST":
        return render(request, "lookback/look_back.jinja", context)
    try:
        found = actions.ask_look_back(
            by=viewer,
            rule=rule.pk if rule else "",
            text="" if rule else given.get("text", "").replace("\0", ""),
            days=int(days) if days.isdecimal() and len(days) < 6 else 0,  # noqa: PLR2004 - digits
            organisation=seen(queries.place(viewer, code)) if code else None,
            clock=CLOCK,
        )
    except BadInputError as error:
        return render(request, "lookback/look_back.jinja", {**context, "error": error}, status=400)
    return redirect("look-back-found", key=found.pk)


@require_GET
def found(request: HttpRequest, key: int) -> HttpResponse:
    """How far a look back is, and what it found."""
    viewer = viewer_of(request)
    asked = seen(queries.look_backs(viewer).filter(pk=key).first())
    context = {
        "asked": asked,
        "raised": queries.raised(viewer, asked),
        "places": queries.by_organisation(viewer, asked),
        "opened": _opened,
    }
    answer = render(request, "lookback/found.jinja", context)
    if not asked.stands.over:
        answer.headers["Refresh"] = str(REFRESH_SECONDS)
    return answer


@require_POST
def cancel(request: HttpRequest, key: int) -> HttpResponse:
    """End a look back."""
    viewer = viewer_of(request)
    asked = seen(queries.look_backs(viewer).filter(pk=key).first())
    actions.cancel_look_back(by=viewer, look_back=asked, clock=CLOCK)
    messages.success(request, f"“{asked}” no longer looks back.")
    return redirect("look-back")


def _opened(event_id: str) -> str:
    """The question that opens an event on the page Hunt."""
    return quote(f"SELECT * FROM events WHERE event_id = from_hex('{event_id}')")  # noqa: S608 - hex digits; Hunt checks it
