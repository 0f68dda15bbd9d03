"""The pages of the map of care."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require
from watchward.console.asked import seen, viewer_of
from watchward.console.care import actions, queries
from watchward.console.care.forms import BringForm, ReasonForm, ThingForm, WhyForm, table_named
from watchward.console.care.presenters import MapPage, amount, asked, thing_name
from watchward.console.estate.models import Organisation
from watchward.estate.care import tables
from watchward.estate.care.tables import Table, Thing, braces, comma
from watchward.estate.care.trouble import CareMapError
from watchward.estate.organisation import OrganisationKind

CLOCK = SystemClock()
_AREAS = frozenset({OrganisationKind.NATION, OrganisationKind.REGION, OrganisationKind.ICB})


@require_GET
def care(request: HttpRequest, code: str) -> HttpResponse:
    """What care an organisation gives, and what that needs."""
    return _page(request, _organisation(request, code), ReasonForm())


def _page(request: HttpRequest, organisation: Organisation, form: ReasonForm) -> HttpResponse:
    viewer = viewer_of(request)
    part = seen(queries.part_of(viewer, organisation))
    page = MapPage(
        code=organisation.code,
        part=part,
        refinements=queries.refinements(part, organisation),
        suggested=len(queries.suggested(viewer, organisation, part)),
        elsewhere=queries.named_elsewhere(part),
    )
    shown = {
        "organisation": organisation,
        "page": page,
        "gives": organisation.kind not in _AREAS,
        "care": part.care,
        "needers": queries.needed_elsewhere(viewer, organisation),
        "may_refine": queries.may_refine(viewer, organisation),
        "form": form,
        "amount": amount,
        "asked": asked,
    }
    return render(request, "care/care.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, code: str) -> HttpResponse:
    """The form of one thing of a map, or of a new one; posting keeps what it says."""
    organisation, table, key, thing = _asked_thing(request, code)
    part = seen(queries.part_of(viewer_of(request), organisation))
    consumer = request.GET.get("consumer", "")
    form = ThingForm(request.POST or None, table=table, care=part.care, code=code, thing=thing, consumer=consumer)
    if request.method == "POST" and form.is_valid():
        wish = actions.Wish(table=table.name, thing=form.cleaned_data["thing"], instead_of=key)
        reason = form.cleaned_data["reason"]
        try:
            actions.refine(by=viewer_of(request), organisation=organisation, wish=wish, reason=reason, clock=CLOCK)
        except CareMapError as error:
            form.tell(error.troubles)
        except BadInputError as error:
            form.add_error(None, f"{error.message} {error.advice}")
        else:
            messages.success(request, "Saved, with who said it and why.")
            return redirect("care", code=code)
    shown = {"organisation": organisation, "table": table, "key": key, "form": form, "asked": asked, "name": _name(key)}
    return render(request, "care/change.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, code: str) -> HttpResponse:
    """Say what removing a thing means; posting does it."""
    organisation, table, key, thing = _asked_thing(request, code)
    if thing is None:
        raise Http404
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted, reason = (table.name, key), form.cleaned_data["reason"]
        try:
            actions.remove(by=viewer_of(request), organisation=organisation, thing=wanted, reason=reason, clock=CLOCK)
        except BadInputError as error:
            form.add_error(None, f"{error.message} {error.advice}")
        else:
            messages.success(request, f"{_name(key)} is no longer in the map.")
            return redirect("care", code=code)
    shown = {"organisation": organisation, "table": table, "key": key, "form": form, "name": _name(key)}
    return render(request, "care/remove.jinja", shown)


def _name(key: str) -> str:
    """What a thing or a dependency is called in a heading."""
    return " needs ".join(map(thing_name, key.split(" > "))) if key else ""


@require_GET
def download(request: HttpRequest, code: str, form: str) -> HttpResponse:
    """The map as a file: json, or zip with one CSV file a table."""
    found = seen(queries.part_of(viewer_of(request), _organisation(request, code))).care
    if form not in {"json", "zip"}:
        raise Http404
    content = braces.write(found) if form == "json" else comma.write_zip(found)
    return HttpResponse(
        content,
        content_type="application/json" if form == "json" else "application/zip",
        headers={"Content-Disposition": f'attachment; filename="{code}-care.{form}"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest, code: str) -> HttpResponse:
    """A form for a file; posting brings in the map that it holds, or says everything that is wrong."""
    organisation = refinable(request, code)
    form = BringForm(request.POST or None, request.FILES or None)
    troubles: tuple[object, ...] = ()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            found = tables.read({file.name: file.read()})
            done = actions.import_maps(
                by=viewer_of(request),
                organisations=[organisation],
                brought=actions.Brought(found=found, whole=form.cleaned_data["whole"]),
                reason=form.cleaned_data["reason"],
                clock=CLOCK,
            )[code]
        except CareMapError as error:
            troubles = error.troubles
            form.add_error("file", error.message)
        except BadInputError as error:
            form.add_error("file", f"{error.message} {error.advice}")
        else:
            said = f"{done.added:,} added, {done.changed:,} changed, {done.removed:,} removed."
            messages.success(request, f"The map is brought in: {said}")
            return redirect("care", code=code)
    shown = {"organisation": organisation, "form": form, "troubles": troubles[:100], "more": len(troubles) - 100}
    return render(request, "care/bring.jinja", shown)


@require_POST
def confirm(request: HttpRequest, code: str) -> HttpResponse:
    """Answer for a map as a whole."""
    organisation = refinable(request, code)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            actions.confirm(
                by=viewer_of(request), organisation=organisation, reason=form.cleaned_data["reason"], clock=CLOCK
            )
        except BadInputError as error:
            form.add_error(None, f"{error.message} {error.advice}")
        else:
            messages.success(request, "The map is confirmed: it counts as mapped from now on.")
            return redirect("care", code=code)
    return _page(request, organisation, form)


def _organisation(request: HttpRequest, code: str) -> Organisation:
    return seen(queries.organisation_visible_to(viewer_of(request), code))


def refinable(request: HttpRequest, code: str) -> Organisation:
    """The organisation of that code, if whoever asks may say what its map is."""
    found = _organisation(request, code)
    require(viewer_of(request), Permission.CARE_REFINE, at=found)
    return found


def _asked_thing(request: HttpRequest, code: str) -> tuple[Organisation, Table, str, Thing | None]:
    """The thing that the address asks for; none where it asks for a new one."""
    organisation = refinable(request, code)
    table = seen(table_named(request.GET.get("table", "")))
    key = request.GET.get("key", "")
    if not key:
        return organisation, table, "", None
    part = seen(queries.part_of(viewer_of(request), organisation))
    things = {table.key(one): one for one in getattr(part.care, table.name)}
    return organisation, table, key, seen(things.get(key))
