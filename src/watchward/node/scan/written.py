"""Matches as they are written out: a line each for programs, a table for spreadsheets, a time line for people."""

import csv
import io
import json
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from typing import Protocol, TextIO

import numpy as np

from watchward.node.scan.asked import Format
from watchward.node.scan.findings import Finding

CSV_COLUMNS = ("time", "level", "rule", "device", "fields", "source", "record", "organisation", "tags", "rule_id")

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LEVEL_WIDTH = len("informational")


class Writer(Protocol):
    """Takes matches in the order of their files."""

    def add(self, found: Iterable[Finding]) -> None:
        """Take some more."""

    def close(self) -> None:
        """Write what is not yet written."""


def writer(printed: Format, out: TextIO) -> Writer | None:
    """What writes in this format; None for the table, which is made of sums."""
    match printed:
        case Format.TABLE:
            return None
        case Format.JSON | Format.OCSF:
            return _Lines(printed, out)
        case Format.CSV | Format.TIMELINE:
            return _InOrder(printed, out)


class _Lines:
    """A JSON object a line, as soon as it is found."""

    def __init__(self, printed: Format, out: TextIO) -> None:
        self._printed, self._out = printed, out

    def add(self, found: Iterable[Finding]) -> None:
        shapes = (one.as_ocsf() if self._printed is Format.OCSF else one.as_json() for one in found)
        self._out.writelines(json.dumps(shape, ensure_ascii=False) + "\n" for shape in shapes)

    def close(self) -> None:
        self._out.flush()


class _InOrder:
    """Lines in the order of their events' times, over all files; they wait in a temporary file, not in memory."""

    def __init__(self, printed: Format, out: TextIO) -> None:
        self._printed, self._out = printed, out
        self._waiting = tempfile.TemporaryFile()  # noqa: SIM115 - closed when all is written
        self._at, self._ends = array("q"), array("q", [0])

    def add(self, found: Iterable[Finding]) -> None:
        for one in found:
            line = (_csv(_cells(one)) if self._printed is Format.CSV else _told(one)).encode(errors="replace")
            self._waiting.write(line)
            self._at.append(int(one.observed_at.timestamp() * 1_000_000))
            self._ends.append(self._ends[-1] + len(line))

    def close(self) -> None:
        if self._printed is Format.CSV:
            self._out.write(_csv(CSV_COLUMNS))
        with self._waiting:
            self._out.writelines(self._sorted())
        self._out.flush()

    def _sorted(self) -> Iterator[str]:
        for number in np.argsort(np.array(self._at, dtype=np.int64), kind="stable").tolist():
            self._waiting.seek(self._ends[number])
            yield self._waiting.read(self._ends[number + 1] - self._ends[number]).decode()


def _cells(one: Finding) -> tuple[str, ...]:
    return (
        one.observed_at.isoformat(),
        one.rule.level.value,
        one.rule.title,
        one.device,
        _fields(one),
        one.source,
        str(one.record),
        one.organisation,
        " ".join(one.rule.tags),
        one.rule.id,
    )


def _csv(cells: Iterable[str]) -> str:
    """One row. A cell that a spreadsheet would take for a formula begins with an apostrophe: events are hostile."""
    row = io.StringIO()
    csv.writer(row, lineterminator="\n").writerow(f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells)
    return row.getvalue()


def _told(one: Finding) -> str:
    """One line of the time line."""
    parts = [
        one.observed_at.strftime("%Y-%m-%d %H:%M:%S"),
        one.rule.level.value.ljust(_LEVEL_WIDTH),
        one.device or "-",
        one.rule.title,
        _fields(one),
    ]
    return printable("  ".join(parts)) + "\n"


def _fields(one: Finding) -> str:
    return " | ".join(f"{name}: {value}" for name, value in one.fields.items())


def printable(text: str) -> str:
    r"""A text with its control characters written out: an event must not be able to steer a terminal.

    >>> print(printable("a" + chr(27) + "[2Jb"))
    a\x1b[2Jb

    """
    return text if text.isprintable() else "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
