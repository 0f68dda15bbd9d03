"""Puts batches on disk so that every event is there once: the order of the steps is the promise (ADR 0031)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from watchward.base import files
from watchward.gateway.account import devices_seen, sources_seen
from watchward.gateway.delivery import Batch, Read, Receipt
from watchward.gateway.matched import held_in, hidden_by, matches_of, met_in
from watchward.lake import journal, segments
from watchward.lake.catalogue import segment_holding
from watchward.lake.journal import JournalEntry
from watchward.lake.seen import MOST_BYTES, WINDOW, Seen
from watchward.lake.segments import Segment
from watchward.telemetry.batch import compact


@contextmanager
def turn(journals: Path) -> Iterator[None]:
    """Only one process of a node keeps a batch at a time, so that no two keep the same event."""
    with files.turn(journals / "turn.lock"):
        yield


class Store:
    """The segments and the journal of one gateway, and what it remembers of the events of all."""

    def __init__(self, *, lake: Path, journals: Path, gateway: str, duplicates_bytes: int = MOST_BYTES) -> None:
        self._lake = lake
        self._journals = journals
        self._gateway = gateway
        self._seen = Seen(most_bytes=duplicates_bytes)
        self._seen.new(pa.array([b"\0" * 16], pa.binary(16)))  # compiles its loops before a sender waits for them
        with turn(self._journals):
            self._journal = journal.Writer(journals / gateway)
            self._peers = journal.end(journals)
            segments.forget_unacknowledged(lake, gateway, journalled=self._journalled(gateway))
            self._remember_recent()

    @property
    def seen(self) -> Seen:
        """What is recognised when it is sent again."""
        return self._seen

    def close(self) -> None:
        """Let go of the files; everything that was kept is on disk."""
        self._journal.close()

    def keep(self, batch: Batch) -> list[Receipt]:
        """Keep the events of a batch; when this returns they and their matches are on disk.

        Raises:
            OSError: the disk refused them; nothing of the batch was kept, and all of it may be sent again.

        """
        with turn(self._journals):
            self._follow_peers()
            identifiers = batch.events["event_id"]
            new = self._seen.new(identifiers)
            self._write(batch, new)
            self._seen.add(identifiers.filter(pa.array(new)))
        ends = np.cumsum([one.decoded.batch.num_rows for one in batch.deliveries])[:-1]
        parts = np.split(new, ends)
        return [_receipt(one, part) for one, part in zip(batch.deliveries, parts, strict=True)]

    def _write(self, batch: Batch, new: NDArray[np.bool_]) -> None:
        """First the segment, then the entry that speaks for it: only the entry makes its events count."""
        received_at = max(one.delivery.received_at for one in batch.deliveries)
        segment = Segment.of(self._gateway, self._journal.sequence, received_at)
        kept = batch.events if new.all() else batch.events.filter(pa.array(new))
        name = str(segment) if kept.num_rows else ""
        entry = JournalEntry(
            gateway=self._gateway,
            sequence=self._journal.sequence,
            segment=name,
            received_at=received_at,
            events=kept.num_rows,
            sources=sources_seen(batch.deliveries, kept),
            devices=devices_seen(kept),
            matches=[
                *matches_of(batch.plan, batch.purposes, batch.events, batch.matches, new=new, segment=name),
                *held_in(batch.events, batch.found, new=new, segment=name),
                *met_in(batch.events, batch.met, new=new, segment=name),
            ],
            hidden=hidden_by(batch.plan, batch.purposes, batch.matches, new=new),
        )
        try:
            if name:
                segments.write(self._lake, segment, pa.Table.from_batches([compact(kept)]))
            self._journal.append(entry)
        except BaseException:
            segment.path(self._lake).unlink(missing_ok=True)
            raise

    def _follow_peers(self) -> None:
        """Remember what the node's other gateways kept since the last turn."""
        for position, entry in journal.read(self._journals, self._peers, leaving_out=self._gateway):
            self._peers = position
            if entry.segment:
                self._remember_held(entry.segment)

    def _remember_recent(self) -> None:
        """Remember the events of the window before the newest segment: the clock may have been set meanwhile."""
        kept = [one for one in segments.visible(self._lake) if one.last <= self._journalled(one.gateway)]
        if not kept:
            return
        oldest = date.fromisoformat(max(one.day for one in kept)) - WINDOW
        for segment in kept:
            if segment.day >= oldest.isoformat():
                self._remember(segment)

    def _remember_held(self, name: str) -> None:
        """Remember the events once written under a name, wherever they are now."""
        while (holder := segment_holding(self._lake, name)) is not None:
            try:
                self._remember(holder)
            except FileNotFoundError:
                continue  # merged, or expired, just now
            return

    def _journalled(self, gateway: str) -> int:
        place = self._peers.places.get(gateway)
        return place.sequence if place else 0

    def _remember(self, segment: Segment) -> None:
        identifiers = pq.read_table(segment.path(self._lake), columns=["event_id"], partitioning=None)["event_id"]
        self._seen.add(identifiers.combine_chunks())


def _receipt(read: Read, new: NDArray[np.bool_]) -> Receipt:
    """What became of each document, by its position in the delivery."""
    count = len(read.delivery.documents)
    identifiers = np.zeros((count, 16), np.uint8)
    fresh = np.zeros(count, np.bool_)
    positions = read.decoded.positions
    column = read.decoded.batch["event_id"]
    if len(column):
        data = np.frombuffer(column.buffers()[1], np.uint8)[column.offset * 16 : (column.offset + len(column)) * 16]
        identifiers[positions] = data.reshape(-1, 16)
    fresh[positions] = new
    bad = {record.position: record.reason for record in read.decoded.bad}
    return Receipt(identifiers=identifiers.tobytes(), new=fresh, bad=bad)
