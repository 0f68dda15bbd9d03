"""The pages of sources of intelligence: whom this node reads, what came of it, and what is thought of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require, require_anywhere
from watchward.console.access.models import User
from watchward.console.asked import seen, viewer_of
from watchward.console.intel import actions, presenters, queries, standings, trying
from watchward.console.intel.forms import SourceForm
from watchward.console.intel.models import Source
from watchward.intel.trust import Reliability

CLOCK = SystemClock()


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Have a server or a list read; its password is never shown again."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.INTEL_MANAGE)
    form = SourceForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        into = form.collections[given["collection"]]
        try:
            made = actions.add_source(by=viewer, collection=into, name=given["name"], server=form.server, clock=CLOCK)
        except BadInputError as error:
            form.add_error("url", f"{error.message} {error.advice}")
        else:
            messages.success(request, f"{made.name} is read from now on, into {into.title}.")
            return redirect("intel-source", key=made.pk)
    return render(request, "intel/source_new.jinja", {"form": form}, status=400 if form.errors else 200)


@require_POST
def try_now(request: HttpRequest, key: int) -> HttpResponse:
    """Ask a server or a list now what it offers, and keep nothing of it."""
    viewer = viewer_of(request)
    found = seen(queries.source_visible_to(viewer, key))
    require(viewer, Permission.INTEL_MANAGE, at=found.organisation)
    seen(found.url or None)
    return render(request, "intel/source.jinja", {**_source(viewer, found), "tried": trying.tried(found)})


@require_GET
def source(request: HttpRequest, key: int) -> HttpResponse:
    """One source: whether it brings anything, what went wrong, and what was refused."""
    viewer = viewer_of(request)
    return render(request, "intel/source.jinja", _source(viewer, seen(queries.source_visible_to(viewer, key))))


def _source(viewer: User, found: Source) -> dict[str, object]:
    return {
        "source": found,
        "state": presenters.SourceState(source=found, now=CLOCK.now()),
        "refused": queries.refused_of(viewer, found),
        "tried": None,
        "sees_whole": queries.sees_whole(viewer, found),
        "may_manage": queries.may_manage(viewer, found.organisation),
        "judgements": presenters.judgements(found),
        "look": presenters,
    }


@require_POST
def judge(request: HttpRequest, key: int) -> HttpResponse:
    """Say how reliable a source is, put it on trial, believe it again, or take back all that it ever sent."""
    viewer = viewer_of(request)
    found = seen(queries.source_visible_to(viewer, key))
    require(viewer, Permission.INTEL_MANAGE, at=found.organisation)
    what, because = request.POST.get("what", ""), request.POST.get("because", "").replace("\0", "")
    try:
        told = judged(viewer, found, what, because)
    except BadInputError as error:
        return render(request, "intel/source.jinja", {**_source(viewer, found), "error": error}, status=400)
    messages.success(request, told)
    return redirect("intel-source", key=key)


def judged(viewer: User, found: Source, what: str, because: str) -> str:
    """Do what somebody thinks of a source, and say what that means; a letter of reliability, or how it counts."""
    said: dict[str, Any] = {"by": viewer, "source": found, "because": because, "clock": CLOCK}
    if what == "trial":
        standings.try_source(**said)
        return f"{found.name} is on trial: what its indicators match is counted, and nobody is told."
    if what == "believed":
        standings.believe_source(**said)
        return f"{found.name} is believed: its indicators raise alerts."
    if what == "withdrawn":
        standings.withdraw_source(**said)
        return (
            f"All that {found.name} ever sent is withdrawn. It is taken out within minutes, and counts no longer now."
        )
    if what in set(Reliability):
        standings.rate_source(reliability=Reliability(what), **said)
        return f"{found.name} is {Reliability(what).words}, as far as this node is concerned."
    raise BadInputError("Choose what you think of it.", advice="Choose one of the answers below.")


@require_POST
def switch(request: HttpRequest, key: int) -> HttpResponse:
    """Stop polling a source, or begin again."""
    viewer = viewer_of(request)
    found = seen(queries.source_visible_to(viewer, key))
    enabled = request.POST.get("enabled") == "yes"
    actions.switch_source(by=viewer, source=found, enabled=enabled, clock=CLOCK)
    told = "is polled again, from where it was left" if enabled else "is stopped: nothing more comes from it"
    messages.success(request, f"{found.name} {told}.")
    return redirect("intel-source", key=key)
