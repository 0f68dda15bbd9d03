"""Rows before they leave: without NHS numbers always, without persons and internal names unless somebody says whole.

Whoever asks names the columns, so a name tells nothing: what a column holds is known by the fields of which it is made
(`lake.statement`). What was worked out from several, and whatever cannot be traced, does not leave at all (ADR 0254).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Final, TypeVar

import msgspec

from watchward.console.hunts.models import Answer
from watchward.console.hunts.wire import MOST_BYTES, MOST_COLUMNS, MOST_ROWS, Found, Rows, Table
from watchward.intel.personal import Inside
from watchward.intel.sharing import to_share, with_names
from watchward.telemetry.batch import UNMAPPED
from watchward.telemetry.masking import masked_value

MATCHED: Final = "what matched"
"""The column of the fields that a rule matched. An earlier version stored them as one text, which never leaves."""

NOT_TOLD: Final = "⟦worked out, does not go⟧"
"""What stands in the place of a value of which nobody can say what it holds."""

_LONGEST = 2_000
"""Characters of one cell."""

Source = Collection[str] | None
Cell = str | dict[str, str]
_Cell = TypeVar("_Cell", str, Cell)


def found_of(answer: Answer) -> Found:
    """What was found at an organisation of this node."""
    return msgspec.convert(answer.found or {"columns": [], "rows": []}, Found)


def given_by(answer: Answer) -> Rows | None:
    """What an organisation has let out."""
    return None if answer.rows is None else msgspec.convert(answer.rows, Rows)


def to_give(answer: Answer, *, whole: bool) -> Rows:
    """The rows as they would leave."""
    found = found_of(answer)
    sources = [source for _, source in zip_longest(found.columns, found.sources[: len(found.columns)])]
    rows = ([_traced(cell, source) for cell, source in zip(row, sources, strict=True)] for row in found.rows)
    clean = ([_joined(cell) for cell in row] if whole else _to_share(row, sources) for row in rows)
    kept, truncated = _within_limits(clean, truncated=found.truncated)
    return Rows(columns=found.columns, rows=kept, truncated=truncated)


def may_go(source: Source) -> bool:
    """Whether the values of a column may leave; `unmapped` holds what a sender sent under names that no list knows."""
    return source is not None and UNMAPPED.name not in source and MATCHED not in source


def _traced(cell: Cell, source: Source) -> Cell:
    """A cell without NHS numbers, and without values of which nobody can say what they hold."""
    if isinstance(cell, dict) and source == [MATCHED]:
        return {name: str(masked_value(value)) if may_go([name]) else NOT_TOLD for name, value in cell.items()}
    return str(masked_value(cell)) if may_go(source) or not cell else NOT_TOLD


def _to_share(row: Sequence[Cell], sources: Sequence[Source]) -> list[str]:
    """The cells of a row without persons and internal names, which are known by the fields that hold them."""
    inside = Inside()
    for cell, source in zip(row, sources, strict=True):
        for fields in _fields(cell, source):
            inside = with_names(fields, inside)
    return [_without_names(cell, source, inside) for cell, source in zip(row, sources, strict=True)]


def _fields(cell: Cell, source: Source) -> list[dict[str, str]]:
    """A cell as the fields that it holds, or may hold; one of no field is cleaned by its shape alone."""
    return [cell] if isinstance(cell, dict) else [{field: cell} for field in source or ("",)]


def _without_names(cell: Cell, source: Source, inside: Inside) -> str:
    if isinstance(cell, dict):
        return _joined(to_share(cell, inside).fields)
    for field in source or ("",):
        cell = to_share({field: cell}, inside).fields[field]
    return cell


def _joined(cell: str | Mapping[str, str]) -> str:
    """A cell as one text."""
    return cell if isinstance(cell, str) else "; ".join(f"{name}: {value}" for name, value in cell.items())


def table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], *, sources: Sequence[Source] | None, truncated: bool
) -> Found:
    """What was found, as text, as much of it as an answer may have: columns in which nothing stands are left out."""
    whose = [None] * len(columns) if sources is None else sources
    texts = [[_cell(cell, source) for cell, source in zip(row, whose, strict=True)] for row in rows]
    held = [place for place in range(len(columns)) if any(row[place] for row in texts)]
    kept, more = held[:MOST_COLUMNS], truncated or len(held) > MOST_COLUMNS
    # Where nothing is known of the columns, their names may come from events as well.
    names = [f"column {place + 1}" if sources is None else columns[place][:200] for place in kept]
    known = [None if sources is None or (source := sources[place]) is None else sorted(source) for place in kept]
    within, more = _within_limits(([row[place] for place in kept] for row in texts), truncated=more)
    return Found(columns=names, rows=within, truncated=more, sources=known)


def _cell(value: object, source: Source) -> Cell:
    """A value as it is kept: only what a rule matched has fields, and what a query makes with names has none."""
    if isinstance(value, Mapping) and source is not None and MATCHED in source:
        return {_text(name): _text(one) for name, one in value.items()}
    return _text(value)


def _text(cell: object) -> str:
    """A value as text that every database can hold: PostgreSQL refuses the character of number 0."""
    return "" if cell is None else str(cell)[:_LONGEST].replace("\0", "\N{REPLACEMENT CHARACTER}")


def plain(rows: Table) -> dict[str, object]:
    """As it is stored."""
    found: dict[str, object] = msgspec.to_builtins(rows)
    return found


def _within_limits(rows: Iterable[list[_Cell]], *, truncated: bool) -> tuple[list[list[_Cell]], bool]:
    """As many rows as an answer may have, and whether there are more."""
    kept: list[list[_Cell]] = []
    room = MOST_BYTES
    for row in rows:
        room -= len(msgspec.json.encode(row))
        if room < 0 or len(kept) == MOST_ROWS:
            return kept, True
        kept.append(row)
    return kept, truncated
