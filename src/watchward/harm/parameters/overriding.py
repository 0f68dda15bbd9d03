"""A site's own figures in the place of ours: what, how sure, by whom, and why."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from watchward.harm.errors import ParameterError
from watchward.harm.parameters import reading
from watchward.harm.parameters.table import Basis, Parameter, Table

COLUMNS = ("parameter", "value", "low", "high", "by", "why")
"""The columns of a file of a site's own figures."""

MOST = 2_000
"""Rows of such a file: twice as many as there are parameters."""

_NEAREST = 3
_ALIKE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What a site says in the place of a parameter.

    Args:
        key: the key of the parameter, such as `service/outpatients/catch_up`.
        value: its median, in the parameter's unit.
        low: what it is below with 5 chances in 100.
        high: what it is above with 5 chances in 100.
        by: who says so.
        why: how they know.

    """

    key: str
    value: float
    low: float
    high: float
    by: str
    why: str


def overridden(table: Table, overrides: Iterable[Override], *, origins: Mapping[str, str] | None = None) -> Table:
    """The table with a site's figures; the last counts where one is given twice.

    Args:
        table: what they take the place in.
        overrides: the figures.
        origins: where each was read, by its key: a file and row.

    Raises:
        ParameterError: some do not fit; all that is wrong is said.

    """
    parameters, where, listed = dict(table.parameters), origins or {}, list(overrides)
    problems = []
    for override in listed:
        if override.key not in parameters:
            problems.append(f"{_at(where, override.key)}{unknown(table, override.key)}")
            continue
        parameters[override.key] = parameter = _put(parameters[override.key], override)
        problems += [f"{_at(where, override.key)}{override.key}, {one}" for one in reading.unsound(parameter)]
        if not override.by.strip():
            problems.append(f"{_at(where, override.key)}{override.key}, by: say who says so")
    changed = replace(table, parameters=parameters)
    problems += reading.missing(changed)
    if problems:
        raise ParameterError(problems)
    return changed


def unknown(table: Table, key: str) -> str:
    """That there is no such parameter, with the nearest names."""
    near = get_close_matches(key.strip().casefold(), table.parameters, n=_NEAREST, cutoff=_ALIKE)
    return f"{key[:120]!r}: there is no such parameter" + (f"; the nearest are {', '.join(near)}" if near else "")


def own(table: Table) -> list[Parameter]:
    """The figures of a table that are a site's own."""
    return [one for one in table.parameters.values() if one.basis is Basis.SITE]


def read_file(text: str, name: str, table: Table) -> Table:
    """The table with the figures of a CSV file.

    Raises:
        ParameterError: everything that is wrong, with row and column.

    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")))
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise ParameterError([f"{name}: column {column!r} is missing" for column in missing])
    problems: list[str] = []
    origins: dict[str, str] = {}
    found = list(_overrides(rows, name, origins, problems))
    try:
        changed = overridden(table, found, origins=origins)
    except ParameterError as error:
        problems += error.message.split("\n")
    if problems:
        raise ParameterError(problems)
    return changed


def _overrides(
    rows: Iterable[Mapping[str, str]], name: str, origins: dict[str, str], problems: list[str]
) -> Iterator[Override]:
    for at, row in enumerate(rows, start=2):
        if at > MOST:
            problems.append(f"{name}: has more than {MOST:,} rows")
            return
        where, key = f"{name} row {at}", (row["parameter"] or "").strip()
        if key in origins:
            problems.append(f"{where}, parameter: {key} stands in {origins[key]} already")
        wrong = len(problems)
        numbers = {
            column: reading.number(row[column] or "", f"{where}, {column}", problems)
            for column in ("value", "low", "high")
        }
        origins[key] = where
        if len(problems) == wrong:
            yield Override(key=key, by=row["by"] or "", why=row["why"] or "", **numbers)


def _at(origins: Mapping[str, str], key: str) -> str:
    return f"{origins[key]}: " if key in origins else ""


def _put(parameter: Parameter, override: Override) -> Parameter:
    return replace(
        parameter,
        value=override.value,
        low=override.low,
        high=override.high,
        basis=Basis.SITE,
        source=override.by,
        why=override.why,
    )
