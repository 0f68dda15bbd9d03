"""What other nodes are told of blocks: down, what is blocked and lifted; up, that care fails."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Final

from watchward.base.clock import Clock
from watchward.console.estate.models import Organisation
from watchward.console.link import telling
from watchward.console.link.models import Peer
from watchward.console.protect.models import Block, Switch
from watchward.console.protect.publishing import where_it_holds
from watchward.console.protect.rows import switch_of
from watchward.link.stream import Envelope
from watchward.respond.blocks.failing import Failing
from watchward.respond.blocks.life import State

BLOCK: Final = "block"
SWITCH: Final = "block_switch"
VOTE: Final = "block_vote"
_THE_SWITCH: Final = "switch"
_HOLDING: Final = (State.CANARY.value, State.IN_FORCE.value)


def tell(block: Block, *, clock: Clock) -> None:
    """Tell the nodes below what became of a block, if it concerns them."""
    for peer in telling.children():
        lifted = block.state == State.LIFTED.value
        where = _concerned(block, peer) if lifted else where_for(block, peer, now=clock.now())
        if where is not None:
            telling.tell(BLOCK, id=block.key, body=_body(block, where), to=[peer], clock=clock, why=block.why)


def _concerned(block: Block, peer: Peer) -> list[str] | None:
    """The same of a block that was lifted: whoever was told of it is told that, and nobody else."""
    mine = peer.organisation
    if mine is None or block.alone:
        return None
    places: list[Organisation | None] = []
    if block.in_force_at:
        places = [block.organisation]
    elif block.canary_at:
        places = [*Organisation.objects.filter(code__in=block.tried_at)]
    concerned = (
        place is None or mine.path.startswith(place.path) or place.path.startswith(mine.path) for place in places
    )
    return [] if any(concerned) else None


def where_for(block: Block, peer: Peer, *, now: datetime) -> list[str] | None:
    """For which organisations of a node below a block holds: an empty list for all; None where for none."""
    mine = peer.organisation
    if mine is None or block.alone:
        return None
    codes: list[str] = []
    for place in where_it_holds(block, now=now):
        if place is None or mine.path.startswith(place.path):
            return []
        if place.path.startswith(mine.path):
            codes.append(place.code)
    return sorted(codes) or None


def _body(block: Block, where: list[str]) -> dict[str, object]:
    since = min((one for one in (block.canary_at, block.in_force_at) if one is not None), default=None)
    return {
        "kind": block.kind,
        "value": block.value,
        "indicator": block.indicator,
        "why": block.why,
        "source": block.said_by,
        "reach": block.reach,
        "state": block.state,
        "well_known": block.well_known,
        "emergency": bool(block.emergency),
        "proposed_by": block.proposed_by,
        "proposed_at": block.proposed_at.isoformat(),
        "since": since.isoformat() if since else None,
        "until": block.until.isoformat(),
        "review_by": block.review_by.isoformat() if block.review_by else None,
        "where": where,
    }


def blocks_holding(peer: Peer) -> Iterator[Envelope]:
    """All blocks that hold now for a node below."""
    for block in Block.objects.filter(state__in=_HOLDING).select_related("organisation"):
        where = where_for(block, peer, now=block.changed_at)
        if where is not None:
            yield Envelope(
                kind=BLOCK,
                id=block.key,
                made_at=block.changed_at.isoformat(timespec="microseconds"),
                body=telling.written(_body(block, where)),
            )


def tell_switch(*, clock: Clock) -> None:
    """Tell the nodes below whether blocks from here hold."""
    telling.tell(SWITCH, id=_THE_SWITCH, body=_switch(), to=telling.children(), clock=clock)


def switch_holding(_: Peer) -> Iterator[Envelope]:
    """The switch, while it is thrown here or above."""
    body = _switch()
    if body["thrown_at"]:
        yield Envelope(kind=SWITCH, id=_THE_SWITCH, made_at=str(body["thrown_at"]), body=telling.written(body))


def _switch() -> dict[str, object]:
    row = Switch.objects.exclude(thrown_at=None).order_by("thrown_at").first()
    switch = switch_of(row)
    at = switch.thrown_at.isoformat(timespec="microseconds") if switch.thrown_at else None
    return {"thrown_at": at, "by": switch.by, "why": switch.why}


def vote(block: Block, signs: Iterable[tuple[Organisation, Failing]], *, clock: Clock) -> None:
    """Tell the node above that care fails where its block holds here."""
    parents = telling.parent()
    if not parents or block.peer_id is None:
        return
    for place, sign in signs:
        said = f"{block.key}:{place.code}:{sign.sign}:{sha256(sign.thing.encode()).hexdigest()[:16]}"
        body = {
            "block": block.key,
            "organisation": place.code,
            "sign": sign.sign.value,
            "thing": f"{sign.thing[:200]}",
            "at": sign.at.isoformat(),
        }
        telling.tell(VOTE, id=said, body=body, to=parents, clock=clock, why="Care fails where a block holds.")
