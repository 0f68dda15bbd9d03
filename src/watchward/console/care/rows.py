"""Between rows of the database and things of the map."""

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog

from watchward.console.care.models import (
    CareDependency,
    CareEquipment,
    CareService,
    CareSupplier,
    CareSystem,
    MapVersion,
    Refined,
)
from watchward.console.estate.models import Organisation
from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap
from watchward.estate.care.service import Service, ServiceKind, Week
from watchward.estate.care.system import Equipment, Sensitivity, Supplier, System, SystemKind
from watchward.estate.care.tables import TABLES, Thing

log = structlog.get_logger(__name__)

if TYPE_CHECKING:
    from django.db.models import QuerySet

_Made = TypeVar("_Made")

MODELS: Final[Mapping[str, type[Any]]] = {
    "services": CareService,
    "systems": CareSystem,
    "equipment": CareEquipment,
    "suppliers": CareSupplier,
    "dependencies": CareDependency,
}
"""The model of each table; places are organisations."""

BATCH: Final = 500
_TOLD: Final = 20

_SERVICE_KINDS: Final = {str(one): one for one in ServiceKind}
_SYSTEM_KINDS: Final = {str(one): one for one in SystemKind}
_WEEKS: Final = {str(one): one for one in Week}


def stored(among: Collection[int] | None = None) -> CareMap:
    """The rows of some organisations, or of all, as a map without places; suppliers are those of the node."""
    return CareMap(
        services=_made(CareService, _service, among),
        systems=_made(CareSystem, _system, among),
        equipment=_made(CareEquipment, _equipment, among),
        suppliers=tuple(suppliers()),
        dependencies=_made(CareDependency, _dependency, among),
    )


def suppliers() -> Iterable[Supplier]:
    """Every supplier on the node's list."""
    listed = CareSupplier.objects.filter(removed_at=None)
    return (Supplier(id=key, name=name) for key, name in listed.values_list("id", "name"))


def _made(model: type[Any], make: Callable[..., _Made], among: Collection[int] | None) -> tuple[_Made, ...]:
    rows: QuerySet[Any] = model.objects.order_by("pk")
    if among is not None:
        rows = rows.filter(organisation__in=among)
    made, unreadable = [], []
    for row in rows.values_list(*_FIELDS[model]).iterator(10_000):
        try:
            made.append(make(*row))
        except KeyError:  # a kind that this version does not know: the rest of the map is shown all the same
            unreadable.append(row[0])
    if unreadable:
        log.error("care_rows_unreadable", rows=unreadable[:_TOLD], count=len(unreadable), advice="Correct their kinds.")
    return tuple(made)


def _service(key: str, code: str, kind: str, weekly: float, low: float, high: float, week: str) -> Service:  # noqa: PLR0913, PLR0917 - a row's columns
    return Service(
        id=key, organisation=code, kind=_SERVICE_KINDS[kind], weekly=weekly, low=low, high=high, week=_WEEKS[week]
    )


def _system(key: str, code: str, kind: str, product: str, host: str, *records: int) -> System:
    return System(
        id=key,
        organisation=code,
        kind=_SYSTEM_KINDS[kind],
        product=product,
        host=host,
        records=tuple((one, count) for one, count in zip(Sensitivity, records, strict=True) if count),
    )


def _equipment(key: str, code: str, name: str) -> Equipment:
    return Equipment(id=key, organisation=code, name=name)


def _dependency(consumer: str, provider: str, group: str, share: float, *numbers: float | None) -> Dependency:
    buffer_hours, floor, manual, manual_hours = numbers
    return Dependency(
        consumer=consumer,
        provider=provider,
        group=group,
        share=share,
        buffer_hours=buffer_hours,
        floor=floor,
        manual=manual,
        manual_hours=manual_hours,
    )


_FIELDS: Final[Mapping[type[Refined], tuple[str, ...]]] = {
    CareService: ("id", "organisation__code", "kind", "weekly", "low", "high", "week"),
    CareSystem: (
        "id", "organisation__code", "kind", "product", "host", *(f"records_{one}" for one in Sensitivity),
    ),
    CareEquipment: ("id", "organisation__code", "name"),
    CareDependency: (
        "consumer", "provider", "group", "share", "buffer_hours", "floor", "manual", "manual_hours",
    ),
}  # fmt: skip


def row(table: str, thing: Thing, organisation: Organisation | None, said: Mapping[str, Any]) -> Refined:
    """A thing as a row that is not stored yet."""
    values = dict(TABLES[table].values(thing))
    values.pop("organisation", None)
    if organisation is not None:
        values["organisation"] = organisation
    made: Refined = MODELS[table](**values, **said)
    return made


def in_turn() -> None:
    """Let nobody else change the map, or the numbers behind harm, until the transaction of whoever calls has ended.

    Whatever such a change reads, it reads after this, so that two people at one thing do not both write its first row.
    On SQLite transactions that may write take turns anyway.
    """
    held = MapVersion.objects.filter(pk=1).select_for_update().values_list("pk", flat=True)
    if not list(held):
        MapVersion.objects.bulk_create([MapVersion(pk=1)], ignore_conflicts=True)
        list(held.all())


def bump() -> None:
    """Say that the map has changed."""
    MapVersion.objects.update_or_create(pk=1, defaults={"number": secrets.randbits(62)})


def version() -> int:
    """Which version of the map this is: another number after each change, and never one that was before."""
    return MapVersion.objects.filter(pk=1).values_list("number", flat=True).first() or 0
