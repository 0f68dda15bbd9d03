"""People report what looks odd to them; it becomes an alert like any other, in the same list."""

import hashlib
from typing import Final
from uuid import UUID

from watchward.base.clock import Clock
from watchward.console.access.models import User
from watchward.console.detect.models import Alert, AlertStep, Projection, Rule
from watchward.console.detect.ordering import REPORTED, order_for
from watchward.console.estate.models import Organisation
from watchward.detect.sigma.rule import Level

RULE: Final = REPORTED
NO_DEVICE: Final = "No device named"


def alert_from_report(*, by: User, organisation: Organisation, what: str, device: str, clock: Clock) -> Alert:
    """The alert that a report makes. The same report sent twice in one minute makes one."""
    now = clock.now()
    kept, _ = Projection.objects.select_for_update().get_or_create(pk=1)
    kept.revision += 1
    kept.save(update_fields=["revision"])
    name = "\0".join((organisation.code, by.email, device, what, f"{now:%Y-%m-%d %H:%M}"))
    alert, new = Alert.objects.get_or_create(
        id=UUID(bytes=hashlib.sha256(name.encode()).digest()[:16]),
        defaults={
            "rule": _rule(),
            "organisation": organisation,
            "organisation_path": organisation.path,
            "device": device[:255] or NO_DEVICE,
            "level": Level.MEDIUM.rank,
            "score": 0.0,
            "count": 1,
            "first_at": now,
            "last_at": now,
            "received_at": now,
            "received_last_at": now,
            "revision": kept.revision,
        },
    )
    if new:
        order_for([organisation], {RULE}).place(alert)
        alert.save(update_fields=["score", "likelihood", "stake"])
        AlertStep.objects.create(alert=alert, at=now, by=by, by_name=str(by)[:200], text="Reported", note=what)
    return alert


def _rule() -> Rule:
    rule, _ = Rule.objects.get_or_create(
        pk=RULE,
        defaults={
            "title": "A person reported something odd",
            "level": Level.MEDIUM.rank,
            "description": "Someone at the organisation saw something that they did not expect. What they wrote is "
            "below, under what was done. Ring them before you do anything else.",
            "loaded": False,
        },
    )
    return rule
