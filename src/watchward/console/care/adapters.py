"""The map of care of the whole node, and of one organisation, from what is stored and from templates."""

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final

import structlog
from django.db.models import Q
from django.utils import timezone

from watchward.console.access.guard import Reach
from watchward.console.care import rows
from watchward.console.care.models import Arrangement, CareDependency, CareSystem, Choice, KnownSize
from watchward.console.estate.models import Organisation
from watchward.estate.care import templates
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
        care = rows.stored(organisation)
    else:
        care = templates.template(known, organisation=organisation.code) if known else CareMap()
        care = replace(care, suppliers=tuple(rows.suppliers()))
    return Part(care=replace(care, places={place.code: place}), arranged=arranged, known=known)


def _known(organisation: Organisation, arranged: Arrangement | None) -> templates.Arrangement | None:
    said = arranged.template if arranged is not None else ""
    template = _TEMPLATES.get(said) or likely_kind(_KINDS[organisation.kind], organisation.name)
    if template is None:
        return None
    chosen: dict[str, dict[str, str]] = defaultdict(dict)
    for role, name, found in Choice.objects.filter(organisation=organisation).values_list("role", "name", "chosen"):
        chosen[role][name] = found
    sizes = KnownSize.objects.filter(organisation=organisation).values_list("measure", "value")
    return templates.Arrangement(
        template=template,
        measures={_MEASURES[measure]: value for measure, value in sizes},
        hosts=chosen[Choice.Role.HOST],
        outside=chosen[Choice.Role.OUTSIDE],
    )


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


def surroundings(organisation: Organisation) -> CareMap:
    """The map of one organisation, with its sites and with those elsewhere that need it; no neighbours."""
    code, own = organisation.code, part_of(organisation).care
    sites = Organisation.objects.filter(path__startswith=organisation.path, kind__in=_SITES)
    needers = Organisation.objects.filter(
        Q(pk__in=CareDependency.objects.filter(provider__startswith=f"{code}/").values("organisation"))
        | Q(pk__in=CareSystem.objects.filter(host=code).values("organisation"))
        | Q(pk__in=Choice.objects.filter(Q(chosen=code) | Q(chosen__startswith=f"{code}/")).values("organisation"))
    )
    others = (sites | needers).exclude(pk=organisation.pk).order_by("pk").distinct()[:_SURROUNDING]
    return _whole(joined([own, *(replace(part_of(one).care, suppliers=()) for one in others)]))


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
    with _without_collection():
        organisations = _open_organisations()
        rows_of = Arrangement.objects.values_list("organisation", "template", "own", "confirmed_at")
        arranged = {pk: (said, own, at) for pk, said, own, at in rows_of.iterator(10_000)}
        places, known = _Places(organisations), _Known()
        found, placed = [rows.stored()], {}
        for one in organisations:
            said, own, confirmed_at = arranged.get(one.pk, ("", False, None))
            placed[one.code] = places.place(one, mapped=confirmed_at is not None)
            if not own:
                found.append(known.part(one, said))
        return _whole(replace(joined(found), places=placed))


def _open_organisations() -> list[Organisation]:
    today = timezone.now().date()
    still = Organisation.objects.filter(Q(closed_on=None) | Q(closed_on__gte=today)).order_by("pk")
    return list(still.only("pk", "code", "name", "kind", "path"))


class _Known:
    """What is known of every organisation's size and suppliers, read in two questions."""

    def __init__(self) -> None:
        self._sizes: dict[int, dict[Measure, float]] = defaultdict(dict)
        self._chosen: dict[tuple[int, str], dict[str, str]] = defaultdict(dict)
        for pk, measure, value in KnownSize.objects.values_list("organisation", "measure", "value").iterator(10_000):
            self._sizes[pk][_MEASURES[measure]] = value
        choices = Choice.objects.values_list("organisation", "role", "name", "chosen")
        for pk, role, name, chosen in choices.iterator(10_000):
            self._chosen[pk, role][name] = chosen

    def part(self, one: Organisation, said: str) -> CareMap:
        """The template of an organisation, the one that was said to fit or the likely one; empty where it has none."""
        template = _TEMPLATES.get(said) or likely_kind(_KINDS[one.kind], one.name)
        if template is None:
            return CareMap()
        known = templates.Arrangement(
            template=template,
            measures=self._sizes.get(one.pk, {}),
            hosts=self._chosen.get((one.pk, Choice.Role.HOST.value), {}),
            outside=self._chosen.get((one.pk, Choice.Role.OUTSIDE.value), {}),
        )
        return templates.template(known, organisation=one.code)


def _whole(care: CareMap) -> CareMap:
    """The map without what leads nowhere."""
    known = set(care.identifiers())
    kept = tuple(one for one in care.dependencies if one.provider in known and one.consumer in known)
    if len(kept) < len(care.dependencies):
        log.warning("dependencies_lead_nowhere", count=len(care.dependencies) - len(kept))
    hosts = known | {""}
    systems = tuple(one if one.host in hosts else replace(one, host="") for one in care.systems)
    owned = tuple(one for one in systems if one.organisation in care.places)
    return replace(care, dependencies=kept, systems=owned)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Half a million things are made and none dropped: looking for rubbish among them would double the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
