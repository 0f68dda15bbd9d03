"""A map of care as one JSON document."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn

from watchward.base.errors import BadInputError
from watchward.estate.care.map import CareMap
from watchward.estate.care.tables.rows import Gathered
from watchward.estate.care.tables.table import TABLES, Table, Thing
from watchward.estate.care.trouble import Origin, Trouble

VERSION: Final = 1
_RECORDS: Final = "records_"


def write(care: CareMap) -> str:
    """The map as a JSON document, one thing a line, so that two versions can be compared."""
    parts = [f'  "version": {VERSION}']
    for table in TABLES.values():
        things = care.places.values() if table.name == "places" else getattr(care, table.name)
        if things:
            lines = ",\n".join(f"    {json.dumps(as_object(table, one), ensure_ascii=False)}" for one in things)
            parts.append(f'  "{table.name}": [\n{lines}\n  ]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def as_object(table: Table, thing: Thing) -> dict[str, Any]:
    """A thing as JSON has it; what says nothing is left out."""
    values = table.values(thing)
    found = {name: value for name, value in values.items() if value not in ("", None) and not name.startswith(_RECORDS)}
    records = {
        name.removeprefix(_RECORDS): value for name, value in values.items() if name.startswith(_RECORDS) and value
    }
    return found | ({"records": records} if records else {})


def read(text: str, gathered: Gathered, *, file: str) -> None:
    """Take a JSON document.

    Raises:
        BadInputError: it is no JSON, or not that of a map.

    """
    document = _parsed(text, file)
    for name in document.keys() - TABLES.keys() - {"version"}:
        advice = f"A map has version, {', '.join(TABLES)}."
        gathered.troubles.append(Trouble(text=f"There is no table {name!r}.", advice=advice, column=name))
    for name, table in TABLES.items():
        listed = document.get(name, [])
        if not isinstance(listed, list):
            gathered.troubles.append(Trouble(text=f"{name} is no list.", advice="Write [ … ].", column=name))
            continue
        gathered.take(table, _rows(listed, table, file, gathered.troubles))


def _parsed(text: str, file: str) -> Mapping[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no number")

    try:
        document = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{file} is no JSON that can be read ({error}).", advice="Correct it there.") from error
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise BadInputError(
            f"{file} is no map of care.", advice=f'Begin it with {{"version": {VERSION}, and then its tables.'
        )
    return document


def _rows(
    listed: list[Any], table: Table, file: str, troubles: list[Trouble]
) -> Iterator[tuple[Origin, dict[str, str]]]:
    """The things of a list as rows of text; the row of a thing is its place in the list, from 1."""
    known = {column.name for column in table.columns}
    for number, one in enumerate(listed, start=1):
        origin = Origin(file=f"{file}, {table.name}", row=number)
        if not isinstance(one, dict):
            troubles.append(Trouble(text="It is no object.", advice="Write { … }.", origin=origin))
            continue
        flat = dict(one)
        records = flat.pop("records", {}) if f"{_RECORDS}clinical" in known else {}
        if isinstance(records, dict):
            flat |= {f"{_RECORDS}{name}": value for name, value in records.items()}
        else:
            troubles.append(Trouble(text="It is no object.", advice="Write { … }.", column="records", origin=origin))
        row = {name: _text(value) for name, value in flat.items()}
        wrong = [(name, "There is no such key.") for name in row if name not in known]
        wrong += [
            (name, "It is neither text nor number.") for name, text in row.items() if text is None and name in known
        ]
        advice = f"The keys of {table.name} are {', '.join(sorted(known))}."
        troubles += [Trouble(text=text, advice=advice, column=name, origin=origin) for name, text in wrong]
        if not wrong:
            yield origin, {name: text or "" for name, text in row.items()}


def _text(value: object) -> str | None:
    """A JSON value as the text of a cell; None where a cell cannot hold it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case int() | float():
            return repr(value)
        case _:
            return None
