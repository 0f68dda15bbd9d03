"""The pages of saved what-ifs: the list, one of them, its forms, and two side by side."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require, require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.harm.limits import ASKING
from watchward.console.harm.what_if_views import viewer_of_harm
from watchward.console.paging import page_of
from watchward.console.scenarios import actions, queries, sides
from watchward.console.scenarios.forms import NameForm, SaveForm
from watchward.console.scenarios.presenters import ComparePresenter, SavedPresenter

CLOCK = SystemClock()


@require_GET
def scenarios(request: HttpRequest) -> HttpResponse:
    """The what-ifs that people saved; where the address names one, each other can be set beside it."""
    viewer = viewer_of_harm(request)
    text = request.GET.get("text", "").replace("\0", "").strip()
    page = page_of(request, queries.scenarios(viewer, text), size=25)
    named = sides.is_named(request.GET)
    context: dict[str, Any] = {
        "rows": [SavedPresenter(saved=one) for one in page.rows],
        "links": page.links,
        "text": text,
        "kept": [(name, value) for name in sides.NAMED for value in request.GET.getlist(name)],
        "present": sides.side(viewer, request.GET) if named else None,
        "may_save": queries.may_save(viewer),
    }
    return render(request, "scenarios/scenarios.jinja", context)


@require_GET
@ASKING.limits
def scenario(request: HttpRequest, key: int) -> HttpResponse:
    """A saved what-if with its answer of today, and whether that is another than then."""
    viewer = viewer_of_harm(request)
    found = sides.opened(viewer, seen(queries.scenario(viewer, key)))
    context = {
        "found": found,
        "shown": found.shown,
        "wanted": found.again.asked,
        "may_change": queries.may_change(viewer, found.saved),
    }
    return render(request, "scenarios/scenario.jinja", context)


@require_http_methods(["GET", "HEAD", "POST"])
@ASKING.limits
def save_scenario(request: HttpRequest) -> HttpResponse:
    """The form under which a what-if is saved; the address holds the what-if."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.SCENARIO_SAVE)
    if not sides.is_named(request.GET):
        return redirect("harm-what-if")
    side = sides.side(viewer, request.GET)
    tops = queries.saves_for(viewer)
    likely = side.shown.asked.organisation or (tops[0].code if len(tops) == 1 else "")
    form = SaveForm(request.POST or None, viewer=viewer, initial={"organisation": likely})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            saved = actions.save_scenario(
                by=viewer,
                asked=side.shown.asked,
                organisation=form.place,
                name=given["name"],
                note=given["note"],
                clock=CLOCK,
            )
        except BadInputError as error:
            form.add_error("organisation", f"{error.message}. {error.advice}")
        else:
            messages.success(request, f"Saved as “{saved.name}”, with the answer that it has today.")
            return redirect("harm-scenario", key=saved.pk)
    context = {"form": form, "side": side, "tops": tops, "all": queries.saves_for_all(viewer)}
    return render(request, "scenarios/save.jinja", context)


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, key: int) -> HttpResponse:
    """Another name or note."""
    viewer = viewer_of(request)
    saved = seen(queries.scenario(viewer, key))
    require(viewer, Permission.SCENARIO_SAVE, at=saved.organisation)
    form = NameForm(request.POST or None, initial={"name": saved.name, "note": saved.note})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        actions.change_scenario(by=viewer, scenario=saved, name=given["name"], note=given["note"], clock=CLOCK)
        messages.success(request, "Its name and note are changed.")
        return redirect("harm-scenario", key=key)
    return render(request, "scenarios/change.jinja", {"form": form, "saved": saved})


@require_http_methods(["GET", "HEAD", "POST"])
def delete_scenario(request: HttpRequest, key: int) -> HttpResponse:
    """Say what deleting means; posting does it."""
    viewer = viewer_of(request)
    saved = seen(queries.scenario(viewer, key))
    require(viewer, Permission.SCENARIO_SAVE, at=saved.organisation)
    if request.method == "POST":
        actions.delete_scenario(by=viewer, scenario=saved, clock=CLOCK)
        messages.success(request, f"“{saved.name}” is deleted.")
        return redirect("harm-scenarios")
    return render(request, "scenarios/delete.jinja", {"found": SavedPresenter(saved=saved)})


@require_GET
@ASKING.limits
def compare(request: HttpRequest) -> HttpResponse:
    """Two what-ifs side by side, saved or as they stand in the address; the second with an `_` after each name."""
    viewer = viewer_of_harm(request)
    if not (sides.is_named(request.GET) and sides.is_named(request.GET, sides.MARK)):
        return render(request, "scenarios/compare.jinja", {"shown": None})
    try:
        first, second = sides.side(viewer, request.GET), sides.side(viewer, request.GET, sides.MARK)
    except BadInputError as error:
        return render(request, "scenarios/compare.jinja", {"error": error}, status=400)
    return render(request, "scenarios/compare.jinja", {"shown": ComparePresenter(first=first, second=second)})
