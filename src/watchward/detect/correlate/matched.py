"""Matches as correlations read them: one row for each event and rule, in columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from watchward.detect.correlate.marks import NEVER
from watchward.detect.match import Matches
from watchward.telemetry.batch import column_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Some matches.

    Args:
        at: the events' own times, in microseconds since 1970.
        event_ids: the events' identifiers, 16 bytes each: the first and the second half as big-endian numbers.
        rules: the number of the rule that each met, in `rule_ids`.
        rule_ids: the ids of rules.
        received_at: when the latest of them came, in microseconds: no event moves time on beyond it.
        organisations: whose events they are.
        sources: by which source each came.
        fields: the values of the fields that correlations want (`Program.fields_of`); null where an event has none.

    """

    at: NDArray[np.int64]
    event_ids: NDArray[np.uint64]
    rules: NDArray[np.int32]
    rule_ids: Sequence[str]
    received_at: int
    organisations: pa.Array
    sources: pa.Array
    fields: Mapping[str, pa.Array]

    def __len__(self) -> int:
        return len(self.at)

    def take(self, places: NDArray[np.intp]) -> "Matched":
        """Some of them."""
        wanted = pa.array(places)
        return Matched(
            at=self.at[places],
            event_ids=self.event_ids[places],
            rules=self.rules[places],
            rule_ids=self.rule_ids,
            received_at=self.received_at,
            organisations=self.organisations.take(wanted),
            sources=self.sources.take(wanted),
            fields={name: column.take(wanted) for name, column in self.fields.items()},
        )


def matched_in(batch: pa.RecordBatch, matches: Matches, rule_ids: Sequence[str], fields: Iterable[str]) -> Matched:
    """The matches of an event batch (`telemetry.batch`) with the values of the fields that correlations want.

    `rule_ids` are the ids of the plan's rules, in the order in which it numbers them.
    """
    wanted = pa.array(matches.rows)

    def texts(column: str) -> pa.Array:
        place = batch.schema.get_field_index(column)
        if place < 0:
            return pa.nulls(len(wanted), pa.string())
        return batch.column(place).take(wanted).cast(pa.string())

    def times(column: str) -> NDArray[np.int64]:
        found: NDArray[np.int64] = batch.column(column).take(wanted).cast(pa.int64()).to_numpy(zero_copy_only=False)
        return found

    return Matched(
        at=times("observed_at"),
        event_ids=halves(batch.column("event_id").take(wanted).to_pylist()),
        rules=matches.rules,
        rule_ids=rule_ids,
        received_at=int(times("received_at").max(initial=NEVER)),
        organisations=texts("organisation").fill_null(""),
        sources=texts("source").fill_null(""),
        fields={name: texts(column_of(name)) for name in fields},
    )


def halves(event_ids: Sequence[bytes]) -> NDArray[np.uint64]:
    """Identifiers of 16 bytes as two numbers each, which sort as the bytes do."""
    numbers = np.frombuffer(b"".join(event_ids), dtype=">u8").reshape(-1, 2)
    return numbers.astype(np.uint64)
