"""The field registry: which fields of an event have a column of their own.

The names are those of the Sigma taxonomy and, where it is silent, those of the product that writes the event. The list
is data (`data/fields.csv`): a name may be added with a higher `since`, and is never reworded.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Self


class Kind(StrEnum):
    """How the values of a field look."""

    TEXT = "text"
    LONG = "long"
    """Long and seldom repeated: a batch has its own dictionary, which is not kept for the next."""
    JSON = "json"
    """A rule reads the whole object as text."""


def table(name: str) -> list[dict[str, str]]:
    """The rows of one of telemetry's data files."""
    text = (files("watchward.telemetry") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@dataclass(frozen=True, slots=True)
class Registry:
    """The fields that become columns; every other field of an event is kept in `unmapped`.

    >>> "CommandLine" in Registry.standard(), "Favourite Colour" in Registry.standard()
    (True, False)

    """

    kinds: dict[str, Kind]
    version: int

    def __contains__(self, field: str) -> bool:
        return field in self.kinds

    @classmethod
    def standard(cls) -> "Registry":
        """The project's own list."""
        return _standard()

    def with_fields(self, names: Iterable[str]) -> Self:
        """This registry with more fields, such as those that a site's own rules read."""
        return type(self)(
            kinds={**dict.fromkeys(names, Kind.TEXT), **self.kinds},
            version=self.version,
        )

    def only(self, names: Iterable[str]) -> Self:
        """A registry with just these fields, of the kinds that they have here."""
        return type(self)(kinds={name: self.kinds.get(name, Kind.TEXT) for name in names}, version=self.version)


@cache
def _standard() -> Registry:
    rows = table("fields")
    return Registry(
        kinds={row["field"]: Kind(row["kind"]) for row in rows},
        version=max(int(row["since"]) for row in rows),
    )
