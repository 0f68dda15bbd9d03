"""What matches mean together: correlations over all files of a scan, whose stream ends with its last file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from watchward.detect.correlate.engine import Correlator
from watchward.detect.correlate.finding import Finding as Found
from watchward.detect.correlate.matched import Matched, matched_in
from watchward.detect.correlate.rule import Correlation
from watchward.detect.events import event_at
from watchward.detect.match import Matches
from watchward.node.scan.choice import Choice
from watchward.node.scan.findings import Finding, Several
from watchward.node.scan.parts import Part

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Events:
    """Where the events of some matches are found, and what is said of them."""

    source: str
    records: NDArray[np.int64]
    devices: pa.Array


class Together:
    """Gathers the matches that correlations read, and says at the end what they find.

    Args:
        choice: what the scan looks for.

    """

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._rule_ids = [rule.id for rule in choice.rules]
        self._correlations = {step.correlation.id: step.correlation for step in choice.program.steps}
        self._fields = {rule.id: choice.program.fields_of(rule.id) for rule in choice.rules}
        self._names = sorted(frozenset().union(*self._fields.values()))
        self._read = np.array([one in choice.program.rules for one in self._rule_ids], dtype=np.bool_)
        self._shown = np.array([one in choice.shown for one in self._rule_ids], dtype=np.bool_)
        self._gathered: list[Matched] = []
        self._events: list[_Events] = []

    def add(self, part: Part, matches: Matches) -> Matches:
        """Keep what correlations read; return the matches that are shown by themselves."""
        read = self._read[matches.rules]
        if read.any():
            rows, rules = matches.rows[read], matches.rules[read]
            self._gathered.append(self._matched(part, rows, rules))
            devices = part.batch.column("device").cast(pa.string()).take(pa.array(rows))
            self._events.append(_Events(source=str(part.path), records=part.records[rows], devices=devices))
        if self._shown.all():
            return matches
        shown = self._shown[matches.rules]
        return Matches(rows=matches.rows[shown], rules=matches.rules[shown])

    def findings(self) -> Iterator[Finding]:
        """What the correlations that are shown find in all that was gathered, in order of time."""
        if not self._gathered:
            return
        matched = _joined(self._gathered)
        every = {one.id: one for one in Correlator(self._choice.program).whole(matched)}
        found = [one for one in every.values() if one.correlation in self._choice.shown]
        told = _Told(matched=matched, every=every, correlations=self._correlations, events=self._events)
        for one in sorted(found, key=lambda one: (one.at, one.correlation, one.group)):
            yield told.finding(one)

    def _matched(self, part: Part, rows: NDArray[np.int64], rules: NDArray[np.int32]) -> Matched:
        found = matched_in(part.batch, Matches(rows=rows, rules=rules), self._rule_ids, self._names)
        if part.whole:
            return replace(found, fields={name: _whole(part, rows, name, found.fields[name]) for name in self._names})
        return found


class _Told:
    """Findings as a scan tells them, with what they are made of."""

    def __init__(
        self,
        *,
        matched: Matched,
        every: Mapping[UUID, Found],
        correlations: Mapping[str, Correlation],
        events: Sequence[_Events],
    ) -> None:
        self._matched, self._every, self._correlations, self._events = matched, every, correlations, events
        self._place_of = {event_id: place for place, event_id in enumerate(map(tuple, matched.event_ids.tolist()))}

    def finding(self, one: Found) -> Finding:
        """One finding, as of the last event that it needed."""
        correlation = self._correlations[one.correlation]
        places = [self._place_of[int(event[:16], 16), int(event[16:], 16)] for event in one.event_ids]
        needed = [place for place in places if self._matched.at[place] <= one.at]
        place = max(needed, key=lambda place: self._matched.at[place])
        hi, lo = self._matched.event_ids[place].tolist()
        events, number = self._where(place)
        return Finding(
            rule=correlation.as_rule(),
            source=events.source,
            record=int(events.records[number]),
            event_id=f"{hi:016x}{lo:016x}",
            observed_at=_moment(one.at),
            organisation=one.organisation,
            device=events.devices[number].as_py() or "",
            fields=dict(zip(correlation.group_by, one.group, strict=True)),
            several=self._several(one),
        )

    def _several(self, one: Found) -> Several:
        return Several(
            id=one.id,
            first_at=_moment(one.first_at),
            last_at=_moment(one.last_at),
            count=one.events,
            event_ids=one.event_ids,
            findings=tuple(self.finding(self._every[made]) for made in one.made_of),
        )

    def _where(self, place: int) -> tuple[_Events, int]:
        for events in self._events:
            if place < len(events.records):
                return events, place
            place -= len(events.records)
        raise IndexError(place)


def _whole(part: Part, rows: NDArray[np.int64], name: str, column: pa.Array) -> pa.Array:
    """The values of a field; of events that were looked at with all their fields, from there."""
    texts = column.to_pylist()
    for number, row in enumerate(rows.tolist()):
        if row in part.whole:
            texts[number] = _value(part.whole[row], name)
    return pa.array(texts, pa.string())


def _value(where: tuple[pa.RecordBatch, int], name: str) -> str | None:
    event: Mapping[str, str] = event_at(*where, [name])
    return event.get(name)


def _joined(parts: list[Matched]) -> Matched:
    first = parts[0]
    return Matched(
        at=np.concatenate([part.at for part in parts]),
        event_ids=np.concatenate([part.event_ids for part in parts]),
        rules=np.concatenate([part.rules for part in parts]),
        rule_ids=first.rule_ids,
        received_at=first.received_at,
        organisations=pa.concat_arrays([part.organisations for part in parts]),
        sources=pa.concat_arrays([part.sources for part in parts]),
        fields={name: pa.concat_arrays([part.fields[name] for part in parts]) for name in first.fields},
    )


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
