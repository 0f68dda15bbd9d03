"""What this node tells other nodes: queued in the transaction of what it tells of, and sent when that is committed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from typing import Final

from django.db import connection, transaction

from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.link import kinds
from watchward.console.link.bell import ring
from watchward.console.link.models import Letter, Passage, Peer, Queued
from watchward.console.link.passing import count
from watchward.link.stream import Envelope

MOST_BODY: Final = 1 << 20
"""How many bytes one thing may have that is told."""

_AT_ONCE: Final = 500
_NOT_LET_OUT: Final = "this node's policy does not let it out"


def children() -> list[Peer]:
    """The nodes below this one."""
    return list(Peer.objects.filter(way=Peer.Way.CHILD, ended_at=None))


def parent() -> list[Peer]:
    """The node above this one, or none."""
    return list(Peer.objects.filter(way=Peer.Way.PARENT, ended_at=None))


def tell(  # noqa: PLR0913 - what, to whom, and why
    kind: str,
    *,
    id: str,  # noqa: A002 - the name of the part of an envelope
    body: Mapping[str, object],
    to: Iterable[Peer],
    clock: Clock,
    why: str = "",
) -> None:
    """Tell one thing to some peers, if and when the transaction is committed in which this is called.

    Args:
        kind: its class, which must be registered and go that way.
        id: the same whenever the same is told again.
        body: what is told, as JSON.
        to: `children()`, `parent()`, or some of them.
        clock: tells when it was made.
        why: for the page of what left this node: by whose decision, or by which rule.

    Raises:
        BadInputError: it is larger than one thing may be.

    """
    tell_each(kind, things=[(id, body)], to=to, clock=clock, why=why)


def tell_each(
    kind: str, *, things: Iterable[tuple[str, Mapping[str, object]]], to: Iterable[Peer], clock: Clock, why: str = ""
) -> None:
    """The same for many things at once: each an identifier and a body."""
    if not connection.in_atomic_block:
        raise RuntimeError("tell() belongs into the transaction of what it tells of")
    found = kinds.named(kind)
    peers = list(to)
    if found is None or not all(found.may_go_to(peer) for peer in peers):
        raise ValueError(f"{kind!r} does not go to {', '.join(map(str, peers))}")
    if not peers:
        return
    now = clock.now()
    made_at = now.isoformat(timespec="microseconds")
    envelopes = [Envelope(kind=kind, id=key, made_at=made_at, body=written(body)) for key, body in things]
    _refuse_too_large(envelopes)
    for withheld in [peer for peer in peers if not found.is_let_out_to(peer)]:
        size = sum(len(one.body) for one in envelopes)
        count(withheld, Passage.Fate.WITHHELD, {(kind, _NOT_LET_OUT): (len(envelopes), size)}, at=now)
    queue(envelopes, to=[peer for peer in peers if found.is_let_out_to(peer)], event=found.is_event, why=why, at=clock)


def written(body: Mapping[str, object]) -> bytes:
    """A body as it travels: the same for the same content."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def queue(envelopes: Sequence[Envelope], *, to: Sequence[Peer], event: bool, why: str, at: Clock) -> None:
    """Put things behind what waits for some peers."""
    if not (to and envelopes):
        return
    for start in range(0, len(envelopes), _AT_ONCE):
        some = envelopes[start : start + _AT_ONCE]
        letters = _kept(some, at)
        Queued.objects.bulk_create(
            [
                Queued(peer=peer, letter_id=letters[digest_of(one)], why=why[:200], size=len(one.body), event=event)
                for peer in to
                for one in some
            ],
            batch_size=_AT_ONCE,
        )
    transaction.on_commit(partial(ring, [peer.pk for peer in to]), robust=True)


def digest_of(envelope: Envelope) -> bytes:
    """What is the same for envelopes that say the same."""
    found = blake2b(digest_size=16)
    for part in (envelope.kind.encode(), envelope.id.encode(), envelope.made_at.encode(), envelope.body):
        found.update(len(part).to_bytes(8, "big") + part)
    return found.digest()


def _kept(envelopes: Sequence[Envelope], clock: Clock) -> dict[bytes, int]:
    """The keys of the letters that hold them, by their digests."""
    now = clock.now()
    Letter.objects.bulk_create(
        [
            Letter(
                digest=digest_of(one),
                kind=one.kind,
                envelope_id=one.id,
                made_at=one.made_at,
                body=one.body,
                kept_at=now,
            )
            for one in envelopes
        ],
        ignore_conflicts=True,
    )
    wanted = [digest_of(one) for one in envelopes]
    return {bytes(digest): key for digest, key in Letter.objects.filter(digest__in=wanted).values_list("digest", "pk")}


def _refuse_too_large(envelopes: Iterable[Envelope]) -> None:
    for one in envelopes:
        if len(one.body) > MOST_BODY:
            raise BadInputError(
                f"{one.kind} {one.id[:100]} has {len(one.body):,} bytes; links carry {MOST_BODY:,} at most.",
                advice="Split it, or send what it refers to by another way.",
            )
