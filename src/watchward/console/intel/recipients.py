"""How far something goes that is shared: the organisations that may receive it, found by the database.

The law is `watchward.intel.markings.may_receive`; here it is said as a filter, so that 40,000 organisations are counted
at once. A test holds the two against each other.
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from watchward.console.estate.models import Organisation
from watchward.console.intel.bulk import chunks
from watchward.console.intel.models import Collection, Grant
from watchward.intel.markings import SECTOR, Audience, Tlp, keepers

_ONE = "organisation:"


def recipients(audience: Audience, collection: Collection, *, people: bool = True) -> QuerySet[Organisation]:
    """The open organisations that may read a collection and receive what has this audience in it; not its owner.

    Args:
        audience: who may receive it.
        collection: where it is kept.
        people: whether what is open to people in some role alone counts.

    """
    grants = collection.grants.select_related("organisation")
    may_read = readers(collection, grants if people else grants.filter(role=""))
    found = Organisation.objects.filter(may_read, receiving(audience), closed_on=None)
    return found.exclude(code=audience.owner).distinct()


def readers(collection: Collection, grants: Iterable[Grant]) -> Q:
    """Its owner and those over it, whose people see what is kept there; and to whom some grants open it."""
    codes = collection.organisation_path.strip("/").split("/")
    found = Q(code__in=codes)
    for grant in grants:
        if grant.can_read and grant.organisation is None:
            return Q(pk__isnull=False)
        if grant.can_read and grant.organisation is not None:
            found |= Q(path__startswith=grant.organisation.path)
    return found


def receiving(audience: Audience) -> Q:
    """A filter for organisations: those that may receive what has this audience, wherever it is kept."""
    if audience.unknown or audience.level is Tlp.RED:
        return Q(code=audience.owner)
    found = _of_level(audience)
    for group in sorted(audience.groups):
        found &= Q(pk__in=_members(group).values("pk"))
    # Its owner need not belong to the groups. Without groups they are in it; and Q() or another means the other alone.
    return found | Q(code=audience.owner) if audience.groups else found


def _of_level(audience: Audience) -> Q:
    if audience.level <= Tlp.GREEN or SECTOR in audience.addressed:
        return Q()
    to = Organisation.objects.filter(_sent_to(audience))
    found = _with_those_below(to) if audience.level is Tlp.AMBER else Q(pk__in=to.values("pk"))
    return found | Q(code__in=sorted(audience.keepers)) if audience.keepers else found


def _sent_to(audience: Audience) -> Q:
    """Its owner, and whom it was sent to: by code, or as members of a group; thousands are few terms of a question."""
    codes = {audience.owner, *(one.removeprefix(_ONE) for one in audience.addressed if one.startswith(_ONE))}
    groups = [one for one in audience.addressed if not one.startswith(_ONE)]
    found = Q(pk__in=Organisation.objects.filter(sharing_groups__name__in=groups).values("pk"))
    for some in chunks(sorted(codes)):
        found |= Q(code__in=some)
    return found


def _with_those_below(several: QuerySet[Organisation]) -> Q:
    """Some organisations and all below them. Most have nobody below: only of the others the path is asked for."""
    above = Organisation.objects.filter(parent__in=several.values("pk")).values("parent")
    found = Q(pk__in=several.values("pk"))
    for path in Organisation.objects.filter(pk__in=above).values_list("path", flat=True):
        found |= Q(path__startswith=path)
    return found


def _members(group: str) -> QuerySet[Organisation]:
    if group == SECTOR:
        return Organisation.objects.all()
    if keeper := keepers([group]):
        return Organisation.objects.filter(code__in=keeper)
    if group.startswith(_ONE):
        return Organisation.objects.filter(code=group.removeprefix(_ONE))
    return Organisation.objects.filter(sharing_groups__name=group)
