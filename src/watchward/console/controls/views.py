"""The pages of controls: what reads the protective lists, what to write into it, and whether it is up to date."""

from typing import Final

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
from watchward.console.controls import actions, presenters, queries
from watchward.console.controls.actions import NewSecret
from watchward.console.controls.connecting import connected, makes_to_renew
from watchward.console.controls.forms import ControlForm
from watchward.console.controls.models import Control
from watchward.console.paging import slice_of
from watchward.lists.connecting import Program

CLOCK = SystemClock()
_BAD: Final = 400


@require_GET
def control_list(request: HttpRequest) -> HttpResponse:
    """What reads the protective lists, those that are behind first."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.CONTROL_VIEW)
    found = presenters.shown(queries.controls_visible_to(viewer), queries.standings(), now=CLOCK.now())
    page = slice_of(request, found)
    shown = {
        "found": page.rows,
        "summary": presenters.summary(found),
        "links": page.links,
        "may_add": queries.may_manage_anywhere(viewer),
    }
    return render(request, "controls/controls.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Let a control read; the answer shows what to write into it, once."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.CONTROL_MANAGE)
    initial = {"organisation": queries.only_organisation_to_manage(viewer), "program": Program.BIND.value}
    form = ControlForm(request.POST or None, viewer=viewer, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_control(
                by=viewer, organisation=form.cleaned_data["organisation"], wanted=form.wanted, clock=CLOCK
            )
        except BadInputError as error:
            form.add_error("addresses", f"{error.message} {error.advice}")
        else:
            return _made(request, made, form.make)
    return render(request, "controls/new.jinja", {"form": form}, status=_BAD if form.errors else 200)


def _made(request: HttpRequest, made: NewSecret, program: Program) -> HttpResponse:
    told = connected(made, program)
    shown = {"made": made, "told": told, "name": presenters.name_of(program), "from_file": "authority.pem" in told.text}
    return render(request, "controls/made.jinja", shown)


@require_GET
def control(request: HttpRequest, key: str) -> HttpResponse:
    """One control: whether it holds what is blocked now, and what it read when."""
    viewer = viewer_of(request)
    found = seen(queries.control_visible_to(viewer, key))
    shown = presenters.shown([found], queries.standings(), now=CLOCK.now())[0]
    may = queries.may_manage(viewer, found.organisation)
    return render(request, "controls/control.jinja", {"shown": shown, "control": found, "may": may})


@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: HttpRequest, key: str) -> HttpResponse:
    """Say what a new secret means; posting makes it, and shows what to write into the control, once."""
    viewer = viewer_of(request)
    found = _managed(viewer, key)
    makes = makes_to_renew(found)
    if request.method == "POST":
        chosen = next((one for one in makes if one.value == request.POST.get("program")), makes[0])
        return _made(request, actions.renew_control(by=viewer, control=found, clock=CLOCK), chosen)
    named = [(one.value, presenters.NAMES[one]) for one in makes]
    return render(request, "controls/renew.jinja", {"control": found, "makes": named})


@require_http_methods(["GET", "HEAD", "POST"])
def disable(request: HttpRequest, key: str) -> HttpResponse:
    """Say what it means that a control may read no more; posting does it."""
    viewer = viewer_of(request)
    found = _managed(viewer, key)
    if request.method == "POST":
        actions.disable_control(by=viewer, control=found, clock=CLOCK)
        messages.success(request, f"{found.name} may read no list any more.")
        return redirect("control", key=key)
    return render(request, "controls/disable.jinja", {"control": found})


@require_POST
def enable(request: HttpRequest, key: str) -> HttpResponse:
    """Let a control read again."""
    viewer = viewer_of(request)
    found = _managed(viewer, key)
    actions.enable_control(by=viewer, control=found, clock=CLOCK)
    messages.success(request, f"{found.name} may read its list again.")
    return redirect("control", key=key)


def _managed(viewer: User, key: str) -> Control:
    found = seen(queries.control_visible_to(viewer, key))
    require(viewer, Permission.CONTROL_MANAGE, at=found.organisation)
    return found
