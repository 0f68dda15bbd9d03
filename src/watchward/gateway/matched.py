"""A batch's matches as the journal keeps them: the event's name, what the rule matched, and what a sentence says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from watchward.detect.alerts import sentence
from watchward.detect.events import event_at
from watchward.detect.explain.fields import matched_fields
from watchward.detect.match import Match, Matches, Purpose
from watchward.detect.plan.plan import Plan
from watchward.detect.purposes import Purposes
from watchward.detect.sigma import ir
from watchward.intel.exact.entry import Hit
from watchward.intel.exact.sets import Found
from watchward.intel.live.looking import Met
from watchward.lake.journal import storable

LONGEST_CONTEXT = 1_000
"""Characters that a match keeps of a value which its rule did not match."""


def matches_of(  # noqa: PLR0913 - what was asked, of what, what came of it, and where it is kept
    plan: Plan, purposes: Purposes, batch: pa.RecordBatch, matches: Matches, *, new: NDArray[np.bool_], segment: str
) -> Iterator[Match]:
    """The matches of the events that are new, with their rows in the segment.

    Args:
        plan: what was matched.
        purposes: what the matches of its rules are for.
        batch: all events that were received.
        matches: which row met which rule.
        new: which events are kept.
        segment: where they are kept.

    """
    chosen = new[matches.rows]
    rows, rules = matches.rows[chosen], matches.rules[chosen]
    reads = {number: ir.fields(plan.rules[number].condition) for number in np.unique(rules).tolist()}
    places = np.cumsum(new) - 1
    for row, number in zip(rows.tolist(), rules.tolist(), strict=True):
        rule = plan.rules[number]
        if rule.digest in purposes.hidden:
            continue
        matched = matched_fields(rule, event_at(batch, row, reads[number]))
        yield Match(
            **_of_event(batch, row),
            rule_id=rule.id,
            rule_title=storable(rule.title),
            level=rule.level,
            segment=segment,
            row=int(places[row]),
            fields={name: storable(text) for name, text in matched.items()},
            context=_context(batch, row, matched),
            purpose=purposes.of(rule),
            carried=_carried(batch, row, purposes.carried(rule)),
        )


def met_in(batch: pa.RecordBatch, met: Iterable[Met], *, new: NDArray[np.bool_], segment: str) -> Iterator[Match]:
    """The matches of the events that are new with patterns of indicators; the arguments are those of `matches_of`."""
    for one in met:
        said = {rule.id: rule for rule in one.plan.rules}
        for match in matches_of(one.plan, one.purposes, batch, one.matches, new=new, segment=segment):
            rule = said[match.rule_id]
            yield replace(match, described=storable(rule.description), author=storable(rule.author))


def held_in(batch: pa.RecordBatch, found: Found, *, new: NDArray[np.bool_], segment: str) -> Iterator[Match]:
    """The matches of the events that are new with indicators, one for each event and indicator.

    Args:
        batch: all events that were received.
        found: which row holds what.
        new: which events are kept.
        segment: where they are kept.

    """
    places = np.cumsum(new) - 1
    together: dict[tuple[int, str], list[Hit]] = {}
    kept = found.only(new[found.rows])
    for row, number in zip(kept.rows.tolist(), kept.numbers.tolist(), strict=True):
        hit = found.hits[number]
        together.setdefault((row, hit.entry.indicator), []).append(hit)
    for (row, _), hits in together.items():
        yield _held(batch, row, hits, segment=segment, place=int(places[row]))


def _held(batch: pa.RecordBatch, row: int, hits: Sequence[Hit], *, segment: str, place: int) -> Match:
    """The match of one event with one indicator."""
    entry = hits[0].entry
    matched = {hit.field: storable(hit.value) for hit in hits}
    return Match(
        **_of_event(batch, row),
        rule_id=entry.indicator,
        rule_title=storable(entry.title),
        level=entry.level,
        segment=segment,
        row=place,
        fields=matched,
        context=_context(batch, row, matched),
        described=storable(entry.described),
        author=storable(entry.source),
        purpose=Purpose.TRIAL if entry.trial else Purpose.ALERT,
    )


def _of_event(batch: pa.RecordBatch, row: int) -> dict[str, Any]:
    """What a match says of its event, by the names that `Match` has for it."""
    told = {name: batch[name][row].as_py() for name in _ENVELOPE}
    return told | {"event_id": told["event_id"].hex(), "device": storable(told["device"])}


def hidden_by(plan: Plan, purposes: Purposes, matches: Matches, *, new: NDArray[np.bool_]) -> dict[str, int]:
    """How many of the events that are new each filter hid, by the filter's id; those that hid none are left out."""
    if not purposes.hidden:
        return {}
    found: dict[str, int] = {}
    numbers, counts = np.unique(matches.rules[new[matches.rows]], return_counts=True)
    for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
        name = purposes.hidden.get(plan.rules[number].digest)
        if name is not None:
            found[name] = found.get(name, 0) + count
    return found


_ENVELOPE = ("event_id", "organisation", "device", "source", "observed_at", "received_at")


def _carried(batch: pa.RecordBatch, row: int, names: frozenset[str]) -> dict[str, str]:
    return {name: storable(text) for name, text in event_at(batch, row, sorted(names)).items()} if names else {}


def _context(batch: pa.RecordBatch, row: int, matched: Mapping[str, str]) -> dict[str, str]:
    """What the sentence about an event says besides what the rule matched."""
    number = event_at(batch, row, ["EventID"]).get("EventID", "")
    category, service = (batch[name][row].as_py() or "" for name in ("category", "service"))
    names = sentence.fields_of(category=category, service=service, number=number) - matched.keys()
    return {name: storable(text[:LONGEST_CONTEXT]) for name, text in event_at(batch, row, names).items()}
