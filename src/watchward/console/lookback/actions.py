"""What people do with look backs. Each action checks, writes and records in one transaction."""

from pathlib import Path
from typing import Final

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.audit import record
from watchward.console.access.guard import require, require_anywhere
from watchward.console.access.models import User
from watchward.console.detect.models import Rule
from watchward.console.estate.models import Organisation
from watchward.console.lookback.models import LookBack, State
from watchward.detect.correlate.rule import Correlation
from watchward.detect.sigma.document import parse
from watchward.detect.sigma.rule import Rejected
from watchward.detect.sigma.rule import Rule as Loaded

MOST_DAYS: Final = 90
MOST_WAITING: Final = 3
"""Look backs of one person that may wait or run at once."""

KEPT: Final = 20
"""Look backs of one person that are kept: the latest."""


@transaction.atomic
def ask_look_back(  # noqa: PLR0913 - which rule, over what, and whose events
    *, by: User, rule: str = "", text: str = "", days: int, organisation: Organisation | None, clock: Clock
) -> LookBack:
    """Ask for a rule of the node, or one in a text, to look back over the last days."""
    if organisation is None:
        require_anywhere(by, Permission.HUNT_RUN)
    else:
        require(by, Permission.HUNT_RUN, at=organisation)
    if not 1 <= days <= MOST_DAYS:
        raise BadInputError(f"{days} days cannot be looked back over.", advice=f"Ask for 1 to {MOST_DAYS} days.")
    title = _title_in(text) if text.strip() else _title_of(rule)
    under_way = LookBack.objects.filter(by=by, state__in=[State.WAITING, State.RUNNING]).count()
    if under_way >= MOST_WAITING:
        raise BadInputError(
            f"You have {under_way} look backs under way.", advice="Wait for one of them, or cancel one, then ask again."
        )
    asked = LookBack.objects.create(
        by=by,
        at=clock.now(),
        title=title[:300],
        rule="" if text.strip() else rule,
        text=text,
        days=days,
        organisation=organisation,
    )
    old = LookBack.objects.filter(by=by).values_list("pk", flat=True)[KEPT:]
    LookBack.objects.filter(pk__in=list(old)).delete()
    record(
        AuditEvent.LOOK_BACK_ASKED,
        by=by,
        subject=asked,
        organisation=organisation,
        clock=clock,
        days=days,
        rule=rule or text[:5_000],
    )
    return asked


@transaction.atomic
def cancel_look_back(*, by: User, look_back: LookBack, clock: Clock) -> None:
    """End a look back that waits or runs."""
    if look_back.by_id != by.pk:
        raise NotAllowedError("This look back is someone else's.", advice="Ask them to cancel it.")
    LookBack.objects.filter(pk=look_back.pk, state__in=[State.WAITING, State.RUNNING]).update(
        state=State.CANCELLED, finished_at=clock.now()
    )
    record(AuditEvent.LOOK_BACK_CANCELLED, by=by, subject=look_back, organisation=look_back.organisation, clock=clock)


def _title_of(rule: str) -> str:
    found = Rule.objects.filter(pk=rule).first()
    if found is None:
        raise BadInputError("There is no such rule.", advice="Choose a rule of the list, or paste one.")
    return found.title


def _title_in(text: str) -> str:
    """The title of what is in a text: of the correlation, where there is one."""
    found = parse(text.encode(), Path("rule.yml"))
    for one in found:
        if isinstance(one, Rejected):
            raise BadInputError(f"Line {one.line} of the rule: {one.reason}.", advice=one.advice)
    titles = [one.title for kind in (Correlation, Loaded) for one in found if isinstance(one, kind)]
    if not titles:
        raise BadInputError("There is no rule in this text.", advice="Paste a Sigma rule or correlation, in YAML.")
    return titles[0]
