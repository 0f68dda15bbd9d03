"""The parent's side of a link: who sends, whether it is genuine, and what is answered."""

import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from importlib.metadata import version
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from msgspec import Struct

from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import record
from watchward.console.access.guard import Service
from watchward.console.link import hearing, joining, keys, speaking, trust
from watchward.console.link.http import DIGEST, NODE, PROOF, SIGNATURE, TO, TURN, Sent
from watchward.console.link.models import Peer
from watchward.console.messages import Answer, RefusedError
from watchward.link import wire
from watchward.link.signing import Purpose, genuine, genuine_head, sign
from watchward.link.stream import Batch

VERSION: Final = version("watchward")
OVERLAP: Final = timedelta(days=30)
"""So long the key before still holds, for a child that is put back to a backup."""

_NOTED_EVERY: Final = timedelta(minutes=1)
_LINKS = Service(name="links")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A child whose message is genuine.

    Args:
        peer: the child.
        signed_by: the key of its own with which it signed: the present one, or the one before.
        key: the key of ours under which it knows this node.

    """

    peer: Peer
    signed_by: str
    key: Ed25519PrivateKey


@dataclass(slots=True)
class Turns:
    """Whose turn it is: each question of a child is signed with what the answer before gave it, and counts once.

    A question that was heard before would say where the child stood long ago; the parent would take it for one that
    was put back, and tell all that holds again. They are kept in memory: who asks after a restart is given another.
    """

    _of: dict[int, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def present(self, peer: int) -> str:
        """What the next question must be signed with."""
        with self._lock:
            return self._of.setdefault(peer, secrets.token_hex(16))

    def use(self, peer: int, turn: str) -> bool:
        """Whether it was this one's turn; it is over then."""
        with self._lock:
            if not secrets.compare_digest(self._of.get(peer, "").encode(), turn.encode()):
                return False
            self._of[peer] = secrets.token_hex(16)
            return True


turns = Turns()


def join(sent: Sent, *, clock: Clock) -> Answer:
    """Take up a child that was invited."""
    asked = wire.read(sent.body, wire.Join)
    key = _ours(sent)
    if not _signer(sent, Purpose.JOIN, question=asked.number, of=[asked.key]):
        raise _forged("The message does not carry the signature of the key that it brings.")
    peer = joining.take_up(asked, body=sent.body, proof=sent.headers.get(PROOF, ""), clock=clock)
    organisation = str(peer.organisation)
    answer = wire.Joined(
        node=keys.own().node,
        name=trust.own_name(),
        key=keys.public(keys.own().present),
        organisation=organisation[:200],
        authority=trust.own_authority(),
        version=VERSION,
    )
    caller = Caller(peer=peer, signed_by=asked.key, key=key)
    return _answer(answer, Purpose.JOINED, to=caller, question=asked.nonce)


def up(sent: Sent, *, clock: Clock) -> Answer:
    """Take what a child tells."""
    caller = _caller(sent, Purpose.UP, question="", clock=clock)
    asked = wire.read(sent.body, wire.Up)
    taken = hearing.take(caller.peer, asked.said.batch, clock=clock)
    heard = wire.Heard(at=clock.now(), have=wire.Place.of(taken.have), refused=wire.refused(taken.refused))
    return _answer(heard, Purpose.HEARD, to=caller, question=asked.nonce)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A child's question, whose answer may wait until there is something to tell."""

    caller: Caller
    asked: wire.Ask


def ask(sent: Sent, *, clock: Clock) -> Question:
    """Hear a child's question: where it stands, which may mean that all must be told anew."""
    turn = sent.headers.get(TURN, "")
    caller = _caller(sent, Purpose.ASK, question=turn, clock=clock)
    peer = caller.peer
    if not turns.use(peer.pk, turn):
        raise RefusedError(
            HTTPStatus.CONFLICT,
            "It is not this question's turn: it was asked before, or this node began anew since.",
            advice="Ask again with the turn that this answer gives.",
            headers={TURN: turns.present(peer.pk)},
        )
    asked = wire.read(sent.body, wire.Ask)
    _note(peer, asked, caller.key, clock=clock)
    speaking.acknowledge(peer, asked.have.position, clock=clock)
    refused = [(one.kind, one.id, one.reason) for one in asked.refused]
    hearing.keep_refusals(peer, refused, at=clock.now(), there=True)
    return Question(caller=caller, asked=asked)


def down(question: Question, *, clock: Clock) -> Answer | None:
    """What a child is told next; None when there is nothing yet."""
    if not speaking.is_queued_for(question.caller.peer):
        return None
    batch = speaking.next_batch(question.caller.peer, clock=clock)
    return _down(question, batch, clock=clock) if batch.envelopes else None


def nothing(question: Question, *, clock: Clock) -> Answer:
    """What a child is told when there is nothing to tell, and it has waited long enough."""
    return _down(question, speaking.next_batch(question.caller.peer, clock=clock), clock=clock)


def rotate(sent: Sent, *, clock: Clock) -> Answer:
    """Take a child's new key; the one before still holds for a while."""
    caller = _caller(sent, Purpose.ROTATE, question="", clock=clock)
    asked = wire.read(sent.body, wire.Rotate)
    mark = bytes.fromhex(caller.signed_by)  # the key before, of a child that was put back to a backup
    if not genuine(
        asked.proof, mark, Purpose.ROTATE, to=sent.headers[TO], question="", key=keys.read_public(asked.key)
    ):
        raise _forged("Nothing shows that the sender holds the new key.")
    with transaction.atomic():
        peer = Peer.objects.select_for_update().get(pk=caller.peer.pk)
        if peer.key != asked.key:
            peer.key_before, peer.key_before_until, peer.key = caller.signed_by, clock.now() + OVERLAP, asked.key
            peer.save(update_fields=["key_before", "key_before_until", "key"])
            record(AuditEvent.PEER_KEY_CHANGED, by=_LINKS, subject=peer, organisation=peer.organisation, clock=clock)
    return _answer(wire.Rotated(key=peer.key), Purpose.ROTATE, to=caller, question=asked.nonce)


def _caller(sent: Sent, purpose: Purpose, *, question: str, clock: Clock) -> Caller:
    """Whoever sent this, if they are who they say.

    Raises:
        RefusedError: they are not, or meant another node.

    """
    key, peer = _ours(sent), _known(sent)
    signer = _signer(sent, purpose, question=question, of=_keys_of(peer, clock.now()))
    if signer is None:
        raise _forged(f"The message does not carry the signature of {peer}.")
    return Caller(peer=peer, signed_by=signer, key=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Of which child a message says that it is, and whether its head is signed by that child."""

    node: str
    is_signed: bool


def claimed(sent: Sent, *, clock: Clock) -> Claimed:
    """Judge the head of what a child tells, before any of the rest is read. Earlier versions did not sign it alone.

    Raises:
        RefusedError: this node knows no such child, its key did not sign that, or another node is meant.

    """
    _ours(sent)
    peer, said = _known(sent), sent.headers.get(DIGEST, "")
    if said and not _signed_head(sent, said, of=_keys_of(peer, clock.now())):
        raise _forged(f"The head of the message does not carry the signature of {peer}.")
    return Claimed(node=peer.node, is_signed=bool(said))


def _signed_head(sent: Sent, said: str, *, of: list[str]) -> bool:
    signature, to = sent.headers.get(SIGNATURE, ""), sent.headers.get(TO, "")
    return any(genuine_head(signature, said, Purpose.UP, to=to, question="", key=keys.read_public(key)) for key in of)


def _known(sent: Sent) -> Peer:
    peer = Peer.objects.filter(node=sent.headers.get(NODE, ""), way=Peer.Way.CHILD, ended_at=None).first()
    if peer is None:
        raise RefusedError(
            HTTPStatus.FORBIDDEN,
            "This node knows no such child: it never joined, or its link was ended.",
            advice="Ask whoever runs this node for a code, and join again: watchward link join.",
        )
    return peer


def _keys_of(peer: Peer, now: datetime) -> list[str]:
    holds = peer.key_before and peer.key_before_until and now < peer.key_before_until
    return [peer.key, *([peer.key_before] if holds else [])]


def _signer(sent: Sent, purpose: Purpose, *, question: str, of: list[str]) -> str | None:
    """The one of some keys that signed a message."""
    signature, to = sent.headers.get(SIGNATURE, ""), sent.headers.get(TO, "")
    for key in of:
        if genuine(signature, sent.body, purpose, to=to, question=question, key=keys.read_public(key)):
            return key
    return None


def _ours(sent: Sent) -> Ed25519PrivateKey:
    key = keys.own().known_as(sent.headers.get(TO, ""))
    if key is None:
        raise RefusedError(
            HTTPStatus.MISDIRECTED_REQUEST,
            "The message is for another node than this.",
            advice="See which node answers at the parent's address; if the parent was replaced, join the new one.",
        )
    return key


def _forged(message: str) -> RefusedError:
    return RefusedError(
        HTTPStatus.UNAUTHORIZED, message, advice="If the child's keys were lost, invite it again from its page."
    )


def _down(question: Question, batch: Batch, *, clock: Clock) -> Answer:
    peer, key, asked = question.caller.peer, question.caller.key, question.asked
    present = keys.own().present
    authority = trust.own_authority()
    told = wire.Down(
        at=clock.now(),
        said=wire.Said.of(batch),
        heard=wire.Place.of(hearing.stands(peer)),
        turn=turns.present(peer.pk),
        key="" if keys.name_of(key) == keys.name_of(present) else keys.public(present),
        authority=None if asked.trusts == trust.digest_of(authority) else authority,
        version=VERSION,
    )
    return _answer(told, Purpose.DOWN, to=question.caller, question=asked.nonce)


def _answer(message: Struct, purpose: Purpose, *, to: Caller, question: str) -> Answer:
    body = wire.written(message)
    signature = sign(body, purpose, to=keys.fingerprint_of(to.signed_by), question=question, key=to.key)
    return Answer(headers={SIGNATURE: signature}, body=body)


def _note(peer: Peer, asked: wire.Ask, key: Ed25519PrivateKey, *, clock: Clock) -> None:
    """Note when a child last came, once a minute, and whatever of it changed."""
    now, known = clock.now(), keys.name_of(key)
    recent = peer.last_at is not None and timedelta(0) <= now - peer.last_at < _NOTED_EVERY
    if recent and peer.version == asked.version and peer.knows_us_by == known:
        return
    peer.last_at, peer.version, peer.knows_us_by = now, asked.version, known
    peer.skew_seconds = skew(asked.at, now)
    peer.save(update_fields=["last_at", "version", "knows_us_by", "skew_seconds"])


def skew(there: datetime, here: datetime) -> float:
    """How far another clock is ahead, in seconds.

    Raises:
        BadInputError: it does not say its time zone.

    """
    if there.tzinfo is None:
        raise BadInputError("A moment has no time zone.", advice="Write moments in UTC, ending in Z.")
    return (there - here).total_seconds()
