"""The pages of intelligence: where it comes from, where it is kept, what it says, and who reads it by TAXII."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.console.access.guard import permissions_anywhere, require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.config import current
from watchward.console.intel import actions, presenters, queries
from watchward.console.intel.believing import believed_of
from watchward.console.intel.filters import TYPES, ObjectFilter
from watchward.console.intel.forms import KeyForm

CLOCK = SystemClock()


@require_GET
def intelligence(request: HttpRequest) -> HttpResponse:
    """Where intelligence comes from, what cannot be read first; and where it is kept."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.INTEL_VIEW)
    collections = list(queries.collections_visible_to(viewer)[: queries.PAGE])
    shown = {
        "collections": collections,
        "counts": queries.counts_of(viewer, collections),
        "sources": presenters.sources_in_order(list(queries.sources_visible_to(viewer)[: queries.PAGE])),
        "clients": list(queries.clients_visible_to(viewer)[: queries.PAGE]),
        "may_manage": queries.may_manage_anywhere(viewer),
        "now": CLOCK.now(),
        "look": presenters,
    }
    return render(request, "intel/intelligence.jinja", shown)


@require_GET
def collection(request: HttpRequest, key: UUID) -> HttpResponse:
    """One collection: what it holds, who may use it, and its address for TAXII."""
    viewer = viewer_of(request)
    found = seen(queries.collection_visible_to(viewer, key))
    shown = {
        "collection": found,
        "count": queries.counts_of(viewer, [found])[found.pk],
        "page": queries.object_page(viewer, ObjectFilter(collection=str(key))),
        "grants": queries.grants_of(found),
        "address": presenters.address_of(found, current().public_url),
        "may_manage": queries.may_manage(viewer, found.organisation),
        "look": presenters,
    }
    return render(request, "intel/collection.jinja", shown)


@require_GET
def every_object(request: HttpRequest) -> HttpResponse:
    """Objects, those added last first."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.INTEL_VIEW)
    asked = ObjectFilter.parse(request.GET)
    shown = {
        "asked": asked,
        "page": queries.object_page(viewer, asked),
        "types": TYPES,
        "collections": list(queries.collections_visible_to(viewer)[: queries.PAGE]),
        "look": presenters,
    }
    return render(request, "intel/objects.jinja", shown)


@require_GET
def one(request: HttpRequest, key: int) -> HttpResponse:
    """One object: what it says, who it came from, and who may have it."""
    viewer = viewer_of(request)
    found, now = seen(queries.object_visible_to(viewer, key)), CLOCK.now()
    indicator = queries.indicator_of(found)
    shown = {
        "object": found,
        "indicator": indicator,
        "withheld": queries.withheld_of(indicator) if indicator else [],
        "faded": queries.faded_of(indicator) if indicator else [],
        "faded_below": current().faded_below,
        "believed": presenters.aged(believed_of(viewer, indicator, now=now) if indicator else [], now=now),
        "may_block": Permission.BLOCK_PROPOSE in permissions_anywhere(viewer),
        "sightings": queries.sightings_of(viewer, found),
        "versions": queries.versions_of(viewer, found),
        "marked": presenters.Marked.of(found.audience),
        "now": now,
        "look": presenters,
    }
    return render(request, "intel/object.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def new_key(request: HttpRequest) -> HttpResponse:
    """Make a TAXII key; the answer shows its secret, once."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.INTEL_MANAGE)
    form = KeyForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        scopes = [
            actions.Wanted(collection=form.collections[key], write=key in given["write"])
            for key in dict.fromkeys([*given["read"], *given["write"]])
        ]
        made = actions.add_client(
            by=viewer, organisation=given["organisation"], name=given["name"], scopes=scopes, clock=CLOCK
        )
        return render(request, "intel/key_made.jinja", {"made": made, "address": f"{current().public_url}/taxii2/"})
    return render(request, "intel/key_new.jinja", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, key: int) -> HttpResponse:
    """Say what withdrawing a key means; posting does it."""
    viewer = viewer_of(request)
    client = seen(queries.client_visible_to(viewer, key))
    if request.method == "POST":
        actions.withdraw_client(by=viewer, client=client, clock=CLOCK)
        messages.success(request, f"The TAXII key of {client.name} is withdrawn.")
        return redirect("intelligence")
    return render(request, "intel/key_withdraw.jinja", {"client": client})
