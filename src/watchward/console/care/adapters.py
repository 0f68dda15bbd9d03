"""The map of care of the whole node, and of one organisation, from what is stored and from templates."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final

import structlog
from django.db.models import Q
from django.utils import timezone

from watchward.base.collection import without_collection
from watchward.console.access.guard import Reach
from watchward.console.care import rows
from watchward.console.care.models import Arrangement, CareDependency, CareSystem, Choice, KnownSize
from watchward.console.estate.models import Organisation
from watchward.estate.care import templates
from watchward.estate.care.checking import check
from watchward.estate.care.map import CareMap, Place, joined
from watchward.estate.care.templates import Measure, TemplateKind, likely_kind
from watchward.estate.organisation import OrganisationKind

log = structlog.get_logger(__name__)

_SITES: Final = frozenset(
    {OrganisationKind.BRANCH_SURGERY, OrganisationKind.INDEPENDENT_SITE, OrganisationKind.TRUST_SITE}
)
_SURROUNDING: Final = 200
"""Organisations that are looked at around one, at most."""

_KINDS: Final = {str(kind): kind for kind in OrganisationKind}
_TEMPLATES: Final = {str(kind): kind for kind in TemplateKind}
_MEASURES: Final = {str(measure): measure for measure in Measure}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The map of one organisation.

    Args:
        care: its things, the suppliers of the node, and its place.
        arranged: what is known of it as a whole; None where nobody has said anything.
        known: the template that stands in or stood at the beginning, with what is known; None where none fits.

    """

    care: CareMap
    arranged: Arrangement | None
    known: templates.Arrangement | None

    @property
    def own(self) -> bool:
        """Whether its things are its own, and not those of a template."""
        return self.arranged is not None and self.arranged.own


def part_of(organisation: Organisation) -> Part:
    """The map of one organisation."""
    arranged = Arrangement.objects.filter(organisation=organisation).first()
    known = _known(organisation, arranged)
    place = _Places([organisation, *_above(organisation)]).place(organisation, mapped=_confirmed(arranged))
    if arranged is not None and arranged.own:
        care = rows.stored([organisation.pk])
    else:
        care = templates.template(known, organisation=organisation.code) if known else CareMap()
        care = replace(care, suppliers=tuple(rows.suppliers()))
    return Part(care=replace(care, places={place.code: place}), arranged=arranged, known=known)


def _known(organisation: Organisation, arranged: Arrangement | None) -> templates.Arrangement | None:
    said = arranged.template if arranged is not None else ""
    return Known([organisation.pk]).of(organisation, said)


def _confirmed(arranged: Arrangement | None) -> bool:
    return arranged is not None and arranged.confirmed_at is not None


def _above(organisation: Organisation) -> list[Organisation]:
    codes = organisation.path.strip("/").split("/")[:-1]
    return list(Organisation.objects.filter(code__in=codes))


class _Places:
    """Where organisations stand: each with the board and the region above it."""

    def __init__(self, organisations: Iterable[Organisation]) -> None:
        self._kinds = {one.code: one.kind for one in organisations}

    def place(self, one: Organisation, *, mapped: bool) -> Place:
        """An organisation as a place of the map."""
        above = one.path.strip("/").split("/")[:-1]
        kind = _KINDS[one.kind]
        return Place(
            code=one.code,
            kind=kind,
            site_of=above[-1] if kind in _SITES and above else "",
            icb=next((code for code in above if self._kinds.get(code) == OrganisationKind.ICB), ""),
            region=next((code for code in above if self._kinds.get(code) == OrganisationKind.REGION), ""),
            mapped=mapped,
        )


def surroundings(organisation: Organisation, *, needed: bool = False) -> CareMap:
    """The map of one organisation, with its sites and with those elsewhere that need it; no neighbours.

    `needed`: also with those elsewhere whose services and systems it needs.
    """
    code, own = organisation.code, part_of(organisation).care
    sites = Organisation.objects.filter(path__startswith=organisation.path, kind__in=_SITES)
    needers = Organisation.objects.filter(
        Q(pk__in=CareDependency.objects.filter(provider__startswith=f"{code}/").values("organisation"))
        | Q(pk__in=CareSystem.objects.filter(host=code).values("organisation"))
        | Q(pk__in=Choice.objects.filter(Q(chosen=code) | Q(chosen__startswith=f"{code}/")).values("organisation"))
    )
    wanted = {one.provider.partition("/")[0] for one in own.dependencies} | {one.host for one in own.systems}
    givers = Organisation.objects.filter(code__in=wanted if needed else ())
    others = (sites | needers | givers).exclude(pk=organisation.pk).order_by("pk").distinct()[:_SURROUNDING]
    return _whole(joined([own, _together(list(others))]))


def _together(organisations: Sequence[Organisation]) -> CareMap:
    """The maps of some organisations, read together; suppliers aside."""
    codes = {code for one in organisations for code in one.path.strip("/").split("/")}
    places = _Places(Organisation.objects.filter(code__in=codes))
    return replace(_filled(organisations, places, among=[one.pk for one in organisations]), suppliers=())


_lock = Lock()
_kept: dict[tuple[int, int], CareMap] = {}


def care_map() -> CareMap:
    """The map of the whole node: every open organisation, mapped or by its template. Kept until the map changes.

    Identifiers that a dependency names and nothing has any longer are left out with it, and counted in the log: an
    organisation may have closed, or have another template by now.
    """
    key = (rows.version(), Organisation.objects.count())
    with _lock:
        if key not in _kept:
            built = _built()
            _kept.clear()
            _kept[key] = built
        return _kept[key]


def codes_below(path: str) -> list[str]:
    """The codes of an organisation and of all below it, by its path."""
    return list(Organisation.objects.filter(Reach(paths=(path,)).q("path")).values_list("code", flat=True))


def forget() -> None:
    """Let go of the map that is kept: for whoever changed the database by another way than the actions."""
    with _lock:
        _kept.clear()


def organisations_changed(**_: Any) -> None:
    """Organisations came, went or moved: the map is worked out anew."""
    rows.bump()


def _built() -> CareMap:
    with without_collection():
        organisations = _open_organisations()
        return _whole(_filled(organisations, _Places(organisations)))


def _filled(
    organisations: Iterable[Organisation], places: "_Places", *, among: Collection[int] | None = None
) -> CareMap:
    """The maps of organisations, each its own or its template; `among`: read for these alone, and not for all."""
    arrangements = Arrangement.objects.all() if among is None else Arrangement.objects.filter(organisation__in=among)
    rows_of = arrangements.values_list("organisation", "template", "own", "confirmed_at")
    arranged = {pk: (said, own, at) for pk, said, own, at in rows_of.iterator(10_000)}
    known = Known(among)
    found, placed = [rows.stored(among)], {}
    for one in organisations:
        said, own, confirmed_at = arranged.get(one.pk, ("", False, None))
        placed[one.code] = places.place(one, mapped=confirmed_at is not None)
        if not own:
            found.append(known.part(one, said))
    return replace(joined(found), places=placed)


def _open_organisations() -> list[Organisation]:
    today = timezone.now().date()
    still = Organisation.objects.filter(Q(closed_on=None) | Q(closed_on__gte=today)).order_by("pk")
    return list(still.only("pk", "code", "name", "kind", "path"))


class Known:
    """What is known of organisations' sizes and suppliers, read in two questions: of these, or (None) of every one."""

    def __init__(self, among: Collection[int] | None = None) -> None:
        self._sizes: dict[int, dict[Measure, float]] = defaultdict(dict)
        self._chosen: dict[tuple[int, str], dict[str, str]] = defaultdict(dict)
        these = Q() if among is None else Q(organisation__in=among)
        sizes = KnownSize.objects.filter(these).values_list("organisation", "measure", "value")
        for pk, measure, value in sizes.iterator(10_000):
            self._sizes[pk][_MEASURES[measure]] = value
        choices = Choice.objects.filter(these).values_list("organisation", "role", "name", "chosen")
        for pk, role, name, chosen in choices.iterator(10_000):
            self._chosen[pk, role][name] = chosen

    def of(self, one: Organisation, said: str) -> templates.Arrangement | None:
        """What is known of an organisation with the template that was said to fit, or the likely one; None: no such."""
        template = _TEMPLATES.get(said) or likely_kind(_KINDS[one.kind], one.name)
        if template is None:
            return None
        return templates.Arrangement(
            template=template,
            measures=self._sizes.get(one.pk, {}),
            hosts=self._chosen.get((one.pk, Choice.Role.HOST.value), {}),
            outside=self._chosen.get((one.pk, Choice.Role.OUTSIDE.value), {}),
        )

    def part(self, one: Organisation, said: str) -> CareMap:
        """The template of an organisation as a map; empty where it has none."""
        known = self.of(one, said)
        return templates.template(known, organisation=one.code) if known else CareMap()


def sound(care: CareMap) -> CareMap:
    """The map without the things of organisations whose own is unsound: one bad map stops no question about all.

    No action stores such a map; whoever wrote to the database by another way, or an older version, may have.
    """
    left_out: set[str] = set()
    while bad := {one.thing.partition("/")[0] for one in check(care).troubles} - left_out:
        left_out |= bad
        care = _whole(_without(care, left_out))
    if left_out:
        log.error("maps_left_out", organisations=sorted(left_out), advice="Bring their maps in anew, or undo them.")
    return care


def _without(care: CareMap, codes: Collection[str]) -> CareMap:
    """The map without what belongs to some organisations, which stay as places."""
    return replace(
        care,
        services=tuple(one for one in care.services if one.organisation not in codes),
        systems=tuple(one for one in care.systems if one.organisation not in codes),
        equipment=tuple(one for one in care.equipment if one.organisation not in codes),
        dependencies=tuple(one for one in care.dependencies if one.consumer.partition("/")[0] not in codes),
    )


def _whole(care: CareMap) -> CareMap:
    """The map without what leads nowhere."""
    known = set(care.identifiers())
    kept = tuple(one for one in care.dependencies if one.provider in known and one.consumer in known)
    if len(kept) < len(care.dependencies):
        log.info("dependencies_lead_nowhere", count=len(care.dependencies) - len(kept))
    hosts = known | {""}
    systems = tuple(one if one.host in hosts else replace(one, host="") for one in care.systems)
    owned = tuple(one for one in systems if one.organisation in care.places)
    return replace(care, dependencies=kept, systems=owned)
