"""The check of harm: who contacted what is to be blocked in the last 30 days, and what their loss would do to patients.

The worker answers all checks that wait with one reading of the lake.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import transaction

from watchward.base.clock import Clock
from watchward.base.errors import WatchwardError
from watchward.console.access.guard import Reach
from watchward.console.care import adapters as care
from watchward.console.config import current
from watchward.console.estate.models import Organisation
from watchward.console.harm.adapters import laid_out
from watchward.console.protect import adapters, adopting
from watchward.console.protect.models import Block, Check
from watchward.console.protect.rows import life_of, put, thing_of
from watchward.lake.contacted import Seen, Span, contacted
from watchward.respond.blocks import life as lives
from watchward.respond.blocks.checking import HOURS, Contact, Touched, carriers, loss
from watchward.respond.blocks.life import State

log = structlog.get_logger(__name__)

DAYS: Final = 30
"""How far back contacts are looked for."""

_AT_ONCE: Final = 1_000
_SHOWN: Final = 200
"""Devices that one check names, those that carry care first; all are counted."""


def check_waiting(*, clock: Clock) -> int:
    """Answer the checks that wait; return how many."""
    waiting = list(
        Check.objects.filter(finished_at=None).select_related("block__organisation").order_by("asked_at")[:_AT_ONCE]
    )
    if not waiting:
        return 0
    since = clock.now() - timedelta(days=DAYS)
    seen = contacted(current().lake, {str(one.pk): thing_of(one.block) for one in waiting}, since=since)
    by_check: dict[str, list[tuple[Seen, Span]]] = defaultdict(list)
    for key, span in seen.items():
        by_check[key[0]].append((key, span))
    for one in waiting:
        _answer(one, by_check[str(one.pk)], since, clock=clock)
    return len(waiting)


@transaction.atomic
def _answer(check: Check, seen: Sequence[tuple[Seen, Span]], since: datetime, *, clock: Clock) -> None:
    now = clock.now()
    contacts = [
        Contact(organisation=code, device=device, events=span[0], first_at=span[1], last_at=span[2])
        for (_, code, device), span in seen
    ]
    check.found = weighed(check.block, contacts) | {"since": since.isoformat(), "until": now.isoformat()}
    check.finished_at = now
    check.save(update_fields=["found", "finished_at"])
    block = Block.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=check.block_id)
    if block.state == State.LIFTED.value:
        return
    put(block, lives.check(life_of(block), at=now), at=now)
    if block.state in (State.CANARY.value, State.IN_FORCE.value):
        adapters.stand_aside(block, at=now)
    adopting.checked(block, clock=clock)


def weighed(block: Block, contacts: Sequence[Contact]) -> dict[str, Any]:
    """What was found of those for whom a block is, as it is kept and shown: the worst for patients first."""
    within = Reach(everything=True) if block.organisation is None else Reach(paths=(block.organisation.path,))
    codes = {one.organisation for one in contacts}
    places = {one.code: one for one in Organisation.objects.filter(code__in=codes) if one.path in within}
    known = carriers(care.part_of(one).care for one in places.values())
    touched = [known.touched(one) for one in contacts if one.organisation in places]
    touched.sort(key=lambda one: (not one.is_care, one.contact.organisation, one.contact.device))
    harm, why_not = _loss(touched)
    return {
        "days": DAYS,
        "hours": HOURS,
        "events": sum(one.contact.events for one in touched),
        "devices": len(touched),
        "care": sum(one.is_care for one in touched),
        "systems": sorted({system for one in touched for system in one.systems}),
        "suppliers": sorted({supplier for one in touched for supplier in one.suppliers}),
        "harm": harm,
        "why_not": why_not,
        "organisations": _by_place(touched[:_SHOWN], places),
        "named": min(len(touched), _SHOWN),
    }


def _loss(touched: Sequence[Touched]) -> tuple[dict[str, float | None] | None, str]:
    if not any(one.is_care for one in touched):
        return {"value": 0.0, "low": 0.0, "high": 0.0}, ""
    try:
        found = loss(laid_out().model, touched)
    except WatchwardError as error:
        log.warning("harm_of_block_unknown", reason=error.message)
        return None, error.message
    return {"value": found.value, "low": found.low, "high": found.high}, ""


def _by_place(touched: Sequence[Touched], places: dict[str, Organisation]) -> list[dict[str, Any]]:
    found: dict[str, list[Touched]] = {}
    for one in touched:
        found.setdefault(one.contact.organisation, []).append(one)
    return [
        {
            "code": code,
            "name": places[code].name,
            "devices": [
                {
                    "name": one.contact.device,
                    "events": one.contact.events,
                    "first_at": one.contact.first_at.isoformat(),
                    "last_at": one.contact.last_at.isoformat(),
                    "carries": list(one.systems),
                    "suppliers": list(one.suppliers),
                }
                for one in some
            ],
        }
        for code, some in found.items()
    ]
