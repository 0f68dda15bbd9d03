"""Rows before they leave: without NHS numbers always, without persons and internal names unless somebody says whole."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from watchward.console.hunts.models import Answer
from watchward.console.hunts.wire import MOST_BYTES, MOST_ROWS, Rows
from watchward.intel.personal import Inside
from watchward.intel.sharing import to_share
from watchward.telemetry.masking import masked_value

MATCHED: Final = "what matched"
"""The column in which a rule's matched fields stand together."""

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
        rows = (_to_share(dict(zip(found.columns, row, strict=True)), inside) for row in rows)
    return _within_limits(found.columns, rows, truncated=found.truncated)


def _to_share(fields: dict[str, str], inside: Inside) -> list[str]:
    """The cells of a row without persons and internal names, which are known by the fields that hold them."""
    kept = dict(to_share(fields, inside).fields)
    if MATCHED in kept:
        kept[MATCHED] = joined(to_share(_apart(fields[MATCHED]), inside).fields)
    return list(kept.values())


def joined(fields: Mapping[str, object]) -> str:
    """What a rule matched, in one cell."""
    return "; ".join(f"{name}: {value}" for name, value in fields.items())


def _apart(cell: str) -> dict[str, str]:
    """The fields of such a cell again; a value that looks like two is cleaned as two."""
    fields: dict[str, str] = {}
    name = "text"
    for part in cell.split("; "):
        head, colon, rest = part.partition(": ")
        if colon and head.isidentifier():
            name, part = head, rest  # noqa: PLW2901 - what is left of it
        fields[name] = f"{fields[name]}; {part}" if name in fields else part
    return fields


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
