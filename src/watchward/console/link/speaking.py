"""The telling end of a stream: what waits, what was acknowledged, and when all that holds is told anew."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, TypeVar

from django.db import transaction
from django.db.models import QuerySet, Sum

from watchward.base.clock import Clock
from watchward.console.link import kinds
from watchward.console.link.kinds import COMPLETE, Kind
from watchward.console.link.models import Letter, Passage, Peer, Queued, Speaking
from watchward.console.link.passing import count
from watchward.console.link.telling import queue, written
from watchward.link import stream
from watchward.link.stream import Batch, BeginAnew, Envelope, Position, Sent
from watchward.link.wire import MOST_BYTES, MOST_ENVELOPES

NEW_LINK: Final = "the link is new"
POLICY: Final = "what may be told was changed"
OUTGREW: Final = "what waited outgrew its share of the disk"
ASKED_FOR: Final = "somebody here had all told once more"
AWAY: Final = "told when the other end begins anew"

REPEATED_FOR: Final = timedelta(days=8)
"""So long events are kept after they were acknowledged, for a peer that is put back to an old backup."""

MOST_STATE_BYTES: Final = 64 << 20
MOST_EVENT_BYTES: Final = 256 << 20
"""More than that does not wait for one peer."""

_AT_ONCE: Final = 1_000


@transaction.atomic
def acknowledge(peer: Peer, have: Position, *, clock: Clock) -> str:
    """Do what follows from where a peer says that it stands; why all is told anew, if it is."""
    speaking = _locked(peer)
    if speaking.anew:
        behind = max(speaking.epoch, have.epoch)
        return _begin(speaking, stream.anew(Position(epoch=behind), speaking.anew), clock=clock)
    placed = Queued.objects.filter(peer=peer, seq=have.seq, acknowledged_at=None).values_list("digest", flat=True)
    places = [Position(epoch=speaking.epoch, seq=have.seq, digest=bytes(digest)) for digest in placed if digest]
    match stream.told(sent_of(speaking), places, have):
        case BeginAnew() as anew:
            return _begin(speaking, anew, clock=clock)
        case heard if heard.sent.acknowledged.seq != speaking.acknowledged_seq:
            _forget(speaking, heard.sent.acknowledged, clock=clock)
    return ""


@transaction.atomic
def next_batch(peer: Peer, *, clock: Clock, most: int = MOST_ENVELOPES, most_bytes: int = MOST_BYTES) -> Batch:
    """What a peer is told next: what it has not acknowledged, and then what was not yet sent."""
    speaking = _locked(peer)
    sent = sent_of(speaking)
    waiting = Queued.objects.filter(peer=peer, acknowledged_at=None).select_related("letter")
    rows = list(waiting.filter(seq__gt=sent.acknowledged.seq).order_by("seq")[:most])
    if len(rows) < most:
        rows += list(waiting.filter(seq=None).order_by("id")[: most - len(rows)])
    chosen = list(_fitting(rows, most_bytes))
    fresh = [row for row in chosen if row.seq is None]
    place = speaking.place
    for row in fresh:
        place = place.after(_envelope(row.letter))
        row.seq, row.digest = place.seq, place.digest
    if len(fresh) == 1:
        fresh[0].save(update_fields=["seq", "digest"])  # much the most common, and cheaper by itself
    elif fresh:
        Queued.objects.bulk_update(fresh, ["seq", "digest"], batch_size=200)
    if fresh:
        speaking.place = place
        speaking.save()
        _count(peer, Passage.Fate.LEFT, fresh, clock.now())
    return Batch(after=sent.acknowledged, envelopes=tuple(_envelope(row.letter) for row in chosen))


def is_queued_for(peer: Peer) -> bool:
    """Whether something is queued for a peer; asked without a transaction, which would keep writers waiting."""
    return Queued.objects.filter(peer=peer, acknowledged_at=None).exists()


def waits_for(peer: Peer) -> bool:
    """Whether there is something to tell a peer, or to tell it anew."""
    return is_queued_for(peer) or Speaking.objects.filter(peer=peer).exclude(anew="").exists()


def acknowledged(peer: Peer) -> Position:
    """Where a peer stood when it last said so."""
    found = Speaking.objects.filter(peer=peer).first()
    return sent_of(found).acknowledged if found else Position()


def sent_of(speaking: Speaking) -> Sent:
    """What this node knows of what it told."""
    acknowledged = Position(
        epoch=speaking.epoch, seq=speaking.acknowledged_seq, digest=bytes(speaking.acknowledged_digest)
    )
    return Sent(last=speaking.place, acknowledged=acknowledged)


def tell_anew(peer: Peer, why: str) -> None:
    """Have the next contact with a peer tell all that holds."""
    Speaking.objects.update_or_create(peer=peer, defaults={"anew": why[:200]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was given up because it outgrew its share: what holds is told anew, events are lost."""

    state: int = 0
    events: int = 0


@transaction.atomic
def bound(
    peer: Peer, *, clock: Clock, most_state: int = MOST_STATE_BYTES, most_events: int = MOST_EVENT_BYTES
) -> Given:
    """Keep what waits for a peer within its share of the disk, and forget what need not be repeated any more."""
    old = clock.now() - REPEATED_FOR
    Queued.objects.filter(peer=peer, acknowledged_at__lt=old).delete()
    state = Queued.objects.filter(peer=peer, event=False)
    # What an epoch begins with is as large as what holds; given up for its size, it would be told for ever.
    begun = state.filter(letter__kind=COMPLETE).values_list("pk", flat=True).first()
    given = 0
    if _size(state.filter(pk__gt=begun or 0)) > most_state:
        given = state.delete()[0]
        tell_anew(peer, OUTGREW)
    events = Queued.objects.filter(peer=peer, event=True)
    lost = 0
    if (too_much := _size(events) - most_events) > 0:
        lost = _lose(peer, events.order_by("id").select_related("letter"), too_much, clock.now())
        tell_anew(peer, OUTGREW)
    return Given(state=given, events=lost)


def _size(rows: QuerySet[Queued]) -> int:
    return int(rows.aggregate(size=Sum("size"))["size"] or 0)


def _lose(peer: Peer, rows: QuerySet[Queued], too_much: int, at: datetime) -> int:
    """Give up the oldest rows; what was not acknowledged yet is counted as lost."""
    given: list[Queued] = []
    for row in rows.iterator():
        if too_much <= 0:
            break
        given.append(row)
        too_much -= row.size
    for some in _pieces(given):
        Queued.objects.filter(pk__in=[row.pk for row in some]).delete()
    lost = [row for row in given if row.acknowledged_at is None]
    _count(peer, Passage.Fate.LOST, lost, at)
    return len(lost)


_T = TypeVar("_T")


def _pieces(things: Iterable[_T]) -> Iterator[list[_T]]:
    """A thousand at a time."""
    left = iter(things)
    while some := list(islice(left, _AT_ONCE)):
        yield some


def _locked(peer: Peer) -> Speaking:
    """The stream to a peer, which nobody else goes on with until this transaction ends."""
    found = Speaking.objects.select_for_update().filter(peer=peer).first()
    if found is not None:
        return found
    Speaking.objects.get_or_create(peer=peer, defaults={"anew": NEW_LINK})
    return Speaking.objects.select_for_update().get(peer=peer)


def _forget(speaking: Speaking, have: Position, *, clock: Clock) -> None:
    """What is acknowledged is forgotten, but for events, which nobody could tell again."""
    done = Queued.objects.filter(peer=speaking.peer, seq__lte=have.seq, acknowledged_at=None)
    done.filter(event=False).delete()
    done.filter(event=True).update(acknowledged_at=clock.now())
    speaking.acknowledged_seq, speaking.acknowledged_digest = have.seq, have.digest
    speaking.save()


def _begin(speaking: Speaking, anew: BeginAnew, *, clock: Clock) -> str:
    """Begin an epoch: all that holds, what says that this was all, and the events that may be unknown there."""
    # Whoever is queueing something for this peer holds its row until they commit (by the foreign key), and is waited
    # for: else what they change might be in neither what holds nor the queue.
    peer = Peer.objects.select_for_update().get(pk=speaking.peer_id)
    waiting = Queued.objects.filter(peer=peer)
    events = list(waiting.filter(event=True).order_by("id").select_related("letter"))
    waiting.delete()
    told = [kind for kind in kinds.all_kinds() if kind.may_go_to(peer)]
    for kind in told:
        if kind.is_let_out_to(peer):
            for some in _pieces(_all_of(kind, peer)):
                queue(some, to=[peer], event=False, why=AWAY, at=clock)
    names = [kind.name for kind in told if not kind.is_event]
    at = clock.now().isoformat(timespec="microseconds")
    complete = Envelope(kind=COMPLETE, id=f"{anew.sent.last.epoch}", made_at=at, body=written({"kinds": names}))
    queue([complete], to=[peer], event=False, why=AWAY, at=clock)
    open_to = {kind.name for kind in told if kind.is_let_out_to(peer)}
    Queued.objects.bulk_create(
        [
            Queued(peer=peer, letter=row.letter, why=row.why, size=row.size, event=True)
            for row in events
            if row.letter.kind in open_to
        ],
        batch_size=_AT_ONCE,
    )
    speaking.place = anew.sent.last
    speaking.acknowledged_seq, speaking.acknowledged_digest = 0, anew.sent.acknowledged.digest
    speaking.anew, speaking.began_at, speaking.began_why = "", clock.now(), anew.why
    speaking.save()
    return anew.why


def _all_of(kind: Kind, peer: Peer) -> Iterator[Envelope]:
    return kind.holding(peer) if kind.holding else iter(())


def _fitting(rows: list[Queued], most_bytes: int) -> Iterator[Queued]:
    """The first rows whose bodies fit; one in any case."""
    room = most_bytes
    for number, row in enumerate(rows):
        room -= row.size
        if number and room < 0:
            return
        yield row


def _envelope(letter: Letter) -> Envelope:
    return Envelope(kind=letter.kind, id=letter.envelope_id, made_at=letter.made_at, body=bytes(letter.body))


def _count(peer: Peer, fate: Passage.Fate, rows: Iterable[Queued], at: datetime) -> None:
    amounts: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows:
        if row.letter.kind != COMPLETE:
            things, size = amounts.get((row.letter.kind, row.why), (0, 0))
            amounts[row.letter.kind, row.why] = (things + 1, size + row.size)
    count(peer, fate, amounts, at=at)
