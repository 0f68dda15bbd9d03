"""The part of the queries that says, before it is done, who would gain sight of how much if something were opened.

What is open to people in one role alone counts as open: they see it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from watchward.console.estate.models import Organisation
from watchward.console.intel.actions import Share
from watchward.console.intel.guard import groups, name_of_group
from watchward.console.intel.models import Audience, Collection, Grant, Object
from watchward.console.intel.recipients import readers, receiving
from watchward.intel import markings
from watchward.intel.markings import Groups, Tlp

MOST_JUDGED: Final = 200
"""Audiences, or organisations that join a group, that are judged one by one; of more it says "at least"."""

_NAMED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Widened:
    """What a change would do to who sees what.

    Args:
        gaining: names of some that would see something that they do not see now.
        gain: how many organisations that are.
        lose: how many would read it no longer.
        objects: how many objects at least one of the first would see anew.
        kept: how many stay hidden from all of them by their markings.
        whole: whether all was judged; if not, there may be more.

    """

    gaining: Sequence[str] = ()
    gain: int = 0
    lose: int = 0
    objects: int = 0
    kept: int = 0
    whole: bool = True

    @property
    def sentence(self) -> str:
        """All of it, as a sentence or three."""
        said = [self._gained]
        if self.kept and self.gain:
            said.append(f"{_so_many(self.kept, 'object stays', 'objects stay')} hidden from them by markings.")
        if self.lose:
            many = _so_many(self.lose, "organisation sees", "organisations see")
            said.append(f"{many} it here no longer, and {'keeps' if self.lose == 1 else 'keep'} what they have.")
        return " ".join(said)

    @property
    def _gained(self) -> str:
        if not self.gain:
            return "Nobody gains sight of anything by this."
        least = "" if self.whole else "at least "
        who = ", ".join(self.gaining) if self.gain <= _NAMED else f"{self.gain:,} organisations"
        if not self.objects:
            return f"{who} may look here from now on. There is nothing yet that they may see."
        verb = "gains" if self.gain == 1 else "gain"
        return f"{who} {verb} sight of {least}{_so_many(self.objects, 'object', 'objects')}."

    def mark(self, *asked: object) -> str:
        """A name of what was shown, so that only what somebody has seen is done."""
        return hashlib.sha256(repr((self.sentence, asked)).encode()).hexdigest()[:16]


def by_share(collection: Collection, share: Share) -> Widened:
    """What it would do to say this of who may use a collection."""
    before = list(collection.grants.select_related("organisation"))
    after = [one for one in before if (one.organisation, one.role) != (share.organisation, share.role)]
    after.append(
        Grant(
            collection=collection,
            organisation=share.organisation,
            role=share.role,
            can_read=share.read,
            can_write=share.write,
        )
    )
    open_ones = Organisation.objects.filter(closed_on=None)
    now, then = readers(collection, before), readers(collection, after)
    gaining = open_ones.filter(then).exclude(now).distinct()
    held = _things().filter(collection=collection)
    seen, kept, whole = _seen_by(gaining, held)
    return Widened(
        gaining=_names(gaining),
        gain=gaining.count(),
        lose=open_ones.filter(now).exclude(then).distinct().count(),
        objects=seen,
        kept=kept,
        whole=whole,
    )


def _things() -> QuerySet[Object]:
    """What is known of attackers; a definition of a marking tells nothing of them."""
    return Object.objects.filter(current=True).exclude(type="marking-definition")


def _seen_by(some: QuerySet[Organisation], held: QuerySet[Object]) -> tuple[int, int, bool]:
    """How many objects one or more of some organisations may receive, how many none may, and whether all was judged."""
    counts = dict(held.values_list("audience").annotate(n=Count("pk")).order_by("-n", "audience")[: MOST_JUDGED + 1])
    rows = Audience.objects.filter(pk__in=list(counts)[:MOST_JUDGED])
    admitted = {one.pk for one in rows if some.filter(receiving(markings.Audience.of(one.key))).exists()}
    seen = sum(counts[pk] for pk in admitted)
    return seen, sum(counts.values()) - seen, len(counts) <= MOST_JUDGED


def by_members(name: str, members: Iterable[Organisation]) -> Widened:
    """What it would do if these, and no others, belonged to a sharing group."""
    group, now, known = name_of_group(name), set(members), groups()
    then = Groups(members={**known.members, group: frozenset(one.code for one in now)})
    before = set(Organisation.objects.filter(sharing_groups__name=group))
    gaining = _gaining(now - before)
    marked = _marked_for(group)
    seen: set[tuple[int, UUID]] = set()
    for one in gaining[:MOST_JUDGED]:
        seen |= marked.seen_anew(one, known, then)
    return Widened(
        gaining=[one.name for one in gaining[:_NAMED]],
        gain=len(gaining),
        lose=len(before - now),
        objects=sum(marked.counts[key] for key in seen),
        whole=len(gaining) <= MOST_JUDGED,
    )


def _gaining(joining: set[Organisation]) -> list[Organisation]:
    return sorted(joining, key=lambda one: (one.name, one.code))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marked:
    """What names a sharing group.

    Args:
        audiences: the audiences that name it, by their keys.
        counts: how many objects each collection holds of each of them.
        readers: which organisations may read each of those collections.

    """

    audiences: Mapping[int, markings.Audience]
    counts: Mapping[tuple[int, UUID], int]
    readers: Mapping[UUID, Q]

    def seen_anew(self, one: Organisation, known: Groups, then: Groups) -> set[tuple[int, UUID]]:
        """What an organisation would see that it does not see now."""
        above = one.path.strip("/").split("/")
        reader, after = known.reader(one.code, above=above), then.reader(one.code, above=above)
        newly = {
            pk
            for pk, key in self.audiences.items()
            if markings.may_receive(key, after) and not markings.may_receive(key, reader)
        }
        places = {place for audience, place in self.counts if audience in newly}
        itself = Organisation.objects.filter(pk=one.pk)
        open_to = {place for place in places if itself.filter(self.readers[place]).exists()}
        return {key for key in self.counts if key[0] in newly and key[1] in open_to}


def _marked_for(group: str) -> _Marked:
    """What names a group, whether there is such a group here or not: what came may name one that is yet to be made."""
    told = ((one.pk, markings.Audience.of(one.key)) for one in Audience.objects.all())
    found = {pk: audience for pk, audience in told if _names_group(audience, group)}
    rows = _things().filter(audience__in=list(found)).values_list("audience", "collection").annotate(n=Count("pk"))
    counts = {(audience, place): n for audience, place, n in rows.order_by()}
    places = Collection.objects.filter(pk__in={place for _, place in counts}).select_related("organisation")
    return _Marked(
        audiences={pk: found[pk] for pk, _ in counts},
        counts=counts,
        readers={one.pk: readers(one, one.grants.select_related("organisation")) for one in places},
    )


def _names_group(audience: markings.Audience, name: str) -> bool:
    return audience.level is not Tlp.RED and name in audience.groups | audience.addressed


def _names(some: QuerySet[Organisation]) -> list[str]:
    return list(some.order_by("name", "code").values_list("name", flat=True)[:_NAMED])


def _so_many(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
