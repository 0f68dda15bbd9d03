"""A map of care as CSV files: one file a table, in a folder or in one ZIP file."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Final

from watchward.base.errors import BadInputError
from watchward.estate.care.map import CareMap
from watchward.estate.care.tables.rows import Gathered
from watchward.estate.care.tables.table import TABLES, Table
from watchward.estate.care.trouble import Origin, Trouble

MOST_BYTES: Final = 200_000_000
"""How much text one map may have; a ZIP file that unpacks to more is refused before it is unpacked."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
_TEXTS: Final = frozenset({"id", "name", "product", "host", "group", "consumer", "provider", "organisation"})
_WORKBOOK: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How the files of spreadsheet programs begin, today's and yesterday's."""

_LOOKED_AT: Final = 5
"""Rows in which a heading is looked for that does not stand in the first."""

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def write(care: CareMap) -> dict[str, str]:
    """The map as texts by file name; tables without a row are left out."""
    found: dict[str, str] = {}
    for table in TABLES.values():
        things = care.places.values() if table.name == "places" else getattr(care, table.name)
        if things:
            out = io.StringIO()
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow([column.name for column in table.columns])
            writer.writerows([_guarded(name, text) for name, text in table.texts(one).items()] for one in things)
            found[f"{table.name}.csv"] = out.getvalue()
    return found


def write_zip(care: CareMap) -> bytes:
    """The map as one ZIP file of the same texts, byte for byte the same each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in write(care).items():
            archive.writestr(zipfile.ZipInfo(name, date_time=_EPOCH), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def table_of(heading: str) -> Table | None:
    """The table whose heading this line is, as far as it names what every row of that table must have."""
    plain = heading.lstrip("\ufeff")
    names = set(_heading(next(csv.reader([plain], delimiter=_delimiter(plain)), [])))
    for table in TABLES.values():
        required = {column.name for column in table.columns if column.required}
        known = {column.name for column in table.columns}
        if required <= names <= known:
            return table
    return None


def read(files: Mapping[str, str], gathered: Gathered) -> None:
    """Take the texts of a map's files; a file is recognised by its name, or by its heading."""
    for file, text in files.items():
        stem = file.rsplit("/", 1)[-1].casefold().removesuffix(".csv")
        table = TABLES.get(stem) or table_of(text.split("\n", 1)[0])
        if table is None:
            advice = f"Name it after its table: {', '.join(f'{name}.csv' for name in TABLES)}."
            gathered.troubles.append(
                Trouble(text="It is no table of a map.", advice=advice, origin=Origin(file=file, row=1))
            )
            continue
        gathered.take(table, _rows(text, file, table, gathered.troubles))


def unzip(content: bytes, *, file: str) -> dict[str, str]:
    """The CSV files within a ZIP file.

    Raises:
        BadInputError: it is none, or holds too much.

    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = [one for one in archive.infolist() if one.filename.casefold().endswith(".csv")]
            if not inside:
                named = ", ".join(f"{name}.csv" for name in TABLES)
                raise BadInputError(f"There is no CSV file in {file}.", advice=f"It may hold {named}.")
            if sum(one.file_size for one in inside) > MOST_BYTES:
                raise BadInputError(
                    f"{file} unpacks to more than {MOST_BYTES:,} bytes.", advice="Bring in one region at a time."
                )
            return {one.filename: decoded(archive.read(one), file=f"{file}: {one.filename}") for one in inside}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise BadInputError(f"{file} is no ZIP file that can be read ({error}).", advice="Make it again.") from error


def decoded(content: bytes, *, file: str) -> str:
    """A file's text.

    Raises:
        BadInputError: it is not UTF-8.

    """
    if content.startswith(_WORKBOOK):
        raise BadInputError(
            f"{file} is a spreadsheet program's own file.", advice="Save each of its sheets as “CSV UTF-8”."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInputError(f"{file}, row {line}: this is not UTF-8.", advice="Save it as “CSV UTF-8”.") from error


def _guarded(column: str, text: str) -> str:
    """A text that a spreadsheet would take for a formula begins with an apostrophe, which reading takes away again."""
    return f"'{text}" if column in _TEXTS and text.startswith(_FORMULA) else text


def _bare(column: str, text: str) -> str:
    return text[1:] if column in _TEXTS and text.startswith("'") and text[1:].startswith(_FORMULA) else text


def _heading(names: list[str]) -> list[str]:
    """The names of columns; a spreadsheet that once was wider writes empty ones behind them."""
    found = [name.strip().casefold() for name in names]
    while found and not found[-1]:
        found.pop()
    return found


def _delimiter(text: str) -> str:
    """What separates the columns: spreadsheets of other countries write semicolons, and copied tables have tabs."""
    heading = text.partition("\n")[0]
    return max(",;\t", key=heading.count)


def _rows(text: str, file: str, table: Table, troubles: list[Trouble]) -> Iterator[tuple[Origin, dict[str, str]]]:
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text), strict=True, delimiter=delimiter)
    try:
        heading = _heading(next(reader, []))
        if not _fits(heading, table, file, troubles, later=_later(text, delimiter, table)):
            return
        for number, row in enumerate(reader, start=2):
            origin = Origin(file=file, row=number)
            while len(row) > len(heading) and not row[-1].strip():
                row.pop()
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(heading):
                said = f"It has {len(row)} columns; the heading has {len(heading)}."
                troubles.append(Trouble(text=said, advice='Put a text with a comma into "quotes".', origin=origin))
                continue
            cells = {name: _bare(name, cell) for name, cell in zip(heading, row, strict=True)}
            troubles += _ambiguous(cells, table, origin) if delimiter == ";" else ()
            yield origin, cells
    except csv.Error as error:
        said = f"The CSV is broken here ({error})."
        advice = 'Separate by commas, and put texts with commas into "quotes".'
        troubles.append(Trouble(text=said, advice=advice, origin=Origin(file=file, row=reader.line_num)))


def _ambiguous(cells: dict[str, str], table: Table, origin: Origin) -> Iterator[Trouble]:
    """Where columns are separated by semicolons, 1,200 is a thousand to some and little more than one to others."""
    for column in table.columns:
        text = cells.get(column.name, "")
        if column.counts and re.search(r"\d,\d{3}(\D|$)", text):
            yield Trouble(
                text=f"{text!r} may mean two numbers.",
                advice="Write thousands without a comma, and decimals with a point.",
                column=column.name,
                origin=origin,
            )


def _later(text: str, delimiter: str, table: Table) -> int:
    """The row in which the heading stands where it is not the first; 0 where it is in none of the next few."""
    required = {column.name for column in table.columns if column.required}
    lines = text.split("\n", _LOOKED_AT)[:_LOOKED_AT]
    for number, line in enumerate(lines[1:], start=2):
        if required <= {cell.strip().strip('"').casefold() for cell in line.split(delimiter)}:
            return number
    return 0


def _fits(heading: list[str], table: Table, file: str, troubles: list[Trouble], *, later: int) -> bool:
    """Whether a heading has what the table needs, nothing twice and nothing else."""
    known = [column.name for column in table.columns]
    origin = Origin(file=file, row=1)
    if later and not set(heading) & {column.name for column in table.columns if column.required}:
        said = f"The heading stands in row {later}, not in the first."
        troubles.append(Trouble(text=said, advice="Remove the rows above it.", origin=origin))
        return False
    wrong = [
        *(
            ("It is missing.", column.name)
            for column in table.columns
            if column.required and column.name not in heading
        ),
        *(("There is no such column.", name) for name in heading if name not in known),
        *(("It stands here twice.", name) for name in sorted(set(heading)) if heading.count(name) > 1),
    ]
    advice = f"The columns of {table.name} are {', '.join(known)}."
    troubles += [Trouble(text=text, advice=advice, column=name, origin=origin) for text, name in wrong]
    return not wrong
