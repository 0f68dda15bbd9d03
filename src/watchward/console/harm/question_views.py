"""The pages that ask an organisation the few questions whose answers would change its ranking most."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require
from watchward.console.asked import seen, viewer_of
from watchward.console.care.queries import may_refine, organisation_visible_to
from watchward.console.estate.models import Organisation
from watchward.console.harm import actions, queries
from watchward.console.harm import questions as asking
from watchward.console.harm.limits import ASKING
from watchward.console.harm.question_presenter import QuestionsPage, changed
from watchward.harm.questions.answers import OTHER, UNKNOWN, Answer, subject_named
from watchward.harm.questions.question import Sort

CLOCK = SystemClock()


@require_http_methods(["GET", "HEAD", "POST"])
@ASKING.limits
def questions(request: HttpRequest, code: str) -> HttpResponse:
    """The question that would change the ranking most, and what comes after it; posting answers it."""
    viewer = viewer_of(request)
    organisation = seen(organisation_visible_to(viewer, code))
    error: BadInputError | None = None
    if request.method == "POST":
        require(viewer, Permission.CARE_REFINE, at=organisation)
        try:
            return _answered(request, organisation)
        except BadInputError as wrong:
            error = wrong
    found = asking.found_for(organisation)
    chosen = request.POST.get("key", "") or request.GET.get("ask", "")
    page = QuestionsPage(found=found, words=asking.words_for(organisation, found.asked.care), chosen=chosen)
    shown = {
        "organisation": organisation,
        "page": page,
        "passed": page.passed([(one.key, one.answer) for one in queries.passed(viewer, organisation)]),
        "may_refine": may_refine(viewer, organisation),
        "error": error,
        "given": request.POST,
    }
    return render(request, "harm/questions.jinja", shown, status=400 if error else 200)


def _answered(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Take an answer in, and say what it changed."""
    before = asking.found_for(organisation)
    subject = seen(subject_named(before.asked, request.POST.get("key", "")))
    value, name = request.POST.get("value", "").strip(), request.POST.get("name", "").replace("\0", "")[:200]
    if not value and name.strip() and subject.sort is Sort.HOST:
        value = OTHER
    if "unknown" in request.POST:
        value = UNKNOWN
    if not value:
        raise BadInputError("Choose an answer.", advice="If you do not know, say so: that is an answer too.")
    answer = Answer(subject=subject, value=value, name=name if value == OTHER else "")
    actions.answer_question(by=viewer_of(request), organisation=organisation, answer=answer, clock=CLOCK)
    after = asking.found_for(organisation)
    if value == UNKNOWN:
        messages.success(request, "Kept: nobody knows yet. The usual number stays, with its wide range.")
    else:
        words = asking.words_for(organisation, after.asked.care)
        messages.success(request, f"Saved. {changed(before, after, words)}")
    return redirect("care_questions", code=organisation.code)


@require_POST
def again(request: HttpRequest, code: str) -> HttpResponse:
    """Let a question be asked again."""
    organisation = seen(organisation_visible_to(viewer_of(request), code))
    key = request.POST.get("key", "").replace("\0", "")
    actions.ask_again(by=viewer_of(request), organisation=organisation, key=key, clock=CLOCK)
    return redirect(reverse("care_questions", args=[code]) + "?" + urlencode({"ask": key}))
