"""The page on which is said what one device carries."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.asked import seen, viewer_of
from watchward.console.care import actions, queries
from watchward.console.care.knowing_forms import CarriesForm
from watchward.console.care.presenters import names_of
from watchward.console.care.views import refinable
from watchward.console.estate import queries as estate
from watchward.estate.care.carriers import carries, joining, leaving

CLOCK = SystemClock()


@require_http_methods(["GET", "HEAD", "POST"])
def device_carries(request: HttpRequest, key: UUID) -> HttpResponse:
    """What a device carries; posting keeps it."""
    viewer = viewer_of(request)
    device = seen(estate.device_visible_to(viewer, key))
    organisation = refinable(request, device.organisation.code)
    part = seen(queries.part_of(viewer, organisation))
    now = carries(part.care, device.name)
    probably = queries.probably(part, device.name)
    form = CarriesForm(request.POST or None, things=names_of(part.care), now=now, probably=probably)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data["things"]
        carried = [joining(part.care, thing, [device.name]) for thing in wanted if thing not in now]
        carried += [leaving(part.care, thing, device.name) for thing in now if thing not in wanted]
        reason = form.cleaned_data["reason"]
        try:
            actions.equip(by=viewer, organisation=organisation, carried=carried, reason=reason, clock=CLOCK)
        except BadInputError as error:
            form.add_error(None, f"{error.message} {error.advice}")
        else:
            messages.success(request, "Saved. Its alerts are ordered anew.")
            return redirect("device", key=key)
    shown = {"device": device, "form": form, "probably": probably}
    return render(request, "care/device.jinja", shown)
