"""What may be read of the map of care, and who may read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, When

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, Reach, organisations_where, reach
from watchward.console.care import adapters
from watchward.console.care.adapters import Part
from watchward.console.care.models import CareDependency
from watchward.console.care.rows import MODELS
from watchward.console.care.storing import organisations_of
from watchward.console.detect.models import Stake
from watchward.console.estate.models import Device, DeviceAlias, Organisation
from watchward.estate.care.carriers import carries
from watchward.estate.care.map import CareMap
from watchward.estate.care.recognising import Suggestion, suggestions
from watchward.estate.device import AliasKind
from watchward.estate.organisation import OrganisationKind

_GIVING: Final = (
    OrganisationKind.CARE_HOME,
    OrganisationKind.GP_PRACTICE,
    OrganisationKind.HOME_CARE,
    OrganisationKind.PHARMACY,
    OrganisationKind.TRUST,
)
_BY_NAME: Final = Q(kind=OrganisationKind.INDEPENDENT_PROVIDER, name__contains="111") | Q(
    kind=OrganisationKind.SUPPLIER, name__icontains="pathology"
)
"""Who gives care by what their name says (`estate.care.templates.likely_kind`)."""

_SHOWN: Final = 50
_DEVICES: Final = 50_000
"""Devices of one organisation whose names are looked at; the largest trust has half as many."""


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


def organisations_visible_to(viewer: Actor) -> QuerySet[Organisation]:
    """The organisations whose maps the viewer may see."""
    return organisations_where(viewer, Permission.CARE_VIEW)


def organisation_visible_to(viewer: Actor, code: str) -> Organisation | None:
    """One of them."""
    return organisations_visible_to(viewer).filter(code=code).first()


def organisations_named(viewer: Actor, codes: Iterable[str]) -> list[Organisation]:
    """The organisations of some codes whose maps the viewer may see, by code."""
    where = reach(viewer, Permission.CARE_VIEW)
    return [one for one in organisations_of(codes) if one.path in where]


def sees_everything(viewer: Actor) -> bool:
    """Whether the viewer may see every map of the node."""
    return reach(viewer, Permission.CARE_VIEW).everything


def sees_map(viewer: Actor, organisation: Organisation) -> bool:
    """Whether the viewer may see an organisation's map."""
    return organisation.path in reach(viewer, Permission.CARE_VIEW)


def may_refine(viewer: Actor, organisation: Organisation) -> bool:
    """Whether the viewer may say what an organisation's map is."""
    return organisation.path in reach(viewer, Permission.CARE_REFINE)


def part_of(viewer: Actor, organisation: Organisation) -> Part | None:
    """The map of an organisation, if the viewer may see it."""
    return adapters.part_of(organisation) if sees_map(viewer, organisation) else None


def named_elsewhere(part: Part) -> dict[str, str]:
    """The names of other organisations of which a map needs something or at which its systems run, by code."""
    named = {one.provider for one in part.care.dependencies} | {one.host for one in part.care.systems}
    codes = {name.partition("/")[0] for name in named} - {"", "supplier"} - part.care.places.keys()
    return {one.code: one.name for one in organisations_of(codes)}


def suggested(viewer: Actor, organisation: Organisation, part: Part) -> list[Suggestion]:
    """What devices of an organisation probably carry, by their names; nothing for whoever may not see its devices."""
    if organisation.path not in reach(viewer, Permission.DEVICE_VIEW):
        return []
    names = Device.objects.filter(organisation=organisation).order_by().values_list("name", flat=True)
    return suggestions(part.care, names[:_DEVICES])


def probably(part: Part, name: str) -> Suggestion | None:
    """What one device probably carries, by its name; None where that says nothing, or it carries something already."""
    return next(iter(suggestions(part.care, [name])), None)


def carried_by_device(viewer: Actor, device: Device) -> list[str] | None:
    """What a device carries, by the identifiers of the things; None for whoever may not see its organisation's map."""
    part = part_of(viewer, device.organisation)
    return None if part is None else carries(part.care, device.name)


def unseen_devices(organisation: Organisation, names: Iterable[str]) -> list[str]:
    """Those of some names under which no device of an organisation has been seen."""
    wanted = {one.casefold().partition(".")[0]: one for one in names}
    aliases = DeviceAlias.objects.filter(organisation=organisation, kind=AliasKind.HOST_NAME, value__in=list(wanted))
    known = set(aliases.values_list("value", flat=True))
    return [name for short, name in wanted.items() if short not in known]


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


def unconfirmed(viewer: Actor, *, below: str = "") -> QuerySet[Organisation]:
    """Organisations of kinds that give care whose map nobody has confirmed, those with most at stake first.

    What is at stake (`at_stake`, severity-weighted patients) is known of those that ever had an alert; the others
    follow, trusts first.
    """
    found = organisations_visible_to(viewer).filter(Q(kind__in=_GIVING) | _BY_NAME, closed_on=None)
    if below:
        top = organisations_visible_to(viewer).filter(code=below).values_list("path", flat=True).first()
        found = found.filter(Reach(paths=(top,)).q("path")) if top else found.none()
    found = found.exclude(care_arrangement__confirmed_at__isnull=False)
    at_stake = Stake.objects.filter(organisation=OuterRef("pk"), device="").values("whole")[:1]
    rank = Case(When(kind=OrganisationKind.TRUST, then=0), default=1)
    found = found.annotate(at_stake=Subquery(at_stake), rank=rank).select_related("care_arrangement")
    return found.order_by(F("at_stake").desc(nulls_last=True), "rank", "name")
