"""The page of one's own tokens."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from watchward.base.clock import SystemClock
from watchward.base.errors import NotAllowedError
from watchward.console.access.queries import has_second_step
from watchward.console.access.session import is_looking_around
from watchward.console.api import api
from watchward.console.asked import seen, viewer_of
from watchward.console.config import current
from watchward.console.tokens import actions, queries
from watchward.console.tokens.presenters import requests_of

CLOCK = SystemClock()


@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """Show one's tokens, or make one and show its secret, once."""
    viewer = viewer_of(request)
    made = None
    if request.method == "POST":
        if is_looking_around(request) and not has_second_step(viewer):
            raise NotAllowedError(
                "An account that is not set up cannot have tokens.", advice="Set up your account first, then come back."
            )
        days = request.POST.get("days", "")
        made = actions.make_token(
            by=viewer, name=request.POST.get("name", ""), days=int(days) if days.isdecimal() else 0, clock=CLOCK
        )
    context = {
        "tokens": queries.tokens_of(viewer),
        "made": made,
        "now": CLOCK.now(),
        "address": current().public_url,
    }
    return render(request, "tokens/tokens.jinja", context)


@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """The requests that a script may make, for people to read."""
    viewer_of(request)
    return render(request, "tokens/requests.jinja", {"groups": requests_of(api.get_openapi_schema())})


@require_POST
def withdraw(request: HttpRequest, key: int) -> HttpResponse:
    """End a token."""
    viewer = viewer_of(request)
    token = seen(queries.tokens_of(viewer).filter(pk=key).first())
    actions.withdraw_token(by=viewer, token=token, clock=CLOCK)
    messages.success(request, f"“{token}” no longer works.")
    return redirect("tokens")
