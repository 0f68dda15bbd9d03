"""Old events make room for new ones: whole segments, the oldest first, and never what is still needed.

A segment expires in two steps. First a mark beside it says that its events no longer count: no hunt, merge or backup
that begins from then on sees it. A while later, when whoever was reading it is done, the file goes, and then the mark.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec
import structlog

from watchward.lake.aside import let_go_of_forgotten
from watchward.lake.keep import Keep
from watchward.lake.segments import (
    EXPIRED,
    GRACE_SECONDS,
    Segment,
    events_folder,
    everything,
    upkeep,
    visible,
)

log = structlog.get_logger()

NEEDED = timedelta(days=1)
"""Before the newest day: a gateway that starts reads these events, to recognise what it receives again."""

BETWEEN_DAYS = timedelta(hours=1)
"""How long after one day expired by its age the next one may: a clock that is wrong for an hour costs one day."""

_RECORD = "expiry.json"


class Reason(StrEnum):
    """Why events expired."""

    AGE = "age"
    ROOM = "room"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """What expired at one moment; `day` is the newest that lost events."""

    at: datetime
    day: str
    segments: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The days of which the lake holds events, and when events last expired for each reason."""

    days: tuple[date, ...]
    last: Mapping[Reason, Expired]

    def next_expiry(self, keep: Keep) -> date | None:
        """The day on which the oldest will have been kept for long enough; None where there are none."""
        return self.days[0] + timedelta(days=keep.days + 1) if self.days else None


def held(lake: Path) -> Held:
    """What the lake holds."""
    days = sorted({one.day for one in everything(lake)})
    return Held(days=tuple(map(date.fromisoformat, days)), last=_last(lake))


def expire(lake: Path, *, keep: Keep, projected: Mapping[str, int], now: datetime, free_bytes: int) -> int:
    """Let go of what is too old or in the way; return how many bytes are still wanting afterwards.

    It may be killed at any moment and run again.

    Args:
        lake: the node's lake.
        keep: how long events are kept.
        projected: how far alerts have been made from each gateway's journal: events behind that never expire.
        now: the present moment.
        free_bytes: what is free on the lake's disk.

    """
    with upkeep(lake):
        let_go_of_forgotten(lake)
        soon_free = _remove_marked(lake, now)
        may_go = list(_may_go(visible(lake), projected))
        overdue = list(_overdue(lake, may_go, keep, now))
        soon_free += _mark(lake, overdue, Reason.AGE, now)
        wanting = keep.free_bytes - free_bytes - soon_free
        in_the_way = list(_in_the_way(lake, may_go[len(overdue) :], wanting))
        wanting -= _mark(lake, in_the_way, Reason.ROOM, now)
    return max(0, wanting)


def _may_go(segments: Iterable[Segment], projected: Mapping[str, int]) -> Iterator[Segment]:
    """The segments that nobody needs any more, oldest first."""
    ordered = sorted(segments)
    needed = (date.fromisoformat(ordered[-1].day) - NEEDED).isoformat() if ordered else ""
    for segment in ordered:
        if segment.day < needed and segment.last <= projected.get(segment.gateway, 0):
            yield segment


def _overdue(lake: Path, may_go: list[Segment], keep: Keep, now: datetime) -> Iterator[Segment]:
    """The oldest day's, if it was kept for long enough and no other expired just now."""
    before = _last(lake).get(Reason.AGE)
    if before is None or abs(now - before.at) >= BETWEEN_DAYS:
        limit = (now.date() - timedelta(days=keep.days)).isoformat()
        yield from (one for one in may_go if one.day < limit and one.day == may_go[0].day)


def _in_the_way(lake: Path, may_go: list[Segment], wanting: int) -> Iterator[Segment]:
    """As many of the oldest as make enough room."""
    for segment in may_go:
        status = segment.path(lake).stat()
        if wanting <= 0 or status.st_nlink > 1:  # a backup holds it: removing it would make no room
            return
        wanting -= status.st_size
        yield segment


def _mark(lake: Path, chosen: list[Segment], reason: Reason, now: datetime) -> int:
    """Have segments count no longer; return how many bytes that will free."""
    if not chosen:
        return 0
    size = 0
    superseded = [one for one in everything(lake) if one not in chosen and any(c.covers(one) for c in chosen)]
    for segment in [*superseded, *chosen]:  # never the one that supersedes before those which it stands for
        size += segment.path(lake).stat().st_size
        _mark_one(lake, segment, now)
    expired = Expired(at=now, day=chosen[-1].day, segments=len(chosen), bytes=size)
    _remember(lake, reason, expired)
    log.info("events_expired", reason=str(reason), through=expired.day, segments=expired.segments, bytes=size)
    return size


def _mark_one(lake: Path, segment: Segment, now: datetime) -> None:
    try:
        segment.mark(lake).touch(mode=0o600)
        os.utime(segment.mark(lake), (now.timestamp(), now.timestamp()))
    except OSError as error:
        # Not even a name has room: a hunt that fails now is better than a node that takes nothing more.
        log.warning("segment_removed_at_once", segment=str(segment), reason=str(error))
        segment.path(lake).unlink(missing_ok=True)
        segment.mark(lake).unlink(missing_ok=True)


def _remove_marked(lake: Path, now: datetime) -> int:
    """Remove what was marked a while ago; return how many bytes are marked and still there."""
    left = 0
    marks = events_folder(lake).glob(f"*/*{EXPIRED}")
    marked = [Segment.parse(f"{mark.parent.name}/{mark.stem}.parquet") for mark in marks]
    for segment in sorted(marked, key=lambda one: one.last - one.first):  # a merged one after those it stands for
        path, mark = segment.path(lake), segment.mark(lake)
        # Either way: the clock may have been set back meanwhile.
        if abs(now.timestamp() - mark.stat().st_mtime) >= GRACE_SECONDS:
            path.unlink(missing_ok=True)
            mark.unlink()
            _remove_empty(path.parent)
        elif path.exists():
            left += path.stat().st_size
    return left


def _remove_empty(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()


def _last(lake: Path) -> dict[Reason, Expired]:
    """When events last expired, by reason; nothing where that cannot be read, for it only paces and informs."""
    try:
        return msgspec.json.decode((lake / _RECORD).read_bytes(), type=dict[Reason, Expired])
    except (OSError, msgspec.MsgspecError):
        return {}


def _remember(lake: Path, reason: Reason, expired: Expired) -> None:
    draft = lake / f"{_RECORD}.new"
    try:
        draft.write_bytes(msgspec.json.encode({**_last(lake), reason: expired}))
        draft.replace(lake / _RECORD)
    except OSError as error:
        log.warning("expiry_not_remembered", reason=str(error))
