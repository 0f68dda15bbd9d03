"""Parameter tables from rows of text: everything that is wrong is said at once, with row and column."""

import math
from collections.abc import Iterator, Mapping, Sequence

from watchward.estate.care.service import ServiceKind
from watchward.harm.errors import ParameterError
from watchward.harm.parameters.table import (
    ANY,
    CARE,
    EXPOSED,
    JOINT,
    NEEDS,
    SENSITIVITIES,
    SEVERITIES,
    Basis,
    Family,
    Parameter,
    Source,
    Table,
    Weighting,
)

Row = Mapping[str, str]

FILES = ("dependencies", "services", "joint", "exposure", "weightings", "families", "sources")
_NUMBER = ("parameter", "value", "low", "high", "unit", "basis", "source", "why")
_COLUMNS = {
    "dependencies": ("consumer", "provider", *_NUMBER),
    "services": ("service", *_NUMBER),
    "joint": _NUMBER,
    "exposure": _NUMBER,
    "weightings": ("weighting", *SEVERITIES, *SENSITIVITIES, "delay", "why"),
    "families": ("family", "correlation", "members", "why"),
    "sources": ("key", "citation", "address"),
}
_KEYS = {"dependencies": "dependency", "services": "service", "joint": "joint", "exposure": "exposure"}
_MOST = 1_000_000
_MOST_HOURS = 24 * 366
_BASES = {basis.value for basis in Basis}


def read(tables: Mapping[str, Sequence[Row]]) -> Table:
    """The table that these rows give, by the name of their file; raises `ParameterError` with all that is wrong."""
    problems = [
        f"{name}.csv: column {column!r} is missing"
        for name in FILES
        for column in _COLUMNS[name]
        if not tables.get(name) or column not in tables[name][0]
    ]
    if problems:
        raise ParameterError(problems)
    parameters: dict[str, Parameter] = {}
    for name, first in _KEYS.items():
        for at, row in enumerate(tables[name], start=2):
            _take(parameters, row, first, f"{name}.csv row {at}", problems)
    table = Table(
        parameters=dict(sorted(parameters.items())),
        weightings=tuple(_weightings(tables["weightings"], problems)),
        families=tuple(_families(tables["families"], problems)),
        sources={row["key"]: Source(key=row["key"], citation=row["citation"], address=row["address"])
                 for row in tables["sources"]},
    )  # fmt: skip
    problems += missing(table)
    if problems:
        raise ParameterError(problems)
    return table


def numbers(tables: Mapping[str, Sequence[Row]], first: str) -> dict[str, Parameter]:
    """The parameters of tables by themselves, their keys beginning with `first`; raises `ParameterError`."""
    problems: list[str] = []
    found: dict[str, Parameter] = {}
    for name, listed in tables.items():
        for at, row in enumerate(listed, start=2):
            _take(found, row, first, f"{name}.csv row {at}", problems)
    if problems:
        raise ParameterError(problems)
    return found


def _take(parameters: dict[str, Parameter], row: Row, first: str, where: str, problems: list[str]) -> None:
    names = [row[column] for column in ("consumer", "provider", "service", "parameter") if column in row]
    key = "/".join([first, *names])
    numbers = {column: number(row[column], f"{where}, {column}", problems) for column in ("value", "low", "high")}
    if row["basis"] not in _BASES:
        problems.append(f"{where}, basis: {row['basis']!r} is none of {', '.join(Basis)}")
        return
    if key in parameters:
        problems.append(f"{where}, parameter: {key} stands in the table twice")
    parameter = Parameter(
        key=key, unit=row["unit"], basis=Basis(row["basis"]), source=row["source"], why=row["why"], **numbers
    )
    problems += [f"{where}, {problem}" for problem in unsound(parameter)]
    parameters[key] = parameter


def number(text: str, where: str, problems: list[str]) -> float:
    """The number that a cell holds; what is none is said in `problems`."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        problems.append(f"{where}: {text!r} is no number")
        return 0.5
    return value


def unsound(parameter: Parameter) -> Iterator[str]:
    """What is wrong with a parameter by itself, beginning with the column."""
    low, value, high = parameter.low, parameter.value, parameter.high
    if not low <= value <= high:
        yield f"value: {low:g} ≤ {value:g} ≤ {high:g} does not hold for low, value, high"
    if high > _MOST:
        yield f"high: more than {_MOST:,}, which no number behind harm is"
    if parameter.share and not 0 <= low <= high <= 1:
        yield "low and high: a share lies between 0 and 1"
    if parameter.share and low != high and not (low > 0 and high < 1):
        yield "low and high: a share that may vary lies above 0 and below 1; one that is certain has three alike"
    if not parameter.share and (low < 0 or (low != high and low == 0)):
        yield "low: must be above 0, or value, low and high alike"
    if parameter.unit == "hours" and high > _MOST_HOURS:
        yield f"high: more than a year ({_MOST_HOURS} hours)"
    if parameter.name in {"manual_hours", "catch_up"} and low <= 0:
        yield "low: must be above 0"
    if not parameter.why.strip():
        yield "why: say why in a sentence"


def missing(table: Table) -> Iterator[str]:
    """What every table must have, and this one has not."""
    wanted = [f"service/{kind}/{name}" for kind in ServiceKind for name in CARE]
    pairs = {key.rpartition("/")[0] for key in table.parameters if key.startswith("dependency/")}
    wanted += [f"{pair}/{name}" for pair in sorted({*pairs, f"dependency/{ANY}/{ANY}"}) for name in NEEDS]
    yield from (f"{key}: has no row" for key in [*wanted, *JOINT, EXPOSED] if key not in table.parameters)
    for pair in sorted(pairs):
        floor, manual = (table.parameters.get(f"{pair}/{name}") for name in ("floor", "manual"))
        if floor and manual and floor.value > manual.value:
            yield f"{pair}: working by hand reaches {manual.value:g}, which is less than its floor {floor.value:g}"
    for parameter in table.parameters.values():
        if parameter.basis in {Basis.DERIVED, Basis.PUBLISHED} and parameter.source not in table.sources:
            yield f"{parameter.key}: is {parameter.basis} but names no source of sources.csv"
    if not table.weightings:
        yield "weightings.csv: must have one row at least, the standard weighting"


def _weightings(rows: Sequence[Row], problems: list[str]) -> Iterator[Weighting]:
    for at, row in enumerate(rows, start=2):
        columns = (*SEVERITIES, *SENSITIVITIES, "delay")
        got = [number(row[column], f"weightings.csv row {at}, {column}", problems) for column in columns]
        minor, significant, considerable, major, *records, delay = got
        if not 0 <= minor <= significant <= considerable <= major or min(*records, delay) < 0:
            problems.append(f"weightings.csv row {at}: weights are 0 or more, and a worse class never weighs less")
        yield Weighting(
            name=row["weighting"],
            severity=(minor, significant, considerable, major),
            record=(records[0], records[1], records[2]),
            delay=delay,
            why=row["why"],
        )


def _families(rows: Sequence[Row], problems: list[str]) -> Iterator[Family]:
    for at, row in enumerate(rows, start=2):
        correlation = number(row["correlation"], f"families.csv row {at}, correlation", problems)
        if not 0 <= correlation <= 1:
            problems.append(f"families.csv row {at}, correlation: lies between 0 and 1")
        yield Family(name=row["family"], members=tuple(row["members"].split()), correlation=correlation, why=row["why"])
