"""Detection by itself: rules and events in, what they mean out. No node, no database, no web framework.

For streams, many batches or Arrow data, use what this is made of: `detect.plan`, `detect.correlate` and
`telemetry.decode` (docs/reference/library.md).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from watchward.base.clock import Clock, SystemClock
from watchward.base.errors import BadInputError
from watchward.detect.correlate import program
from watchward.detect.correlate.engine import Correlator
from watchward.detect.correlate.finding import Finding
from watchward.detect.correlate.matched import matched_in
from watchward.detect.correlate.rule import Correlation
from watchward.detect.events import event_at
from watchward.detect.explain.fields import matched_fields
from watchward.detect.match import Matches
from watchward.detect.plan import plan
from watchward.detect.sigma import rules as sets
from watchward.detect.sigma.rule import Rule
from watchward.detect.sigma.rules import RuleSet
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin
from watchward.telemetry.logsource import UNKNOWN, LogSource
from watchward.telemetry.registry import Registry

__all__ = ["Detector", "Firing", "Hit", "LogSource", "RuleSet", "compile", "correlate", "load", "match"]

Event = Mapping[str, object]
"""What happened: any shape that a node reads (docs/reference/telemetry.md), or fields under their Sigma names."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """Rules and correlations, ready for events: for one thread at a time.

    Args:
        rules: what was loaded.
        plan: the rules, compiled.
        program: the correlations, compiled.
        decoder: reads events.

    """

    rules: RuleSet
    plan: plan.Plan
    program: program.Program
    decoder: Decoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An event that met a rule.

    Args:
        event: its place among the events that were given, from 0.
        fields: the fields by which it met the rule, with their values.

    """

    event: int
    rule: Rule
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """What events mean together.

    Args:
        group: the fields of `group-by` and their values.
        first_at: when the first of its events happened, and `last_at` the last at which its condition held.
        count: how many events it has; `events` are the places of the earliest hundred.

    """

    correlation: Correlation
    group: Mapping[str, str]
    first_at: datetime
    last_at: datetime
    count: int
    events: tuple[int, ...]


def load(*places: Path | str, cache: Path | None = None) -> RuleSet:
    """The rules, correlations and filters of some folders or files; what does not load is in `rejected`, with reasons.

    Args:
        places: folders, searched at any depth, and single files.
        cache: a folder in which parsed rules are kept, so that the next start is quick.

    Raises:
        BadInputError: one of them is not there.

    """
    return sets.load([Path(place) for place in places], cache=cache)


def compile(rules: RuleSet) -> Detector:  # noqa: A001 - the word that everybody looks for
    """A detector for what was loaded."""
    compiled = plan.compile(rules.rules)
    correlations = program.compile(rules.correlations)
    carried = frozenset(name for rule in correlations.rules for name in correlations.fields_of(rule))
    decoder = Decoder(Registry.standard().with_fields(sorted(compiled.fields | carried)))
    return Detector(rules=rules, plan=compiled, program=correlations, decoder=decoder)


def match(detector: Detector, events: Iterable[Event], *, logsource: LogSource = UNKNOWN) -> list[Hit]:
    """Which events meet which rules, by event; rules that only serve correlations are left out.

    Args:
        detector: from `compile`.
        events: what happened.
        logsource: what the events are, where they do not tell it themselves.

    Raises:
        BadInputError: an event cannot be read.

    """
    batch = _decoded(detector, events, logsource, SystemClock())
    found = detector.plan.match(batch)
    hits = ((row, detector.plan.rules[number]) for row, number in _pairs(found))
    return [
        Hit(event=row, rule=rule, fields=matched_fields(rule, event_at(batch, row)))
        for row, rule in hits
        if rule.id not in detector.rules.silent
    ]


def correlate(detector: Detector, events: Iterable[Event], *, logsource: LogSource = UNKNOWN) -> list[Firing]:
    """What events mean together, by the times at which they happened, in order of time.

    The events are all there are, in any order; one without a time happens now. The arguments are those of `match`.

    Raises:
        BadInputError: an event cannot be read.

    """
    batch = _decoded(detector, events, logsource, SystemClock())
    rule_ids = [rule.id for rule in detector.plan.rules]
    names = sorted({name for rule in detector.program.rules for name in detector.program.fields_of(rule)})
    findings = Correlator(detector.program).whole(matched_in(batch, detector.plan.match(batch), rule_ids, names))
    places = {event_id.hex(): row for row, event_id in enumerate(batch.column("event_id").to_pylist())}
    known = {one.id: one for one in detector.rules.correlations if one.id not in detector.rules.silent}
    told = [_firing(one, known[one.correlation], places) for one in findings if one.correlation in known]
    return sorted(told, key=lambda one: (one.first_at, one.correlation.id))


def _pairs(found: Matches) -> Iterable[tuple[int, int]]:
    return zip(found.rows.tolist(), found.rules.tolist(), strict=True)


def _decoded(detector: Detector, events: Iterable[Event], logsource: LogSource, clock: Clock) -> pa.RecordBatch:
    documents = [json.dumps(event, default=str).encode() for event in events]
    origin = Origin(organisation="", source="library", received_at=clock.now(), logsource=logsource)
    decoded = detector.decoder.decode_documents(documents, origin, body=b"\n".join(documents))
    if decoded.bad:
        first = decoded.bad[0]
        raise BadInputError(
            f"event {first.position} cannot be read: {first.reason}.", advice="Give mappings of names to plain values."
        )
    return decoded.batch


def _firing(one: Finding, correlation: Correlation, places: Mapping[str, int]) -> Firing:
    return Firing(
        correlation=correlation,
        group=dict(zip(correlation.group_by, one.group, strict=True)),
        first_at=_time(one.first_at),
        last_at=_time(one.last_at),
        count=one.events,
        events=_places(one.event_ids, places),
    )


def _places(event_ids: Sequence[str], places: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(places[event_id] for event_id in event_ids)


def _time(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
