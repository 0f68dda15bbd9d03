"""The pages on which a whole map is said quickly: size, where systems run, which devices carry them; and undoing it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.asked import seen, viewer_of
from watchward.console.care import actions, queries, storing
from watchward.console.care.adapters import Part
from watchward.console.care.forms import ReasonForm, WhyForm
from watchward.console.care.knowing_forms import CarriersForm, HostsForm, SizeForm, SuggestedForm, alike
from watchward.console.care.presenters import names_of
from watchward.console.care.views import refinable
from watchward.console.estate.models import Organisation
from watchward.estate.care.carriers import joining
from watchward.estate.care.templates import TemplateKind
from watchward.estate.care.trouble import CareMapError, Trouble

CLOCK = SystemClock()
_FORM = require_http_methods(["GET", "HEAD", "POST"])


def done(form: ReasonForm, act: Callable[[], object]) -> bool:
    """Whether a form was filled in and its action went through; else the form says why not."""
    if not form.is_valid():
        return False
    try:
        act()
    except CareMapError as error:
        form.tell(error.troubles)
    except BadInputError as error:
        form.add_error(None, f"{error.message} {error.advice}")
    else:
        return True
    return False


def _part(request: HttpRequest, code: str) -> tuple[Organisation, Part]:
    organisation = refinable(request, code)
    return organisation, seen(queries.part_of(viewer_of(request), organisation))


@_FORM
def size(request: HttpRequest, code: str) -> HttpResponse:
    """How large an organisation is whose map is a template; posting keeps it."""
    organisation, part = _part(request, code)
    if part.own:
        raise Http404
    form = SizeForm(request.POST or None, part=part)
    if request.method == "POST" and form.is_valid():
        said, reason = form.cleaned_data, form.cleaned_data["reason"]
        kind = TemplateKind(said["template"])
        other = part.known is None or kind is not part.known.template
        measures = {} if other else said["measures"]
        known = actions.Arranged(organisation=organisation, template=kind, measures=measures, source=reason)
        by = viewer_of(request)
        if done(form, lambda: actions.arrange(by=by, wanted=[known], suppliers=(), reason=reason, clock=CLOCK)):
            messages.success(
                request, "Saved. Now say how large it is." if other else "Saved, with who said it and why."
            )
            return redirect("care_size" if other else "care", code=code)
    return render(request, "care/size.jinja", {"organisation": organisation, "form": form})


@_FORM
def hosts(request: HttpRequest, code: str) -> HttpResponse:
    """Where each system runs; posting keeps what changed."""
    organisation, part = _part(request, code)
    form = HostsForm(request.POST or None, part=part, code=code)
    if request.method == "POST" and form.is_valid():
        changed = form.changed()
        if not changed:
            messages.info(request, "Nothing changed.")
            return redirect("care", code=code)
        if done(form, lambda: _keep_hosts(request, organisation, part, changed, form.cleaned_data["reason"])):
            many = "1 system" if len(changed) == 1 else f"{len(changed)} systems"
            messages.success(request, f"Saved where {many} run{'s' if len(changed) == 1 else ''}.")
            return redirect("care", code=code)
    return render(request, "care/hosts.jinja", {"organisation": organisation, "form": form, "part": part})


def _keep_hosts(
    request: HttpRequest, organisation: Organisation, part: Part, changed: dict[str, str], reason: str
) -> None:
    """Where systems run is part of the rows of a map of its own, and known besides a template."""
    by = viewer_of(request)
    if part.own:
        systems = [one for one in part.care.systems if one.id in changed]
        wishes = [
            actions.Wish(table="systems", thing=replace(one, host=changed[one.id]), instead_of=one.id)
            for one in systems
        ]
        actions.refine_all(by=by, organisation=organisation, wishes=wishes, reason=reason, clock=CLOCK)
        return
    named = {key.partition("/")[2]: host for key, host in changed.items()}
    known = actions.Arranged(organisation=organisation, hosts=named)
    actions.arrange(by=by, wanted=[known], suppliers=(), reason=reason, clock=CLOCK)


@_FORM
def carriers(request: HttpRequest, code: str) -> HttpResponse:
    """Which devices carry one system or service; posting keeps it."""
    organisation, part = _part(request, code)
    thing = request.GET.get("key", "")
    names = names_of(part.care)
    seen(names.get(thing))
    mine = [one for one in queries.suggested(viewer_of(request), organisation, part) if one.thing == thing]
    form = CarriersForm(request.POST or None, part=part, thing=thing, suggested=mine)
    if request.method == "POST" and form.is_valid():
        carried, reason = form.cleaned_data["carried"], form.cleaned_data["reason"]
        by = viewer_of(request)
        if done(
            form,
            lambda: actions.equip(by=by, organisation=organisation, carried=[carried], reason=reason, clock=CLOCK),
        ):
            messages.success(request, _told(organisation, carried.devices))
            return redirect("care", code=code)
    shown = {"organisation": organisation, "form": form, "name": names[thing]}
    return render(request, "care/carriers.jinja", shown)


def _told(organisation: Organisation, devices: Sequence[str]) -> str:
    unseen = queries.unseen_devices(organisation, devices)
    if not unseen:
        return "Saved. Alerts about these devices are ordered anew."
    return f"Saved. Not seen yet under this name: {', '.join(unseen[:5])}. It counts from when it first sends."


@_FORM
def suggested(request: HttpRequest, code: str) -> HttpResponse:
    """What devices probably carry by their names; posting says for which it is right."""
    organisation, part = _part(request, code)
    groups = alike(queries.suggested(viewer_of(request), organisation, part))
    form = SuggestedForm(request.POST or None, groups=groups)
    if request.method == "POST" and form.is_valid():
        carried = [joining(part.care, thing, names) for thing, names in form.by_thing().items()]
        by, reason = viewer_of(request), form.cleaned_data["reason"]
        if done(
            form, lambda: actions.equip(by=by, organisation=organisation, carried=carried, reason=reason, clock=CLOCK)
        ):
            messages.success(request, "Saved. Alerts about these devices are ordered anew.")
            return redirect("care", code=code)
    shown = {
        "organisation": organisation,
        "form": form,
        "groups": groups,
        "names": names_of(part.care),
        "chosen": set(form["devices"].value() or ()),
    }
    return render(request, "care/suggested.jinja", shown)


@_FORM
def undo(request: HttpRequest, code: str) -> HttpResponse:
    """Say what going back to the template loses; posting does it."""
    organisation, part = _part(request, code)
    if not part.own:
        raise Http404
    form, lost = WhyForm(request.POST or None), None
    needed: tuple[Trouble, ...] = ()
    try:
        back = storing.back_to_template(organisation, part)
        lost = storing.compared(back)
    except CareMapError as error:
        needed = error.troubles
    if request.method == "POST" and form.is_valid():
        by, reason = viewer_of(request), form.cleaned_data["reason"]
        if done(form, lambda: actions.undo(by=by, organisation=organisation, reason=reason, clock=CLOCK)):
            messages.success(request, "The template stands in again.")
            return redirect("care", code=code)
    people = sorted({one.by for one in queries.refinements(part, organisation).values()})
    shown = {
        "organisation": organisation,
        "form": form,
        "lost": lost,
        "needed": needed,
        "people": people,
        "arranged": part.arranged,
    }
    return render(request, "care/undo.jinja", shown)
