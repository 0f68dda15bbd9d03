"""What only the rows themselves can tell: whether two fields are the same, or a keyword stands anywhere in an event.

Rules that ask for such things are looked at where all else that they ask may hold; here they are decided, for many rows
at once.
"""

from collections.abc import Mapping
from typing import assert_never

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from watchward.detect.columns import buffers, dictionary
from watchward.detect.events import event_at
from watchward.detect.kernels.arrays import Bytes, Ints, Known, Values
from watchward.detect.kernels.decisions import hold_predicate
from watchward.detect.kernels.rows import UNSURE, same
from watchward.detect.plan.formula import Either, Every, Fact, Formula, Unknown, facts
from watchward.detect.reference import matches
from watchward.detect.sigma.ir import ANYWHERE, Condition, SameAs, leaves
from watchward.telemetry.batch import column_of

Mask = NDArray[np.bool_]


class Late:
    """The rows of one batch, ready to be asked.

    Args:
        batch: the events.
        about_rows: what predicates ask of rows as wholes, by number; and `column_of` the columns of all predicates.
        values: the batch by the numbers of its values, and `known` what these mean.

    """

    def __init__(
        self,
        batch: pa.RecordBatch,
        about_rows: Mapping[int, Condition],
        column_of: Ints,
        values: Values,
        known: Known,
    ) -> None:
        self._batch = batch
        self._about_rows = about_rows
        self._column_of = column_of
        self._values = values
        self._known = known
        self._events: dict[int, dict[str, str]] = {}

    def holds(self, formula: Formula, rows: Ints) -> Mask:
        """In which of some rows a rule's formula holds; what is quick to tell is asked first."""
        match formula:
            case Fact(number, wanted):
                return self._holds(number, rows) ^ (not wanted)
            case Every(parts):
                held = np.ones(len(rows), dtype=bool)
                for part in sorted(parts, key=self._is_late):
                    held[held] = self.holds(part, rows[held])
                return held
            case Either(parts):
                held = np.zeros(len(rows), dtype=bool)
                for part in sorted(parts, key=self._is_late):
                    held[~held] = self.holds(part, rows[~held])
                return held
            case Unknown():
                raise AssertionError(formula)
            case _:
                assert_never(formula)

    def _is_late(self, formula: Formula) -> bool:
        return any(number in self._about_rows for number in facts(formula))

    def _holds(self, number: int, rows: Ints) -> Mask:
        if number in self._about_rows:
            return self._asked(self._about_rows[number], rows)
        held: Bytes = np.empty(len(rows), dtype=np.uint8)
        hold_predicate(number, int(self._column_of[number]), rows, self._values, self._known, held)
        return held.astype(bool)

    def _asked(self, condition: Condition, rows: Ints) -> Mask:
        if isinstance(condition, SameAs):
            return self._same(condition, rows)
        name = next(leaves(condition)).field
        if name == ANYWHERE:
            return np.array([matches(condition, self._event(row)) for row in rows.tolist()], dtype=bool)
        values, each = self._texts(name, rows)
        codes, place = np.unique(each, return_inverse=True)
        texts = [_text(values, code) for code in codes.tolist()]
        return np.array([matches(condition, {} if text is None else {name: text}) for text in texts], dtype=bool)[place]

    def _event(self, row: int) -> dict[str, str]:
        if row not in self._events:
            self._events[row] = event_at(self._batch, row)
        return self._events[row]

    def _same(self, asked: SameAs, rows: Ints) -> Mask:
        (mine, codes), (theirs, others) = self._texts(asked.field, rows), self._texts(asked.other, rows)
        outcome: Bytes = np.empty(len(rows), dtype=np.uint8)
        same(*buffers(mine), codes, *buffers(theirs), others, asked.starts, asked.ends, outcome)
        for at in np.flatnonzero(outcome == UNSURE).tolist():
            event = {asked.field: mine[codes[at]].as_py(), asked.other: theirs[others[at]].as_py()}
            outcome[at] = matches(asked, event)
        return outcome.astype(bool)

    def _texts(self, name: str, rows: Ints) -> tuple[pa.StringArray, Ints]:
        """The texts of a field, and the code of each row's own among them: -1 for none."""
        index = self._batch.schema.get_field_index(column_of(name))
        if index < 0:
            return pa.array([], pa.string()), np.full(len(rows), -1, dtype=np.int32)
        column = dictionary(self._batch.column(index))
        places = column.indices.offset + rows.astype(np.int64)
        valid, data = column.indices.buffers()
        codes: Ints = np.frombuffer(data, dtype=np.int32)[places]
        if valid is not None:
            bits = np.frombuffer(valid, dtype=np.uint8)[places >> 3] >> (places & 7).astype(np.uint8) & 1
            codes = np.where(bits, codes, np.int32(-1))
        return column.dictionary, codes


def _text(values: pa.StringArray, code: int) -> str | None:
    text: str | None = None if code < 0 else values[code].as_py()
    return text
