"""The child's side of a link: it says what waits for its parent, and asks what its parent has to tell."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Final, Protocol, TypeVar

from django.db import transaction
from msgspec import Struct

from watchward.base.clock import Clock
from watchward.base.errors import BadInputError, WatchwardError
from watchward.console.link import hearing, joining, keys, speaking, trust
from watchward.console.link.bell import Ear
from watchward.console.link.http import DIGEST, NODE, PROOF, SIGNATURE, TO, TURN, Sent, words_of
from watchward.console.link.models import Hearing, Peer
from watchward.console.link.server import OVERLAP, VERSION, skew
from watchward.console.messages import Answer
from watchward.link import wire
from watchward.link.code import JoinCode
from watchward.link.signing import Purpose, digest, genuine, nonce, sign
from watchward.link.stream import Batch

M = TypeVar("M", bound=Struct)

WAIT_SECONDS: Final = 25.0
"""So long a parent may wait for something to tell before it answers that there is nothing."""

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 60.0
_NOTED_EVERY: Final = timedelta(minutes=1)


class LinkError(WatchwardError):
    """The parent could not be reached, refused, or is not who it should be; it is tried again."""


class Transport(Protocol):
    """What carries a message to a parent."""

    def __call__(self, sent: Sent, *, seconds: float) -> Answer:
        """Send a message, and return what it is answered within so many seconds.

        Raises:
            LinkError: nothing came back.

        """


@dataclass(slots=True, kw_only=True)
class Child:
    """This node, as the child of its parent.

    One thread may say while another listens.

    Args:
        parent: the node above.
        transport: reaches it.
        clock: tells the time.
        ear: hears when something waits for the parent.
        is_doubtful: whether the parent stood somewhere else than this node thinks: it may have been put back.

    """

    parent: Peer
    transport: Transport
    clock: Clock
    ear: Ear = field(default_factory=Ear)
    is_doubtful: bool = False
    _turn: str = ""
    _refused: list[wire.Refused] = field(default_factory=list)

    def say(self) -> bool:
        """Tell the parent what comes next; whether anything was told.

        Raises:
            LinkError: it did not arrive, or it is not known whether it did.

        """
        self._change_key()
        doubtful, self.is_doubtful = self.is_doubtful, False
        if not (doubtful or speaking.waits_for(self.parent)):
            return False
        self._exchange(speaking.next_batch(self.parent, clock=self.clock))
        return True

    def _exchange(self, batch: Batch) -> None:
        asked = wire.Up(nonce=nonce(), at=self.clock.now(), said=wire.Said.of(batch))
        heard = self._ask("/v1/up", asked, Purpose.UP, wire.Heard, Purpose.HEARD, nonce_=asked.nonce)
        refused = [(one.kind, one.id, one.reason) for one in heard.refused]
        hearing.keep_refusals(self.parent, refused, at=self.clock.now(), there=True)
        speaking.acknowledge(self.parent, heard.have.position, clock=self.clock)

    def listen(self, *, wait: float = WAIT_SECONDS, is_over: Callable[[], bool] = bool) -> bool:
        """Ask the parent what it has to tell, and give it effect; whether it told anything.

        Args:
            wait: how many seconds the parent may wait for something to tell.
            is_over: whether this node has another parent by now, so that nothing is done with the answer.

        Raises:
            LinkError: as `say`.

        """
        asked = wire.Ask(
            nonce=nonce(),
            at=self.clock.now(),
            have=wire.Place.of(hearing.stands(self.parent)),
            wait=wait,
            version=VERSION,
            trusts=trust.digest_of(self.parent.authority),
            refused=self._refused,
        )
        down = self._ask("/v1/down", asked, Purpose.ASK, wire.Down, Purpose.DOWN, nonce_=asked.nonce)
        if is_over():
            return False
        self._turn = down.turn
        self._note(down)
        taken = hearing.take(self.parent, down.said.batch, clock=self.clock)
        self._refused = wire.refused(taken.refused)
        # It may stand somewhere else only because something is on its way; saying so by itself shows whether it is.
        self.is_doubtful = down.heard.position != speaking.acknowledged(self.parent)
        if Hearing.objects.filter(peer=self.parent, complete_at__isnull=False).exists():
            with transaction.atomic():
                joining.let_go_of_old_parents(self.parent)
        return bool(down.said.envelopes)

    def _note(self, down: wire.Down) -> None:
        """Note that the parent answered, once a minute, and whatever of it changed."""
        now, parent = self.clock.now(), self.parent
        before = (parent.key, parent.authority, parent.version, parent.trouble)
        if down.key:
            parent.key_before, parent.key_before_until = parent.key, now + OVERLAP
            parent.key = down.key
        if down.authority is not None:
            parent.authority = down.authority
        parent.version, parent.trouble = down.version, ""
        recent = parent.last_at is not None and timedelta(0) <= now - parent.last_at < _NOTED_EVERY
        if not recent or before != (parent.key, parent.authority, parent.version, parent.trouble):
            parent.last_at, parent.skew_seconds = now, skew(down.at, now)
            fields = ["key", "key_before", "key_before_until", "authority", "version", "trouble"]
            parent.save(update_fields=[*fields, "last_at", "skew_seconds"])

    def _change_key(self) -> None:
        """Make a new key of this node known, if there is one that the parent does not know."""
        mine = keys.own()
        present = keys.name_of(mine.present)
        if self.parent.knows_us_by == present:
            return
        if mine.before is not None and self.parent.knows_us_by == keys.name_of(mine.before):
            old = bytes.fromhex(keys.public(mine.before))
            to = keys.fingerprint_of(self.parent.key)
            proof = sign(old, Purpose.ROTATE, to=to, question="", key=mine.present)
            asked = wire.Rotate(nonce=nonce(), key=keys.public(mine.present), proof=proof)
            self._ask("/v1/key", asked, Purpose.ROTATE, wire.Rotated, Purpose.ROTATE, nonce_=asked.nonce)
        self.parent.knows_us_by = present
        self.parent.save(update_fields=["knows_us_by"])

    def _ask(  # noqa: PLR0913 - a message, and the answer to it
        self, path: str, message: Struct, purpose: Purpose, kind: type[M], answered: Purpose, *, nonce_: str
    ) -> M:
        mine, body = keys.own(), wire.written(message)
        to = keys.fingerprint_of(self.parent.key)
        knows_before = mine.before is not None and self.parent.knows_us_by == keys.name_of(mine.before)
        key = mine.before if knows_before and mine.before is not None else mine.present
        for _ in range(2):
            turn = self._turn if purpose is Purpose.ASK else ""
            headers = {
                NODE: mine.node,
                TO: to,
                SIGNATURE: sign(body, purpose, to=to, question=turn, key=key),
                DIGEST: digest(body),
                TURN: turn,
            }
            answer = self.transport(
                Sent(path=path, headers=headers, body=body), seconds=WAIT_SECONDS + _LONGEST_PAUSE / 2
            )
            if answer.status == HTTPStatus.CONFLICT and purpose is Purpose.ASK:
                self._turn = answer.headers.get(TURN, "")
                continue
            return _read(answer, kind, answered, by=self.parent.key, to=keys.name_of(key), question=nonce_)
        raise LinkError("The parent gives no turn to ask.", advice="It is tried again by itself.")


def join(code: JoinCode, transport: Transport, *, by: str, clock: Clock) -> Peer:
    """Join a parent with the code that it gave.

    Raises:
        LinkError: it could not be reached, or refused.
        BadInputError: it is not the node that made the code.

    """
    mine = keys.own()
    asked = wire.Join(
        nonce=nonce(),
        number=code.number,
        node=mine.node,
        name=trust.own_name(),
        key=keys.public(mine.present),
        version=VERSION,
    )
    body = wire.written(asked)
    headers = {
        NODE: mine.node,
        TO: code.parent,
        SIGNATURE: sign(body, Purpose.JOIN, to=code.parent, question=code.number, key=mine.present),
        PROOF: code.proof(body),
    }
    answer = transport(Sent(path="/v1/join", headers=headers, body=body), seconds=_LONGEST_PAUSE)
    _refuse(answer)
    said = wire.read(answer.body, wire.Joined)
    # The answer may carry a newer key than the code's; what signs it is the one that the code names, if that still is.
    known = said.key if keys.fingerprint_of(said.key) == code.parent else ""
    if not known:
        raise BadInputError(
            "The parent's key was changed since the code was made.", advice="Ask for another code, and join with that."
        )
    joined = _read(answer, wire.Joined, Purpose.JOINED, by=known, to=keys.name_of(mine.present), question=asked.nonce)
    with transaction.atomic():
        peer = joining.keep_parent(joining.Found(code=code, answer=joined), by=by, clock=clock)
        peer.knows_us_by = keys.name_of(mine.present)
        peer.save(update_fields=["knows_us_by"])
    return peer


def _refuse(answer: Answer) -> None:
    if answer.status != HTTPStatus.OK:
        message, advice = words_of(answer)
        raise LinkError(f"The parent refused: {message}", advice=advice or "It is tried again by itself.")


def _read(answer: Answer, kind: type[M], purpose: Purpose, *, by: str, to: str, question: str) -> M:  # noqa: PLR0913
    """An answer of the parent's.

    Raises:
        LinkError: it refused, or another node answered in its place.

    """
    _refuse(answer)
    signature, key = answer.headers.get(SIGNATURE, ""), keys.read_public(by)
    if not genuine(signature, answer.body, purpose, to=to, question=question, key=key):
        raise LinkError(
            "What answers at the parent's address is not the parent: it does not sign with the parent's key.",
            advice="See that the address still leads there. If the parent was replaced, ask it for a code and join it.",
        )
    return wire.read(answer.body, kind)


def pauses(*, first: float = _FIRST_PAUSE, longest: float = _LONGEST_PAUSE) -> Iterator[float]:
    """How long to wait before each further try, in seconds: longer and longer, and not the same for all children."""
    pause = first
    while True:
        yield pause * random.uniform(0.5, 1.5)  # noqa: S311 - it spreads children, and keeps no secret
        pause = min(pause * 2, longest)


def headers_of(answer: Mapping[str, str]) -> dict[str, str]:
    """The headers of an answer that a link reads."""
    return {name: answer[name] for name in (SIGNATURE, TURN) if name in answer}
