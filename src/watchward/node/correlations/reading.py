"""From entries of the journal to the matches that correlations read, and how far they move time on."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from watchward.detect.correlate.marks import NEVER
from watchward.detect.correlate.matched import Matched, halves
from watchward.detect.match import Match, Purpose
from watchward.lake.journal import JournalEntry, microseconds


def read_of(entry: JournalEntry, rules: frozenset[str]) -> list[Match]:
    """The matches of an entry that correlations read, where they read these rules."""
    return [match for match in entry.matches if match.rule_id in rules and match.purpose is not Purpose.TRIAL]


def matched_of(matches: Sequence[Match]) -> Matched:
    """Matches as correlations read them. They move no time on by themselves: `latest` says how far it has come."""
    rule_ids = sorted({match.rule_id for match in matches})
    numbers = {rule: number for number, rule in enumerate(rule_ids)}
    names = sorted({name for match in matches for name in match.carried})
    return Matched(
        at=np.array([microseconds(match.observed_at) for match in matches], dtype=np.int64),
        event_ids=halves([bytes.fromhex(match.event_id) for match in matches]),
        rules=np.array([numbers[match.rule_id] for match in matches], dtype=np.int32),
        rule_ids=rule_ids,
        received_at=NEVER,
        organisations=pa.array([match.organisation for match in matches], pa.string()),
        sources=pa.array([match.source for match in matches], pa.string()),
        fields={name: pa.array([match.carried.get(name) for match in matches], pa.string()) for name in names},
    )


def latest(entries: Iterable[JournalEntry]) -> int:
    """The latest time of an event in some entries, in microseconds.

    A clock that is ahead moves time on no further than to the moment at which its events were received.
    """
    return max(
        (
            microseconds(min(seen.last_observed_at, entry.received_at))
            for entry in entries
            for seen in entry.sources
            if seen.last_observed_at is not None
        ),
        default=NEVER,
    )
