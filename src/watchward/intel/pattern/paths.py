"""Which fields of an event show what stands at a path of a STIX object (`data/stix_paths.csv`)."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from watchward.intel.observable import Carrier, Holds, Kind, carriers
from watchward.intel.pattern.syntax import Path


def kinds_at(path: Path) -> tuple[Kind, ...]:
    """As which kinds of observable an exact value at a path can be looked for; none where it cannot."""
    return _kinds().get(path.plain, ())


def carriers_at(path: Path, kinds: tuple[Kind, ...] | None = None) -> tuple[Carrier, ...]:
    """The fields that show what stands at a path; none where no telemetry does.

    Args:
        path: the path.
        kinds: which of its kinds are meant; without it, all.

    """
    named = _fields().get(path.plain)
    if named is not None:
        return named
    return tuple(dict.fromkeys(carrier for kind in kinds or kinds_at(path) for carrier in carriers(kind)))


def known_paths() -> tuple[str, ...]:
    """Every path that the table has, in its one spelling."""
    return tuple(dict.fromkeys((*_kinds(), *_fields())))


@cache
def _rows() -> list[dict[str, str]]:
    text = (files("watchward.intel") / "data" / "stix_paths.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _kinds() -> Mapping[str, tuple[Kind, ...]]:
    return {
        path: tuple(map(Kind, row["kinds"].split())) for row in _rows() if row["kinds"] for path in row["paths"].split()
    }


@cache
def _fields() -> Mapping[str, tuple[Carrier, ...]]:
    return {
        path: tuple(Carrier(field, Holds(row["holds"])) for field in row["fields"].split())
        for row in _rows()
        if row["fields"]
        for path in row["paths"].split()
    }
