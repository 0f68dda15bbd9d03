"""A batch's matches as the journal keeps them: with the event's name and the fields that the rule reads."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from watchward.detect import ir
from watchward.detect.match import Match, Matches
from watchward.detect.plan import Plan
from watchward.detect.rule import Rule
from watchward.lake.journal import storable
from watchward.telemetry.batch import column_of


def matches_of(
    plan: Plan, batch: pa.RecordBatch, matches: Matches, *, new: NDArray[np.bool_], segment: str
) -> Iterator[Match]:
    """The matches of the events that are new, with their rows in the segment.

    Args:
        plan: what was matched.
        batch: all events that were received.
        matches: which row met which rule.
        new: which events are kept.
        segment: where they are kept.

    """
    chosen = new[matches.rows]
    rows, rules = matches.rows[chosen], matches.rules[chosen]
    if not len(rows):
        return
    places = np.cumsum(new) - 1
    distinct, which = np.unique(rows, return_inverse=True)
    events = [_without_absent(row) for row in batch.take(pa.array(distinct)).to_pylist()]
    for row, event, rule_number in zip(rows, which, rules, strict=True):
        fields = events[event]
        rule = plan.rules[rule_number]
        yield Match(
            event_id=fields["event_id"].hex(),
            rule_id=rule.id,
            rule_title=storable(rule.title),
            level=rule.level,
            organisation=fields["organisation"],
            device=storable(fields["device"]),
            source=fields["source"],
            observed_at=fields["observed_at"],
            received_at=fields["received_at"],
            segment=segment,
            row=int(places[row]),
            fields=_read_by(rule, fields),
        )


def _without_absent(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _read_by(rule: Rule, event: Mapping[str, Any]) -> dict[str, str]:
    """The event's fields that a rule looks at."""
    names = sorted(ir.fields(rule.condition))
    return {name: storable(event[column_of(name)]) for name in names if column_of(name) in event}
