"""The fields of log lines, put into the columns of a whole batch: looks at hints by their codes, and reads few rows."""

import numpy as np

from watchward.telemetry import audit, loglines
from watchward.telemetry.asked import Asked
from watchward.telemetry.body import Body
from watchward.telemetry.columns import Columns
from watchward.telemetry.kernels.tables import MOMENT, Array, Work
from watchward.telemetry.record import Places, read


class Unpacking:
    """Finds the rows that hold lines of a log, and fills what their lines say."""

    def __init__(self, columns: Columns, places: Places, asked: Asked | None) -> None:
        self._asked = asked
        self._columns = columns
        self._places = places
        self._hints = {name: (b"", np.zeros(1, np.bool_)) for name in loglines.HINTS}

    def fill(self, work: Work, body: Body) -> None:
        """Fill the fields that lines hold; all new texts must be in their dictionaries."""
        lines = np.zeros(len(work.rows), np.bool_)
        for name in loglines.HINTS:
            if self._slot(name) >= 0:
                lines |= self._telling(name)[work.codes[self._slot(name)]]
        chosen = np.flatnonzero(lines)
        if len(chosen):
            self._fill(work, body, chosen)

    def _fill(self, work: Work, body: Body, chosen: Array) -> None:
        if self._asked is not None:
            self._asked.take_of(loglines.LINE, chosen, work, body.data)
        texts = {name: self._texts(work, name, chosen) for name in loglines.READ}
        if loglines.LINE in self._columns.index:
            texts[loglines.LINE] = self._texts(work, loglines.LINE, chosen)
        else:
            texts[loglines.LINE] = [self._line(body.document(row)) for row in chosen.tolist()]
        events = [
            {name: text for name, each in texts.items() if (text := each[at]) is not None} for at in range(len(chosen))
        ]
        found: dict[str, list[tuple[int, str]]] = {}
        for row, fields in zip(chosen.tolist(), loglines.Lines().of(events), strict=True):
            for name, text in fields.items():
                found.setdefault(name, []).append((row, text))
        for row, text in found.pop(audit.TIME, []):
            work.rows[row, MOMENT] = int(text)
        for name, held in found.items():
            if name in self._columns.index:
                self._put(work, self._columns.index[name], held)

    def _line(self, document: bytes) -> str | None:
        return loglines.line_of(read(document, self._places))

    def _put(self, work: Work, column: int, held: list[tuple[int, str]]) -> None:
        """Fill one column where it is empty."""
        codes = self._columns.codes(work, column, [text for _, text in held])
        self._columns.flush(work)
        slot = self._columns.slot(column)
        if slot < 0:
            slot = self._columns.take_slot(work, column)
        rows = np.array([row for row, _ in held])
        work.codes[slot][rows] = np.where(work.codes[slot][rows] < 0, codes, work.codes[slot][rows])

    def _slot(self, name: str) -> int:
        return self._columns.slot(self._columns.index[name])

    def _telling(self, name: str) -> Array:
        """For each code of a hint whether it tells of a line; the last place is for what is absent."""
        dictionary = self._columns.dictionaries[self._columns.index[name]]
        token, known = self._hints[name]
        if token != dictionary.token:
            known = np.zeros(1, np.bool_)
        new = [loglines.may_be_line(name, dictionary.text(code)) for code in range(len(known) - 1, dictionary.size)]
        known = np.concatenate([known[:-1], np.array([*new, False], np.bool_)])
        self._hints[name] = dictionary.token, known
        return known

    def _texts(self, work: Work, name: str, chosen: Array) -> list[str | None]:
        slot = self._slot(name)
        if slot < 0:
            return [None] * len(chosen)
        dictionary = self._columns.dictionaries[self._columns.index[name]]
        codes = work.codes[slot][chosen].tolist()
        known = {code: None if code < 0 else dictionary.text(code) for code in set(codes)}
        return [known[code] for code in codes]
