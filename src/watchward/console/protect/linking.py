"""What comes of blocks over links: from above, what is blocked and lifted; from below, that care fails.

A node below cannot lift what the nation decided by saying so: in the canary group one word is enough, because that is
what the group is for; in force it takes two nodes. At home it lifts what it likes.
"""

from datetime import datetime
from functools import partial
from typing import Final, TypeVar

import msgspec
from django.db import transaction

from watchward.base.clock import HeldClock, SystemClock
from watchward.console.estate.models import Organisation
from watchward.console.link.kinds import Kind, Way, register
from watchward.console.link.models import Peer
from watchward.console.protect import adapters, judging, telling
from watchward.console.protect.models import Block, Failure, Switch
from watchward.console.protect.publishing import publish
from watchward.console.protect.rows import value_key
from watchward.intel.errors import ObservableError
from watchward.intel.observable import Kind as ThingKind
from watchward.intel.observable import Observable, observable
from watchward.link.stream import Envelope
from watchward.respond.blocks.errors import BlockError
from watchward.respond.blocks.failing import Failing, Sign
from watchward.respond.blocks.life import LONGEST, Because, Reach, State
from watchward.respond.blocks.refusing import require_blockable

_Body = TypeVar("_Body")
CLOCK: Final = SystemClock()
_OURS: Final = (Because.PERSON.value, Because.CARE.value)


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    kind: ThingKind
    value: str
    reach: Reach
    state: State
    why: str
    proposed_by: str
    proposed_at: datetime
    until: datetime
    since: datetime | None = None
    review_by: datetime | None = None
    indicator: str = ""
    source: str = ""
    well_known: str = ""
    emergency: bool = False
    where: list[str] = []


class _Switched(msgspec.Struct, frozen=True, kw_only=True):
    thrown_at: datetime | None
    by: str
    why: str


class _Voted(msgspec.Struct, frozen=True, kw_only=True):
    block: str
    organisation: str
    sign: Sign
    thing: str
    at: datetime


def register_kinds() -> None:
    """Let blocks, lifts and signs that care fails travel."""
    register(
        Kind(
            name=telling.BLOCK,
            way=Way.DOWN,
            label="Blocks, and that they were lifted",
            take=take_block,
            holding=telling.blocks_holding,
            drop=drop_blocks,
        )
    )
    register(
        Kind(
            name=telling.SWITCH,
            way=Way.DOWN,
            label="Whether blocks hold at all",
            take=take_switch,
            holding=telling.switch_holding,
            drop=drop_switch,
        )
    )
    register(
        Kind(
            name=telling.VOTE,
            way=Way.UP,
            label="Signs that care fails where a block holds",
            take=take_vote,
            withdraw=withdraw_votes,
            held=counted_votes,
        )
    )


def _read(body: bytes, wanted: type[_Body]) -> _Body:
    try:
        return msgspec.json.decode(body, type=wanted)
    except msgspec.MsgspecError as error:
        raise BlockError(
            f"What was sent cannot be read: {error}.", advice="Use the same version at both ends."
        ) from error


def take_block(envelope: Envelope, peer: Peer, at: datetime) -> None:
    """What the node above blocks or lifts, for the organisations of this one. What was lifted here stays lifted."""
    told = _read(envelope.body, _Told)
    thing = _blockable(told)
    block = Block.objects.filter(key=envelope.id).first()
    if block is not None and block.peer_id != peer.pk:
        raise BlockError("A block of that name was decided elsewhere.", advice="Nothing was changed.")
    if told.state is State.LIFTED:
        if block is not None:
            adapters.withdraw(block, because=Because.SENDER, why=f"{peer} lifted it.", clock=HeldClock(at=at))
        return
    if told.state is State.PROPOSED or not at - LONGEST <= told.until <= at + LONGEST + LONGEST:
        raise BlockError("It neither holds nor was lifted.", advice="Send blocks that hold.")
    if block is not None and block.state == State.LIFTED.value and block.because in _OURS:
        return
    block = _put(block or Block(key=envelope.id, peer=peer), told, thing, at)
    adapters.stand_aside(block, at=at)
    telling.tell(block, clock=HeldClock(at=at))
    transaction.on_commit(partial(publish, now=at), robust=True)  # if it fails, the worker does it


def _blockable(told: _Told) -> Observable:
    try:
        thing = observable(told.kind, told.value)
    except ObservableError as error:
        raise BlockError(error.message, advice=error.advice) from error
    require_blockable(thing, judging.judged(thing), person=told.reach.wide or not told.well_known)
    return thing


def _put(block: Block, told: _Told, thing: Observable, at: datetime) -> Block:
    places = list(Organisation.objects.filter(code__in=told.where))
    if told.where and not places:
        raise BlockError("This node has none of those organisations.", advice="Look at what the child stands for.")
    canary = told.state is State.CANARY
    since = told.since or at
    block.kind, block.value, block.value_key = thing.kind.value, thing.value, value_key(thing.value)
    block.indicator, block.source, block.why = told.indicator[:300], told.source[:200], told.why[:500]
    block.reach, block.well_known = told.reach.value, told.well_known[:500]
    block.proposed_by, block.proposed_at = told.proposed_by[:200], told.proposed_at
    block.until, block.review_by = told.until, told.review_by
    block.emergency = "above" if told.emergency else ""
    block.state, block.because, block.lifted_at = told.state.value, "", None
    block.tried_at = [one.code for one in places or Organisation.objects.filter(parent=None)] if canary else []
    block.organisation = places[0] if len(places) == 1 and not canary else None
    block.organisation_path = block.organisation.path if block.organisation else ""
    block.canary_at, block.in_force_at = (since, None) if canary else (block.canary_at, since)
    block.changed_at, block.unpublished = at, True
    block.save()
    return block


def drop_blocks(peer: Peer, told: frozenset[str]) -> None:
    """What the node above told earlier and not again holds no longer."""
    for block in Block.objects.filter(peer=peer).exclude(state=State.LIFTED.value):
        if block.key not in told:
            adapters.withdraw(block, because=Because.SENDER, why=f"{peer} blocks it no longer.", clock=CLOCK)


def take_switch(envelope: Envelope, peer: Peer, at: datetime) -> None:
    """Whether what the node above blocks holds at all."""
    told = _read(envelope.body, _Switched)
    _switch(peer, told.thrown_at, by=told.by, why=told.why, at=at)


def drop_switch(peer: Peer, told: frozenset[str]) -> None:
    """A switch of the node above that it does not tell again was turned back."""
    if not told and Switch.objects.filter(peer=peer).exclude(thrown_at=None).exists():
        _switch(peer, None, by="", why="", at=CLOCK.now())


def _switch(peer: Peer, thrown: datetime | None, *, by: str, why: str, at: datetime) -> None:
    Switch.objects.update_or_create(
        peer=peer, defaults={"thrown_at": thrown, "by": by[:200], "why": why[:500], "unpublished": True}
    )
    telling.tell_switch(clock=HeldClock(at=at))
    transaction.on_commit(partial(publish, now=at), robust=True)  # if it fails, the worker does it


def take_vote(envelope: Envelope, peer: Peer, at: datetime) -> None:
    """A node below says that care fails where a block holds."""
    told = _read(envelope.body, _Voted)
    place = Organisation.objects.filter(code=told.organisation).first()
    if place is None or peer.organisation is None or not place.path.startswith(peer.organisation.path):
        raise BlockError(f"{peer} does not speak for {told.organisation}.", advice="Send signs of your own.")
    block = Block.objects.filter(key=told.block).select_related("organisation").first()
    if block is None:
        raise BlockError("There is no such block here.", advice="Nothing was changed.")
    sign = Failing(sign=told.sign, organisation=place.code, thing=told.thing[:500], at=min(told.at, at))
    if block.state in (State.CANARY.value, State.IN_FORCE.value):
        adapters.voted(block, (place, sign, str(peer)), peer=peer, clock=HeldClock(at=at))


def counted_votes(peer: Peer) -> int:
    """How much of what a node below said of failing care counts."""
    return Failure.objects.filter(peer=peer, withdrawn=False).count()


def withdraw_votes(peer: Peer) -> int:
    """Whatever a node below said of failing care counts no longer."""
    return Failure.objects.filter(peer=peer, withdrawn=False).update(withdrawn=True)
