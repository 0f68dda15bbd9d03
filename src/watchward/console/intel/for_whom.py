"""The part of the adapters that finds for whom a node is told of an object, by this node's registers (ADR 0242)."""

import hashlib
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import structlog
from django.db.models import QuerySet
from msgspec import json as msgspec_json

from watchward.console.estate.models import Organisation
from watchward.console.intel import guard
from watchward.console.intel.audiences import marked
from watchward.console.intel.link_wire import UNNAMED, Told
from watchward.console.intel.models import POLLED, Audience, Collection, Definition, Group, PeerPlace, Source
from watchward.console.intel.recipients import recipients
from watchward.console.link import telling
from watchward.console.link.models import Peer
from watchward.intel import markings
from watchward.intel.markings import STANDARD, Reader, Tlp, may_receive
from watchward.intel.passing import EVERYBODY, Addressees, in_few_codes, is_for_everybody, may_travel
from watchward.intel.stix import StixObject

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """An object as a collection holds it now."""

    stix_id: str
    audience: int
    source: int


@dataclass(kw_only=True)
class Deciding:
    """Whether, and for whom, a peer is told of objects. Good for one piece of work: registers change."""

    peer: Peer
    _places: dict[tuple[int, object], Addressees | None] = field(default_factory=dict)
    _sources: dict[int, Source] = field(default_factory=dict)

    def source(self, key: int) -> Source:
        """A source by its key."""
        if key not in self._sources:
            self._sources[key] = Source.objects.select_related("peer", "organisation").get(pk=key)
        return self._sources[key]

    def to(self, held: Held, collection: Collection) -> Addressees | None:
        """For whom the peer is told of something that holds; None where it is not."""
        source = self.source(held.source)
        if source.withdrawn_at is not None or source.trial_since is not None:
            return None
        return self.could(held, collection)

    def is_nameless(self, held: Held) -> bool:
        """Whether the peer is not told whose it is: such sources share one channel there."""
        return self.source(held.source).unnamed and not self.peer.is_parent

    def could(self, held: Held, collection: Collection) -> Addressees | None:
        """The same, whatever became of its source since."""
        source = self.source(held.source)
        if source.peer is not None and source.peer.node == self.peer.node:
            return None  # what came from it never goes back
        if self.peer.is_parent and source.kind in POLLED and not _is_open(collection):
            return None  # what somebody reads elsewhere for themselves, nobody here shared
        key = (held.audience, collection.pk)
        if key not in self._places:
            stored = Audience.objects.get(pk=held.audience)
            self._places[key] = self.whom(markings.Audience.of(stored.key), collection)
        return self._places[key]

    def whom(self, audience: markings.Audience, collection: Collection) -> Addressees | None:
        """For whom the peer is told of what has an audience in a collection, whoever brought it."""
        found = self.meant(audience, collection)
        if found is not None and found.are_too_many:
            log.warning("intel_for_too_many", peer=str(self.peer), collection=str(collection))
            return None
        return found

    def meant(self, audience: markings.Audience, collection: Collection) -> Addressees | None:
        """For whom it would be told, if all those can be named."""
        if not may_travel(audience):
            return None
        return _up(self.peer, audience, collection) if self.peer.is_parent else self._down(audience, collection)

    def _down(self, audience: markings.Audience, collection: Collection) -> Addressees | None:
        """Which of the organisations for which a child stands may have it."""
        if is_for_everybody(audience) and _is_open(collection):
            return EVERYBODY
        below = self._below()
        paths = set(recipients(audience, collection, people=False).filter(pk__in=below).values_list("path", flat=True))
        paths |= set(below.filter(code=audience.owner).values_list("path", flat=True))
        return in_few_codes(audience, paths, count=self._count)

    def _below(self) -> QuerySet[Organisation]:
        assert self.peer.organisation is not None
        return Organisation.objects.filter(path__startswith=self.peer.organisation.path, closed_on=None)

    @cached_property
    def _paths(self) -> list[str]:
        """Of the organisations for which a child stands, in order, so that those below one stand together."""
        return sorted(self._below().values_list("path", flat=True))

    def _count(self, top: str) -> int:
        """How many of them are at and below a path; asked for thousands of paths, the database is asked once."""
        return bisect_left(self._paths, top + chr(sys.maxunicode)) - bisect_left(self._paths, top)

    def channel(self, held: Held, collection: Collection) -> str:
        """What stands at the peer for where it is kept and who brought it."""
        if self.is_nameless(held):
            return UNNAMED
        source = self.source(held.source)
        return hashlib.sha256(f"{collection.pk} {source.pk}".encode()).hexdigest()[:32]

    def told(self, held: Held, collection: Collection, to: Addressees, one: StixObject) -> Told:
        """What the peer is told of an object."""
        source = self.source(held.source)
        return Told(
            channel=self.channel(held, collection),
            stix_id=held.stix_id,
            object=one.raw.decode(),
            definitions=[raw.decode() for raw in _definitions(one)],
            owner="" if self.is_nameless(held) else source.brought_by,
            unnamed=source.unnamed,
            to=None if to.codes is None else sorted(to.codes),
            below=to.below,
        )


def _is_open(collection: Collection) -> bool:
    """Whether every organisation may read it, programs too."""
    return collection.grants.filter(organisation=None, can_read=True, role="").exists()


def _up(peer: Peer, audience: markings.Audience, collection: Collection) -> Addressees | None:
    """For whom it is sent to the parent, if an organisation for which that stands may have it."""
    audience = audience.without_keepers  # whose collection it is here says nothing of who may have it there
    place = PeerPlace.objects.filter(peer=peer).first()
    readers = [_reader(code) for code in place.theirs] if place else []
    theirs = {reader.organisation for reader in readers if reader.organisation and may_receive(audience, reader)}
    if is_for_everybody(audience) and _is_open(collection):
        return EVERYBODY
    if not theirs:
        return None
    if audience.level is Tlp.AMBER and not audience.groups and _is_open(collection):
        return Addressees(codes=frozenset(_codes(audience.addressed)) | theirs, below=True)
    others = recipients(audience, collection, people=False)
    ours = Organisation.objects.filter(code=place.ours).first() if place else None
    if ours is not None:
        others = others.exclude(path__startswith=ours.path)
    return Addressees(codes=frozenset(others.values_list("code", flat=True)) | theirs)


def _reader(code: str) -> Reader:
    """An organisation of the node above, as this one knows it."""
    known = Organisation.objects.filter(code=code).first()
    return guard.reader_of(known, person=False) if known else guard.groups().reader(code)


def _codes(groups: Iterable[str]) -> Iterator[str]:
    """The organisations that belong to some groups, as this node knows them."""
    for group in groups:
        if markings.is_made_by_itself(group):
            yield from [group.removeprefix("organisation:")] if group != markings.SECTOR else []
        else:
            yield from Organisation.objects.filter(sharing_groups__name=group).values_list("code", flat=True)


def _definitions(one: StixObject) -> list[bytes]:
    """The texts of the definitions that an object's markings need and not everybody knows."""
    wanted = [name for name in dict.fromkeys(marked(one)) if name not in STANDARD and name != one.id]
    if not wanted:
        return []
    found = {row.stix_id: bytes(row.raw) for row in Definition.objects.filter(stix_id__in=wanted)}
    if len(found) < len(wanted):
        made = map(markings.group_marking, Group.objects.values_list("name", flat=True))
        found |= {str(said["id"]): msgspec_json.encode(said) for said in made if said["id"] in wanted}
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Nodes:
    """How many other nodes are told of something; and how many are not, because it is for too many to be named."""

    told: int = 0
    too_many: int = 0


def nodes_told(audience: markings.Audience, collection: Collection) -> Nodes:
    """How many other nodes would be told of what has this audience in a collection."""
    meant = [to for peer in peers() if (to := Deciding(peer=peer).meant(audience, collection)) is not None]
    too_many = sum(to.are_too_many for to in meant)
    return Nodes(len(meant) - too_many, too_many)


def peers() -> list[Peer]:
    """All nodes that may be told."""
    return [*telling.children(), *telling.parent()]
