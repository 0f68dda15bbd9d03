"""Pages of no domain of their own: home, and what a browser sees when something is wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import defaults
from django.views.decorators.http import require_safe

from watchward.base.errors import BadInputError
from watchward.console.access.models import User
from watchward.console.advisory.queries import anything_for
from watchward.console.navigation import navigation_for
from watchward.console.problems import API, problem


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Open what this person is asked and has not answered; else the first page that they may see."""
    if isinstance(request.user, User) and anything_for(request.user):
        return redirect("advisories")
    menu = navigation_for(request)
    if menu:
        return redirect(str(menu[0]["href"]))
    return render(request, "home.jinja")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django calls it so
    """Refuse a form that did not come from a page of this console, or came too late."""
    error = BadInputError(
        "This form could not be accepted, because it is out of date.",
        advice="Go back, reload the page and send the form again. Cookies must be allowed for this site.",
    )
    return render(request, "error.jinja", {"error": error, "status": 403}, status=403)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Refuse a request that Django itself finds wrong, before it is known who asks: too long, or for another host."""
    return problem(400) if request.path.startswith(API) else defaults.bad_request(request, exception)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django calls it so
    """Say that there is no such page, or none that this person may see."""
    if request.path.startswith(API):
        return problem(404)
    error = BadInputError(
        "This page does not exist, or you may not see it.",
        advice="Check the address, or ask whoever sent it whether you have the role that it needs.",
    )
    return render(request, "error.jinja", {"error": error, "status": 404}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Say that the fault is ours."""
    if request.path.startswith(API):
        return problem(500)
    error = BadInputError(
        "Something went wrong in Watchward. What you sent may not have been kept.",
        advice="Try again. If it happens again, tell whoever runs this node; its log says what went wrong.",
    )
    return render(request, "error.jinja", {"error": error, "status": 500}, status=500)


def throttled(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - allauth calls it so
    """Say that someone has tried too often."""
    error = BadInputError(
        "There were too many attempts in a short time.",
        advice="Wait five minutes, and try again. If you forgot your password, ask an administrator for a link.",
    )
    return render(request, "error.jinja", {"error": error, "status": 429}, status=429)
