"""What somebody has seen of rows before they let them out."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from watchward.base.clock import Clock
from watchward.console.access.guard import Actor
from watchward.console.access.models import User
from watchward.console.hunts.models import Answer, Look
from watchward.console.hunts.wire import Rows

ROWS_ON_A_PAGE: Final = 50
_ONE_LOOK: Final = timedelta(hours=8)
"""Whoever comes back after that looks anew."""


def pages_of(rows: Rows) -> int:
    """How many pages some rows fill."""
    return -(-len(rows.rows) // ROWS_ON_A_PAGE)


def remember(by: Actor, answer: Answer, *, whole: bool, pages: Iterable[int], clock: Clock) -> bool:
    """Remember that somebody was shown some pages; return whether this begins a look.

    A part of the node has no eyes: each time that it shows rows is a look of its own.
    """
    if not isinstance(by, User):
        return True
    now, shown = clock.now(), set(pages)
    look, begins = Look.objects.get_or_create(answer=answer, by=by, whole=whole, defaults={"at": now})
    begins = begins or now - look.at > _ONE_LOOK
    if begins:
        look.at = now
    if begins or not shown <= set(look.pages):
        look.pages = sorted({*look.pages, *shown})
        look.save()
    return begins


def seen_by(by: Actor, answer: Answer, rows: Rows, *, whole: bool) -> int:
    """How many rows somebody has seen as they would go; a part of the node has seen all.

    Whoever saw them with names has seen them without.
    """
    every = len(rows.rows)
    if not isinstance(by, User):
        return every
    ways = [True] if whole else [True, False]
    kept = Look.objects.filter(answer=answer, by=by, whole__in=ways).values_list("pages", flat=True)
    pages = {page for pages in kept for page in pages}
    return sum(min(ROWS_ON_A_PAGE, max(every - (page - 1) * ROWS_ON_A_PAGE, 0)) for page in pages if page > 0)
