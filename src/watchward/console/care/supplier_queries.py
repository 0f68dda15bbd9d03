"""Who depends on a supplier, as far as one may see."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q, QuerySet

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, reach
from watchward.console.care.models import CareDependency, CareSupplier, CareSystem, Choice
from watchward.console.care.queries import organisations_visible_to
from watchward.console.care.storing import naming
from watchward.console.estate.models import Organisation
from watchward.estate.organisation import OrganisationKind

_REMOVED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A supplier, and how many organisations that one may see have said that they depend on it."""

    id: str
    name: str
    organisations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependent:
    """An organisation that depends on a supplier.

    Args:
        organisation: which.
        runs: the identifiers of its systems that run there.
        needs: the identifiers of its things that need the supplier otherwise.

    """

    organisation: Organisation
    runs: tuple[str, ...]
    needs: tuple[str, ...]


def suppliers_for(viewer: Actor, *, text: str = "") -> list[Listed]:
    """The node's suppliers, those behind most organisations first.

    Their names are the same for everybody who looks at maps; who depends on them is not.
    """
    where = reach(viewer, Permission.CARE_VIEW)
    behind: Counter[str] = Counter()
    template = Choice.objects.filter(where.q("organisation__path")).exclude(organisation__care_arrangement__own=True)
    for key, number in template.values_list("chosen").annotate(Count("organisation", distinct=True)):
        behind[key] += number
    own: set[tuple[str, int]] = set()
    hosted = CareSystem.objects.filter(where.q("organisation__path")).exclude(host="")
    own.update(hosted.values_list("host", "organisation").distinct())
    needed = CareDependency.objects.filter(where.q("organisation__path"), provider__startswith="supplier/")
    own.update(needed.values_list("provider", "organisation").distinct())
    behind.update(key for key, _ in own)
    found = CareSupplier.objects.filter(removed_at=None, **({"name__icontains": text} if text else {}))
    listed = [Listed(id=one.id, name=one.name, organisations=behind[one.id]) for one in found]
    return sorted(listed, key=lambda one: (-one.organisations, one.name.casefold()))


def supplier(key: str) -> CareSupplier | None:
    """One of them."""
    return CareSupplier.objects.filter(pk=key).first()


def removed() -> list[CareSupplier]:
    """Those that were taken off the list, the latest first; some twenty at most."""
    return list(CareSupplier.objects.exclude(removed_at=None).order_by("-removed_at")[:_REMOVED])


def may_change(viewer: Actor, found: CareSupplier) -> bool:
    """Whether somebody may rename a supplier, take it off the list and put it back: they reach all who name it."""
    where = reach(viewer, Permission.CARE_REFINE)
    if where.everything or not where.paths:
        return where.everything
    return all(one.path in where for one in naming([found.pk]))


def dependents_of(viewer: Actor, key: str) -> QuerySet[Organisation]:
    """The organisations that depend on a supplier and whose maps one may see."""
    own = Q(pk__in=CareSystem.objects.filter(host=key).values("organisation"))
    own |= Q(pk__in=CareDependency.objects.filter(provider=key).values("organisation"))
    chosen = Q(pk__in=Choice.objects.filter(chosen=key).values("organisation"))
    template = chosen & ~Q(care_arrangement__own=True)
    return organisations_visible_to(viewer).filter(own | template).order_by("name")


def kinds_of(dependents: QuerySet[Organisation]) -> dict[OrganisationKind, int]:
    """How many of them are of each kind, most first."""
    counted = dependents.order_by().values_list("kind").annotate(Count("pk"))
    return {OrganisationKind(kind): number for kind, number in sorted(counted, key=lambda pair: -pair[1])}


def described(organisations: Sequence[Organisation], key: str) -> list[Dependent]:
    """What of some organisations depends on a supplier."""
    runs: dict[int, list[str]] = defaultdict(list)
    needs: dict[int, list[str]] = defaultdict(list)
    mine = {one.pk: one for one in organisations}
    for pk, name in CareSystem.objects.filter(host=key, organisation__in=mine).values_list("organisation", "id"):
        runs[pk].append(name)
    for pk, name in CareDependency.objects.filter(provider=key, organisation__in=mine).values_list(
        "organisation", "consumer"
    ):
        needs[pk].append(name)
    chosen = Choice.objects.filter(chosen=key, organisation__in=mine).exclude(organisation__care_arrangement__own=True)
    for pk, role, name in chosen.values_list("organisation", "role", "name"):
        (runs if role == Choice.Role.HOST else needs)[pk].append(f"{mine[pk].code}/{name}")
    return [Dependent(organisation=one, runs=tuple(runs[one.pk]), needs=tuple(needs[one.pk])) for one in organisations]
