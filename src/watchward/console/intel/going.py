"""The part of the adapters that tells other nodes of objects: what holds, and what holds no longer (ADR 0242)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import structlog
from django.db import transaction

from watchward.base.clock import HeldClock
from watchward.console.intel import moments
from watchward.console.intel.bulk import chunks
from watchward.console.intel.for_whom import Deciding, Held, peers
from watchward.console.intel.link_wire import KIND, PLACE, Place, Told, body
from watchward.console.intel.models import Collection, Head, Object, PeerPlace, Source
from watchward.console.link import bell, speaking, telling
from watchward.console.link.models import Peer
from watchward.intel import stix
from watchward.intel.stix import StixObject
from watchward.link.stream import Envelope

log = structlog.get_logger(__name__)

MOST_TOLD_AT_ONCE: Final = 20_000
"""So many things are told while somebody waits: 3 seconds of a processor (ADR 0245)."""

_AT_ONCE: Final = 2_000
_ROOM: Final = telling.MOST_BODY - 1_000


def held(collection: Collection, stix_ids: Iterable[str]) -> list[Held]:
    """What a collection holds now of some objects; nothing where this node is linked to no other."""
    if not Peer.objects.filter(ended_at=None).exists():
        return []
    rows = Object.objects.filter(collection=collection, current=True)
    columns = ("stix_id", "audience_id", "source_id")
    return [Held(*row) for some in chunks(stix_ids) for row in rows.filter(stix_id__in=some).values_list(*columns)]


@dataclass(frozen=True, slots=True)
class Now:
    """An object that holds, and what it says."""

    held: Held
    object: StixObject


def tell(collection: Collection, *, before: Sequence[Held], now: Sequence[Now], at: datetime) -> None:
    """Tell other nodes what holds of some objects since, and what no longer does."""
    why = f"shared in {collection}"
    for peer in peers() if before or now else ():
        things = _changes(Deciding(peer=peer), collection, before, now)
        telling.tell_each(
            KIND, things=[(one.id, body(one)) for one in things], to=[peer], clock=HeldClock(at=at), why=why
        )


def _changes(deciding: Deciding, collection: Collection, before: Sequence[Held], now: Sequence[Now]) -> list[Told]:
    """What a peer is told of some objects: first what has ended, then what holds."""
    ended = [each for each in before if deciding.could(each, collection) is not None]
    changed = (*ended, *(each.held for each in now))
    nameless = dict.fromkeys(each.stix_id for each in changed if deciding.is_nameless(each))
    if nameless:
        _one_at_a_time()
    said = [_said(deciding, each, collection) for each in now if not deciding.is_nameless(each.held)]
    said += [_nameless(deciding, stix_id) for stix_id in nameless]
    holds = [one for one in said if one is not None]
    kept = {one.id for one in holds}
    ends = [Told(channel=deciding.channel(each, collection), stix_id=each.stix_id) for each in ended]
    return [*(one for one in ends if one.id not in kept), *holds]


def _one_at_a_time() -> None:
    """Wait for others who change what is shared without names: whose version is passed on depends on all collections.

    Two who did not see each other could otherwise tell that nobody's holds while one of them does.
    """
    Head.objects.select_for_update().filter(pk=1).first()


def _nameless(deciding: Deciding, stix_id: str) -> Told | None:
    """What a peer is told of an object by those who share without their names, in the one channel that they have there.

    Of the versions that the peer may have, it is that of whoever brought the object first, so that nobody who comes
    later puts another thing in its place. One that is revoked stands back: it ends the word of its own sender alone.
    """
    rows = Object.objects.filter(stix_id=stix_id, source__unnamed=True).order_by("pk")
    began: dict[tuple[object, int], int] = {}
    current: list[tuple[bool, int, int]] = []
    for pk, place, source, is_current, revoked in rows.values_list(
        "pk", "collection_id", "source_id", "current", "revoked"
    ):
        first = began.setdefault((place, source), pk)
        current += [(revoked, first, pk)] if is_current else []
    for *_, pk in sorted(current):
        row = Object.objects.select_related("collection").get(pk=pk)
        if (told := _said(deciding, _read(row), row.collection)) is not None:
            return told
    return None


def tell_left(collection: Collection, *, before: Sequence[Held], at: datetime) -> None:
    """Tell other nodes what is left of some objects after versions were taken out of a collection."""
    names = [one.stix_id for one in before]
    tell(collection, before=before, now=list(_now(collection, names)), at=at) if before else None


def tell_standing(source: Source, *, at: datetime) -> None:
    """Tell other nodes what follows from how a source stands now for what it brought, and for nothing else.

    What would keep the database too long is told with all else, by the worker of each link when it next speaks.
    """
    mine, nodes = Object.objects.filter(source=source, current=True), len(peers())
    if nodes * mine.count() > MOST_TOLD_AT_ONCE:
        tell_anew(f"how {source.name} stands was changed")
        return
    for key in mine.order_by().values_list("collection", flat=True).distinct() if nodes else ():
        # Held, so that whoever adds to it meanwhile finds the source as it stands then.
        collection = Collection.objects.select_for_update().get(pk=key)
        names = list(mine.filter(collection=collection).values_list("stix_id", flat=True))
        for some in chunks(names, _AT_ONCE):
            tell_left(collection, before=held(collection, some), at=at)


def _now(collection: Collection, stix_ids: Iterable[str]) -> Iterator[Now]:
    rows = Object.objects.filter(collection=collection, current=True)
    for some in chunks(stix_ids):
        yield from map(_read, rows.filter(stix_id__in=some))


def _read(row: Object) -> Now:
    return Now(Held(row.stix_id, row.audience_id, row.source_id), stix.read(bytes(row.raw)).objects[0])


def _said(deciding: Deciding, one: Now, collection: Collection) -> Told | None:
    """What a peer is told of something that holds; nothing of what it may not have, or what is too long to travel."""
    to = deciding.to(one.held, collection)
    if to is None:
        return None
    told = deciding.told(one.held, collection, to, one.object)
    if len(one.object.raw) * 2 + to.length > _ROOM and len(telling.written(body(told))) > _ROOM:
        log.warning("intel_too_long_to_travel", object=one.held.stix_id, size=len(one.object.raw))
        return None
    return told


def holding(peer: Peer) -> Iterator[Envelope]:
    """All that a peer is told of now."""
    deciding = Deciding(peer=peer)
    rows = Object.objects.filter(current=True, source__withdrawn_at=None, source__trial_since=None)
    collections = {one.pk: one for one in Collection.objects.select_related("organisation")}
    nameless = set[str]()
    for row in rows.order_by("pk").iterator(chunk_size=_AT_ONCE):
        collection = collections.get(row.collection_id)
        if collection is None:
            continue
        one = Held(row.stix_id, row.audience_id, row.source_id)
        if (one.stix_id in nameless and deciding.is_nameless(one)) or deciding.to(one, collection) is None:
            continue
        if deciding.is_nameless(one):
            nameless.add(one.stix_id)
            told = _nameless(deciding, one.stix_id)
        else:
            told = _said(deciding, _read(row), collection)
        if told is not None:
            made_at = moments.moment(row.added).isoformat(timespec="microseconds")
            yield Envelope(kind=KIND, id=told.id, made_at=made_at, body=telling.written(body(told)))


def tell_anew(why: str) -> None:
    """Have every peer told anew all that holds: who may have what has changed, and no one object says so."""
    told = peers()
    for peer in told:
        speaking.tell_anew(peer, why)
    if told:
        transaction.on_commit(partial(bell.ring, [peer.pk for peer in told]), robust=True)


def place_for(peer: Peer) -> Iterator[Envelope]:
    """For whom this node and a child of it stand, as the child is told."""
    mine = peer.organisation
    if mine is None:
        return
    above = mine.path.strip("/").split("/")[:-1]
    own = PeerPlace.objects.filter(peer__ended_at=None).first()
    if own is not None and own.ours in above:
        above = above[above.index(own.ours) :]
    said = Place(parent=above[-100:], child=mine.code)
    made_at = peer.joined_at.isoformat(timespec="microseconds")
    yield Envelope(kind=PLACE, id="place", made_at=made_at, body=telling.written(body(said)))
