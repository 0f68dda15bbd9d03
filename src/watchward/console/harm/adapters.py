"""The model of harm laid out over the node's map, and the rankings that the worker makes of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from threading import Lock
from typing import Any, Final

import structlog

from watchward.base.clock import Clock
from watchward.console.care import adapters as maps
from watchward.console.care import rows
from watchward.console.estate.models import Organisation
from watchward.console.harm.models import Validated, WorkedOut
from watchward.estate.care.map import CareMap
from watchward.estate.organisation import OrganisationKind
from watchward.harm import as_json
from watchward.harm.history import as_json as history
from watchward.harm.history.report import validate
from watchward.harm.model import Model, model
from watchward.harm.pairs import pairs
from watchward.harm.parameters.table import standard
from watchward.harm.within import Area, area
from watchward.harm.worst import worst

log = structlog.get_logger(__name__)

BEGINS: Final = 9
"""Rankings are of losses that begin on Monday at nine: the busiest hours."""

HOURS: Final = (4, 24, 168)
SHOWN: Final = 20
_PAIRS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a thing of the map is.

    Args:
        id: its identifier.
        sort: `system`, `supplier`, `equipment`, `service` or `organisation`.
        what: what it is, in words.
        organisation: the code of the organisation that it belongs to; empty for a supplier.

    """

    id: str
    sort: str
    what: str
    organisation: str


@dataclass(frozen=True, kw_only=True)
class Laid:
    """The map laid out, what each thing of it is, and what was worked out with it and is kept as long as it is."""

    version: int
    model: Model
    things: Mapping[str, Described]
    kept: dict[object, object] = field(default_factory=dict)


_lock = Lock()
_kept: list[tuple[CareMap, Laid]] = []


def laid_out() -> Laid:
    """The model over the node's map; laid out once for each version of the map."""
    version = rows.version()
    care = maps.care_map()
    with _lock:
        if not _kept or _kept[0][0] is not care:
            found = Laid(version=version, model=model(care, standard()), things=_described(care))
            _kept[:] = [(care, found)]
        return _kept[0][1]


def _described(care: CareMap) -> dict[str, Described]:
    found = {code: Described(id=code, sort="organisation", what="", organisation=code) for code in care.places}
    owned = [("service", one.id, one.kind.label, one.organisation) for one in care.services]
    owned += [("system", one.id, one.kind.label, one.organisation) for one in care.systems]
    owned += [("equipment", one.id, one.name, one.organisation) for one in care.equipment]
    owned += [("supplier", one.id, one.name, "") for one in care.suppliers]
    found |= {key: Described(id=key, sort=sort, what=what, organisation=code) for sort, key, what, code in owned}
    return found


def ranking_of(laid: Laid, where: Area | None, hours: int) -> dict[str, Any]:
    """What hurts most in an area (None: the whole node), as it is stored and shown."""
    found = worst(laid.model, begins=BEGINS, hours=hours, area=where, count=SHOWN)
    told = as_json.worst(found, laid.model)
    told["map"] = as_json.known(laid.model, where.codes if where else None)
    for name in ("ranking", "single_points"):
        told[name] = [one | {"thing": asdict(laid.things[one["id"]])} for one in told[name]]
    told["pairs"] = [] if where else _pairs_of(laid, hours)
    return told


def _pairs_of(laid: Laid, hours: int) -> list[dict[str, Any]]:
    found = pairs(laid.model, begins=BEGINS, hours=hours, count=_PAIRS)
    return [
        {
            "things": [asdict(laid.things[one.first]), asdict(laid.things[one.second])],
            "alone": list(one.alone),
            "together": one.together,
        }
        for one in found
    ]


def area_of(laid: Laid, organisation: Organisation) -> Area:
    """An organisation and all below it."""
    codes = set(maps.codes_below(organisation.path))
    return area(laid.model, frozenset(codes & laid.model.care.places.keys()))


def work_out_rankings(*, clock: Clock) -> int:
    """Make the rankings of the node, its regions and its boards, where the map is another one; return how many."""
    version = rows.version()
    areas = Organisation.objects.filter(kind__in=[OrganisationKind.ICB, OrganisationKind.REGION]).order_by("path")
    places: list[Organisation | None] = [None, *areas]
    fresh = WorkedOut.objects.filter(version=version)
    if fresh.count() == len(places) * len(HOURS):
        return 0
    laid = laid_out()
    made = 0
    for place in places if laid.model.care.services else []:
        where = area_of(laid, place) if place else None
        for hours in HOURS:
            found = ranking_of(laid, where, hours)
            at = {"version": version, "at": clock.now(), "found": found}
            WorkedOut.objects.update_or_create(place=place.code if place else "", hours=hours, defaults=at)
            made += 1
    WorkedOut.objects.exclude(version=version).delete()
    log.info("harm_ranked", areas=len(places), rankings=made)
    return made


def table_digest() -> str:
    """A name for the parameter table as it stands: another table has another name."""
    return sha256(repr(standard().parameters).encode()).hexdigest()


def validate_model(*, clock: Clock) -> bool:
    """Set the model against history, once for each parameter table; return whether it had to be done."""
    digest = table_digest()
    if Validated.objects.filter(table=digest).exists():
        return False
    found = history.as_json(validate(standard()))
    Validated.objects.exclude(table=digest).delete()
    Validated.objects.create(table=digest, at=clock.now(), found=found)
    return True
