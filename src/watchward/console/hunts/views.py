"""The pages of hunts that travel."""

from django.contrib import messages
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.filtering import Filter, page, pages
from watchward.console.hunts import actions, cleaning, looks, presenters, queries
from watchward.console.hunts.forms import AskForm, PolicyForm
from watchward.console.hunts.models import Policy
from watchward.console.posted import posted

CLOCK = SystemClock()


@require_GET
def hunts(request: HttpRequest) -> HttpResponse:
    """What was asked, here and by the nodes above, and what became of it."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.HUNT_RUN)
    now, asked = CLOCK.now(), Filter(page=page(request.GET))
    rows, more = queries.questions_page(viewer, asked.page)
    counted = queries.counted_each(viewer, rows)
    shown = {
        "listed": [presenters.Listed(question=one, now=now, counted=counted[one.pk]) for one in rows],
        "pages": pages(asked, more=more),
        "may_ask": queries.may_ask(viewer),
    }
    return render(request, "hunts/hunts.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the organisations of this node and of those below."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.HUNT_ASK)
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            question = actions.ask_question(by=viewer, wanted=form.wanted, clock=CLOCK)
        except BadInputError as error:
            form.add_error("text", f"{error.message} {error.advice}")
        else:
            messages.success(request, "It is asked. This page fills as answers come.")
            return redirect("hunt-question", key=question.pk)
    return render(request, "hunts/ask.jinja", {"form": form}, status=400 if form.errors else 200)


@require_GET
def question(request: HttpRequest, key: str) -> HttpResponse:
    """One question, who asked it and what for, and what each organisation answers."""
    viewer = viewer_of(request)
    found = seen(queries.question_visible_to(viewer, key))
    asked = Filter(page=page(request.GET))
    answers, more = queries.answers_page(viewer, found, asked.page)
    mine = queries.answers_for(viewer, answers)
    shown = presenters.Shown(
        question=found,
        now=CLOCK.now(),
        counted=queries.counted(viewer, found),
        answers=answers,
        viewer=viewer,
        asked=asked,
        more=more,
        answers_for=mine,
        waiting=queries.undecided(mine),
    )
    answer = render(request, "hunts/question.jinja", {"shown": shown})
    if shown.is_under_way:
        answer.headers["Refresh"] = str(presenters.REFRESH_SECONDS)
    return answer


@require_POST
def withdraw(request: HttpRequest, key: str) -> HttpResponse:
    """Want no more answers."""
    viewer = viewer_of(request)
    found = seen(queries.question_visible_to(viewer, key))
    actions.withdraw_question(by=viewer, question=found, clock=CLOCK)
    messages.success(request, f"“{found}” is withdrawn. What was answered stays.")
    return redirect("hunt-question", key=found.pk)


@require_GET
def answer(request: HttpRequest, key: int) -> HttpResponse:
    """What an organisation of this node is asked, what was found, and what may be done about it."""
    viewer, now = viewer_of(request), CLOCK.now()
    found = seen(queries.answer_visible_to(viewer, key))
    asked = presenters.rows_asked(request.GET)
    rows, whole = None, asked.whole == "yes"
    if queries.waits_to_be_given(found, now):
        rows = actions.look_at_rows(by=viewer, answer=found, whole=whole, page=asked.page, clock=CLOCK)
    shown = presenters.Answering(
        answer=found,
        now=now,
        asked=asked,
        fewest=queries.policy_of(seen(found.organisation)).fewest,
        rows=rows,
        seen=looks.seen_by(viewer, found, rows, whole=whole) if rows else 0,
    )
    return render(request, "hunts/answer.jinja", {"shown": shown})


@require_GET
def rows(request: HttpRequest, key: int) -> HttpResponse:
    """The rows that an organisation let out."""
    found = seen(queries.given_to(viewer_of(request), key))
    shown = presenters.RowsShown(table=seen(cleaning.given_by(found)), asked=presenters.rows_asked(request.GET))
    return render(request, "hunts/rows.jinja", {"answer": found, "shown": shown})


@require_POST
def allow(request: HttpRequest, key: int) -> HttpResponse:
    """Let events be counted."""
    viewer = viewer_of(request)
    found = seen(queries.answer_visible_to(viewer, key))
    with posted(request, "Allowed. The events are counted now, and only the counts leave.") as form:
        actions.allow_counting(by=viewer, answer=found, clock=CLOCK)
    return form.back("hunt-answer", key=key)


@require_POST
def give(request: HttpRequest, key: int) -> HttpResponse:
    """Let rows out."""
    viewer = viewer_of(request)
    found = seen(queries.answer_visible_to(viewer, key))
    with posted(request, "The rows are on their way.") as form:
        whole, unseen = (request.POST.get(name) == "yes" for name in ("whole", "unseen"))
        actions.give_rows(by=viewer, answer=found, whole=whole, unseen=unseen, clock=CLOCK)
    return form.back("hunt-answer", key=key)


@require_POST
def refuse(request: HttpRequest, key: int) -> HttpResponse:
    """Say nothing, and why."""
    viewer = viewer_of(request)
    found = seen(queries.answer_visible_to(viewer, key))
    reason = request.POST.get("reason", "").replace("\0", "")
    with posted(request, "Refused. Whoever asked is told why.") as form:
        actions.refuse_answer(by=viewer, answer=found, reason=reason, clock=CLOCK)
    return form.back("hunt-answer", key=key)


@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest, code: str) -> HttpResponse:
    """What an organisation does when another node asks."""
    viewer = viewer_of(request)
    place = seen(queries.place_to_answer(viewer, code))
    form = PolicyForm(request.POST or None, initial=model_to_dict(queries.policy_of(place)))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        counts, people = Policy.Counts(given["counts"]), Policy.Counts(given["people"])
        actions.set_hunt_policy(
            by=viewer, organisation=place, counts=counts, people=people, fewest=given["fewest"], clock=CLOCK
        )
        messages.success(request, f"From now on: {counts.label.lower()}.")
        return redirect("hunt-policy", code=place.code)
    status = 400 if form.errors else 200
    return render(request, "hunts/policy.jinja", {"form": form, "place": place}, status=status)
