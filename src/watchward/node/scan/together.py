"""What matches mean together: correlations over all files of a scan, whose stream ends with its last file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from watchward.detect.correlate.engine import Correlator
from watchward.detect.correlate.finding import Finding as Found
from watchward.detect.correlate.matched import Matched, matched_in
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
        place_of = {key: place for place, key in enumerate(map(tuple, matched.event_ids.tolist()))}
        found = [
            one for one in Correlator(self._choice.program).whole(matched) if one.correlation in self._choice.shown
        ]
        for one in sorted(found, key=lambda one: (one.at, one.correlation, one.group)):
            places = [place_of[int(event[:16], 16), int(event[16:], 16)] for event in one.event_ids]
            last = max((place for place in places if matched.at[place] <= one.at), key=lambda place: matched.at[place])
            yield self._finding(one, matched, last)

    def _finding(self, one: Found, matched: Matched, completing: int) -> Finding:
        correlation, place = self._correlations[one.correlation], completing
        for events in self._events:
            if place < len(events.records):
                break
            place -= len(events.records)
        several = Several(
            id=one.id,
            first_at=_moment(one.first_at),
            last_at=_moment(one.last_at),
            count=one.events,
            event_ids=one.event_ids,
        )
        return Finding(
            rule=correlation.as_rule(),
            source=events.source,
            record=int(events.records[place]),
            event_id=f"{matched.event_ids[completing, 0]:016x}{matched.event_ids[completing, 1]:016x}",
            observed_at=_moment(one.at),
            organisation=one.organisation,
            device=events.devices[place].as_py() or "",
            fields=dict(zip(correlation.group_by, one.group, strict=True)),
            several=several,
        )

    def _matched(self, part: Part, rows: NDArray[np.int64], rules: NDArray[np.int32]) -> Matched:
        found = matched_in(part.batch, Matches(rows=rows, rules=rules), self._rule_ids, self._names)
        if part.whole:
            return replace(found, fields={name: _whole(part, rows, name, found.fields[name]) for name in self._names})
        return found


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
