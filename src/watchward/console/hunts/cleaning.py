"""Rows before they leave: without NHS numbers always, without persons and internal names unless somebody says whole.

Whoever asks names the columns, so a name tells nothing: what a column holds is known by the fields of which it is made
(`lake.statement`). What was worked out from several, and whatever cannot be traced, does not leave at all (ADR 0254).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Final, TypedDict

import msgspec

from watchward.console.hunts.models import Answer
from watchward.console.hunts.wire import MOST_BYTES, MOST_COLUMNS, MOST_ROWS, Found, Rows
from watchward.intel.personal import Inside
from watchward.intel.sharing import to_share, with_names
from watchward.telemetry.batch import UNMAPPED
from watchward.telemetry.masking import masked_value

MATCHED: Final = "what matched"
"""The column in which a rule's matched fields stand together."""

NOT_TOLD: Final = "⟦worked out, does not go⟧"
"""What stands in the place of a value of which nobody can say what it holds."""

_LONGEST = 2_000
"""Characters of one cell."""

Source = Collection[str] | None


def found_of(answer: Answer) -> Found:
    """What was found at an organisation of this node."""
    return msgspec.convert(answer.found or {"columns": [], "rows": []}, Found)


def given_by(answer: Answer) -> Rows | None:
    """What an organisation has let out."""
    return None if answer.rows is None else msgspec.convert(answer.rows, Rows)


def to_give(answer: Answer, *, whole: bool) -> Rows:
    """The rows as they would leave."""
    found = found_of(answer)
    sources = [_told_of(source) for _, source in zip_longest(found.columns, found.sources[: len(found.columns)])]
    rows = ([str(masked_value(cell)) for cell in row] for row in found.rows)
    clean = (_traced(row, sources) if whole else _to_share(row, sources) for row in rows)
    return Rows(**_within_limits(found.columns, clean, truncated=found.truncated))


def _told_of(source: Source) -> Source:
    """Whose values a column holds; `unmapped` holds whatever a sender sent, under names that no list knows."""
    return None if source is None or UNMAPPED.name in source else source


def _traced(row: Sequence[str], sources: Sequence[Source]) -> list[str]:
    """The cells of a row, without those of which nobody can say what they hold."""
    return [NOT_TOLD if cell and source is None else cell for cell, source in zip(row, sources, strict=True)]


def _to_share(row: Sequence[str], sources: Sequence[Source]) -> list[str]:
    """The cells of a row without persons and internal names, which are known by the fields that hold them."""
    inside = Inside()
    for cell, source in zip(row, sources, strict=True):
        for field in source or ():
            inside = with_names(_apart(cell) if field == MATCHED else {field: cell}, inside)
    cells = zip(_traced(row, sources), sources, strict=True)
    return [_without_names(cell, source or (), inside) for cell, source in cells]


def _without_names(cell: str, source: Collection[str], inside: Inside) -> str:
    for field in source:
        if field == MATCHED:
            cell = joined(to_share(_apart(cell), inside).fields)
        else:
            cell = to_share({field: cell}, inside).fields[field]
    return cell


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


def table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], *, sources: Sequence[Source] | None, truncated: bool
) -> Found:
    """What was found, as text, as much of it as an answer may have: columns in which nothing stands are left out."""
    texts = [[_text(cell) for cell in row] for row in rows]
    held = [place for place in range(len(columns)) if any(row[place] for row in texts)]
    kept, more = held[:MOST_COLUMNS], truncated or len(held) > MOST_COLUMNS
    # Where nothing is known of the columns, their names may come from events as well.
    names = [f"column {place + 1}" if sources is None else columns[place][:200] for place in kept]
    known = [None if sources is None or (source := sources[place]) is None else sorted(source) for place in kept]
    return Found(
        **_within_limits(names, ([row[place] for place in kept] for row in texts), truncated=more), sources=known
    )


def _text(cell: object) -> str:
    """A value as text that every database can hold: PostgreSQL refuses the character of number 0."""
    return "" if cell is None else str(cell)[:_LONGEST].replace("\0", "\N{REPLACEMENT CHARACTER}")


def plain(rows: Rows) -> dict[str, object]:
    """As it is stored."""
    found: dict[str, object] = msgspec.to_builtins(rows)
    return found


class _Parts(TypedDict):
    """What every table has."""

    columns: list[str]
    rows: list[list[str]]
    truncated: bool


def _within_limits(columns: list[str], rows: Iterable[list[str]], *, truncated: bool) -> _Parts:
    kept: list[list[str]] = []
    room = MOST_BYTES
    for row in rows:
        room -= len(msgspec.json.encode(row))
        if room < 0 or len(kept) == MOST_ROWS:
            return {"columns": columns, "rows": kept, "truncated": True}
        kept.append(row)
    return {"columns": columns, "rows": kept, "truncated": truncated}
