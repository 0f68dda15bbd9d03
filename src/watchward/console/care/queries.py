"""What may be read of the map of care, and who may read it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, Reach, organisations_where, reach
from watchward.console.care import adapters
from watchward.console.care.adapters import Part
from watchward.console.care.models import CareDependency
from watchward.console.care.rows import MODELS
from watchward.console.estate.models import Organisation
from watchward.estate.care.map import CareMap
from watchward.estate.care.service import ServiceKind
from watchward.estate.organisation import OrganisationKind

_SHOWN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Refinement:
    """Who last said something about a row, when, and why."""

    at: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Needer:
    """Something elsewhere that needs a thing of an organisation."""

    organisation: Organisation
    consumer: str
    provider: str


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How much of the care that one may see is mapped.

    Args:
        organisations: by kind, how many are `mapped`, by `template` only, or have `nothing`.
        activity: by kind of service, the share of its weekly activity that lies in mapped organisations.

    """

    organisations: dict[OrganisationKind, Counter[str]]
    activity: dict[ServiceKind, float]


def organisations_visible_to(viewer: Actor) -> QuerySet[Organisation]:
    """The organisations whose maps the viewer may see."""
    return organisations_where(viewer, Permission.CARE_VIEW)


def organisation_visible_to(viewer: Actor, code: str) -> Organisation | None:
    """One of them."""
    return organisations_visible_to(viewer).filter(code=code).first()


def may_refine(viewer: Actor, organisation: Organisation) -> bool:
    """Whether the viewer may say what an organisation's map is."""
    return organisation.path in reach(viewer, Permission.CARE_REFINE)


def part_of(viewer: Actor, organisation: Organisation) -> Part | None:
    """The map of an organisation, if the viewer may see it."""
    return adapters.part_of(organisation) if organisation.path in reach(viewer, Permission.CARE_VIEW) else None


def refinements(part: Part, organisation: Organisation) -> dict[str, Refinement]:
    """Who last said something about each row of an organisation's own map, by the key of the row."""
    found: dict[str, Refinement] = {}
    for table, model in MODELS.items():
        if not part.own or table == "suppliers":
            continue
        names = ["consumer", "provider"] if model is CareDependency else ["id"]
        rows = model.objects.filter(organisation=organisation)
        for *key, at, by, reason in rows.values_list(*names, "changed_at", "changed_by", "reason"):
            found[" > ".join(key)] = Refinement(at=f"{at:%-d %B %Y}", by=by, reason=reason)
    return found


def needed_elsewhere(viewer: Actor, organisation: Organisation) -> list[Needer]:
    """What others that the viewer may see have said that they need of this organisation."""
    seen = organisations_visible_to(viewer)
    rows = CareDependency.objects.filter(provider__startswith=f"{organisation.code}/", organisation__in=seen)
    rows = rows.exclude(organisation=organisation).select_related("organisation").order_by("organisation__name")
    return [
        Needer(organisation=one.organisation, consumer=one.consumer, provider=one.provider) for one in rows[:_SHOWN]
    ]


def map_visible_to(viewer: Actor, *, below: str = "", stored_only: bool = False) -> CareMap:
    """The part of the node's map that the viewer may see.

    Args:
        viewer: who asks.
        below: the code of an organisation, to see only it and what lies below it.
        stored_only: leave out organisations whose map is a template.

    """
    seen = _codes(viewer, below)
    care = adapters.care_map()
    if stored_only:
        seen &= set(_own_codes())
    return _cut(care, seen)


def _own_codes() -> Iterable[str]:
    return Organisation.objects.filter(care_arrangement__own=True).values_list("code", flat=True)


def _codes(viewer: Actor, below: str) -> set[str]:
    found = organisations_visible_to(viewer)
    if below:
        top = found.filter(code=below).values_list("path", flat=True).first()
        found = found.filter(Reach(paths=(top,)).q("path")) if top else found.none()
    return set(found.values_list("code", flat=True))


def _cut(care: CareMap, seen: set[str]) -> CareMap:
    """The things of some organisations, with the suppliers that they name."""
    services = tuple(one for one in care.services if one.organisation in seen)
    systems = tuple(one for one in care.systems if one.organisation in seen)
    equipment = tuple(one for one in care.equipment if one.organisation in seen)
    mine = {one.id for one in services} | {one.id for one in systems} | {one.id for one in equipment}
    needs = tuple(one for one in care.dependencies if one.consumer in mine)
    named = {one.host for one in systems} | {one.provider for one in needs}
    return CareMap(
        places={code: place for code, place in care.places.items() if code in seen},
        services=services,
        systems=systems,
        suppliers=tuple(one for one in care.suppliers if one.id in named),
        equipment=equipment,
        dependencies=needs,
    )


def coverage(viewer: Actor, *, below: str = "") -> Coverage:
    """How much of the care that the viewer may see is mapped."""
    care = map_visible_to(viewer, below=below)
    giving = {one.organisation for one in care.services}
    organisations: dict[OrganisationKind, Counter[str]] = defaultdict(Counter)
    for code, place in care.places.items():
        standing = "nothing" if code not in giving else "mapped" if place.mapped else "template"
        organisations[place.kind][standing] += 1
    weekly: dict[ServiceKind, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for one in care.services:
        weekly[one.kind][care.places[one.organisation].mapped] += one.weekly
    activity = {kind: known / (known + usual) for kind, (usual, known) in weekly.items() if known + usual}
    return Coverage(organisations=dict(organisations), activity=activity)
