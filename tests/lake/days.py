"""A lake of several days for tests of what expires."""

from datetime import timedelta

from lake.batches import an_event_id, rows
from lake.journals import MOMENT, an_entry
from watchward.base.clock import HeldClock
from watchward.lake import catalogue, expiry, segments
from watchward.lake.catalogue import Wanted
from watchward.lake.journal import Writer
from watchward.lake.keep import Keep
from watchward.lake.segments import Segment

PLENTY = 1 << 40


class Node:
    """A lake with one segment a day, all of it projected, and a clock at noon of the last day."""

    def __init__(self, folder, days):
        self.lake, self.journals = folder / "lake", folder / "journal"
        self.clock = HeldClock(at=MOMENT)
        self.projected = {"g1": days}
        writer = Writer(self.journals / "g1")
        for number in range(1, days + 1):
            at = MOMENT - timedelta(days=days - number)
            segments.write(self.lake, Segment.of("g1", number, at), rows(f"event-{number}", at=at))
            writer.append(an_entry(number, received_at=at))
        writer.close()

    def expire(self, *, days=365, free=PLENTY, wanted=0):
        keep = Keep(days=days, free_bytes=wanted)
        return expiry.expire(self.lake, keep=keep, projected=self.projected, now=self.clock.now(), free_bytes=free)

    def expire_for_hours(self, hours, *, days):
        for _ in range(hours):
            self.expire(days=days)
            self.clock.advance(timedelta(hours=1))

    @property
    def kept(self):
        found = catalogue.dataset(self.lake, Wanted()).to_table(columns=["event_id"])["event_id"].to_pylist()
        return [number for number in range(1, 100) if an_event_id(f"event-{number}") in found]

    @property
    def files(self):
        return sorted(self.lake.rglob("*.parquet"))

    def size(self, number):
        return next(one for one in segments.everything(self.lake) if one.first == number).path(self.lake).stat().st_size
