"""A map of care as files: CSV, one file a table, and JSON; in both directions, and nothing half read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from watchward.estate.care.checking import require_sound, unsound_numbers
from watchward.estate.care.map import CareMap, Place
from watchward.estate.care.tables import braces, comma
from watchward.estate.care.tables.rows import Gathered
from watchward.estate.care.tables.table import TABLES, Table, Thing
from watchward.estate.care.trouble import CareMapError, Origins, Trouble

__all__ = ["TABLES", "Read", "Table", "Thing", "braces", "comma", "complete", "read"]


@dataclass(frozen=True, kw_only=True)
class Read:
    """A map that was read, with where each thing of it stood."""

    care: CareMap
    origins: Origins


def read(files: Mapping[str, bytes]) -> Read:
    """The map that some files make together (CSV, ZIP files of them, JSON). It is not checked as a whole.

    Raises:
        CareMapError: rows make no sense; the error names each.
        BadInputError: a file cannot be read at all.

    """
    gathered = Gathered()
    for name, content in files.items():
        if name.casefold().endswith(".zip"):
            comma.read(comma.unzip(content, file=name), gathered)
        elif name.casefold().endswith(".json"):
            braces.read(comma.decoded(content, file=name), gathered, file=name)
        else:
            comma.read({name: comma.decoded(content, file=name)}, gathered)
    if gathered.troubles:
        numbers = unsound_numbers(gathered.care_map(), gathered.origins)
        raise CareMapError(_in_order([*gathered.troubles, *numbers]))
    return Read(care=gathered.care_map(), origins=gathered.origins)


def _in_order(troubles: list[Trouble]) -> list[Trouble]:
    """What is wrong, as one meets it when one goes through the files."""
    files = {one.origin.file: at for at, one in reversed(list(enumerate(troubles))) if one.origin}
    return sorted(troubles, key=lambda one: (files[one.origin.file], one.origin.row) if one.origin else (-1, 0))


def complete(files: Mapping[str, bytes], *, places: Mapping[str, Place] | None = None) -> CareMap:
    """The map that some files make, checked as a whole.

    Args:
        files: their contents by name.
        places: the organisations that are known besides those of the files.

    Raises:
        CareMapError: something is wrong; the error names each thing.

    """
    found = read(files)
    care = replace(found.care, places={**(places or {}), **found.care.places})
    require_sound(care, origins=found.origins)
    return care
