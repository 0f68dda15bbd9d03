"""The pages of the estate: organisations, devices and sources."""

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import permissions_anywhere, require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.care import queries as care
from watchward.console.care.presenters import thing_name
from watchward.console.config import current
from watchward.console.estate import actions, presenters, queries
from watchward.console.estate.actions import NewKey
from watchward.console.estate.filters import DeviceFilter, OrganisationFilter, SourceFilter
from watchward.console.estate.forms import LatenessForm, MarkForm, SourceForm
from watchward.console.estate.lateness import most_minutes
from watchward.console.estate.models import Organisation, Source
from watchward.console.estate.recent import recent_events
from watchward.estate.organisation import OrganisationKind
from watchward.estate.shipper import OFFERED, Destination, Shipper, configuration

CLOCK = SystemClock()


@require_GET
def organisations(request: HttpRequest) -> HttpResponse:
    """Organisations, those that need help first."""
    viewer, now = viewer_of(request), CLOCK.now()
    require_anywhere(viewer, Permission.ORGANISATION_VIEW)
    asked = OrganisationFilter.parse(request.GET)
    page = queries.organisation_page(viewer, asked, now)
    shown = {
        "asked": asked,
        "page": page,
        "waiting": queries.waiting(viewer, page.rows),
        "devices": queries.device_counts(viewer, page.rows),
        "tops": queries.tops(viewer) if not asked.narrowed and asked.page == 1 else [],
        "below": queries.organisation_visible_to(viewer, asked.below) if asked.below else None,
        "kinds": sorted(OrganisationKind, key=lambda kind: kind.label),
        "may": permissions_anywhere(viewer),
        "look": presenters,
    }
    return render(request, "estate/organisations.jinja", shown)


@require_GET
def organisation(request: HttpRequest, code: str) -> HttpResponse:
    """One organisation: where it lies, what waits there, what it has and what is below it."""
    viewer = viewer_of(request)
    found = _organisation(request, code)
    below, counts = queries.children(found)
    waiting = queries.waiting(viewer, [found, *below])
    shown = {
        "organisation": found,
        "above": queries.chain(found),
        "below": presenters.most_serious_first(below, waiting),
        "counts": counts,
        "waiting": waiting,
        "devices": queries.devices_below(viewer, found),
        "sources": queries.sources_of(viewer, found),
        "predecessors": queries.predecessors(found),
        "may_manage_sources": queries.may_manage_sources(viewer, found),
        "may_view_rota": queries.may_view_rota(viewer, found),
        "may": permissions_anywhere(viewer),
        "now": CLOCK.now(),
        "look": presenters,
    }
    return render(request, "estate/organisation.jinja", shown)


@require_GET
def devices(request: HttpRequest) -> HttpResponse:
    """Devices, those on which most care depends first."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.DEVICE_VIEW)
    asked = DeviceFilter.parse(request.GET)
    page = queries.device_page(viewer, asked)
    shown = {
        "asked": asked,
        "page": page,
        "alerts": queries.alert_counts(viewer, page.rows),
        "below": queries.organisation_visible_to(viewer, asked.below) if asked.below else None,
        "now": CLOCK.now(),
        "look": presenters,
    }
    return render(request, "estate/devices.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def device(request: HttpRequest, key: UUID) -> HttpResponse:
    """One device; posting marks how much care depends on it."""
    viewer = viewer_of(request)
    found = seen(queries.device_visible_to(viewer, key))
    form = MarkForm(request.POST or None, initial={"importance": str(found.importance), "reason": found.marked_reason})
    if request.method == "POST" and form.is_valid():
        actions.mark_device(by=viewer, device=found, clock=CLOCK, **form.cleaned_data)
        messages.success(request, f"{found.name} is marked: {found.marked.label}. Its alerts are ordered anew.")
        return redirect("device", key=key)
    shown = {
        "device": found,
        "above": [*queries.chain(found.organisation), found.organisation],
        "aliases": queries.aliases_of(found),
        "alerts": queries.waiting_alerts(viewer, found),
        "events": recent_events(viewer, found),
        "may_mark": queries.may_mark(viewer, found),
        "carries": care.carried_by_device(viewer, found),
        "may_refine": care.may_refine(viewer, found.organisation),
        "thing_name": thing_name,
        "form": form,
        "now": CLOCK.now(),
        "look": presenters,
    }
    return render(request, "estate/device.jinja", shown)


@require_GET
def sources(request: HttpRequest) -> HttpResponse:
    """Sources, those that have been silent longest first."""
    viewer, now = viewer_of(request), CLOCK.now()
    require_anywhere(viewer, Permission.SOURCE_VIEW)
    asked = SourceFilter.parse(request.GET)
    page = queries.source_page(viewer, asked, now)
    shown = {
        "asked": asked,
        "page": page,
        "rates": queries.sent_since(page.rows, now - presenters.HOUR),
        "below": queries.organisation_visible_to(viewer, asked.below) if asked.below else None,
        "may_add": queries.organisations_for_sources(viewer).exists(),
        "now": now,
        "look": presenters,
    }
    return render(request, "estate/sources.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def new_source(request: HttpRequest) -> HttpResponse:
    """Add a source; the answer shows its configuration, with the secret that is never shown again."""
    viewer = viewer_of(request)
    given = {"organisation": request.GET.get("organisation", ""), "shipper": Shipper.WINLOGBEAT.value}
    form = SourceForm(request.POST or None, initial=given, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        key = actions.add_source(
            by=viewer,
            organisation=wanted["organisation"],
            name=wanted["name"],
            shipper=Shipper(wanted["shipper"]),
            clock=CLOCK,
        )
        return _configured(request, key)
    mine = list(queries.organisations_for_sources(viewer)[:2])
    if len(mine) == 1 and not given["organisation"]:
        form.initial["organisation"] = mine[0].code
    return render(request, "estate/source_new.jinja", {"form": form, "offered": OFFERED})


@require_GET
def source(request: HttpRequest, key: str) -> HttpResponse:
    """One source: whether it sends, how much, what could not be read, and its keys."""
    found, now = _source(request, key), CLOCK.now()
    shown = {
        "source": found,
        "above": [*queries.chain(found.organisation), found.organisation],
        "status": presenters.SourceStatus(source=found, now=now),
        "rate": presenters.Rate(tallies=queries.tallies_of(found, now - presenters.DAY), now=now),
        "keys": queries.credentials_of(found),
        "bad": queries.bad_records_of(found),
        "refused": queries.devices_refused_of(found, now - presenters.WEEK),
        "may_manage": queries.may_manage_sources(viewer_of(request), found.organisation),
        "usual_lateness": current().lateness_minutes,
        "now": now,
        "look": presenters,
    }
    return render(request, "estate/source.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def rotate(request: HttpRequest, key: str) -> HttpResponse:
    """Say what a new key means; posting makes it."""
    found = _source(request, key)
    if request.method == "POST":
        return _configured(request, actions.rotate_source(by=viewer_of(request), source=found, clock=CLOCK))
    return render(request, "estate/source_confirm.jinja", {"source": found, "step": "rotate"})


@require_http_methods(["GET", "HEAD", "POST"])
def disable(request: HttpRequest, key: str) -> HttpResponse:
    """Say what disabling a source means; posting does it."""
    found = _source(request, key)
    if request.method == "POST":
        actions.disable_source(by=viewer_of(request), source=found, clock=CLOCK)
        messages.success(request, f"{found.name} is disabled: what it sends is refused.")
        return redirect("source", key=key)
    return render(request, "estate/source_confirm.jinja", {"source": found, "step": "disable"})


@require_POST
def enable(request: HttpRequest, key: str) -> HttpResponse:
    """Accept what a source sends again."""
    found = actions.enable_source(by=viewer_of(request), source=_source(request, key), clock=CLOCK)
    messages.success(request, f"{found.name} is enabled: what it sends is accepted.")
    return redirect("source", key=key)


@require_http_methods(["GET", "HEAD", "POST"])
def lateness(request: HttpRequest, key: str) -> HttpResponse:
    """Say what it means that events come late; posting says how late those of this source may come."""
    found = _source(request, key)
    form = LatenessForm(request.POST or None, initial={"minutes": found.lateness_minutes})
    if request.method == "POST" and form.is_valid():
        minutes = form.cleaned_data["minutes"]
        try:
            actions.allow_lateness(by=viewer_of(request), source=found, minutes=minutes, clock=CLOCK)
        except BadInputError as error:
            form.add_error("minutes", f"{error.message} {error.advice}")
        else:
            messages.success(request, f"Saved how late events of {found.name} may come.")
            return redirect("source", key=key)
    most = most_minutes(viewer_of(request))
    shown = {"source": found, "form": form, "usual": current().lateness_minutes, "most": most}
    return render(request, "estate/source_lateness.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, key: str, key_id: str) -> HttpResponse:
    """Say what withdrawing a key means; posting does it."""
    found = _source(request, key)
    credential = seen(queries.credential_of(found, key_id))
    if request.method == "POST":
        actions.withdraw_credential(by=viewer_of(request), credential=credential, clock=CLOCK)
        messages.success(request, f"The key {key_id} is withdrawn.")
        return redirect("source", key=key)
    shown = {"source": found, "step": "withdraw", "credential": credential}
    return render(request, "estate/source_confirm.jinja", shown)


@require_GET
def authority(request: HttpRequest) -> HttpResponseBase:  # noqa: ARG001 - Django calls it so
    """The certificate of the node's own authority, which a shipper must trust."""
    file = current().keys / "authority.pem"
    if not file.is_file():
        raise Http404
    return FileResponse(file.open("rb"), as_attachment=True, filename="watchward-authority.pem")


def _configured(request: HttpRequest, key: NewKey) -> HttpResponse:
    own = (current().keys / "authority.pem").is_file()
    to = Destination(url=current().gateway_url, key_id=key.key_id, secret=key.secret, authority=own)
    shipper = Shipper(key.source.shipper)
    trial = configuration(Shipper.CURL, to)
    shown = {"key": key, "to": to, "shipper": shipper, "text": configuration(shipper, to), "trial": trial}
    return render(request, "estate/source_configured.jinja", shown)


def _organisation(request: HttpRequest, code: str) -> Organisation:
    return seen(queries.organisation_visible_to(viewer_of(request), code))


def _source(request: HttpRequest, key: str) -> Source:
    return seen(queries.source_visible_to(viewer_of(request), key))
