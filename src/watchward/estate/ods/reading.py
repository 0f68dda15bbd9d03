"""Recognise the layout of a published file, and read it."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from watchward.estate.ods import headed, headerless
from watchward.estate.ods.claim import Claim, Reading, Succession
from watchward.estate.ods.errors import LayoutError
from watchward.estate.ods.row import Row
from watchward.estate.organisation import OrganisationKind

_FIELD_LIMIT = 100_000


def layouts() -> tuple[str, ...]:
    """The names by which a layout may be chosen."""
    return (*headerless.KINDS, "epraccur", "region-lookup", *(layout.name for layout in headed.LAYOUTS))


def decode(raw: bytes, *, file: str) -> str:
    """The text of a file: UTF-8, with or without its mark, else Windows-1252, in which the register still publishes.

    Raises:
        LayoutError: it is not text.

    """
    if b"\0" in raw[:4096]:
        raise LayoutError(file=file, line=1, found="bytes that are not text", expected="a CSV file, unpacked")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def read(text: str, *, file: str, layout: str | None = None) -> Reading:
    """What one file says.

    Args:
        text: its content.
        file: its name, for messages, and because the register's own names (etr, eccg) say what they list.
        layout: how to read it; without it, it is recognised.

    Raises:
        LayoutError: it has no layout that is known, or departs from it at some line.

    """
    rows = _rows(text, file)
    if not rows:
        raise LayoutError(file=file, line=1, found="nothing", expected="a CSV file with organisations")
    if layout is not None and layout not in layouts():
        raise LayoutError(file=file, line=1, found=f"the layout {layout!r}", expected=f"one of {', '.join(layouts())}")
    header = [column.strip() for column in rows[0]]
    if _is_header(header):
        return _headed(rows[1:], header, file=file, layout=layout)
    named = headerless.named(rows, file=file)
    if layout == "epraccur" or (layout is None and headerless.is_epraccur(rows)):
        return headerless.practices(named, file=file)
    if layout is not None and layout not in headerless.KINDS:
        raise LayoutError(file=file, line=1, found="no header", expected=f"the header of the layout {layout!r}")
    name, kind = _by_name(file, layout)
    return headerless.organisations(named, file=file, layout=name, kind=kind)


def _rows(text: str, file: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        csv.field_size_limit(_FIELD_LIMIT)
        return list(reader)
    except csv.Error as error:
        raise LayoutError(
            file=file, line=reader.line_num, found=f"broken CSV ({error})", expected='comma-separated, quoted with "'
        ) from error


def _is_header(first: Sequence[str]) -> bool:
    """A header has a name in nearly every column and no date or code; the register's rows have empty columns."""
    return all(column and not re.fullmatch(r"\d+", column) for column in first)


def _headed(rows: Sequence[Sequence[str]], header: Sequence[str], *, file: str, layout: str | None) -> Reading:
    columns = frozenset(header)
    for unfit, reason in headed.UNFIT.items():
        if unfit <= columns:
            raise LayoutError(file=file, line=1, found=f"a file that cannot be used: {reason}", expected=_known())
    named = list(_named(rows, header, file))
    if columns >= headed.PRACTICES:
        return headerless.practices(named, file=file)
    if columns >= headed.REGISTER and "snapshot" not in columns:
        name, kind = _by_name(file, layout)
        return headerless.organisations(named, file=file, layout=name, kind=kind)
    chosen = _layout_of(columns, header, file=file, layout=layout)
    said = [claim for row in named for claim in chosen.says(row)]
    return Reading(
        file=file,
        layout=chosen.name,
        claims=tuple(claim for claim in said if isinstance(claim, Claim)),
        successions=tuple(claim for claim in said if isinstance(claim, Succession)),
    )


def _layout_of(columns: frozenset[str], header: Sequence[str], *, file: str, layout: str | None) -> headed.Layout:
    period = headed.lookup_period(header)
    known = ([headed.lookup_layout(*period)] if period else []) + list(headed.LAYOUTS)
    for candidate in known:
        if layout == candidate.name and not candidate.columns <= columns:
            missing = ", ".join(sorted(candidate.columns - columns))
            raise LayoutError(
                file=file, line=1, found=f"no column {missing}", expected=f"the header of the layout {layout!r}"
            )
        if candidate.columns <= columns and layout in {None, candidate.name}:
            return candidate
    start = ", ".join(header[:4])
    raise LayoutError(
        file=file, line=1, found=f"a header of {len(header)} columns beginning {start!r}", expected=_known()
    )


def _named(rows: Sequence[Sequence[str]], header: Sequence[str], file: str) -> Iterable[Row]:
    for line, row in enumerate(rows, start=2):
        if not row:
            continue
        if len(row) != len(header):
            raise LayoutError(
                file=file, line=line, found=f"{len(row)} columns", expected=f"{len(header)} as in the header"
            )
        yield Row(dict(zip(header, row, strict=True)), file, line)


def _by_name(file: str, layout: str | None) -> tuple[str, OrganisationKind]:
    words = [layout] if layout else re.split(r"[^a-z]+", file.lower())
    for word in words:
        if word in headerless.KINDS:
            return word, headerless.KINDS[word]
    names = ", ".join(headerless.KINDS)
    raise LayoutError(
        file=file,
        line=1,
        found="the register's columns, which do not say what sort of organisation they list",
        expected=f"a file name with one of {names}; or say which it is with --as",
    )


def _known() -> str:
    return f"one of these layouts: {', '.join(layouts())}"
