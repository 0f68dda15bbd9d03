"""How the worker takes up look backs, and says how they went. Only the worker calls this."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from watchward.access.permissions import Permission
from watchward.base.clock import Clock
from watchward.console.access.guard import Reach, organisations_where, reach
from watchward.console.lookback.models import LookBack, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A look back to be done: `organisations` are the codes of those whose events may be looked at, None for all."""

    key: int
    rule: str
    text: str
    since: datetime
    organisations: frozenset[str] | None


def put_back() -> None:
    """Let what was running wait again: whoever ran it is gone."""
    LookBack.objects.filter(state=State.RUNNING).update(state=State.WAITING, events=0)


def take(*, clock: Clock) -> Task | None:
    """The look back that has waited longest; what it may see is what its asker may search now."""
    asked = (
        LookBack.objects.filter(state=State.WAITING).order_by("at", "pk").select_related("by", "organisation").first()
    )
    if asked is None:
        return None
    if not LookBack.objects.filter(pk=asked.pk, state=State.WAITING).update(
        state=State.RUNNING, started_at=clock.now()
    ):
        return None
    where = organisations_where(asked.by, Permission.HUNT_RUN)
    if asked.organisation is not None:
        where = where.filter(Reach(paths=(asked.organisation.path,)).q("path"))
    everything = asked.organisation is None and reach(asked.by, Permission.HUNT_RUN).everything
    return Task(
        key=asked.pk,
        rule=asked.rule,
        text=asked.text,
        since=clock.now() - timedelta(days=asked.days),
        organisations=None if everything else frozenset(where.values_list("code", flat=True)),
    )


def note_progress(task: Task, events: int, chosen: int) -> bool:
    """Say how far a look back is; whether it is still wanted."""
    running = LookBack.objects.filter(pk=task.key, state=State.RUNNING)
    return bool(running.update(events=events, events_chosen=chosen))


def finish(task: Task, found: dict[str, Any], *, clock: Clock) -> None:
    """Keep what a look back found."""
    LookBack.objects.filter(pk=task.key, state=State.RUNNING).update(
        state=State.DONE,
        found=found,
        events=found["events"],
        events_chosen=found["events_chosen"],
        finished_at=clock.now(),
    )


def fail(task: Task, message: str, advice: str, *, clock: Clock) -> None:
    """Keep why a look back found nothing."""
    LookBack.objects.filter(pk=task.key, state=State.RUNNING).update(
        state=State.FAILED, error=message, advice=advice, finished_at=clock.now()
    )
