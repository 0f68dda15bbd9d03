"""What may be read about harm, and by whom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, organisations_where, reach
from watchward.console.care import rows
from watchward.console.estate.models import Organisation
from watchward.console.harm import adapters
from watchward.console.harm.models import Validated, WorkedOut
from watchward.estate.organisation import OrganisationKind
from watchward.harm.within import Area, area

_AREAS: Final = frozenset({OrganisationKind.ICB, OrganisationKind.REGION})
_KEPT: Final = 200
_NAMED: Final = 500


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """What hurts most in an area.

    Args:
        place: the organisation with all below it; None for the whole node.
        hours: for how long each thing is lost.
        at: when it was worked out.
        stale: whether the map of care has changed since.
        found: what was found.

    """

    place: Organisation | None
    hours: int
    at: datetime
    stale: bool
    found: Mapping[str, Any]


def sees_everything(viewer: Actor) -> bool:
    """Whether someone may see the care of the whole node."""
    return reach(viewer, Permission.CARE_VIEW).everything


def place_for(viewer: Actor, code: str) -> Organisation | None:
    """The organisation of a code, if the viewer may see its care."""
    return organisations_where(viewer, Permission.CARE_VIEW).filter(code=code).first()


def tops(viewer: Actor) -> list[Organisation]:
    """The organisations from which down somebody may see: where their roles stand; none who see everything."""
    where = reach(viewer, Permission.CARE_VIEW)
    return list(Organisation.objects.filter(path__in=where.paths).order_by("name"))


def names(codes: Iterable[str]) -> dict[str, str]:
    """The names of organisations, by code."""
    return dict(Organisation.objects.filter(code__in=set(codes)).values_list("code", "name"))


_lock = Lock()
_worked: dict[tuple[int, str, int], Ranking] = {}


def ranking(viewer: Actor, place: Organisation | None, hours: int) -> Ranking | None:
    """What hurts most at an organisation and below; None where it has to be worked out first, by the worker.

    Those of single organisations are small enough to be worked out when somebody asks; they are kept until the map
    changes.
    """
    if not (sees_everything(viewer) if place is None else place.path in reach(viewer, Permission.CARE_VIEW)):
        return None
    version = rows.version()
    stored = WorkedOut.objects.filter(place=place.code if place else "", hours=hours).first()
    if stored is not None:
        return Ranking(place=place, hours=hours, at=stored.at, stale=stored.version != version, found=stored.found)
    if place is None or place.kind in _AREAS:
        return None
    key = (version, place.code, hours)
    with _lock:
        if key not in _worked:
            laid = adapters.laid_out()
            found = adapters.ranking_of(laid, adapters.area_of(laid, place), hours)
            if len(_worked) >= _KEPT:
                _worked.clear()
            _worked[key] = Ranking(place=place, hours=hours, at=timezone.now(), stale=False, found=found)
        return _worked[key]


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What somebody may ask about: the things that they may name, and whose care they see.

    Args:
        laid: the map.
        area: the organisations whose care they see; None for all.

    """

    laid: adapters.Laid
    area: Area | None

    def may_name(self, thing: str) -> bool:
        """Whether a thing is on the map for them."""
        return thing in self.laid.things and (self.area is None or thing in self._mine)

    @cached_property
    def _mine(self) -> frozenset[str]:
        area = self.area
        if area is None:
            return frozenset(self.laid.things)
        services = (one.id for one in self.laid.model.care.services if one.organisation in area.codes)
        return area.things | frozenset(services)

    def matching(self, text: str, count: int = 20) -> list[adapters.Described]:
        """The things that a few letters name: suppliers first, organisations, then what belongs to them."""
        wanted = text.casefold().split()
        named = dict(Organisation.objects.filter(code__in=self._codes_named(wanted)).values_list("code", "name"))
        found = []
        for one in self.laid.things.values():
            said = f"{one.id} {one.what} {named.get(one.organisation, '')}".casefold()
            if wanted and all(word in said for word in wanted) and self.may_name(one.id):
                found.append(one)
        order = ("supplier", "organisation", "system", "service", "equipment")
        return sorted(found, key=lambda one: (order.index(one.sort), len(one.id), one.id))[:count]

    @staticmethod
    def _codes_named(wanted: Iterable[str]) -> list[str]:
        """Organisations whose names hold one of the words at least."""
        asked = Q(pk__in=[])
        for word in wanted:
            asked |= Q(name__icontains=word)
        return list(Organisation.objects.filter(asked).values_list("code", flat=True)[:_NAMED])


def sight(viewer: Actor) -> Sight:
    """What somebody may ask about."""
    where = reach(viewer, Permission.CARE_VIEW)
    laid = adapters.laid_out()
    if where.everything:
        return Sight(laid=laid, area=None)
    kept = laid.kept.get(where.paths)
    if isinstance(kept, Sight):
        return kept
    codes = set(Organisation.objects.filter(where.q("path")).values_list("code", flat=True))
    theirs = area(laid.model, frozenset(codes & laid.model.care.places.keys()))
    laid.kept[where.paths] = found = Sight(laid=laid, area=theirs)
    return found


def boards(viewer: Actor) -> dict[str, str]:
    """The integrated care boards that somebody may see: the code of each, and that of its region."""
    found = organisations_where(viewer, Permission.CARE_VIEW).filter(kind=OrganisationKind.ICB, closed_on=None)
    return {one.code: one.parent.code if one.parent else "" for one in found.select_related("parent")}


def validated() -> Validated | None:
    """How the model did against history; None before the worker has looked. Published facts: anybody may read them."""
    return Validated.objects.order_by("-at").first()
