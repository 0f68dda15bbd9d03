"""What people may read of intelligence: collections that are open to them, and in these what markings let them have."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import BooleanField, Case, Count, Q, QuerySet, Value, When

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, organisations_where, reach
from watchward.console.estate.models import Organisation
from watchward.console.intel.bulk import chunks, value_key
from watchward.console.intel.filters import ObjectFilter
from watchward.console.intel.guard import may_read, may_receive, may_write
from watchward.console.intel.models import (
    Client,
    Collection,
    Grant,
    Group,
    Indicator,
    IndicatorValue,
    Object,
    Quarantined,
    Sighting,
    Source,
)
from watchward.console.intel.storing import Outcome
from watchward.console.intel.warnings import withholding
from watchward.intel.observable import Kind, Observable, guess
from watchward.intel.withheld import why_not

PAGE = 50
MOST_COUNTED = 10_000
MOST_MEMBERS = 500
_SHORTEST_PART = 3
_MOST_NAMED = 1_000
"""Values that are read to say what the objects of one page name; and parts of values that a search finds."""

MOST_VALUES = 200
"""Values of one indicator that its page judges."""


def collections_visible_to(viewer: Actor) -> QuerySet[Collection]:
    """The collections that somebody may read or write."""
    return Collection.objects.filter(may_read(viewer) | may_write(viewer)).select_related("organisation", "root")


def collections_in_use(viewer: Actor) -> QuerySet[Collection]:
    """Those of them that are not retired."""
    return collections_visible_to(viewer).filter(retired_at=None)


def collection_visible_to(viewer: Actor, key: UUID) -> Collection | None:
    """One of them."""
    return collections_visible_to(viewer).filter(pk=key).first()


def collection_named(viewer: Actor, name: str) -> Collection | None:
    """The one with this identifier, alias or title, if it is one."""
    found = collections_visible_to(viewer)
    try:
        named = Q(pk=UUID(name))
    except ValueError:
        named = Q(alias=name) | Q(title=name)
    rows = list(found.filter(named)[:2])
    return rows[0] if len(rows) == 1 else None


def objects_visible_to(viewer: Actor) -> QuerySet[Object]:
    """The objects that somebody may receive, in collections that they may read."""
    readable = Collection.objects.filter(may_read(viewer)).values("pk")
    return Object.objects.filter(may_receive(viewer), collection__in=readable)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectPage:
    """One page of objects, the newest first.

    Args:
        rows: what stands on it.
        more: whether there are older ones.
        naming: by the keys of indicators and sightings, what they name, or what they are of.

    """

    rows: Sequence[Object]
    more: bool
    naming: Mapping[int, str] = field(default_factory=dict)


def object_page(viewer: Actor, asked: ObjectFilter) -> ObjectPage:
    """One page of the newest versions of the objects that somebody asked for."""
    found = objects_visible_to(viewer).filter(current=True)
    if asked.collection:
        found = found.filter(collection=UUID(asked.collection))
    if asked.source:
        found = found.filter(source__in=sources_visible_to(viewer).filter(pk=asked.source).values("pk"))
    if asked.type:
        found = found.filter(type=asked.type)
    said = found.filter(_says(asked.text)) if asked.text else found
    if asked.text and len(asked.text) >= _SHORTEST_PART and not said.exists():
        said = found.filter(_names_part(asked.text))  # goes over all values: only where nothing else is found
    start = (asked.page - 1) * PAGE
    rows = list(
        said.annotate(told=told(viewer, "source"))
        .order_by("-id")
        .select_related("collection", "source", "audience")
        .defer("raw")[start : start + PAGE + 1]
    )
    return ObjectPage(rows=rows[:PAGE], more=len(rows) > PAGE, naming=_naming(viewer, rows[:PAGE]))


def _naming(viewer: Actor, rows: Sequence[Object]) -> dict[int, str]:
    """What the indicators among some objects name, and of what their sightings are; only what somebody may have."""
    seen = dict(Sighting.objects.filter(pk__in=[one.pk for one in rows]).values_list("pk", "of"))
    meant = objects_visible_to(viewer).filter(stix_id__in=set(seen.values()), current=True)
    titles = {stix_id: (pk, title) for pk, stix_id, title in meant.values_list("pk", "stix_id", "title")}
    wanted = [*(one.pk for one in rows if one.type == "indicator"), *(pk for pk, _ in titles.values())]
    values = defaultdict[int, list[str]](list)
    named = IndicatorValue.objects.filter(indicator__in=wanted).order_by("indicator", "pk")
    for key, value in named.values_list("indicator", "value")[:_MOST_NAMED]:
        values[key].append(value)
    words = {key: _few(several) for key, several in values.items()}
    for pk, of in seen.items():
        key, title = titles.get(of, (0, ""))
        if key:
            name = words.get(key, "")
            words[pk] = f"of {title} ({name})" if title and name and name not in title else f"of {title or name}"
    return words


def _few(values: Sequence[str]) -> str:
    return f"{values[0]} and {len(values) - 1:,} more" if len(values) > 1 else values[0]


def told(viewer: Actor, source: str) -> Case:
    """Whether somebody is told whose a source is: one that shares without its name is known to those over it alone."""
    within = reach(viewer, Permission.INTEL_VIEW).q(f"{source}__organisation__path")
    known = When(Q(**{f"{source}__unnamed": False}) | (within or Q(pk__isnull=False)), then=Value(value=True))
    return Case(known, default=Value(value=False), output_field=BooleanField())


def _says(text: str) -> Q:
    """By identifier, by a value that an indicator looks for, or by the beginning of a title."""
    named = Q(stix_id=text) | Q(title__istartswith=text)
    if thing := guess(text):
        # Joined, an indicator of several values would stand on the page as often.
        values = IndicatorValue.objects.filter(
            kind=thing.kind.value, value_key=value_key(thing.value), value=thing.value
        )
        named |= Q(pk__in=values.values("indicator"))
    return named


def _names_part(text: str) -> Q:
    """By a part of a value that an indicator looks for; of the thousand newest."""
    parts = IndicatorValue.objects.filter(value__contains=text.lower()).order_by("-pk")
    return Q(pk__in=list(parts.values_list("indicator", flat=True)[:_MOST_NAMED]))


def object_visible_to(viewer: Actor, key: int) -> Object | None:
    """One version of an object, if somebody may have it."""
    rows = objects_visible_to(viewer).select_related("collection__organisation", "source__organisation", "audience")
    return rows.filter(pk=key).annotate(told=told(viewer, "source")).first()


def versions_of(viewer: Actor, one: Object) -> list[Object]:
    """The versions of an object in its collection that somebody may have, the newest first."""
    found = objects_visible_to(viewer).filter(stix_id=one.stix_id, collection=one.collection_id)
    return list(found.order_by("-version").defer("raw")[:PAGE])


def indicator_of(one: Object) -> Indicator | None:
    """What the columns say of an object that is the newest version of an indicator."""
    return Indicator.objects.filter(pk=one.pk).select_related("object__source").first()


def withheld_of(indicator: Indicator) -> list[tuple[str, str]]:
    """What of an indicator nothing looks for, each thing with the reason."""
    judge = withholding().why
    if not indicator.exact:
        why = why_not(indicator.pattern, judge)
        return [("All that it asks for", why)] if why else []
    values = indicator.values.order_by("pk")[:MOST_VALUES]
    said = [(one.value, judge(Observable(Kind(one.kind), one.value))) for one in values]
    return [(value, why) for value, why in said if why]


def faded_of(indicator: Indicator) -> list[str]:
    """What of an indicator is believed so little that nothing looks for it."""
    faded = indicator.values.filter(faded_at__isnull=False).order_by("pk")
    return list(faded.values_list("value", flat=True)[:MOST_VALUES])


def sightings_of(viewer: Actor, one: Object) -> list[Sighting]:
    """The sightings of an object that somebody may have, the latest first."""
    found = Sighting.objects.filter(of=one.stix_id, object__in=objects_visible_to(viewer), revoked=False)
    return list(found.annotate(told=told(viewer, "object__source")).order_by("-last_seen", "-pk")[:PAGE])


def sources_visible_to(viewer: Actor) -> QuerySet[Source]:
    """The sources of the organisations whose intelligence somebody may see, and those of collections they may read."""
    readable = Collection.objects.filter(may_read(viewer)).values("pk")
    own = organisations_where(viewer, Permission.INTEL_VIEW).values("pk")
    found = Source.objects.filter(Q(organisation__in=own) | Q(collection__in=readable, unnamed=False))
    return found.select_related("organisation", "collection", "client")


def source_visible_to(viewer: Actor, key: int) -> Source | None:
    """One of them."""
    return sources_visible_to(viewer).filter(pk=key).first()


def sees_whole(viewer: Actor, source: Source) -> bool:
    """Whether somebody may see where a source is read and what it refused: whoever only reads a collection may not."""
    return source.organisation.path in reach(viewer, Permission.INTEL_VIEW)


def refused_of(viewer: Actor, source: Source) -> list[Quarantined]:
    """What was refused of a source last. It was never marked for others, so they do not see it."""
    return list(source.quarantined.all()[:20]) if sees_whole(viewer, source) else []


def counts_of(viewer: Actor, collections: Sequence[Collection]) -> dict[UUID, int]:
    """How many objects somebody may have in each of some collections; for any larger number, `MOST_COUNTED` + 1."""
    found = objects_visible_to(viewer).filter(current=True)
    return {
        one.pk: found.filter(collection=one).order_by().values("pk")[: MOST_COUNTED + 1].count() for one in collections
    }


def grants_of(collection: Collection) -> list[Grant]:
    """Who else may use a collection."""
    return list(collection.grants.select_related("organisation").order_by("organisation__name", "role"))


def clients_visible_to(viewer: Actor) -> QuerySet[Client]:
    """The TAXII keys that somebody may manage."""
    where = organisations_where(viewer, Permission.INTEL_MANAGE).values("pk")
    return Client.objects.filter(organisation__in=where).select_related("organisation")


def client_visible_to(viewer: Actor, key: int) -> Client | None:
    """One of them."""
    return clients_visible_to(viewer).filter(pk=key).first()


def groups_visible_to(viewer: Actor) -> QuerySet[Group]:
    """The sharing groups of which somebody may know, those without members first; each with its `size`.

    Those to which an organisation belongs whose intelligence they may see; whoever looks after the whole node knows of
    all, and of those without members.
    """
    within = reach(viewer, Permission.INTEL_VIEW)
    found = Group.objects.annotate(size=Count("members", distinct=True)).order_by("size", "name")
    if within.everything:
        return found
    mine = Organisation.objects.filter(within.q("path")).values("pk")
    return found.filter(pk__in=Group.objects.filter(members__in=mine).values("pk"))


def group_visible_to(viewer: Actor, key: int) -> Group | None:
    """One of them."""
    return groups_visible_to(viewer).filter(pk=key).first()


def members_of(group: Group) -> list[Organisation]:
    """The members of a sharing group, by name; 500 at most."""
    return list(group.members.order_by("name", "code")[:MOST_MEMBERS])


def may_belong(codes: Sequence[str], group: Group | None) -> list[Organisation]:
    """The organisations with some codes that may be members of a group: open ones, and closed ones that are."""
    may = Q(closed_on=None) if group is None else Q(closed_on=None) | Q(pk__in=group.members.values("pk"))
    return list(Organisation.objects.filter(may, code__in=codes).order_by("name", "code"))


def group_named(name: str) -> Group | None:
    """The sharing group that this node keeps under a name."""
    return Group.objects.filter(name=name).first()


def organisations_named(codes: Sequence[str]) -> list[Organisation]:
    """The open organisations with some codes: any may be let read, or be a member."""
    return list(Organisation.objects.filter(code__in=codes, closed_on=None).order_by("name", "code"))


def may_manage_groups(viewer: Actor) -> bool:
    """Whether somebody may say who belongs to sharing groups."""
    return reach(viewer, Permission.INTEL_MANAGE).everything


def may_manage(viewer: Actor, organisation: Organisation) -> bool:
    """Whether somebody may make collections, sources and keys for an organisation."""
    return organisation.path in reach(viewer, Permission.INTEL_MANAGE)


def organisations_to_manage(viewer: Actor) -> QuerySet[Organisation]:
    """The open organisations for which somebody may do so."""
    return organisations_where(viewer, Permission.INTEL_MANAGE).filter(closed_on=None)


def collections_to_manage(viewer: Actor) -> QuerySet[Collection]:
    """The collections in use into which somebody may have servers read."""
    where = organisations_where(viewer, Permission.INTEL_MANAGE).values("pk")
    return collections_in_use(viewer).filter(organisation__in=where)


def only_organisation_to_manage(viewer: Actor) -> str:
    """The code of that organisation, where there is no other: nobody need look it up."""
    codes = list(organisations_to_manage(viewer).values_list("code", flat=True)[:2])
    return codes[0] if len(codes) == 1 else ""


def may_manage_anywhere(viewer: Actor) -> bool:
    """Whether there is any such organisation."""
    return organisations_to_manage(viewer).exists()


def source_to_manage(viewer: Actor, key: int) -> Source | None:
    """A source that somebody may stop and begin again."""
    where = organisations_where(viewer, Permission.INTEL_MANAGE).values("pk")
    return sources_visible_to(viewer).filter(organisation__in=where, pk=key).first()


def standing(collection: Collection, stix_ids: Sequence[str]) -> list[Outcome]:
    """Those of some objects that a collection has, and that are not revoked there."""
    rows = Object.objects.filter(collection=collection, current=True, revoked=False)
    return [
        Outcome(stix_id, version)
        for some in chunks(stix_ids)
        for stix_id, version in rows.filter(stix_id__in=some).values_list("stix_id", "version_text")
    ]
