"""The pages on which an alert is shared, and what was shared is taken back."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require
from watchward.console.asked import seen, viewer_of
from watchward.console.detect.models import Alert
from watchward.console.detect.presenters import AlertRow
from watchward.console.detect.queries import alert_visible_to, is_outside
from watchward.console.intel import sharing_actions, sharing_presenters, sharing_queries
from watchward.console.intel.sharing_presenters import SharePresenter, organisations
from watchward.console.intel.sharing_queries import LEVELS, SURE, Proposal, Wanted
from watchward.intel.markings import Tlp

CLOCK = SystemClock()
_BAD = 400
_LEVELS: Mapping[str, Tlp] = {one.name.lower(): one for one in LEVELS}


@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show what would be shared of an alert; share it once somebody has seen exactly that."""
    viewer = viewer_of(request)
    alert = seen(alert_visible_to(viewer, key))
    require(viewer, Permission.INTEL_ADD, at=alert.organisation)
    proposed, error = sharing_queries.proposal(viewer, alert), ""
    if request.method == "POST":
        wanted = wanted_of(request.POST, proposed)
        proposed = sharing_queries.proposal(viewer, alert, wanted)
        if request.POST.get("step") == "share" and wanted is not None:
            error = _shared(request, alert, wanted, proposed)
            if not error:
                return redirect("alert", key=key)
    shown = SharePresenter(proposal=proposed, outside=is_outside(viewer, alert.organisation), error=error)
    context = {"shown": shown, "row": AlertRow(alert=alert)}
    return render(request, "intel/share.jinja", context, status=_BAD if error else 200)


def _shared(request: HttpRequest, alert: Alert, wanted: Wanted, proposed: Proposal) -> str:
    """Share it; what is wrong, in words, where it cannot be shared."""
    if request.POST.get("seen") != proposed.mark:
        return "You have not seen yet what would go like this. Look at it below, then share it."
    try:
        made = sharing_actions.share_alert(
            by=viewer_of(request), alert=alert.pk, wanted=wanted, seen=proposed.mark, clock=CLOCK
        )
    except BadInputError as problem:
        return f"{problem.message} {problem.advice}"
    what = sharing_presenters.shared_things(made)
    messages.success(request, f"Shared {what} with {organisations(made.reached)}. You can withdraw it below.")
    return ""


def wanted_of(form: QueryDict, proposed: Proposal) -> Wanted | None:
    """What a form asks for; None where it names no collection to which the person may add."""
    places = {str(one.pk): one for one in proposed.collections}
    place = places.get(form.get("collection", ""))
    if place is None:
        return None
    sure = form.get("confidence", "")
    return Wanted(
        collection=place,
        level=_LEVELS.get(form.get("level", ""), Tlp.GREEN),
        group=form.get("group", "") if form.get("group", "") in proposed.groups else "",
        named=form.get("named") != "no",
        confidence=int(sure) if sure in {str(one) for one in SURE} else 75,
        things=frozenset(form.getlist("thing")),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_share(request: HttpRequest, key: UUID, share: UUID) -> HttpResponse:
    """Say what taking back what was shared means; posting does it."""
    viewer = viewer_of(request)
    found = seen(sharing_queries.share_of(viewer, share))
    seen(found.alert == key or None)
    require(viewer, Permission.INTEL_ADD, at=found.organisation)
    if request.method == "POST":
        sharing_actions.withdraw_share(by=viewer, shared=found, clock=CLOCK)
        messages.success(request, "What was shared is withdrawn: whoever has it is told, and looks for it no longer.")
        return redirect("alert", key=key)
    return render(request, "intel/share_withdraw.jinja", {"shared": found, "look": sharing_presenters})
