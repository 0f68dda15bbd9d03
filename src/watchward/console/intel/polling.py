"""The part of the adapters that polls other organisations' servers: how far each was read, and what went wrong.

A sweep asks for everything added after a moment, page by page, and remembers the server's own date of the last object.
The next sweep begins a little before that date: a server that gives several objects one date, or reads the question a
little wrongly, loses nothing, and what comes twice is known (ADR 0213).
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models import Q

from watchward.base.clock import Clock
from watchward.base.errors import BadInputError, WatchwardError
from watchward.console.access.guard import Service
from watchward.console.config import current
from watchward.console.intel import moments
from watchward.console.intel.actions import add_objects
from watchward.console.intel.bringing import File, bring
from watchward.console.intel.fetching import AT_ONCE, Feed, Fetched, UnreachableError
from watchward.console.intel.models import POLLED, Source
from watchward.console.intel.sealing import unsealed
from watchward.console.intel.storing import HOUR, hour_of, room_of, why_no_room

log = structlog.get_logger(__name__)

BY: Final = Service(name="Watchward")
OVERLAP: Final = timedelta(seconds=1)
OVERLAP_BY_CLOCK: Final = timedelta(minutes=10)
"""Where a server does not say when objects were added, its clock at the beginning of the sweep stands for that."""

PAGES_AT_ONCE: Final = 25
TURN_SECONDS: Final = 20.0
"""After so long, whatever a source still has is left for its next turn: others wait for theirs."""

SOURCES_AT_ONCE: Final = 20
_LONGEST_PAUSE: Final = timedelta(hours=6)
_MOST_DOUBLINGS: Final = 8
_BLEEDS: Final = (
    "It answers with what was added before the moment that it was asked for: everything is read again each time. "
    "Nothing is lost by it; ask its maker to mend “added_after”."
)


class _NotUnderstoodError(WatchwardError):
    """A server answered with something that nobody thought of."""

    def __init__(self, problem: Exception) -> None:
        super().__init__(
            f"What it answers could not be taken in ({type(problem).__name__}).",
            advice="It is tried again, later each time. The log says more; tell the makers of Watchward.",
        )


@dataclass(slots=True)
class _Sweep:
    """How far a sweep has come.

    Args:
        after: the moment, as the server wrote it, after which the sweep asks.
        cursor: by what the next page is asked for.
        until: the date of the last object so far.
        warning: what is odd about the server.

    """

    after: str
    cursor: str
    until: str
    warning: str = ""


def poll_due(*, clock: Clock) -> None:
    """Poll every source whose time has come; one that cannot be read holds up no other."""
    due = Source.objects.filter(Q(next_at=None) | Q(next_at__lte=clock.now()), kind__in=POLLED, enabled=True)
    for source in due.select_related("collection__organisation", "organisation").order_by("next_at")[:SOURCES_AT_ONCE]:
        try:
            poll(source, clock=clock)
        except Exception as problem:
            # What a server answers is not trusted with anything, and this job reads those of everybody.
            log.exception("source_not_understood", source=source.name, advice="Tell the makers of Watchward.")
            _note_failure(source, _NotUnderstoodError(problem), clock=clock)


def poll(source: Source, *, clock: Clock) -> None:
    """Read what a source has that is new, a bounded number of pages; what is left is read the next time, at once."""
    if room_of(source, at=clock.now()) < AT_ONCE:
        Source.objects.filter(pk=source.pk).update(
            next_at=hour_of(source, at=clock.now()) + HOUR, error=why_no_room(source)[:1000]
        )
        return
    try:
        rest, warning = _read(source, clock=clock)
    except WatchwardError as error:
        _note_failure(source, error, clock=clock)
        return
    pause = timedelta(0) if rest else timedelta(minutes=source.every_minutes)
    Source.objects.filter(pk=source.pk).update(
        failures=0, error=warning, last_at=clock.now(), next_at=clock.now() + pause
    )


def _read(source: Source, *, clock: Clock) -> tuple[bool, str]:
    return _listed(source, clock=clock) if source.kind == Source.Kind.FEED else _swept(source, clock=clock)


def _listed(source: Source, *, clock: Clock) -> tuple[bool, str]:
    """Take in what a list names that is not there yet; whether there is more (never), and what of it was odd."""
    assert source.collection is not None
    with feed_of(source) as feed:
        text = feed.text()
    file = File(raw=text, name=source.name, at=clock.now())
    done = bring(by=BY, collection=source.collection, file=file, clock=clock, source=source)
    odd = len(done.unread)
    return False, f"{odd:,} of its lines could not be read. The first: {done.unread[0]}"[:1000] if odd else ""


def feed_of(source: Source) -> Feed:
    """The server of a source, to be read within `with`."""
    secret = unsealed(source.secret)
    return Feed(source.url, username=source.username, password=secret, trusted=current().webhook_hosts)


def _swept(source: Source, *, clock: Clock) -> tuple[bool, str]:
    """Read some pages; whether there are more, and what is odd about the server."""
    sweep = _Sweep(source.added_after, source.cursor, source.seen_until)
    ends = time.monotonic() + TURN_SECONDS
    with feed_of(source) as feed:
        for _ in range(PAGES_AT_ONCE):
            page = feed.page(after=_a_little_before(sweep.after), cursor=sweep.cursor)
            more = _take(source, page, sweep, clock=clock)
            if not more:
                return False, sweep.warning
            if room_of(source, at=clock.now()) < AT_ONCE or time.monotonic() > ends:
                break
    return True, sweep.warning


def _take(source: Source, page: Fetched, sweep: _Sweep, *, clock: Clock) -> bool:
    """Store a page, together with how far that is; whether the sweep goes on."""
    before = (sweep.after, sweep.cursor)
    sweep.until = max(sweep.until, page.last) or _by_clock(page)
    if sweep.after and page.first and page.first < _a_little_before(sweep.after):
        sweep.warning = _BLEEDS
    if not page.more:
        sweep.after, sweep.cursor = max(sweep.after, sweep.until), ""
    elif page.next:
        sweep.cursor = page.next
    else:
        sweep.after, sweep.cursor = max(sweep.after, page.last), ""
    if page.more and (sweep.after, sweep.cursor) == before:
        raise UnreachableError(
            "The server says that there is more, and gives no way to it.", advice="Ask its maker to mend its paging."
        )
    with transaction.atomic():
        if page.count:
            assert source.collection is not None
            add_objects(by=BY, collection=source.collection, raw=page.body, source=source, clock=clock)
        Source.objects.filter(pk=source.pk).update(
            cursor=sweep.cursor, added_after=sweep.after, seen_until="" if not page.more else sweep.until
        )
    return page.more


def _by_clock(page: Fetched) -> str:
    """The moment that stands for dates which a server does not give: its clock, well before this answer."""
    with suppress(OverflowError):
        return "" if page.at is None else moments.written(moments.micros(page.at - OVERLAP_BY_CLOCK))
    return ""


def _a_little_before(written: str) -> str:
    """A moment with the overlap; one that cannot be read, or has none before it, stays as the server wrote it."""
    with suppress(BadInputError, OverflowError):
        return moments.written(moments.read(written) - OVERLAP // timedelta(microseconds=1))
    return written


def _note_failure(source: Source, error: WatchwardError, *, clock: Clock) -> None:
    now, failures = clock.now(), source.failures + 1
    forgotten = {"cursor": ""} if isinstance(error, UnreachableError) and error.cursor else {}
    Source.objects.filter(pk=source.pk).update(
        failures=failures,
        error=f"{error.message} {error.advice}"[:1000],
        last_at=now,
        next_at=_next_try(source, failures, error, now),
        **forgotten,
    )
    log.warning("source_not_read", source=source.name, reason=error.message, failures=failures)


def _next_try(source: Source, failures: int, error: WatchwardError, now: datetime) -> datetime:
    """Later each time, and never before the server wants."""
    pause = timedelta(minutes=source.every_minutes) * (1 << min(failures - 1, _MOST_DOUBLINGS))
    wanted = timedelta(seconds=error.seconds) if isinstance(error, UnreachableError) else timedelta(0)
    return now + max(min(pause, _LONGEST_PAUSE), wanted)
