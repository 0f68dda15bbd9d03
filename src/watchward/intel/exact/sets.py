"""Looking for a set of indicators in batches of events, as it is now.

A distinct value of a column is looked at once: what it holds is remembered by its code where the column's dictionary
grows from batch to batch, as rules remember it (`detect.plan.memory`).
"""

import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import structlog
from numpy.typing import NDArray

from watchward.base.errors import WatchwardError
from watchward.detect.fields import MEMORY, Growing, Laid, Layout, Layouts, spans_for
from watchward.detect.kernels.arrays import Ints, Longs
from watchward.detect.kernels.fields import UNSEEN, put_numbers, spans_of
from watchward.intel.exact import folder as folders
from watchward.intel.exact.entry import Entry, Hit
from watchward.intel.exact.layer import Layer, rows_of, settled, written
from watchward.intel.exact.lookup import Lookup
from watchward.intel.exact.standing import Counts, Standing, Standings
from watchward.intel.kernels.exact import rows_met, unasked
from watchward.intel.observable import Kind, observable
from watchward.telemetry.batch import FIELD, column_of

log = structlog.get_logger()

MOST_CODES: Final = 4_000_000
"""Codes of growing dictionaries of which it is remembered what they hold."""

MOST_VERDICTS: Final = 200_000
"""Values that hold something, remembered at once; beyond, all are forgotten and looked at again."""

_Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a batch holds: the row `rows[i]` holds `hits[numbers[i]]`; by row."""

    rows: NDArray[np.int64]
    numbers: NDArray[np.int64]
    hits: Sequence[Hit]

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, kept: NDArray[np.bool_]) -> "Found":
        """Some of it."""
        return Found(rows=self.rows[kept], numbers=self.numbers[kept], hits=self.hits)


NOTHING: Final = Found(rows=np.empty(0, np.int64), numbers=np.empty(0, np.int64), hits=())


class ExactSets:
    """A set of indicators on disk, looked for by any number of threads at once.

    Each batch is looked at with what counts when it comes. Where that cannot be read, what counted before still does.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._standings = Standings(folder)
        self._version: _Version | None = None
        self._lock = threading.Lock()
        self._threads = threading.local()
        self._lookup = Lookup((), folders.read(Path("/nonexistent")).words)
        self.refresh()

    @classmethod
    def open(cls, folder: Path) -> "ExactSets":
        """The set that a folder holds; an empty one where nobody has published any."""
        return cls(folder)

    def __len__(self) -> int:
        """How many indicators there are for things, those that were withdrawn since the base was made included."""
        return len(self._lookup)

    @property
    def fields(self) -> frozenset[str]:
        """The fields (Sigma names) that something is looked for in."""
        return frozenset(self._lookup.ways)

    @property
    def lookup(self) -> Lookup:
        """What counts now."""
        self.refresh()
        return self._lookup

    def match(self, batch: pa.RecordBatch) -> Found:
        """What a batch holds of the indicators that count now."""
        lookup = self.lookup
        if not len(lookup):
            return NOTHING
        matcher: Matcher | None = getattr(self._threads, "matcher", None)
        if matcher is None or matcher.lookup is not lookup:
            matcher = self._threads.matcher = Matcher(lookup)
        found, standing = matcher.match(batch), self._standings.now
        return _standing(found, standing) if standing and len(found) else found

    def refresh(self) -> bool:
        """Take in what was published since the last look; return whether anything was."""
        version = self._looked_at()
        if version == self._version:
            return False
        with self._lock:
            if version == self._version:
                return False
            try:
                self._lookup = self._read()
            except (WatchwardError, OSError) as error:
                log.error("indicators_unreadable", folder=str(self._folder), reason=str(error))  # noqa: TRY400 - the reason is all there is to say
            else:
                log.info("indicators_loaded", rows=len(self._lookup))
            self._version = version
            return True

    def _looked_at(self) -> _Version | None:
        try:
            status = (self._folder / folders.CURRENT).stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _read(self) -> Lookup:
        while True:
            current = folders.read(self._folder)
            try:
                return Lookup([Layer(self._folder / one.file) for one in current.layers], current.words)
            except FileNotFoundError:
                if folders.read(self._folder) == current:
                    raise


def _standing(found: Found, standing: Standing) -> Found:
    """What was found by sources that count, and for what is on trial that it is."""
    counts = [standing.of(hit.entry.brought) for hit in found.hits]
    kept = np.array([one is not Counts.NOT for one in counts], np.bool_)
    hits = [
        replace(hit, entry=replace(hit.entry, trial=True)) if one is Counts.TRIAL else hit
        for hit, one in zip(found.hits, counts, strict=True)
    ]
    return replace(found, hits=hits).only(kept[found.numbers])


def warm() -> None:
    """Have the compiled loops ready, so that the first indicator of a node does not wait for them."""
    entry = Entry(observable=observable(Kind.DOMAIN, "warm.invalid"), indicator="indicator--warm", title="")
    key = np.zeros(2, np.uint64)
    rows = settled([rows_of([entry], key)], whole=True)
    batch = pa.record_batch([pa.array(["warm.invalid"]).cast(FIELD)], names=["QueryName"])
    with tempfile.NamedTemporaryFile(suffix=".layer") as file:
        file.writelines(written(rows))
        file.flush()
        assert len(Matcher(Lookup([Layer(Path(file.name))], key)).match(batch))


class Matcher:
    """One thread's way through batches with what counted once, and what it knows of their values."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self._fields = tuple(sorted(lookup.ways))
        self._layouts = Layouts({column_of(name): number for number, name in enumerate(self._fields)})
        self._forget()

    def _forget(self) -> None:
        self._codes = Growing(UNSEEN)
        self._verdicts: list[tuple[Hit, ...]] = [()]
        self._met: set[object] = set()

    def match(self, batch: pa.RecordBatch) -> Found:
        """What a batch holds."""
        if self._codes.size > MOST_CODES or len(self._verdicts) > MOST_VERDICTS:
            self._forget()
        laid = self._layouts.laid(batch)
        lines = self._codes.lines(laid)
        which = np.flatnonzero(laid.layout.numbers >= 0)
        met = self._learned(laid, which, lines.places)
        pairs = [_rows_met(laid, field, lines.places, batch.num_rows) for field in sorted(met)]
        del lines  # the verdicts lay there until now
        return self._found(batch, pairs)

    def _learned(self, laid: Laid, which: Longs, places: Longs) -> set[int]:
        """Find what values hold that are new; return the fields of which some value holds anything."""
        most = int(np.minimum(laid.fields.size[which], laid.batch.num_rows).sum())
        fields, codes = (np.empty(most, np.int32) for _ in range(2))
        count = unasked(MEMORY, laid.fields, which, places, laid.batch.num_rows, fields, codes)
        if count:
            fields, codes = fields[:count], codes[:count]
            spans = spans_for(count)
            spans_of(MEMORY, laid.fields, fields, codes, spans)
            try:
                hits = self.lookup.hits(self._fields, laid.layout.numbers[fields], spans)
            except BaseException:
                self._forget()  # or what is noted as asked for would never be answered
                raise
            verdicts: Ints = np.zeros(count, np.int32)
            for place, several in hits.items():
                verdicts[place] = len(self._verdicts)
                self._verdicts.append(several)
                self._met.add(_key(laid.layout, int(fields[place])))
            put_numbers(MEMORY, places, fields, codes, verdicts)
        return {field for field in which.tolist() if _key(laid.layout, field) in self._met} if self._met else set()

    def _found(self, batch: pa.RecordBatch, pairs: Sequence[tuple[Longs, Ints]]) -> Found:
        """The rows and what they hold, one for each indicator that a value holds and that has not ended."""
        if not pairs:
            return NOTHING
        rows = np.concatenate([pair[0] for pair in pairs])
        verdicts, place = np.unique(np.concatenate([pair[1] for pair in pairs]), return_inverse=True)
        several = [self._verdicts[verdict] for verdict in verdicts.tolist()]
        hits = [hit for some in several for hit in some]
        counts = np.array([len(some) for some in several], np.int64)
        begins = np.cumsum(counts) - counts
        each = counts[place]
        numbers = np.arange(int(each.sum())) - np.repeat(np.cumsum(each) - each, each) + np.repeat(begins[place], each)
        rows = np.repeat(rows, each)
        order = np.lexsort((numbers, rows))
        return _not_ended(batch, Found(rows=rows[order], numbers=numbers[order], hits=hits))


def _key(layout: Layout, field: int) -> object:
    """What is the same for a column in every batch whose codes for it mean the same."""
    return layout.keys[field] or layout.columns[field]


def _rows_met(laid: Laid, field: int, places: Longs, rows: int) -> tuple[Longs, Ints]:
    found: Longs = np.empty(rows, np.int64)
    verdicts: Ints = np.empty(rows, np.int32)
    size = rows_met(MEMORY, laid.fields, field, places[field], rows, found, verdicts)
    return found[:size].copy(), verdicts[:size].copy()


def _not_ended(batch: pa.RecordBatch, found: Found) -> Found:
    """Without the matches of events that came after the end of their indicator."""
    ends = {number: hit.entry.until for number, hit in enumerate(found.hits) if hit.entry.until is not None}
    if not ends or not len(found):
        return found
    at = batch.column("observed_at").to_numpy(zero_copy_only=False).astype("datetime64[us]")[found.rows]
    last = np.full(len(found.hits), np.datetime64("9999-12-31", "us"))
    for number, until in ends.items():
        last[number] = np.datetime64(until.astimezone(UTC).replace(tzinfo=None), "us")
    return found.only(at < last[found.numbers])
