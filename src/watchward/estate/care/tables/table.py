"""The tables that a map of care is made of: one for each sort of thing, with its columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import Place
from watchward.estate.care.service import Service, ServiceKind, Week
from watchward.estate.care.system import Equipment, Sensitivity, Supplier, System, SystemKind
from watchward.estate.care.tables.column import (
    Column,
    count,
    labelled,
    number,
    one_of,
    perhaps,
    share,
    whole_share,
    words,
    yes_or_no,
)
from watchward.estate.care.trouble import edge
from watchward.estate.organisation import OrganisationKind

Thing = Place | Service | System | Supplier | Equipment | Dependency


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One sort of thing.

    Args:
        name: its name: that of the file without `.csv`, and of the list in JSON.
        one: what a row is, in words.
        columns: the columns, in the order of the files.
        make: a thing from the values of a row, by column.
        values: the values of a thing, by column.
        key: what names a thing within the map; a dependency is `consumer > provider`.

    """

    name: str
    one: str
    columns: tuple[Column, ...]
    make: Callable[[Mapping[str, Any]], Thing]
    values: Callable[[Any], Mapping[str, Any]]
    key: Callable[[Any], str]

    def texts(self, thing: Thing) -> dict[str, str]:
        """A thing as the texts of its row."""
        values = self.values(thing)
        return {column.name: column.write(values[column.name]) for column in self.columns}


def _own(thing: Any) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in type(thing).__slots__}


def _system(values: Mapping[str, Any]) -> System:
    plain = {name: value for name, value in values.items() if not name.startswith("records_")}
    counted = ((one, values[f"records_{one}"]) for one in Sensitivity)
    return System(**plain, records=tuple((one, found) for one, found in counted if found))


def _system_values(system: System) -> dict[str, Any]:
    values, records = _own(system), dict(system.records)
    del values["records"]
    return values | {f"records_{one}": records.get(one, 0) for one in Sensitivity}


def _id(thing: Any) -> str:
    return str(thing.id)


def _edge(one: Dependency) -> str:
    return edge(one.consumer, one.provider)


def _code(place: Place) -> str:
    return place.code


_RECORDS: Final = {
    Sensitivity.CLINICAL: "clinical records",
    Sensitivity.DEMOGRAPHIC: "names and addresses",
    Sensitivity.SPECIAL: "most sensitive records",
}

_ID: Final = Column(name="id", label="Identifier", read=words, required=True, hint="Such as RXX/patient_record")
_ORGANISATION: Final = Column(name="organisation", label="Organisation code", read=words, required=True)


def _chosen(name: str, label: str, kinds: type[StrEnum]) -> Column:
    """A column that holds one of a closed set, each with its own words."""
    return Column(name=name, label=label, read=one_of(kinds), required=True, choices=labelled(kinds))


def _table(name: str, one: str, made: Callable[..., Thing], *columns: Column) -> Table:
    """A table whose columns are what its things are made of, and whose things have identifiers."""
    return Table(name=name, one=one, columns=columns, make=lambda values: made(**values), values=_own, key=_id)


PLACES: Final = Table(
    name="places",
    one="organisation",
    columns=(
        Column(name="code", label="Code", read=words, required=True),
        Column(name="kind", label="Kind", read=one_of(OrganisationKind), required=True),
        Column(name="site_of", label="Site of", read=words),
        Column(name="icb", label="Integrated care board", read=words),
        Column(name="region", label="Region", read=words),
        Column(name="mapped", label="Mapped", read=yes_or_no),
    ),
    make=lambda values: Place(**values),
    values=_own,
    key=_code,
)
SERVICES: Final = _table(
    "services",
    "service",
    Service,
    _ID,
    _ORGANISATION,
    _chosen("kind", "What sort of care?", ServiceKind),
    Column(
        name="weekly",
        label="How much of it is there in an ordinary week?",
        read=number,
        required=True,
        hint="Count attendances, admissions, appointments, tests or whatever one of it is",
    ),
    Column(
        name="low",
        label="At least",
        read=number,
        required=True,
        hint="Less than this in 1 week of 20. Leave it empty where it was counted",
    ),
    Column(
        name="high",
        label="At most",
        read=number,
        required=True,
        hint="More than this in 1 week of 20. Leave it empty where it was counted",
    ),
    Column(
        name="week",
        label="When in the week does it work?",
        read=one_of(Week),
        required=True,
        choices=(
            (Week.ALWAYS.value, "Day and night alike"),
            (Week.EMERGENCY.value, "Day and night, as people fall ill"),
            (Week.OFFICE.value, "In office hours"),
            (Week.ROUNDS.value, "In rounds, four times a day"),
            (Week.VISITS.value, "In visits, mornings and evenings most"),
        ),
    ),
)
SYSTEMS: Final = Table(
    name="systems",
    one="system",
    columns=(
        _ID,
        _ORGANISATION,
        _chosen("kind", "What does it do?", SystemKind),
        Column(name="product", label="Product", read=words, hint="What it is called on the market"),
        Column(
            name="host",
            label="Where does it run?",
            read=words,
            hint="The code of an organisation, or the identifier of a supplier",
        ),
        *(
            Column(
                name=f"records_{one}",
                label=f"How many people's {_RECORDS[one]} are in it?",
                read=count,
                hint=f"{one.meaning[0].upper()}{one.meaning[1:]}",
            )
            for one in Sensitivity
        ),
    ),
    make=_system,
    values=_system_values,
    key=_id,
)
SUPPLIERS: Final = _table(
    "suppliers",
    "supplier",
    Supplier,
    Column(name="id", label="Identifier", read=words, required=True, hint="Such as supplier/records-1"),
    Column(name="name", label="Name", read=words, required=True),
)
EQUIPMENT: Final = _table(
    "equipment",
    "device",
    Equipment,
    _ID,
    _ORGANISATION,
    Column(name="name", label="Name", read=words, required=True, hint="The name by which it appears under Devices"),
)
DEPENDENCIES: Final = Table(
    name="dependencies",
    one="dependency",
    columns=(
        Column(name="consumer", label="What needs?", read=words, required=True),
        Column(name="provider", label="What does it need?", read=words, required=True),
        Column(
            name="group",
            label="Name of the group of alternatives",
            read=words,
            hint="Give it to all that stand in for each other. Leave it empty where nothing stands in",
        ),
        Column(
            name="share",
            label="Share of the need that this one alone can fill",
            read=whole_share,
            hint="100% where any one of them is enough",
        ),
        Column(
            name="buffer_hours",
            label="For how many hours does nobody notice that it has failed?",
            read=perhaps,
            hint="Leave it empty for what is usual",
        ),
        Column(
            name="floor",
            label="What share goes on by hand from the first hour?",
            read=share,
            hint="Such as 60%. Leave it empty for what is usual",
        ),
        Column(
            name="manual",
            label="What share goes on by hand in the end?",
            read=share,
            hint="Such as 80%, once people are used to it. Leave it empty for what is usual",
        ),
        Column(
            name="manual_hours",
            label="After how many hours are people used to it?",
            read=perhaps,
            hint="When two thirds of the way from the first hour to the end are gone. Leave it empty for what is usual",
        ),
    ),
    make=lambda values: Dependency(**values),
    values=_own,
    key=_edge,
)

TABLES: Final[Mapping[str, Table]] = {
    table.name: table for table in (PLACES, SERVICES, SYSTEMS, SUPPLIERS, EQUIPMENT, DEPENDENCIES)
}
"""Every table by its name."""
