"""Rows of text, made things; what is wrong with any of them is said with its row and column."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from watchward.estate.care.checking import MOST_TROUBLES
from watchward.estate.care.map import CareMap
from watchward.estate.care.tables.column import UnfitError
from watchward.estate.care.tables.table import TABLES, Table, Thing
from watchward.estate.care.trouble import Origin, Trouble


@dataclass(slots=True, kw_only=True)
class Gathered:
    """What has been read of a map so far."""

    things: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in TABLES})
    origins: dict[str, Origin] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)

    def take(self, table: Table, rows: Iterable[tuple[Origin, Mapping[str, str]]]) -> None:
        """Take rows of one table, each with its origin."""
        for origin, row in rows:
            if len(self.troubles) > MOST_TROUBLES:
                break
            thing = read_row(table, row, origin, self.troubles)
            if thing is None:
                continue
            key = table.key(thing)
            first = self.origins.get(key)
            if first is not None:
                text = f"{key!r} stands here for the second time, after {first.file}, row {first.row}."
                self.troubles.append(Trouble(text=text, advice="Leave one of the two out.", thing=key, origin=origin))
            self.origins[key] = origin
            self.things[table.name].append(thing)

    def care_map(self) -> CareMap:
        """The map that was read."""
        rest = {name: tuple(things) for name, things in self.things.items() if name != "places"}
        return CareMap(places={place.code: place for place in self.things["places"]}, **rest)


def read_row(table: Table, row: Mapping[str, str], origin: Origin | None, troubles: list[Trouble]) -> Thing | None:
    """The thing that a row says; None where it makes no sense, which is added to the troubles."""
    values: dict[str, Any] = {}
    before = len(troubles)
    for column in table.columns:
        text = row.get(column.name, "").strip()
        try:
            if column.required and not text:
                raise UnfitError("Fill it in.")  # noqa: TRY301 - said as every other unfit text is
            values[column.name] = column.read(text)
        except UnfitError as error:
            said = f"{text!r} does not fit." if text else "It is empty."
            troubles.append(Trouble(text=said, advice=str(error), column=column.name, origin=origin))
    return table.make(values) if len(troubles) == before else None
