"""What a scan found: each match with what it matched, and the sum of them by rule."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from watchward.detect.alerts import ocsf
from watchward.detect.alerts.alert import Alert, AlertEvent
from watchward.detect.events import event_at
from watchward.detect.explain.fields import matched_fields
from watchward.detect.match import Match, Matches
from watchward.detect.sigma.ir import fields
from watchward.detect.sigma.rule import Level, Rule
from watchward.node.scan.parts import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """The events that made a correlation's finding: the earliest are named, all are counted.

    `findings` are those of other correlations that it read.
    """

    id: UUID
    first_at: datetime
    last_at: datetime
    count: int
    event_ids: tuple[str, ...]
    findings: "tuple[Finding, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One event that met one rule; `record` is its number in the log, else its line in the file, from 1.

    What a correlation found is one too: of the event at which it held first, with `several` for all of them.
    """

    rule: Rule
    source: str
    record: int
    event_id: str
    observed_at: datetime
    organisation: str
    device: str
    fields: dict[str, str]
    several: Several | None = None

    def as_json(self) -> dict[str, Any]:
        """What `scan --json` prints of it."""
        return {
            "rule_id": self.rule.id,
            "rule_title": self.rule.title,
            "level": self.rule.level.value,
            "tags": list(self.rule.tags),
            "source": self.source,
            "record": self.record,
            "observed_at": self.observed_at.isoformat(),
            "organisation": self.organisation,
            "device": self.device,
            "fields": self.fields,
            **({} if self.several is None else {"events": _events(self.several)}),
        }

    def as_ocsf(self) -> dict[str, Any]:
        """What `scan --format ocsf` prints of it: an OCSF Detection Finding."""
        if self.several is not None:
            return ocsf.of_alert(self._alert(self.several), self.rule)
        match = Match(
            event_id=self.event_id,
            rule_id=self.rule.id,
            rule_title=self.rule.title,
            level=self.rule.level,
            organisation=self.organisation,
            device=self.device,
            source=self.source,
            observed_at=self.observed_at,
            received_at=self.observed_at,
            segment=self.source,
            row=self.record,
            fields=self.fields,
        )
        return ocsf.of_match(match, self.rule)

    def _alert(self, several: Several) -> Alert:
        events = (
            AlertEvent(observed_at=several.first_at, event_id=one, segment=self.source, row=0)
            for one in several.event_ids
        )
        return Alert(
            id=several.id,
            rule_id=self.rule.id,
            rule_title=self.rule.title,
            level=self.rule.level,
            organisation=self.organisation,
            device=self.device,
            count=several.count,
            first_at=several.first_at,
            last_at=several.last_at,
            received_at=several.last_at,
            events=tuple(events),
        )


def _events(several: Several) -> dict[str, Any]:
    of = [{"rule_title": one.rule.title, **_events(one.several)} for one in several.findings if one.several]
    return {
        "count": several.count,
        "first_at": several.first_at.isoformat(),
        "last_at": several.last_at.isoformat(),
        "event_ids": list(several.event_ids),
        **({"findings": of} if of else {}),
    }


def findings(part: Part, matches: Matches, rules: tuple[Rule, ...]) -> Iterator[Finding]:
    """The matches of one part, in the order of its events."""
    batch = part.batch
    reads = {number: fields(rules[number].condition) for number in np.unique(matches.rules).tolist()}
    rows = pa.array(matches.rows)
    ids, times, organisations, devices = (
        batch.column(name).take(rows).to_pylist() for name in ("event_id", "observed_at", "organisation", "device")
    )
    for place, (row, number) in enumerate(zip(matches.rows.tolist(), matches.rules.tolist(), strict=True)):
        rule = rules[number]
        where = part.whole.get(row, (batch, row))
        yield Finding(
            rule=rule,
            source=str(part.path),
            record=int(part.records[row]),
            event_id=ids[place].hex(),
            observed_at=times[place],
            organisation=organisations[place],
            device=devices[place],
            fields=matched_fields(rule, event_at(where[0], where[1], reads[number])),
        )


@dataclass(slots=True, kw_only=True)
class Sum:
    """The matches of one rule together."""

    rule: Rule
    count: int = 0
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDevice:
    """The matches on one device, by level."""

    name: str
    levels: Counter[Level]


class Tally:
    """Matches counted by rule, with the times of the first and last event, and by device."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = rules
        self._sums: dict[int, Sum] = {}
        self._joined: dict[str, Sum] = {}
        self._devices: dict[str, Counter[Level]] = {}

    def add(self, part: Part, matches: Matches) -> None:
        """Count the matches of one part."""
        self._count_devices(part, matches)
        times = part.batch.column("observed_at").to_numpy(zero_copy_only=False)[matches.rows]
        order = np.argsort(matches.rules, kind="stable")
        numbers, starts = np.unique(matches.rules[order], return_index=True)
        for number, mine in zip(numbers.tolist(), np.split(order, starts[1:]), strict=False):
            first, last = (_moment(times[mine].min()), _moment(times[mine].max()))
            held = self._sums.setdefault(number, Sum(rule=self._rules[number]))
            held.count += len(mine)
            held.first = first if held.first is None else min(held.first, first)
            held.last = last if held.last is None else max(held.last, last)

    def add_joined(self, found: Iterable[Finding]) -> None:
        """Count what correlations found."""
        for one in found:
            held = self._joined.setdefault(one.rule.id, Sum(rule=one.rule))
            held.count += 1
            held.first = one.observed_at if held.first is None else min(held.first, one.observed_at)
            held.last = one.observed_at if held.last is None else max(held.last, one.observed_at)
            self._devices.setdefault(one.device, Counter())[one.rule.level] += 1

    def _count_devices(self, part: Part, matches: Matches) -> None:
        names = part.batch.column("device").take(pa.array(matches.rows)).to_pylist()
        for (name, number), count in Counter(zip(names, matches.rules.tolist(), strict=True)).items():
            self._devices.setdefault(name or "", Counter())[self._rules[number].level] += count

    def devices(self) -> list[OfDevice]:
        """The devices, those with the most serious matches first."""
        found = [OfDevice(name=name, levels=levels) for name, levels in self._devices.items()]
        return sorted(found, key=lambda one: ([-one.levels[level] for level in reversed(Level)], one.name))

    def sums(self) -> list[Sum]:
        """The sums, the most serious rules first, then the most frequent."""
        every = [*self._sums.values(), *self._joined.values()]
        return sorted(every, key=lambda one: (-one.rule.level.rank, -one.count, one.rule.title))


def _moment(value: np.datetime64) -> datetime:
    moment: datetime = value.astype("datetime64[us]").astype(datetime)
    return moment.replace(tzinfo=UTC)
