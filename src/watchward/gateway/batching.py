"""Joins what many senders deliver into batches, and answers each sender when its batch is on disk.

Two threads work one behind the other, so that one batch is decoded and matched while the one before it is written and
flushed. What waits is bounded in bytes: beyond that a sender is asked to come again later.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pyarrow as pa
import structlog

from watchward.detect.match import Matches
from watchward.gateway.delivery import Batch, BusyError, Delivery, FaultError, Read, Receipt
from watchward.gateway.rules import Detection
from watchward.intel.exact.sets import NOTHING, ExactSets, Found
from watchward.intel.live.looking import LivePatterns, Met
from watchward.telemetry.batch import together
from watchward.telemetry.decoded import Decoded, Origin

log = structlog.get_logger()

WINDOW_SECONDS = 0.1
"""How long the first delivery of a batch waits for others; the promise is at most 0.2."""

QUIET_SECONDS = 0.025
"""A batch for which nothing more came for so long waits no longer: senders that wait for their answers send nothing."""

LARGE_BYTES = 2 << 20
"""A batch of this size is worth its flushes already, and waits only a fifth of that."""

BATCH_BYTES = 16 << 20
"""A batch of this size waits for no more."""


class Keeps(Protocol):
    """Where batches are kept."""

    def keep(self, batch: Batch) -> list[Receipt]:
        """Put a batch on disk, or raise and keep nothing of it; one receipt for each delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    delivery: Delivery
    answer: "Future[Receipt]"


NO_MATCHES = Matches(rows=np.empty(0, np.int64), rules=np.empty(0, np.int32))

_REPORT = "Report this with what stands above it. The senders that were answered 500 send again what is not kept."
_SCAN = "Report this, and find what was missed with watchward scan, on the day's folder below lake/events."

_Ready = tuple[Sequence[_Waiting], Batch]


class Batching:
    """Takes deliveries from any thread, and gives each a future that holds its receipt once it is on disk."""

    def __init__(  # noqa: PLR0913 - what is looked for, and how long is waited
        self,
        *,
        store: Keeps,
        detection: Callable[[], Detection],
        indicators: ExactSets | None = None,
        patterns: LivePatterns | None = None,
        window_seconds: float = WINDOW_SECONDS,
        batch_bytes: int = BATCH_BYTES,
    ) -> None:
        self._store = store
        self._detection = detection
        self._indicators = indicators
        self._patterns = patterns
        self._window = window_seconds
        self._batch_bytes = batch_bytes
        self._arrived: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self.unmatched = 0
        self._ready: queue.Queue[_Ready | None] = queue.Queue(maxsize=1)
        self._readers = threading.Thread(target=self._read_batches, name="decode and match")
        self._writers = threading.Thread(target=self._write_batches, name="write and flush")

    def start(self) -> None:
        """Begin to work."""
        self._readers.start()
        self._writers.start()

    def drain(self) -> None:
        """Finish everything that was taken, then end. Nothing may be delivered any more."""
        self._arrived.put(None)
        self._readers.join()
        self._writers.join()

    @property
    def indicators(self) -> int:
        """How many things are looked for, each named by an indicator."""
        return 0 if self._indicators is None else len(self._indicators)

    @property
    def patterns(self) -> int:
        """How many indicators are looked for by a pattern that is more than exact values."""
        return 0 if self._patterns is None else len(self._patterns)

    def deliver(self, delivery: Delivery) -> "Future[Receipt]":
        """Take a delivery."""
        waiting = _Waiting(delivery=delivery, answer=Future())
        self._arrived.put(waiting)
        return waiting.answer

    def _read_batches(self) -> None:
        last = False
        while not last:
            group, last = self._gather()
            if group:
                self._read(group)
        self._ready.put(None)

    def _gather(self) -> tuple[list[_Waiting], bool]:
        """The next deliveries to be joined, and whether they are the last of all."""
        first = self._arrived.get()
        if first is None:
            return [], True
        group, size, until = [first], first.delivery.size, time.monotonic() + self._window
        while size < self._batch_bytes:
            try:
                quiet = QUIET_SECONDS if size < LARGE_BYTES else QUIET_SECONDS / 5
                following = self._arrived.get(timeout=max(0.0, min(quiet, until - time.monotonic())))
            except queue.Empty:
                break
            if following is None:
                return group, True
            group.append(following)
            size += following.delivery.size
        return group, False

    def _read(self, group: Sequence[_Waiting]) -> None:
        try:
            self._ready.put((group, self._batch_of(group, self._detection())))
        except Exception:
            # What a fault of ours raises cannot be listed, and one that one delivery brings out must not cost the
            # others theirs, nor end the thread: each is tried alone, and only the faulty one's sender gets an error.
            log.exception("batch_not_read", deliveries=len(group), advice=_REPORT)
            if len(group) == 1:
                group[0].answer.set_exception(FaultError("the events could not be read because of a fault"))
                return
            for one in group:
                self._read([one])

    def _write_batches(self) -> None:
        while (ready := self._ready.get()) is not None:
            self._write(*ready)

    def _write(self, group: Sequence[_Waiting], batch: Batch) -> None:
        try:
            receipts = self._store.keep(batch)
        except OSError as error:
            log.error("disk_refused", reason=str(error))  # noqa: TRY400 - a full disk is no fault of the program
            busy = BusyError(f"the node cannot write: {error.strerror}", retry_after=30, status=503)
            _fail(group, busy)
        except Exception:
            # As in reading: one faulty delivery costs only itself.
            log.exception("batch_not_kept", deliveries=len(group), advice=_REPORT)
            if len(group) == 1:
                _fail(group, FaultError("the events could not be kept because of a fault"))
                return
            for position, one in enumerate(group):
                self._write([one], _alone(batch, position))
        else:
            for one, receipt in zip(group, receipts, strict=True):
                one.answer.set_result(receipt)

    def _batch_of(self, group: Sequence[_Waiting], detection: Detection) -> Batch:
        read = [Read(delivery=one.delivery, decoded=_decoded(one.delivery, detection)) for one in group]
        events = together([one.decoded.batch for one in read]) if len(read) > 1 else read[0].decoded.batch
        return Batch(
            deliveries=read,
            events=events,
            matches=self._matched(detection, events),
            plan=detection.plan,
            purposes=detection.purposes,
            found=self._found(events),
            met=self._met(events),
        )

    def _matched(self, detection: Detection, events: pa.RecordBatch) -> Matches:
        try:
            found = detection.plan.match(events)
            if detection.meter is not None:
                detection.meter.count(events, found)
        except Exception:
            # No fault of matching, whatever it raises, may cost an event: all are kept, and counted for the page Node.
            log.exception("batch_not_matched", events=events.num_rows, advice=_SCAN)
            self.unmatched += events.num_rows
            return NO_MATCHES
        return found

    def _found(self, events: pa.RecordBatch) -> Found:
        try:
            return NOTHING if self._indicators is None else self._indicators.match(events)
        except Exception:
            # As in matching rules: no fault may cost an event.
            log.exception("indicators_not_looked_for", events=events.num_rows, advice=_SCAN)
            self.unmatched += events.num_rows
            return NOTHING

    def _met(self, events: pa.RecordBatch) -> list[Met]:
        try:
            return [] if self._patterns is None else self._patterns.match(events)
        except Exception:
            # As above.
            log.exception("patterns_not_looked_for", events=events.num_rows, advice=_SCAN)
            self.unmatched += events.num_rows
            return []


def _fail(group: Sequence[_Waiting], error: Exception) -> None:
    for one in group:
        one.answer.set_exception(error)


def _decoded(delivery: Delivery, detection: Detection) -> Decoded:
    origin = Origin(organisation=delivery.organisation, source=delivery.source, received_at=delivery.received_at)
    return detection.decoder.decode_documents(delivery.documents, origin, body=delivery.body, names=delivery.names)


def _alone(batch: Batch, position: int) -> Batch:
    """The part of a batch that one delivery brought."""
    one = batch.deliveries[position]
    begin = sum(other.decoded.batch.num_rows for other in batch.deliveries[:position])
    end = begin + one.decoded.batch.num_rows
    matches = _between(batch.matches, begin, end)
    met = [replace(one_met, matches=_between(one_met.matches, begin, end)) for one_met in batch.met]
    held = batch.found.only((batch.found.rows >= begin) & (batch.found.rows < end))
    found = replace(held, rows=held.rows - begin)
    events = batch.events.slice(begin, end - begin)
    return replace(batch, deliveries=[one], events=events, matches=matches, found=found, met=met)


def _between(matches: Matches, begin: int, end: int) -> Matches:
    inside = (matches.rows >= begin) & (matches.rows < end)
    return Matches(rows=matches.rows[inside] - begin, rules=matches.rules[inside])
