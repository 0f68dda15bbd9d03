"""A stream: what one end tells the other, in the order in which it was told, each part once in effect.

Both ends keep a position in the same transaction as what it stands for: the sender with the queue of what it says, the
receiver with the effect of what it heard. So each end may lose its answers, hear things twice or late, or be put back
to an old backup of itself, and the two still find out where they stand. Argued in docs/adr/0220.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import blake2b
from typing import Final

_DIGEST: Final = 16
_FORGOT: Final = "the other end was put back: it no longer has what it had acknowledged"
_UNKNOWN: Final = "this end was put back: the other has heard what this one does not know that it said"
NOTHING: Final = bytes(_DIGEST)
"""The digest of a stream in which nothing has been said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One thing that is told.

    Args:
        kind: what it is, such as `sighting`; decides whether it may be told at all, and what becomes of it.
        id: the same whenever the same is told again, so that whoever has it already knows it.
        made_at: when, by the clock of whoever made it; ISO 8601 in UTC.
        body: JSON in UTF-8.

    """

    kind: str
    id: str
    made_at: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in a stream.

    Args:
        epoch: how often the stream has begun anew; from 1.
        seq: how much has been said since it did.
        digest: of all that, so that two streams of equal length are not taken for one.

    """

    epoch: int = 1
    seq: int = 0
    digest: bytes = NOTHING

    def after(self, envelope: Envelope) -> "Position":
        """The place behind one more envelope."""
        said = blake2b(self.digest, digest_size=_DIGEST)
        for part in (envelope.kind.encode(), envelope.id.encode(), envelope.made_at.encode(), envelope.body):
            said.update(len(part).to_bytes(8, "big") + part)
        return replace(self, seq=self.seq + 1, digest=said.digest())

    def anew(self) -> "Position":
        """The beginning of the next epoch."""
        return Position(epoch=self.epoch + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Envelopes that follow each other, and the place after which they stand."""

    after: Position
    envelopes: tuple[Envelope, ...] = ()

    def placed(self) -> Iterator[tuple[Position, Envelope]]:
        """Each envelope with the place behind it."""
        place = self.after
        for envelope in self.envelopes:
            place = place.after(envelope)
            yield place, envelope


class Heard(StrEnum):
    """What a receiver makes of a batch."""

    TAKEN = "taken"
    """All in it that was new follows what it has."""
    GAP = "gap"
    """Something before it is missing."""
    STALE = "stale"
    """It is of an epoch that is over."""
    FORKED = "forked"
    """It continues another stream than the one that it has."""


def hear(batch: Batch, have: Position) -> tuple[Heard, list[tuple[Position, Envelope]]]:
    """What is new in a batch to a receiver that stands at `have`: to be given effect in order, with its position.

    The receiver answers with where it stands then, whatever was heard: the sender decides by that (`told`).
    """
    if batch.after.epoch < have.epoch:
        return Heard.STALE, []
    if batch.after.epoch > have.epoch:
        have = Position(epoch=batch.after.epoch)
    if batch.after.seq > have.seq:
        return Heard.GAP, []
    places = [batch.after, *(place for place, _ in batch.placed())]
    known = have.seq - batch.after.seq
    if known >= len(places):
        return Heard.TAKEN, []
    if places[known] != have:
        return Heard.FORKED, []
    return Heard.TAKEN, list(batch.placed())[known:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a sender knows of its own stream.

    Args:
        last: the place behind all that was ever said in this epoch.
        acknowledged: the place up to which the receiver has everything; nothing before it is kept.

    """

    last: Position = Position()
    acknowledged: Position = Position()

    def saying(self, envelope: Envelope) -> "Sent":
        """The same, with one thing more to tell."""
        return replace(self, last=self.last.after(envelope))


@dataclass(frozen=True, slots=True, kw_only=True)
class GoOn:
    """The receiver has everything up to `sent.acknowledged`: that can be forgotten, and what is behind it is told."""

    sent: Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginAnew:
    """The ends do not stand in the same stream any more: begin an epoch, and tell in it all that now holds."""

    sent: Sent
    why: str


def told(sent: Sent, places: Iterable[Position], have: Position) -> GoOn | BeginAnew:
    """What a sender does when the receiver says that it stands at `have`.

    Args:
        sent: what the sender knows.
        places: those behind what it still keeps; the one that has the number of `have` suffices.
        have: where the receiver stands.

    """
    if have.epoch > sent.last.epoch:
        return anew(have, _UNKNOWN)
    if have.epoch < sent.last.epoch:
        # It has heard nothing of this epoch, and yet may have acknowledged some of it before it was put back.
        return anew(sent.last, _FORGOT) if sent.acknowledged.seq else GoOn(sent=sent)
    if have not in {sent.acknowledged, *places}:
        forgot = have.seq < sent.acknowledged.seq
        return anew(sent.last, _FORGOT if forgot else _UNKNOWN)
    return GoOn(sent=replace(sent, acknowledged=have))


def anew(place: Position, why: str) -> BeginAnew:
    """An epoch after the one of a place."""
    start = place.anew()
    return BeginAnew(sent=Sent(last=start, acknowledged=start), why=why)


def batch(sent: Sent, queue: Sequence[tuple[Position, Envelope]], *, most: int, most_bytes: int) -> Batch:
    """What is told next: the oldest of what the receiver has not acknowledged, at least one thing if there is any.

    Args:
        sent: what the sender knows.
        queue: what it keeps behind the acknowledged place, in order.
        most: how many envelopes.
        most_bytes: how many bytes of bodies.

    """
    chosen: list[Envelope] = []
    room = most_bytes
    for _, envelope in queue[:most]:
        room -= len(envelope.body)
        if chosen and room < 0:
            break
        chosen.append(envelope)
    return Batch(after=sent.acknowledged, envelopes=tuple(chosen))
