"""Which devices contacted something, in the events that are kept."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from watchward.intel.exact import folder as folders
from watchward.intel.exact.entry import Entry
from watchward.intel.exact.sets import ExactSets, Matcher
from watchward.intel.observable import Observable
from watchward.lake.catalogue import Wanted
from watchward.lake.segments import visible
from watchward.lake.sought import sought

Seen = tuple[str, str, str]
"""The name of what was looked for, an organisation's code, and a device."""

Span = tuple[int, datetime, datetime]
"""How many events, and when the first and the last of them happened."""


def contacted(lake: Path, things: Mapping[str, Observable], *, since: datetime) -> dict[Seen, Span]:
    """Who contacted some things since then: one reading of the lake for all of them.

    A name is met by all under it, a network by all addresses in it. Where segments are merged while this reads, events
    of those that were read before are counted again: who contacted it stays right, how often is then too high.
    """
    found: dict[Seen, Span] = {}
    if not things:
        return found
    entries = [Entry(observable=one, indicator=name, title="") for name, one in things.items()]
    with TemporaryDirectory() as folder:
        folders.publish(Path(folder), entries)
        matcher = Matcher(ExactSets.open(Path(folder)).lookup)
        left, done = visible(lake), set[str]()
        while left:
            gone = 0
            for segment in left:
                done.add(str(segment))
                try:
                    _add(found, _seen(segment.path(lake), matcher, since))
                except FileNotFoundError:
                    gone += 1  # what it was merged into is in the next listing
            left = [one for one in visible(lake) if str(one) not in done] if gone else []
    return found


def _seen(path: Path, matcher: Matcher, since: datetime) -> Iterable[tuple[Seen, datetime]]:
    for part in sought(path, matcher.lookup, Wanted(since=since)):
        held = matcher.match(part.batch)
        columns = [part.batch.column(name).to_pylist() for name in ("organisation", "device", "observed_at")]
        pairs = zip(held.rows.tolist(), held.numbers.tolist(), strict=True)
        for row, name in {(row, held.hits[number].entry.indicator) for row, number in pairs}:
            organisation, device, at = (column[row] for column in columns)
            moment = at.astimezone(UTC)
            if moment >= since:
                yield (name, organisation or "", device or ""), moment


def _add(found: dict[Seen, Span], seen: Iterable[tuple[Seen, datetime]]) -> None:
    for key, at in seen:
        count, first, last = found.get(key, (0, at, at))
        found[key] = (count + 1, min(first, at), max(last, at))
