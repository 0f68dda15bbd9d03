"""The REST API of the lives of rules: the same queries and actions as the pages."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require, require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.rules import actions, presenters, queries
from watchward.console.rules.filters import Need
from watchward.console.rules.views import take_in
from watchward.detect.alerts.triage import CloseReason
from watchward.detect.lives import sets
from watchward.detect.lives.lives import Standing
from watchward.detect.lives.sets import Said
from watchward.detect.lives.trial import Suggestion

router = Router(tags=["Lives of rules"])
CLOCK = SystemClock()


class SetOut(Schema):
    """A set of rules; `version` to `brought_by` are empty for the starter pack and the site's own rules."""

    folder: str
    name: str
    version: str
    licence: str
    source: str
    brought_at: datetime | None
    brought_by: str
    standings: dict[Standing, int]


class TrialOut(Schema):
    """What a rule on trial would have raised, and what that suggests."""

    rule: str
    title: str
    until: datetime | None
    matches: int
    alerts: int
    days: float
    alerts_a_day_per_1000_devices: float
    suggestion: Suggestion


class NeedOut(Schema):
    """A rule that needs somebody; `figure` is what it is named for: alerts a day for each 1,000 devices, or percent."""

    rule: str
    title: str
    need: Need
    figure: float


class LookOut(Schema):
    """What needs somebody, and the trials."""

    needing: list[NeedOut]
    trials: list[TrialOut]


class CostOut(Schema):
    """What a rule cost in the last week; shares are from 0 to 1."""

    seconds: float
    share: float
    events: int
    matches: int


class DecisionOut(Schema):
    """Something that was decided about a rule."""

    at: datetime
    by: str = Field(alias="by_name")
    text: str
    reason: str


class LifeOut(Schema):
    """Where a rule stands, what it cost and what it brought, as far as you may see it."""

    rule: str
    standing: Standing | None
    folder: str
    text: str
    changes: str
    trial: TrialOut | None
    matches: dict[date, int]
    alerts: int
    waiting: int
    outcomes: dict[CloseReason, int]
    cost: CostOut | None
    steps: list[DecisionOut]


class Decide(Schema):
    """Where some rules are to stand, and why."""

    rules: list[str] = Field(min_length=1, max_length=actions.MOST_AT_ONCE)
    standing: Standing
    reason: str = Field(min_length=1, max_length=actions.LONGEST_REASON)


class Decided(Schema):
    """The rules that stand elsewhere now."""

    changed: list[str]


class Bring(Schema):
    """What is said of a set that is brought in; what is left empty is looked for in it."""

    name: str = Field(default="", max_length=sets.LONGEST_NAME)
    version: str = Field(default="", max_length=60)
    licence: str = Field(default="", max_length=100)
    beside: str = Field(default="", max_length=sets.LONGEST_NAME, description="A short name for a further set.")
    in_force: bool = Field(default=False, description="Without a trial.")


class GoneOut(Schema):
    """A rule or a correlation that a release dropped."""

    rule: str
    title: str


class Brought(Schema):
    """What bringing in a set did; `gone` are the rules of the release before that the node no longer has."""

    folder: str
    rules: int
    rejected: int
    new: int
    changed: int
    gone: list[GoneOut]


@router.get("/rule-sets", response=list[SetOut])
def rule_sets(request: HttpRequest) -> list[dict[str, Any]]:
    """The sets of rules of this node: a handful, and never more than 1,000."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.RULE_VIEW)
    return [_set(row) for row in queries.set_rows(viewer)]


@router.post("/rule-sets", response={201: Brought})
def bring(
    request: HttpRequest, said: Form[Bring], archive: File[UploadedFile | None] = None
) -> Status[dict[str, object]]:
    """Bring in a release of rules: an archive, as a form with a file. What is new in it runs on trial."""
    require(viewer_of(request), Permission.RULE_MANAGE, at=None)
    if archive is None:
        raise BadInputError("There is no file.", advice="Send a form (multipart) with the archive as `archive`.")
    folder = sets.folder_of(said.beside)
    told = Said(folder=folder, name=said.name, version=said.version, licence=said.licence, in_force=said.in_force)
    done = take_in(viewer_of(request), archive, told)
    counts = {"rules": done.rules, "rejected": done.rejected, "new": done.new, "changed": done.changed}
    return Status(201, {"folder": folder, **counts, "gone": list(done.gone)})


@router.post("/rule-sets/{folder}/restore", response={204: None})
def restore(request: HttpRequest, folder: str) -> Status[None]:
    """Bring back the release before."""
    actions.restore_rules(by=viewer_of(request), folder=folder, clock=CLOCK)
    return Status(204, None)


@router.get("/rule-trials", response=LookOut)
def look(request: HttpRequest) -> dict[str, object]:
    """The rules that need somebody, and those on trial, the loudest first: of a set 50,000 at most."""
    viewer, now = viewer_of(request), CLOCK.now()
    require_anywhere(viewer, Permission.RULE_VIEW)
    needing = [
        {"rule": one.rule.pk, "title": one.rule.title, "need": one.need, "figure": one.figure}
        for one in queries.needing(viewer, now)
    ]
    return {"needing": needing, "trials": [_trial(one) for one in queries.trials(viewer, now)]}


@router.post("/rule-standings", response=Decided)
def decide(request: HttpRequest, body: Decide) -> dict[str, object]:
    """Put rules in force, on trial or out of use. Those that stand there already are passed over."""
    done = actions.decide_rules(
        by=viewer_of(request), rules=body.rules, standing=body.standing, reason=body.reason, clock=CLOCK
    )
    return {"changed": [life.pk for life in done]}


@router.get("/rules/{key}/life", response=LifeOut)
def life(request: HttpRequest, key: str) -> dict[str, object]:
    """Where a rule stands, what it cost and what it brought: the last 30 days, the last 100 decisions."""
    viewer, now = viewer_of(request), CLOCK.now()
    found = seen(queries.rule_visible_to(viewer, key))
    account = queries.account_of(viewer, found, now)
    tried = queries.trials(viewer, now, rules=[found.pk])
    shown = presenters.RulePresenter(rule=found, account=account, set_rows=[], trial=tried[0] if tried else None)
    return {
        "rule": found.pk,
        "standing": shown.life.standing if shown.life else None,
        "folder": shown.life.folder if shown.life else "",
        "text": shown.text,
        "changes": shown.changes,
        "trial": _trial(tried[0]) if tried else None,
        "matches": dict(account.matches),
        "alerts": account.alerts,
        "waiting": account.waiting,
        "outcomes": account.outcomes,
        "cost": account.cost,
        "steps": queries.steps_of(found),
    }


def _set(row: queries.SetRow) -> dict[str, Any]:
    note = row.note
    return {
        "folder": row.folder,
        "name": presenters.SetLine(row=row).name,
        "version": note.version if note else "",
        "licence": note.licence if note else "",
        "source": note.source if note else "",
        "brought_at": note.brought_at if note else None,
        "brought_by": note.brought_by if note else "",
        "standings": row.counts,
    }


def _trial(one: queries.Trial) -> dict[str, object]:
    return {
        "rule": one.life.pk,
        "title": one.life.rule.title,
        "until": one.life.trial_until,
        "matches": one.noise.matches,
        "alerts": one.noise.alerts,
        "days": one.noise.days,
        "alerts_a_day_per_1000_devices": one.noise.per_thousand,
        "suggestion": one.suggestion,
    }
