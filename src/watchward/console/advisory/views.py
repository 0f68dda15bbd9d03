"""The pages of high severity alerts: the list, writing and issuing, watching, and answering."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require, require_anywhere
from watchward.console.advisory import actions, answering_actions, presenters, queries
from watchward.console.advisory.answering_actions import Told
from watchward.console.advisory.filters import answer_filter
from watchward.console.advisory.forms import AdvisoryForm, ForForm, StepForm, first_of, typed
from watchward.console.advisory.models import Advisory, Answer
from watchward.console.asked import seen, viewer_of
from watchward.console.filtering import page, pages
from watchward.respond.advisory.answer import Step

CLOCK = SystemClock()


@require_GET
def advisories(request: HttpRequest) -> HttpResponse:
    """What one's own organisations are asked, and the alerts that one may see."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.ADVISORY_VIEW)
    number, ended = page(request.GET), request.GET.get("ended") == "yes"
    rows, more = queries.advisory_page(viewer, ended=ended, number=number)
    shown = {
        "tasks": queries.tasks_of(viewer),
        "closed": queries.closed_by(viewer),
        "drafts": queries.drafts_of(viewer),
        "advisories": rows,
        "more": more,
        "number": number,
        "ended": ended,
        "may_issue": queries.may_issue(viewer),
        "now": CLOCK.now(),
        "look": presenters,
    }
    return render(request, "advisory/advisories.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write an alert; it is a draft until it is issued."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.ADVISORY_ISSUE)
    given = first_of(queries.top_for(viewer), queries.free_number(viewer))
    form = AdvisoryForm(request.POST or None, initial=given, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        try:
            area = form.cleaned_data["area"]
            made = actions.draft_advisory(by=viewer, organisation=area, says=form.says(), clock=CLOCK)
        except BadInputError as error:
            form.add_error(None, ValidationError(f"{error.message} {error.advice}"))
        else:
            return redirect("advisory", number=made.number)
    return render(request, "advisory/write.jinja", {"form": form, "look": presenters})


@require_GET
def advisory(request: HttpRequest, number: str) -> HttpResponse:
    """One alert: whom a draft would ask; how far organisations are with one that was issued."""
    viewer, found = viewer_of(request), _advisory(request, number)
    if found.state == Advisory.State.DRAFT:
        shown = {"advisory": found, "preview": queries.preview(found, CLOCK.now()), "look": presenters}
        return render(request, "advisory/draft.jinja", shown)
    if (only := queries.only_answer(viewer, found)) is not None:
        return redirect("advisory_answer", number=found.number, code=only.organisation.code)
    return _watched(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, number: str) -> HttpResponse:
    """Write a draft anew, or correct an alert that was issued."""
    viewer, found = viewer_of(request), _advisory(request, number)
    require(viewer, Permission.ADVISORY_ISSUE, at=found.organisation)
    queries.require_own(found)
    corrects = found.state == Advisory.State.ISSUED
    form = AdvisoryForm(request.POST or None, initial=typed(found.says), viewer=viewer, corrects=corrects)
    if request.method == "POST" and form.is_valid():
        try:
            _changed(request, found, form)
        except BadInputError as error:
            form.add_error(None, ValidationError(f"{error.message} {error.advice}"))
        else:
            return redirect("advisory", number=found.number)
    return render(request, "advisory/write.jinja", {"form": form, "advisory": found, "look": presenters})


@require_POST
def issue(request: HttpRequest, number: str) -> HttpResponse:
    """Ask everybody whom a draft concerns."""
    found = _advisory(request, number)
    actions.issue_advisory(by=viewer_of(request), advisory=found, clock=CLOCK)
    messages.success(request, f"{found.number} is issued. People are told within the minute; here you see who answers.")
    return redirect("advisory", number=found.number)


@require_POST
def discard(request: HttpRequest, number: str) -> HttpResponse:
    """Throw a draft away."""
    found = _advisory(request, number)
    actions.discard_draft(by=viewer_of(request), advisory=found, clock=CLOCK)
    messages.success(request, f"The draft {found.number} is gone.")
    return redirect("advisories")


@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take an alert back."""
    found, reason = _advisory(request, number), request.POST.get("reason", "")[:300]
    actions.withdraw_advisory(by=viewer_of(request), advisory=found, reason=reason, clock=CLOCK)
    messages.success(request, f"{found.number} is withdrawn: nothing is due for it any more.")
    return redirect("advisory", number=found.number)


@require_POST
def offer_help(request: HttpRequest, number: str) -> HttpResponse:
    """Offer help to the organisations that were chosen, or to all of the list."""
    viewer, found = viewer_of(request), _advisory(request, number)
    require_anywhere(viewer, Permission.ADVISORY_HELP)
    if "all" in request.POST:
        asked = answer_filter(request.POST)
        to = queries.narrowed_organisations(viewer, found, asked, Permission.ADVISORY_HELP, CLOCK.now())
    else:
        to = queries.organisations_of(viewer, Permission.ADVISORY_HELP, request.POST.getlist("organisation"))
    if not to:
        raise BadInputError("Nobody was chosen.", advice="Go back and tick the organisations to which you offer help.")
    note = request.POST.get("note", "")[:1_000]
    told = answering_actions.offer_help(by=viewer, advisory=found, organisations=to, note=note, clock=CLOCK)
    messages.success(request, f"Help is offered to {_counted(told)}")
    return redirect("advisory", number=found.number)


@require_http_methods(["GET", "HEAD", "POST"])
def answer_for(request: HttpRequest, number: str) -> HttpResponse:
    """Answer for small organisations that one hosts."""
    viewer, found = viewer_of(request), _advisory(request, number)
    require_anywhere(viewer, Permission.ADVISORY_ANSWER_FOR)
    asked = answer_filter(request.POST or request.GET)
    rows = queries.hosted(viewer, found, asked, CLOCK.now())
    form = ForForm(request.POST or None, codes=[one.organisation.code for one in rows])
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        codes = given["organisation"]
        to = queries.organisations_of(viewer, Permission.ADVISORY_ANSWER_FOR, codes)
        told = answering_actions.answer_for(
            by=viewer, advisory=found, organisations=to, step=given["step"], note=given["note"], clock=CLOCK
        )
        messages.success(request, f"Answered for {_counted(told)}")
        return redirect("advisory_for", number=found.number)
    shown = {"advisory": found, "rows": rows, "form": form, "asked": asked, "now": CLOCK.now(), "look": presenters}
    return render(request, "advisory/answer_for.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """What one organisation is asked, and its answer; posting says something."""
    viewer, found = viewer_of(request), _advisory(request, number)
    mine = seen(queries.answer_visible_to(viewer, found, code))
    form = StepForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            answering_actions.answer_advisory(
                by=viewer, answer=mine, step=given["step"], note=given["note"], clock=CLOCK
            )
        except BadInputError as error:
            form.add_error("note", ValidationError(f"{error.message} {error.advice}"))
        else:
            messages.success(request, _thanks(given["step"]))
            return redirect("advisory_answer", number=found.number, code=mine.organisation.code)
    return _answer_page(request, mine, form)


def _answer_page(request: HttpRequest, mine: Answer, form: StepForm) -> HttpResponse:
    viewer, now = viewer_of(request), CLOCK.now()
    shown = {
        "advisory": mine.advisory,
        "says": mine.advisory.says,
        "answer": mine,
        "form": form,
        "proposal": queries.proposal_now(mine, now),
        "entries": queries.entries_of(mine),
        "may_answer": queries.may_answer(viewer, mine),
        "may_help": queries.may_help(viewer, mine.organisation_path),
        "sees_more": queries.only_answer(viewer, mine.advisory) is None,
        "now": now,
        "look": presenters,
    }
    plain = presenters.is_small(mine) and "full" not in request.GET
    return render(request, "advisory/plain.jinja" if plain else "advisory/answer.jinja", shown)


def _watched(request: HttpRequest, found: Advisory) -> HttpResponse:
    viewer, now = viewer_of(request), CLOCK.now()
    places = queries.progress(viewer, found, now)
    whole = queries.together(places)
    asked = answer_filter(request.GET, which="late" if whole.late else "")
    rows, more = queries.answer_page(viewer, found, asked, now)
    shown = {
        "advisory": found,
        "says": found.says,
        "versions": queries.versions_of(found),
        "places": places,
        "whole": whole,
        "asked": asked,
        "rows": rows,
        "turning": pages(asked, more=more),
        "may_issue": queries.may_change(viewer, found),
        "may_help": any(queries.may_help(viewer, one.answer.organisation_path) for one in rows),
        "may_answer_for": queries.may_answer_for_any(viewer, found),
        "now": now,
        "look": presenters,
    }
    return render(request, "advisory/advisory.jinja", shown)


def _changed(request: HttpRequest, found: Advisory, form: AdvisoryForm) -> None:
    viewer, says = viewer_of(request), form.says()
    if found.state == Advisory.State.DRAFT:
        actions.change_draft(by=viewer, advisory=found, says=says, clock=CLOCK)
        return
    reason = form.cleaned_data["reason"]
    again = actions.correct_advisory(by=viewer, advisory=found, says=says, reason=reason, clock=CLOCK)
    asked = f"{again:,} organisations are asked anew" if again else "nobody is asked again"
    messages.success(request, f"{found.number} is corrected; {asked}.")


def _counted(told: Told) -> str:
    done = f"{told.done:,} {'organisation' if told.done == 1 else 'organisations'}."
    if not told.passed_over:
        return done
    return f"{done} {told.passed_over:,} {'was' if told.passed_over == 1 else 'were'} passed over: they have answered."


def _thanks(step: Step) -> str:
    match step:
        case Step.ASK_HELP:
            return "Your board and the issuer see that you want help."
        case Step.REOPEN:
            return "Your answer is taken back."
        case _:
            return "Thank you. Your answer is kept."


def _advisory(request: HttpRequest, number: str) -> Advisory:
    return seen(queries.advisory_visible_to(viewer_of(request), number))
