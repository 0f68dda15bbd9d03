"""Who says something of the map of care, and whom a changed map concerns."""

from collections.abc import Sequence
from typing import Any

from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import Actor
from watchward.console.care import rows, storing
from watchward.console.care.signals import map_changed
from watchward.console.estate.models import Organisation
from watchward.estate.care.system import Supplier


def said_by(by: Actor, reason: str, clock: Clock) -> dict[str, Any]:
    """Who says something, when, and why; a reason is always asked for.

    Raises:
        BadInputError: there is none.

    """
    if not reason.strip():
        raise BadInputError("A change of the map needs its reason.", advice="Say in a few words how you know.")
    return {"changed_at": clock.now(), "changed_by": str(by)[:200], "reason": reason.strip()[:300]}


def tell(organisations: Sequence[Organisation], *, suppliers: Sequence[Supplier] = ()) -> None:
    """The map is another one: at some organisations, and at those that named a supplier before it was there."""
    rows.bump()
    waiting = storing.naming([one.id for one in suppliers]) if suppliers else []
    map_changed.send(None, organisations=[*organisations, *(one for one in waiting if one not in organisations)])
