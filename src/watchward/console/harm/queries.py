"""What may be read about harm, and by whom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import numpy as np
from django.db.models import Q, QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, Reach, organisations_where, reach
from watchward.console.care import rows
from watchward.console.care.queries import sees_map
from watchward.console.estate.models import Organisation
from watchward.console.harm import adapters, own
from watchward.console.harm.index import Index
from watchward.console.harm.models import OwnNumber, PassedQuestion, Validated, WorkedOut
from watchward.estate.organisation import OrganisationKind
from watchward.harm.within import Area, area

AREAS: Final = adapters.AREAS
_NUMBERS: Final = 200
_FORMER: Final = 20


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """What hurts most in an area.

    Args:
        place: the organisation with all below it; None for the whole node.
        hours: for how long each thing is lost.
        at: when it was worked out.
        other_map: whether the map of care has changed since.
        other_numbers: whether the numbers behind harm have.
        found: what was found.

    """

    place: Organisation | None
    hours: int
    at: datetime
    other_map: bool = False
    other_numbers: bool = False
    found: Mapping[str, Any]

    @property
    def stale(self) -> bool:
        """Whether it would be another one today."""
        return self.other_map or self.other_numbers


def sees_everything(viewer: Actor) -> bool:
    """Whether someone may see what would hurt patients at the whole node."""
    return reach(viewer, Permission.HARM_VIEW).everything


def place_for(viewer: Actor, code: str) -> Organisation | None:
    """The organisation of a code, if the viewer may see what would hurt its patients."""
    return organisations_where(viewer, Permission.HARM_VIEW).filter(code=code).first()


def tops(viewer: Actor) -> list[Organisation]:
    """The organisations from which down somebody may see: where their roles stand; none who see everything."""
    where = reach(viewer, Permission.HARM_VIEW)
    return list(Organisation.objects.filter(path__in=where.paths).order_by("name"))


def names(codes: Iterable[str]) -> dict[str, str]:
    """The names of organisations, by code."""
    return dict(Organisation.objects.filter(code__in=set(codes)).values_list("code", "name"))


def ranking(viewer: Actor, place: Organisation | None, hours: int) -> Ranking | None:
    """What hurts most at an organisation and below; None where it has to be worked out first, by the worker.

    Those of single organisations are small enough to be worked out when somebody asks; they are kept until the map or
    their numbers change.
    """
    if not (sees_everything(viewer) if place is None else place.path in reach(viewer, Permission.HARM_VIEW)):
        return None
    stored = WorkedOut.objects.filter(place=place.code if place else "", hours=hours).first()
    if stored is not None:
        return Ranking(
            place=place,
            hours=hours,
            at=stored.at,
            other_map=stored.version != rows.version(),
            other_numbers=stored.numbers != own.digest_for(place),
            found=stored.found,
        )
    if place is None or place.kind in AREAS:
        return None
    laid = adapters.laid_out(place)
    worked: Ranking = laid.rankings.get((place.code, hours), lambda: _worked_out(laid, place, hours))
    return replace(worked, other_map=laid.stale)


def _worked_out(laid: adapters.Laid, place: Organisation, hours: int) -> Ranking:
    found = adapters.ranking_of(laid, adapters.area_of(laid, place), hours)
    return Ranking(place=place, hours=hours, at=timezone.now(), found=found)


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
        number = self.laid.model.number.get(thing)
        return number is not None and bool(self._seen[number])

    @cached_property
    def _seen(self) -> NDArray[np.bool_]:
        """Which things they may name."""
        return (
            np.ones(len(self.laid.model.ids), dtype=bool) if self.area is None else self.area.mine | self.area.losable
        )

    def matching(self, text: str, count: int = 20) -> list[adapters.Described]:
        """The things that a few letters name: suppliers first, organisations, then what belongs to them."""
        words = text.lower().split()
        if not words:
            return []
        index, found = self._index, self._seen.copy()
        for word in words:
            found &= index.say(word)
        return [self.laid.things[self.laid.model.ids[at]] for at in index.first(found, count)]

    @property
    def _index(self) -> Index:
        def made() -> Index:
            return Index(self.laid.model, dict(Organisation.objects.values_list("code", "name")))

        found: Index = self.laid.called.get(Index, made)
        return found


def sight(viewer: Actor, code: str = "", *, seeing: Permission = Permission.HARM_VIEW) -> Sight | None:
    """What somebody may ask about, or of that what an organisation with all below it has and needs.

    None where they may not see the organisation with this code. `seeing` is the permission by which they look.
    """
    if not code:
        return _sight(reach(viewer, seeing))
    place = organisations_where(viewer, seeing).filter(code=code).first()
    return None if place is None else sight_of(place)


def numbers_place(viewer: Actor, place: Organisation | None = None) -> Organisation | None:
    """The organisation whose numbers answer somebody's questions about a place; None: the whole node's do."""
    where = reach(viewer, Permission.HARM_VIEW)
    return place or _alone(where)


def _alone(where: Reach) -> Organisation | None:
    """The one organisation that somebody sees with all below it; None where it is several, or all."""
    if where.everything or len(where.paths) != 1:
        return None
    return Organisation.objects.filter(path=where.paths[0]).first()


def sight_of(place: Organisation | None) -> Sight:
    """What can be asked about an organisation and all below it; None for the whole node."""
    return _sight(Reach(everything=True) if place is None else Reach(paths=(place.path,)))


def _sight(where: Reach) -> Sight:
    laid = adapters.laid_out(_alone(where))
    if where.everything:
        return Sight(laid=laid, area=None)
    found: Sight = laid.sights.get(where.paths, lambda: _seen(laid, where))
    return found


def _seen(laid: adapters.Laid, where: Reach) -> Sight:
    codes = set(Organisation.objects.filter(where.q("path")).values_list("code", flat=True))
    return Sight(laid=laid, area=area(laid.model, frozenset(codes & laid.model.care.places.keys())))


def boards(viewer: Actor, place: Organisation | None = None) -> dict[str, str]:
    """The integrated care boards that somebody may see: the code of each, and that of its region.

    Of an organisation those below it alone, or the one that it belongs to.
    """
    found = organisations_where(viewer, Permission.HARM_VIEW).filter(kind=OrganisationKind.ICB, closed_on=None)
    codes = {one.code: one.parent.code if one.parent else "" for one in found.select_related("parent")}
    if place is None:
        return codes
    below = set(Organisation.objects.filter(Reach(paths=(place.path,)).q("path")).values_list("code", flat=True))
    return {code: region for code, region in codes.items() if code in below or f"/{code}/" in place.path}


def numbers_at(viewer: Actor, place: Organisation | None) -> list[OwnNumber]:
    """What stands in the place of our numbers at an organisation; None: at all of the node, and below what one sees."""
    if place is not None:
        return list(own.standing(place))
    rows = _numbers(viewer).filter(ended_at=None)
    return list(rows.order_by("organisation_path", "key")[:_NUMBERS])


def number(viewer: Actor, key: int) -> OwnNumber | None:
    """One of them that still holds."""
    return _numbers(viewer).filter(ended_at=None, pk=key).first()


def former_numbers(viewer: Actor, key: str) -> list[OwnNumber]:
    """What was said of a parameter before and holds no longer, the latest first."""
    rows = _numbers(viewer).filter(key=key).exclude(ended_at=None)
    return list(rows.order_by("-ended_at")[:_FORMER])


def _numbers(viewer: Actor) -> QuerySet[OwnNumber]:
    """The figures of the node, and of the organisations whose care somebody may see."""
    where, rows = reach(viewer, Permission.HARM_VIEW), OwnNumber.objects.select_related("organisation")
    # An empty condition means everything by itself, and nothing beside another.
    return rows if where.everything else rows.filter(Q(organisation=None) | where.q("organisation_path"))


def may_assess(viewer: Actor, place: Organisation | None) -> list[tuple[str, str]]:
    """Where somebody may put a number in the place of ours, by code and name; an empty code is the whole node.

    `place`: one besides, where it lies below those at which they hold the role.
    """
    where = reach(viewer, Permission.HARM_ASSESS)
    found = list(Organisation.objects.filter(path__in=where.paths).order_by("name").values_list("code", "name"))
    if where.everything:
        found.append(("", "The whole node"))
    if place is not None and place.path in where and (place.code, place.name) not in found:
        found.insert(0, (place.code, place.name))
    return found


def passed(viewer: Actor, organisation: Organisation) -> list[PassedQuestion]:
    """The questions to an organisation that are put aside, if the viewer may see its map."""
    if not sees_map(viewer, organisation):
        return []
    return list(PassedQuestion.objects.filter(organisation=organisation).order_by("-at"))


def validated() -> Validated | None:
    """How the model did against history; None before the worker has looked. Published facts: anybody may read them."""
    return Validated.objects.order_by("-at").first()
