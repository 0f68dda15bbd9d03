"""The pages of what is normal here. Each asks a query or does an action, and shows what a presenter says."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require, require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.detect.models import Alert
from watchward.console.detect.presenters import AlertRow
from watchward.console.detect.queries import alert_visible_to
from watchward.console.normal import actions, queries
from watchward.console.normal.adapters import said
from watchward.console.normal.looking import LONGEST_REASON, Wanted, look, subject_of
from watchward.console.normal.presenters import FormPresenter, NormalRow, first_wanted
from watchward.detect.sigma.ir import How
from watchward.detect.sigma.normal import Asks, text_of

CLOCK = SystemClock()
_BAD = 400


@require_http_methods(["GET", "HEAD", "POST"])
def say_normal(request: HttpRequest, key: UUID) -> HttpResponse:
    """Say that what an alert shows is normal: first what a filter would have hidden, then save it."""
    viewer = viewer_of(request)
    alert = seen(alert_visible_to(viewer, key))
    require(viewer, Permission.RULE_TUNE, at=alert.organisation)
    subjects = queries.subjects(alert)
    asked = (request.POST if request.method == "POST" else request.GET).get("rule", "")
    subject = subject_of(alert, asked) if subjects else None
    proposal = queries.proposal(viewer, alert, subject)
    wanted = _wanted(request.POST) if request.method == "POST" else first_wanted(proposal, asked)
    shown = FormPresenter(
        row=AlertRow(alert=alert),
        subjects=subjects,
        proposal=proposal,
        wanted=wanted,
        places=queries.places(viewer, alert, subject),
    )
    if request.method != "POST":
        return render(request, "normal/say.jinja", {"shown": shown})
    return _looked_or_saved(request, alert, shown)


def _looked_or_saved(request: HttpRequest, alert: Alert, shown: FormPresenter) -> HttpResponse:
    viewer, wanted, looked, error = viewer_of(request), shown.wanted, None, ""
    try:
        looked = look(viewer, alert, wanted, CLOCK.now().date())
        changed = request.POST.get("seen") != shown.mark
        if request.POST.get("step") == "save" and changed:
            error = "You have not seen yet what this would have hidden. Look at it below, then save."
        elif request.POST.get("step") == "save":
            made = actions.make_normal(by=viewer, alert=alert.pk, wanted=wanted, clock=CLOCK)
            messages.success(request, "It is normal here from now on: the gateways take it in within seconds.")
            return redirect("normal", key=made.pk)
    except BadInputError as problem:
        error = f"{problem.message} {problem.advice}"
    shown = replace(shown, looked=looked, error=error)
    return render(request, "normal/say.jinja", {"shown": shown}, status=_BAD if error else 200)


def _wanted(form: QueryDict) -> Wanted:
    days = form.get("days", "")
    return Wanted(
        asks=tuple(
            Asks(
                field=form.get(f"field-{number}", ""), how=_how(form.get(f"how-{number}", "")), text=_text(form, number)
            )
            for number in form.getlist("use")
        ),
        place=form.get("place", ""),
        rule=form.get("rule", ""),
        reason=form.get("reason", "")[:LONGEST_REASON],
        days=int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 0,  # noqa: PLR2004
        in_spite=form.get("in_spite", "")[:LONGEST_REASON],
        close=form.get("close") == "yes",
    )


def _how(given: str) -> How:
    return How(given) if given in set(How) else How.EQUALS


def _text(form: QueryDict, number: str) -> str:
    return form.get(f"text-{number}", "").replace("\r\n", "\n")


@require_GET
def normal_list(request: HttpRequest) -> HttpResponse:
    """What is normal here, and what was."""
    viewer, today = viewer_of(request), CLOCK.now().date()
    require_anywhere(viewer, Permission.RULE_VIEW)
    context = {
        "rows": [NormalRow(normal=one, today=today) for one in queries.normals_in_force(viewer, today)],
        "over": [NormalRow(normal=one, today=today) for one in queries.normals_over(viewer, today)],
    }
    return render(request, "normal/list.jinja", context)


@require_GET
def normal_detail(request: HttpRequest, key: UUID) -> HttpResponse:
    """One filter: what it hides, by whom, why, and until when."""
    viewer = viewer_of(request)
    normal = seen(queries.normal_visible_to(viewer, key))
    row = NormalRow(normal=normal, today=CLOCK.now().date())
    context = {
        "row": row,
        "text": text_of(said(normal)),
        "may_end": row.in_force and queries.may_end(viewer, normal),
        "alert": alert_visible_to(viewer, normal.alert_id) if normal.alert_id else None,
    }
    return render(request, "normal/normal.jinja", context)


@require_POST
def end(request: HttpRequest, key: UUID) -> HttpResponse:
    """End a filter before it expires."""
    viewer = viewer_of(request)
    normal = seen(queries.normal_visible_to(viewer, key))
    actions.end_normal(by=viewer, normal=normal, reason=request.POST.get("reason", ""), clock=CLOCK)
    messages.success(request, "It is no longer normal: from now on it raises alerts again.")
    return redirect("normal", key=key)
