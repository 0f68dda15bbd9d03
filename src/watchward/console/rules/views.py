"""The pages of rules. Each asks a query or does an action, and shows what a presenter says."""

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import Actor, require, require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.detect.models import Rule
from watchward.console.detect.queries import is_outside, may_hunt
from watchward.console.rules import actions, presenters, queries
from watchward.console.rules.actions import Imported
from watchward.console.rules.filters import RuleFilter
from watchward.console.rules.forms import DecisionForm, ImportForm
from watchward.detect.lives.lives import Standing
from watchward.detect.lives.sets import Said
from watchward.telemetry.masking import masked_event

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

CLOCK = SystemClock()


@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """The rules of this node: those that need somebody, the sets, and all of them."""
    viewer, now = viewer_of(request), CLOCK.now()
    require_anywhere(viewer, Permission.RULE_VIEW)
    asked = RuleFilter.parse(request.GET)
    plain = not asked.narrowed and asked.page == 1
    on_trial = asked.standing == Standing.TRIAL.value
    tried = queries.trials(viewer, now) if plain or on_trial else []
    shown = presenters.ListPresenter(
        page=queries.rule_page(viewer, asked, now),
        asked=asked,
        set_rows=queries.set_rows(viewer),
        needing=queries.needing(viewer, now, tried=tried) if plain else [],
        trials=tried,
        shown_trials=queries.asked_for(viewer, asked, tried, now) if on_trial else tried[: presenters.FEW_TRIALS],
        sources=queries.log_sources(viewer),
        may_manage=queries.may_manage(viewer),
    )
    return render(request, "rules/rules.jinja", {"shown": shown, "plain": plain, "look": presenters})


@require_GET
def rule(request: HttpRequest, key: str) -> HttpResponse:
    """One rule: what it says, where it stands, what it costs and what it brings."""
    viewer, now = viewer_of(request), CLOCK.now()
    found = seen(queries.rule_visible_to(viewer, key))
    tried = queries.trials(viewer, now, rules=[found.pk])
    reads, read_by = queries.neighbours(found)
    shown = presenters.RulePresenter(
        rule=found,
        account=queries.account_of(viewer, found, now),
        set_rows=queries.set_rows(viewer),
        trial=tried[0] if tried else None,
    )
    context = {
        "shown": shown,
        "look": presenters,
        "steps": queries.steps_of(found),
        "neighbours": [("Reads", reads), ("Read by", read_by)],
        "examples": _examples(viewer, found) if tried else [],
        "places": queries.organisations_in_trial(viewer, found) if tried else [],
        "may_manage": queries.may_manage(viewer) and shown.life is not None,
        "may_hunt": may_hunt(viewer),
        "sees_all": queries.sees_all(viewer),
        "sees_alerts": queries.sees_alerts(viewer),
    }
    return render(request, "rules/rule.jinja", context)


def _examples(viewer: Actor, rule: Rule) -> list[tuple[object, object]]:
    """Examples with their fields, which are masked for whoever looks from outside."""
    found = queries.examples_of(viewer, rule)
    return [(one, masked_event(one.fields) if is_outside(viewer, one.organisation) else one.fields) for one in found]


@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Put rules in force, on trial or out of use."""
    chosen = request.POST.getlist("rule")
    form = DecisionForm(request.POST)
    if not form.is_valid():
        raise BadInputError("Say what the rule should do, and why.", advice="Go back, and fill in both.")
    standing = Standing(form.cleaned_data["standing"])
    done = actions.decide_rules(
        by=viewer_of(request), rules=chosen, standing=standing, reason=form.cleaned_data["reason"], clock=CLOCK
    )
    messages.success(request, presenters.decided(standing, len(done)))
    return redirect("rule", key=chosen[0]) if len(chosen) == 1 else redirect("rules")


@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Bring in a release of rules from an archive."""
    viewer = viewer_of(request)
    require(viewer, Permission.RULE_MANAGE, at=None)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        said = Said(
            folder=given["beside"],
            name=given["name"],
            version=given["version"],
            licence=given["licence"],
            in_force=given["in_force"],
        )
        try:
            done = take_in(viewer, given["archive"], said)
        except BadInputError as error:
            form.add_error("archive", f"{error.message} {error.advice}")
        else:
            messages.success(request, _told(done))
            return redirect("rules")
    return render(request, "rules/bring.jinja", {"form": form, "sets": queries.set_rows(viewer), "look": presenters})


def take_in(viewer: Actor, given: "UploadedFile[Any]", said: Said) -> Imported:
    """Bring in an archive that was uploaded, which is kept only as long as that takes."""
    name = Path(given.name or "rules").name[:200]
    with NamedTemporaryFile(prefix="rules-") as file:
        for chunk in given.chunks():
            file.write(chunk)
        file.flush()
        try:
            return actions.import_rules(by=viewer, archive=Path(file.name), said=said, source=name, clock=CLOCK)
        except BadInputError as error:
            raise BadInputError(error.message.replace(file.name, name), advice=error.advice) from error


def _told(done: Imported) -> str:
    loaded = f"{presenters.counted(done.rules, 'rule')} {'loads' if done.rules == 1 else 'load'}"
    text = f"{done.note.name} {done.note.version} is here: {loaded}"
    text += f", {done.rejected:,} {'does' if done.rejected == 1 else 'do'} not." if done.rejected else "."
    if done.new or done.changed:
        text += (
            f" {presenters.counted(done.new, 'new rule')} and {presenters.counted(done.changed, 'changed rule')} "
            "run on trial; the versions before of those that changed stay in force."
        )
    if done.gone:
        text += (
            f" No longer there: {presenters.counted(len(done.gone), 'rule')}, such as “{done.gone[0].title}”. "
            "To list them, choose “Are no longer there” below."
        )
    if done.rejected:
        text += " watchward rules check, at the command line of the node, says why a rule does not load."
    return text


@require_POST
def restore(request: HttpRequest, folder: str) -> HttpResponse:
    """Bring back the release before."""
    note = actions.restore_rules(by=viewer_of(request), folder=folder, clock=CLOCK)
    messages.success(
        request,
        f"{note.name} {note.version} is back." if note else "It is taken out again: the set is not there, as before.",
    )
    return redirect("rules")
