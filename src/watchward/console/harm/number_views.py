"""The pages of the numbers behind harm: ours, and what sites put in their place."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require, require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.care.forms import ReasonForm
from watchward.console.estate.models import Organisation
from watchward.console.harm import actions, own, queries
from watchward.console.harm.number_forms import NumberForm
from watchward.console.harm.number_presenter import NumbersAsked, NumbersPresenter, about, figures, named, said
from watchward.console.harm.what_if_views import viewer_of_harm
from watchward.harm.parameters.overriding import Override
from watchward.harm.parameters.table import Basis, standard

CLOCK = SystemClock()


@require_GET
def numbers(request: HttpRequest) -> HttpResponse:
    """Every number that harm is worked out with, and who says so."""
    viewer = viewer_of_harm(request)
    place, basis, page = _place(request), request.GET.get("basis", ""), request.GET.get("page", "")
    shown = NumbersPresenter(
        table=own.table_for(place),
        ours=standard(),
        rows=queries.numbers_at(viewer, place),
        place=place,
        asked=NumbersAsked(
            about=request.GET.get("about", ""),
            basis=Basis(basis) if basis in set(Basis) else None,
            text=request.GET.get("text", "").replace("\0", "").strip()[:100],
            page=int(page) if page.isdecimal() and page.isascii() and 0 < len(page) < 4 else 1,  # noqa: PLR2004 - pages
        ),
        may=queries.may_assess(viewer, place),
    )
    context = {"shown": shown, "tops": queries.tops(viewer), "place": place}
    return render(
        request, "harm/parameters.jinja", context | {"named": named, "about": about, "said": said, "figures": figures}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    """The form for a figure of one's own; posting puts it in the place of ours."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.HARM_ASSESS)
    place, key = _place(request), request.GET.get("key", "")
    parameter = seen(own.table_for(place).parameters.get(key))
    places = queries.may_assess(viewer, place)
    form = NumberForm(request.POST or None, parameter=parameter, places=places, at=place.code if place else "")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        at = seen(queries.place_for(viewer, given["at"])) if given["at"] else None
        wanted = Override(
            key=key, value=given["value"], low=given["low"], high=given["high"], by=str(viewer), why=given["reason"]
        )
        try:
            actions.say_number(by=viewer, organisation=at, said=wanted, clock=CLOCK)
        except BadInputError as error:
            form.add_error(None, f"{error.message} {error.advice}")
        else:
            messages.success(
                request, f"Your figure holds {f'at {at.name}' if at else 'at all of the node'} from now on."
            )
            return _back(at)
    shown = {
        "form": form,
        "parameter": parameter,
        "ours": standard().parameters[key],
        "name": named(parameter),
        "about": about(key),
        "said": said,
        "former": queries.former_numbers(viewer, key),
        "place": place,
    }
    return render(request, "harm/number.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, key: int) -> HttpResponse:
    """Say what ending a figure means; posting does it."""
    viewer = viewer_of(request)
    found = seen(queries.number(viewer, key))
    require(viewer, Permission.HARM_ASSESS, at=found.organisation)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_number(by=viewer, number=found, reason=form.cleaned_data["reason"], clock=CLOCK)
        except BadInputError as error:
            form.add_error(None, f"{error.message} {error.advice}")
        else:
            messages.success(request, "Our number holds again. Who said what instead is kept.")
            return _back(found.organisation)
    ours = standard().parameters.get(found.key)
    shown = {"form": form, "number": found, "about": about(found.key), "ours": said(ours) if ours else ""}
    return render(request, "harm/number_end.jinja", shown | {"name": named(ours) if ours else found.key})


def _back(place: Organisation | None) -> HttpResponse:
    return redirect(reverse("harm-parameters") + (f"?organisation={place.code}" if place else ""))


def _place(request: HttpRequest) -> Organisation | None:
    """The organisation that is asked for, if one is."""
    code = request.GET.get("organisation", "").replace("\0", "").strip().upper()
    return seen(queries.place_for(viewer_of(request), code)) if code else None
