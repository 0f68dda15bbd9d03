"""The part of the adapters that takes what other nodes tell of intelligence, and lets go of it (ADR 0242)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from watchward.base.audit import AuditEvent
from watchward.base.clock import HeldClock, SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import record
from watchward.console.access.guard import Service
from watchward.console.estate.models import Organisation
from watchward.console.intel import going, moments
from watchward.console.intel.actions import NewCollection, Share, add_collection, share_collection
from watchward.console.intel.adapters import publish, tell_standings
from watchward.console.intel.audiences import Defined, audiences_of, below, define, defined, marked, room_of_node, same
from watchward.console.intel.bulk import chunks
from watchward.console.intel.columns import forget, project_left
from watchward.console.intel.for_whom import Held
from watchward.console.intel.link_wire import KIND, PLACE, Place, Told, channel_of, envelope_id, read
from watchward.console.intel.models import Collection, Definition, Object, PeerPlace, Source
from watchward.console.intel.senders import Sender
from watchward.console.intel.signals import audiences_changed
from watchward.console.intel.standings import take_back
from watchward.console.intel.storing import Stored, locked, store, undefine, understand
from watchward.console.intel.storing import count as count_new
from watchward.console.link import kinds
from watchward.console.link.kinds import Kind, Way
from watchward.console.link.models import Peer
from watchward.intel import markings, stix
from watchward.intel.markings import Tlp
from watchward.intel.passing import Addressees, may_travel, received
from watchward.intel.stix import Reading, StixObject
from watchward.intel.stix.telling import UNNAMED
from watchward.link.stream import Envelope

LINKS: Final = Service(name="links")
CLOCK: Final = SystemClock()
MOST_CHANNELS: Final = 1_000
"""So many channels a child may have: each is a collection here."""

_UNLIMITED: Final = 2_000_000_000
"""How much a child may send is limited for the link as a whole."""
_AT_ONCE: Final = 5_000
_IMPORT: Final = "Import the organisations there: it is told again then."

_Alike = tuple[str, str, bool, frozenset[str] | None, bool, bool]
"""What is the same for things that have their effect together: channel, owner, whether that is not named, the codes to
which they are sent, whether it is for those below them, and whether they are held no longer."""


def register() -> None:
    """Let intelligence travel."""
    kinds.register(
        Kind(
            name=KIND,
            way=Way.BOTH,
            label="Indicators, sightings and what belongs to them",
            take=take,
            take_many=take_many,
            holding=going.holding,
            drop=drop,
            withdraw=withdraw,
            held=lambda peer: _told_by(_sources_of(peer)).count(),
            hold=hold,
        )
    )
    kinds.register(
        Kind(
            name=PLACE,
            way=Way.DOWN,
            label="For which organisations the ends of the link stand",
            take=take_place,
            holding=going.place_for,
            drop=drop_place,
        )
    )


def hold(peer: Peer, told: Sequence[str] | None) -> None:
    """Hold the collections into which a batch of a peer goes, or from which it takes something: see `locked`."""
    sources = _sources_of(peer)
    if told is not None:
        sources = sources.filter(channel__in={channel_of(one) for one in told})
    locked(sources.order_by().values("collection"))


def take(envelope: Envelope, peer: Peer, now: datetime) -> None:
    """Store an object that another node told, or take it out.

    Raises:
        BadInputError: it is refused, and why.

    """
    if refused := take_many([envelope], peer, now):
        raise BadInputError(next(iter(refused.values())), advice="Mend it, and tell it again.")


def take_many(envelopes: Sequence[Envelope], peer: Peer, now: datetime) -> Mapping[str, str]:
    """The same for many; why some are refused, by the identifiers of their envelopes."""
    refused: dict[str, str] = {}
    groups: dict[_Alike, list[Told]] = {}
    for one in _last(_read(envelopes, refused)):
        groups.setdefault(_alike(one), []).append(one)
    locked(Source.objects.filter(peer=peer, channel__in={key[0] for key in groups}).order_by().values("collection"))
    sender, new = Sender(peer), set[str]()
    for key, several in groups.items():
        done = _all_or_each(sender, key, several, now)
        refused |= done.refused
        new |= done.new
    if new:
        transaction.on_commit(partial(understand, new, at=now), robust=True)
    _publish(now)
    return refused


def _all_or_each(sender: Sender, key: _Alike, several: Sequence[Told], now: datetime) -> Defined:
    """Give several alike their effect together; where they cannot have it together, each that can by itself."""
    channel, owner, unnamed, to, below_too, gone = key
    try:
        with transaction.atomic():
            if gone:
                _take_out(sender.peer, [(channel, one.stix_id) for one in several], now)
                return Defined()
            said = _Said(sender, channel, owner, unnamed, Addressees(codes=to, below=below_too))
            return _put(said, several, now)
    except BadInputError as error:
        if len(several) == 1:
            return Defined(refused={several[0].id: error.message})
    done = [_all_or_each(sender, key, [one], now) for one in several]
    refused = {name: why for each in done for name, why in each.refused.items()}
    return Defined(new=frozenset().union(*(each.new for each in done)), refused=refused)


def _publish(now: datetime) -> None:
    """Have the gateways told, once all is done."""
    transaction.on_commit(partial(publish, clock=HeldClock(at=now)), robust=True)  # if it fails, the worker does it


def _read(envelopes: Sequence[Envelope], refused: dict[str, str]) -> Iterator[Told]:
    for envelope in envelopes:
        try:
            told = read(envelope.body, Told)
        except BadInputError as error:
            refused[envelope.id] = error.message
            continue
        if told.id == envelope.id:
            yield told
        else:
            refused[envelope.id] = "It is told under another name than its own."


def _last(told: Iterable[Told]) -> list[Told]:
    """Of what is told of the same thing more than once, the last: that is what holds."""
    found: dict[str, Told] = {}
    for one in told:
        found.pop(one.id, None)
        found[one.id] = one
    return list(found.values())


def _alike(one: Told) -> _Alike:
    return one.channel, one.owner, one.unnamed, one.addressees.codes, one.below, not one.object


@dataclass(frozen=True, slots=True)
class _Said:
    """What a peer says of some objects: where they are kept there, whose they are, and for whom."""

    sender: Sender
    channel: str
    owner: str
    unnamed: bool
    to: Addressees

    @property
    def peer(self) -> Peer:
        """The node."""
        return self.sender.peer

    def audience(self, marked: markings.Audience) -> markings.Audience:
        """Who may have one of them here."""
        # Above this node, an owner has no place of its own here: whoever belongs to it is among those named.
        return received(marked, self.to, owner="" if self.peer.is_parent else self.owner)


def _put(said: _Said, told: Sequence[Told], now: datetime) -> Defined:
    """Store some objects; which markings are known since, and why some objects are refused."""
    _require_known(said.to)
    source, refused = _source(said, now), dict[str, str]()
    brought = list(_sound(told, refused))
    objects, new = _define(said, brought, refused)
    assert source.collection is not None
    _give_way(source, objects, now)
    before = going.held(source.collection, [one.id for one in objects])
    done = store(source.collection, source, Reading(objects=tuple(objects)), narrowed=said.audience, at=now)
    count_new(source, done, at=now)
    refused |= {envelope_id(said.channel, one.stix_id): one.message for one in done.refused}
    known = {one.stix_id for one in done.known}
    if again := [one for one in objects if one.id in known]:
        _address_anew(said, source, again, before, now)
    _record(source, done, now)
    taken = known | {one.stix_id for one in done.new}
    # A definition may travel as an object, too.
    definitions = {each.id: each.raw for _, several in brought for each in several if each.id in new}
    kept = _needed(definitions, [one for one in objects if one.id in taken], below(said.peer))
    return Defined(new=kept | done.defined, refused=refused)


def _define(
    said: _Said, brought: Sequence[tuple[StixObject, tuple[StixObject, ...]]], refused: dict[str, str]
) -> tuple[list[StixObject], frozenset[str]]:
    """Keep the definitions that objects bring; which objects may come, and which definitions are new.

    What is refused defines nothing: each object is judged by what it brings, and then once more by what holds.
    """
    fit = [(one, several) for one, several in brought if not _refused(said, one, several, refused)]
    definitions = [each for _, several in fit for each in several]
    if not definitions:
        return [one for one, _ in fit], frozenset()
    done = define(definitions, peer=below(said.peer), room=room_of_node(said.peer))
    objects: list[StixObject] = []
    for one, several in fit:
        if not _refused(said, one, (), refused):
            objects.append(one)
        elif beyond := next((done.refused[each.id] for each in several if each.id in done.refused), ""):
            refused[envelope_id(said.channel, one.id)] = beyond
    return objects, done.new


def _needed(new: Mapping[str, bytes], taken: Iterable[StixObject], peer: Peer | None) -> frozenset[str]:
    """Of the definitions that are new those that something needs that was taken; the others are not kept.

    Args:
        new: their bytes, by their identifiers. Somebody else may have brought another under one of these meanwhile.
        taken: what was.
        peer: the node below this one that brought them, if one did.

    """
    needed = new.keys() & {name for one in taken for name in marked(one)}
    for some in chunks(new.keys() - needed):
        rows = Definition.objects.filter(stix_id__in=some, peer=peer).values_list("pk", "stix_id", "raw")
        mine = [pk for pk, stix_id, raw in rows if bytes(raw) == new[stix_id]]
        Definition.objects.filter(pk__in=mine).delete()
    return frozenset(needed)


def _give_way(source: Source, objects: Sequence[StixObject], now: datetime) -> None:
    """Take out what a peer told before and that is later than what it tells now, or else of the same moment.

    What a peer tells holds there: it may have been put back to an older backup, or pass on another sender's version.
    """
    told = {one.id: (moments.micros(one.version), one.raw) for one in objects if one.version is not None}
    gone: list[str] = []
    rows = Object.objects.filter(collection=source.collection, current=True)
    for some in chunks(told):
        for stix_id, version, raw in rows.filter(stix_id__in=some).values_list("stix_id", "version", "raw"):
            said, text = told[stix_id]
            if version > said or (version == said and not same(bytes(raw), text)):
                gone.append(stix_id)
    if gone:
        _remove(source, gone, now)


def _require_known(to: Addressees) -> None:
    if to.codes is not None and not any(
        Organisation.objects.filter(code__in=some).exists() for some in chunks(to.codes)
    ):
        raise BadInputError(kinds.FOR_NOBODY_HERE, advice=_IMPORT)


def _sound(told: Sequence[Told], refused: dict[str, str]) -> Iterator[tuple[StixObject, tuple[StixObject, ...]]]:
    """Each object that can be read and is what it is said to be, with the definitions that it brings."""
    for one in told:
        reading = stix.read(one.object.encode())
        if len(reading.objects) != 1 or reading.refused or reading.objects[0].id != one.stix_id:
            why = reading.refused[0].reason if reading.refused else "It is not the one object that it is said to be."
            refused[one.id] = why
            continue
        needed = set(marked(reading.objects[0]))
        texts = [stix.read(text.encode()).objects for text in one.definitions]
        yield reading.objects[0], tuple(each for some in texts for each in some if each.id in needed)


def _refused(said: _Said, one: StixObject, brought: Iterable[StixObject], refused: dict[str, str]) -> bool:
    """Whether an object may not come by a link, with the definitions that it brings; and note why."""
    marks = marked(one)
    definitions = {each.id: markings.marking(each.content) for each in brought} | defined(marks)
    audience = markings.read(marks, definitions, owner=said.owner, unmarked=Tlp.AMBER_STRICT)
    why = ""
    if audience.level is Tlp.RED:
        why = "TLP:RED is for the eyes of people, and goes by no link."
    elif not may_travel(audience):
        why = "It carries a marking that this node does not understand."
    elif claimed := said.sender.claims(one):
        why = f"It speaks for {claimed}, for which the node does not stand."
    if why:
        refused[envelope_id(said.channel, one.id)] = why
    return bool(why)


def _source(said: _Said, now: datetime) -> Source:
    """What stands here for a channel of a peer; the one before, if its sender took all of that back."""
    wanted = Source.objects.filter(peer=said.peer, channel=said.channel, owner=said.owner, unnamed=said.unnamed)
    found = wanted.select_related("organisation", "collection").first()
    if found is not None:
        return found
    organisation = _manager(said)
    if not said.peer.is_parent and Source.objects.filter(peer=said.peer).exclude(channel="").count() >= MOST_CHANNELS:
        raise BadInputError(
            f"It has {MOST_CHANNELS:,} channels, which are the most.", advice="Share in fewer collections."
        )
    clock, title = HeldClock(at=now), _title(said)
    # Neither title nor place of the collection may tell who shares without their name: all here may read both.
    kept_by = Organisation.objects.get(code=organisation.path.split("/")[1]) if said.unnamed else organisation
    # Of what carries no marking its sender alone says for whom it is: stricter here, it would reach fewer than those.
    new = NewCollection(organisation=kept_by, title=title, unmarked=Tlp.AMBER)
    collection = add_collection(by=LINKS, collection=new, clock=clock)
    share_collection(by=LINKS, collection=collection, share=Share(organisation=None), clock=clock)
    return Source.objects.create(
        name=title,
        kind=Source.Kind.LINK,
        organisation=organisation,
        collection=collection,
        unnamed=said.unnamed,
        peer=said.peer,
        channel=said.channel,
        owner=said.owner,
        hourly=_UNLIMITED,
        created_at=now,
        created_by=str(LINKS),
    )


def _title(said: _Said) -> str:
    if said.unnamed and not said.peer.is_parent:
        return UNNAMED
    return f"{said.owner or UNNAMED}, by {said.peer.name}"[:200]


def _manager(said: _Said) -> Organisation:
    """The organisation here that manages what comes: the owner below this node; for what comes from above, our own."""
    if not said.peer.is_parent:
        assert said.peer.organisation is not None
        found = Organisation.objects.filter(code=said.owner, path__startswith=said.peer.organisation.path).first()
        if found is None:
            raise BadInputError(
                f"The node does not stand for {said.owner or 'an organisation that it does not name'}.",
                advice="Have the organisation added below it in the registers of the node above.",
            )
        return found
    place = PeerPlace.objects.filter(peer=said.peer).first()
    own = Organisation.objects.filter(code=place.ours).first() if place else None
    own = own or Organisation.objects.filter(parent=None, closed_on=None).order_by("path").first()
    if own is None:
        raise BadInputError(kinds.FOR_NOBODY_HERE, advice=_IMPORT)
    return own


def _address_anew(
    said: _Said, source: Source, again: Sequence[StixObject], before: Sequence[Held], now: datetime
) -> None:
    """Let what was known already be for those for whom it is now said to be."""
    collection = source.collection
    assert collection is not None
    wanted = audiences_of(again, collection, source=source, narrowed=said.audience)
    audiences = {one.id: wanted[marked(one)] for one in again}
    changed = [one for one in before if audiences.get(one.stix_id, one.audience) != one.audience]
    if not changed:
        return
    held = Collection.objects.select_for_update().get(pk=collection.pk)
    for one in changed:
        held.last_added += 1  # added anew, so that whoever may have it now finds it
        Object.objects.filter(collection=held, stix_id=one.stix_id, current=True).update(
            audience=audiences[one.stix_id], added=held.last_added
        )
    held.save(update_fields=["last_added"])
    going.tell_left(held, before=changed, at=now)
    audiences_changed.send(sender=None, stix_ids=[one.stix_id for one in changed])


def _record(source: Source, done: Stored, now: datetime) -> None:
    if done.new or done.refused:
        record(
            AuditEvent.INTEL_ADDED,
            by=LINKS,
            subject=source.collection or source,
            organisation=source.organisation,
            clock=HeldClock(at=now),
            count=len(done.new),
            refused=len(done.refused),
        )


def _take_out(peer: Peer, things: Iterable[tuple[str, str]], now: datetime) -> None:
    """Take objects out that a peer holds no longer: they stop counting here, and below."""
    by_channel: dict[str, list[str]] = {}
    for channel, stix_id in things:
        by_channel.setdefault(channel, []).append(stix_id)
    for channel, stix_ids in by_channel.items():
        for source in Source.objects.filter(peer=peer, channel=channel).select_related("collection"):
            for some in chunks(stix_ids, _AT_ONCE):
                _remove(source, some, now)


def _remove(source: Source, stix_ids: Sequence[str], now: datetime) -> None:
    collection = source.collection
    assert collection is not None
    before = going.held(collection, stix_ids)
    forget(stix_ids)
    for some in chunks(stix_ids):
        Object.objects.filter(collection=collection, stix_id__in=some).delete()
    project_left(stix_ids)
    going.tell_left(collection, before=before, at=now)


def drop(peer: Peer, told: frozenset[str]) -> None:
    """What a peer told earlier and not again holds no longer."""
    rows = Object.objects.filter(source__peer=peer).exclude(source__channel="")
    names = rows.values_list("source__channel", "stix_id").distinct()
    gone = [(channel, stix_id) for channel, stix_id in names if envelope_id(channel, stix_id) not in told]
    now = CLOCK.now()
    _take_out(peer, gone, now)
    _publish(now)


def withdraw(peer: Peer) -> int:
    """Take back all that a child ever sent, here and wherever it was passed on; how many objects that is."""
    now, sources = CLOCK.now(), _sources_of(peer)
    locked()
    count = _told_by(sources).count()
    # Without a channel: should the node be trusted again, what it sends then is kept apart from this.
    sources.update(withdrawn_at=now, channel="", enabled=False, error="All that the node sent was withdrawn.")
    undefine(peer, at=now)
    transaction.on_commit(tell_standings, robust=True)
    if count <= _AT_ONCE:  # of more, the worker takes back a piece at a time
        while take_back(clock=HeldClock(at=now)):
            pass
    return count


def _sources_of(peer: Peer) -> QuerySet[Source]:
    """What a child's channels are here, but for those that were withdrawn."""
    return Source.objects.filter(peer=peer).exclude(channel="")


def _told_by(sources: QuerySet[Source]) -> QuerySet[Object]:
    """The objects that came by them and hold."""
    return Object.objects.filter(source__in=sources.values("pk"), current=True)


def take_place(envelope: Envelope, peer: Peer, now: datetime) -> None:  # noqa: ARG001 - it holds since it is told
    """Note for which organisations the parent stands, so that what they may have goes up."""
    place = read(envelope.body, Place)
    ours = Organisation.objects.filter(code=place.child).first()
    above = set(ours.path.strip("/").split("/")) - {ours.code} if ours else set()
    if own := sorted(set(Organisation.objects.filter(code__in=place.parent).values_list("code", flat=True)) - above):
        raise BadInputError(
            f"{', '.join(own[:5])} is not above this node.", advice="See for whom the node was invited."
        )
    before = PeerPlace.objects.filter(peer=peer).first()
    if before is None or (before.theirs, before.ours) != (place.parent, place.child):
        PeerPlace.objects.update_or_create(peer=peer, defaults={"theirs": place.parent, "ours": place.child})
        going.tell_anew("the node above said for whom it stands")


def drop_place(peer: Peer, told: frozenset[str]) -> None:
    """A parent that is none any more stands for nobody here."""
    if not told:
        PeerPlace.objects.filter(peer=peer).delete()
