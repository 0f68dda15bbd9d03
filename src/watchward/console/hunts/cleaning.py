"""Rows before they leave: without NHS numbers always, without persons and internal names unless somebody says whole."""

from collections.abc import Iterable, Iterator

import msgspec

from watchward.console.hunts.models import Answer
from watchward.console.hunts.wire import MOST_BYTES, MOST_ROWS, Rows
from watchward.intel.personal import Inside
from watchward.intel.sharing import to_share
from watchward.telemetry.masking import masked_value

_LONGEST = 2_000
"""Characters of one cell."""


def found_of(answer: Answer) -> Rows:
    """What was found at an organisation of this node."""
    return msgspec.convert(answer.found or {"columns": [], "rows": []}, Rows)


def given_by(answer: Answer) -> Rows | None:
    """What an organisation has let out."""
    return None if answer.rows is None else msgspec.convert(answer.rows, Rows)


def to_give(answer: Answer, *, whole: bool) -> Rows:
    """The rows as they would leave."""
    found = found_of(answer)
    rows = ([str(masked_value(cell)) for cell in row] for row in found.rows)
    if not whole:
        inside = Inside()
        rows = (list(to_share(dict(zip(found.columns, row, strict=True)), inside).fields.values()) for row in rows)
    return _within_limits(found.columns, rows, truncated=found.truncated)


def table(columns: Iterable[str], rows: Iterable[Iterable[object]], *, truncated: bool) -> Rows:
    """What was found, as text, as much of it as an answer may have."""
    texts = (["" if cell is None else str(cell)[:_LONGEST] for cell in row] for row in rows)
    return _within_limits([name[:200] for name in columns], texts, truncated=truncated)


def plain(rows: Rows) -> dict[str, object]:
    """As it is stored."""
    found: dict[str, object] = msgspec.to_builtins(rows)
    return found


def _within_limits(columns: list[str], rows: Iterator[list[str]], *, truncated: bool) -> Rows:
    kept: list[list[str]] = []
    room = MOST_BYTES
    for row in rows:
        room -= len(msgspec.json.encode(row))
        if room < 0 or len(kept) == MOST_ROWS:
            return Rows(columns=columns, rows=kept, truncated=True)
        kept.append(row)
    return Rows(columns=columns, rows=kept, truncated=truncated)
