"""A laid-out model as plain columns and back: to be kept in a file that processes share, without an object a thing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap, Place
from watchward.estate.care.service import Service
from watchward.estate.care.system import Equipment, Sensitivity, Supplier, System
from watchward.estate.organisation import OrganisationKind
from watchward.harm.identifiers import Texts
from watchward.harm.kernels.arrays import Graph, Lists, Order
from watchward.harm.model import KINDS, SORTS, SYSTEMS, WEEKS, Belonging, Care, Model, Needs, Pooled
from watchward.harm.parameters.table import NEEDS, SENSITIVITIES, Table

Columns = Mapping[str, NDArray[Any]]

_Row = TypeVar("_Row")

_PLACES: Final = tuple(OrganisationKind)
_HELD: Final = tuple(Sensitivity(one) for one in SENSITIVITIES)
_NUMBERS: Final = ("buffer_hours", "floor", "manual", "manual_hours")

FORM: Final = repr((1, SORTS, KINDS, WEEKS, _PLACES, SYSTEMS, SENSITIVITIES, NEEDS))
"""What the numbers in columns stand for: columns of another form are not read."""

_PARTS: Final[Mapping[str, Callable[..., Any]]] = {
    "belonging": Belonging,
    "graph": Graph,
    "order": Order,
    "carried": Lists,
    "consumers": Lists,
    "services": Care,
}
"""What is made of nothing but columns."""


class Rows(Sequence[_Row]):
    """Rows of a table that are made when somebody looks at them."""

    __slots__ = ("_count", "_make")

    def __init__(self, count: int, make: Callable[[int], _Row]) -> None:
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> _Row: ...

    @overload
    def __getitem__(self, at: slice) -> list[_Row]: ...

    def __getitem__(self, at: int | slice) -> _Row | list[_Row]:
        if isinstance(at, slice):
            return [self._make(one) for one in range(*at.indices(self._count))]
        return self._make(range(self._count)[at])

    def __iter__(self) -> Iterator[_Row]:
        return map(self._make, range(self._count))


def columns(model: Model) -> dict[str, NDArray[Any]]:
    """All of a model, its map included and its parameter table left out."""
    found: dict[str, NDArray[Any]] = {"weight": model.weight, "records": model.records, "weeks": model.weeks}
    for name, part in _PARTS.items():
        whole = getattr(model, name)
        found |= {f"{name}.{column}": getattr(whole, column) for column in _columns_of(part)}
    found |= {f"pools.{column}": getattr(model.pools, column) for column in _columns_of(Pooled) if column != "names"}
    found |= _texts("pools.names", (text for names in model.pools.names for text in names))
    found |= _texts("needs.pairs", model.needs.pairs)
    found["needs.own"] = _or_nothing(model.needs.own)
    found |= _texts("acts", (name for name, _ in model.acts))
    found["acts.spread"] = np.array([spread for _, spread in model.acts], dtype=np.float64)
    found |= _texts("ids", model.ids)
    return found | _map(model.care, model.number)


def _columns_of(part: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(part.__annotations__)


def _texts(name: str, texts: Iterable[str]) -> dict[str, NDArray[Any]]:
    written = texts if isinstance(texts, Texts) else Texts.of(texts)
    return {f"{name}.letters": written.letters, f"{name}.first": written.first}


def _or_nothing(rows: Iterable[Iterable[float | None]]) -> NDArray[np.float64]:
    """Numbers of which some may be left out, as nan."""
    return np.array([[np.nan if one is None else one for one in row] for row in rows], dtype=np.float64).reshape(
        -1, len(_NUMBERS)
    )


def _map(care: CareMap, number: Mapping[str, int]) -> dict[str, NDArray[Any]]:
    """The tables of a map. Which thing stands in a row, and whose it is, `Belonging` says."""
    places, services, systems, needs = list(care.places.values()), care.services, care.systems, care.dependencies
    names: dict[str, int] = {"": 0}

    def named(texts: Iterable[str]) -> NDArray[np.int32]:
        return np.array([names.setdefault(text, len(names)) for text in texts], dtype=np.int32)

    found: dict[str, NDArray[Any]] = {
        "places.kind": _numbers(_PLACES, (one.kind for one in places)),
        "places.site_of": named(one.site_of for one in places),
        "places.icb": named(one.icb for one in places),
        "places.region": named(one.region for one in places),
        "places.mapped": np.array([one.mapped for one in places], dtype=np.uint8),
        "services.weeks": _numbers(WEEKS, (one.week for one in services)),
        "services.activity": np.array([(one.weekly, one.low, one.high) for one in services], dtype=np.float64),
        "systems.product": named(one.product for one in systems),
        "needs.consumer": np.array([number[one.consumer] for one in needs], dtype=np.int32),
        "needs.provider": np.array([number[one.provider] for one in needs], dtype=np.int32),
        "needs.group": named(one.group for one in needs),
        "needs.share": np.array([one.share for one in needs], dtype=np.float64),
        "needs.said": _or_nothing([getattr(one, name) for name in _NUMBERS] for one in needs),
    }
    found |= _texts("suppliers.names", (one.name for one in care.suppliers))
    found |= _texts("equipment.names", (one.name for one in care.equipment))
    return found | _texts("names", names)


def _numbers(all_of: Sequence[Any], some: Iterable[Any]) -> NDArray[np.uint8]:
    number = {one: at for at, one in enumerate(all_of)}
    return np.array([number[one] for one in some], dtype=np.uint8)


def model_of(kept: Columns, table: Table) -> Model:
    """The model of such columns with the table that it was laid out with."""
    parts = {
        name: part(**{column: kept[f"{name}.{column}"] for column in _columns_of(part)})
        for name, part in _PARTS.items()
    }
    ids, names = _read(kept, "ids"), list(_read(kept, "pools.names"))
    own = tuple(_stated(row) for row in kept["needs.own"].tolist())
    pooled = {column: kept[f"pools.{column}"] for column in _columns_of(Pooled) if column != "names"}
    three = tuple(zip(names[::3], names[1::3], names[2::3], strict=True))
    return Model(
        care=_Tables(kept, ids, parts["belonging"]).care(),
        table=table,
        ids=ids,
        weight=kept["weight"],
        needs=Needs(pairs=tuple(_read(kept, "needs.pairs")), own=own),
        pools=Pooled(names=three, **pooled),
        acts=tuple(zip(_read(kept, "acts"), kept["acts.spread"].tolist(), strict=True)),
        records=kept["records"],
        weeks=kept["weeks"],
        **parts,
    )


def _read(kept: Columns, name: str) -> Texts:
    return Texts(kept[f"{name}.letters"], kept[f"{name}.first"])


def _stated(row: Sequence[float]) -> tuple[float | None, float | None, float | None, float | None]:
    first, second, third, fourth = (None if one != one else one for one in row)  # noqa: PLR0124 - nan
    return first, second, third, fourth


class _Tables:
    """The tables of a map over its columns."""

    def __init__(self, kept: Columns, ids: Texts, belonging: Belonging) -> None:
        self._kept, self._ids, self._belonging = kept, ids, belonging
        self._names = list(_read(kept, "names"))
        self._supplier_names, self._equipment_names = _read(kept, "suppliers.names"), _read(kept, "equipment.names")
        self._thing = [self._things(sort) for sort in range(len(SORTS))]

    def _things(self, sort: int) -> NDArray[np.intp]:
        """The number of the thing in each row of a table."""
        of = np.flatnonzero(self._belonging.sort == sort)
        found = np.empty(len(of), dtype=np.intp)
        found[self._belonging.row[of]] = of
        return found

    def care(self) -> CareMap:
        """The map."""
        _, services, systems, equipment, suppliers = (len(of) for of in self._thing)
        return CareMap(
            places={place.code: place for place in self._places()},
            services=Rows(services, self._service),
            systems=Rows(systems, self._system),
            suppliers=Rows(suppliers, self._supplier),
            equipment=Rows(equipment, self._piece),
            dependencies=Rows(len(self._kept["needs.consumer"]), self._need),
        )

    def _places(self) -> Iterator[Place]:
        kept, names = self._kept, self._names
        listed = [kept[f"places.{name}"].tolist() for name in ("kind", "site_of", "icb", "region", "mapped")]
        for thing, kind, site_of, icb, region, mapped in zip(self._thing[0].tolist(), *listed, strict=True):
            yield Place(
                code=self._ids[thing], kind=_PLACES[kind], site_of=names[site_of], icb=names[icb],
                region=names[region], mapped=bool(mapped),
            )  # fmt: skip

    def _owned(self, sort: int, at: int) -> tuple[int, dict[str, str]]:
        thing = int(self._thing[sort][at])
        return thing, {"id": self._ids[thing], "organisation": self._ids[int(self._belonging.owner[thing])]}

    def _service(self, at: int) -> Service:
        thing, owned = self._owned(1, at)
        weekly, low, high = self._kept["services.activity"][at].tolist()
        kind, week = KINDS[self._belonging.kind[thing]], WEEKS[self._kept["services.weeks"][at]]
        return Service(kind=kind, weekly=weekly, low=low, high=high, week=week, **owned)

    def _system(self, at: int) -> System:
        thing, owned = self._owned(2, at)
        host, records = int(self._belonging.host[thing]), self._kept["records"][thing].tolist()
        return System(
            kind=SYSTEMS[self._belonging.kind[thing]],
            product=self._names[self._kept["systems.product"][at]],
            host=self._ids[host] if host >= 0 else "",
            records=tuple((one, count) for one, count in zip(_HELD, records, strict=True) if count),
            **owned,
        )

    def _piece(self, at: int) -> Equipment:
        return Equipment(name=self._equipment_names[at], **self._owned(3, at)[1])

    def _supplier(self, at: int) -> Supplier:
        return Supplier(id=self._ids[int(self._thing[4][at])], name=self._supplier_names[at])

    def _need(self, at: int) -> Dependency:
        kept = self._kept
        buffer_hours, floor, manual, manual_hours = _stated(kept["needs.said"][at].tolist())
        return Dependency(
            consumer=self._ids[int(kept["needs.consumer"][at])],
            provider=self._ids[int(kept["needs.provider"][at])],
            group=self._names[kept["needs.group"][at]],
            share=float(kept["needs.share"][at]),
            buffer_hours=buffer_hours, floor=floor, manual=manual, manual_hours=manual_hours,
        )  # fmt: skip
