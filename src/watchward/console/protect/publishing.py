"""What the server of lists is told: after each decision, and once a second whatever was left."""

from datetime import datetime
from typing import Final

from watchward.base.files import turn
from watchward.console.config import current
from watchward.console.estate.models import Organisation
from watchward.console.protect.models import Block, Excepted, Switch
from watchward.console.protect.rows import life_of, thing_of
from watchward.intel.lists import block as lists
from watchward.intel.observable import Kind, Observable
from watchward.lists import published
from watchward.lists.published import Placed, Publication, alone
from watchward.respond.blocks.life import State, holds

_AT_ONCE: Final = 20_000
_HOLDING: Final = (State.CANARY.value, State.IN_FORCE.value)


def publish(*, now: datetime) -> None:
    """Tell the server of lists what changed; when this returns, it notices it at once."""
    while _publish_some(now):
        pass


def _publish_some(now: datetime) -> bool:
    folder = current().home / "lists"
    blocks_waiting = Block.objects.filter(unpublished=True).select_related("organisation").order_by("pk")
    excepted_waiting = Excepted.objects.filter(unpublished=True).select_related("organisation").order_by("pk")
    switches = Switch.objects.filter(unpublished=True)
    told = published.own(folder) == (current().own_domains, current().own_networks)
    if told and not (switches.exists() or blocks_waiting.exists() or excepted_waiting.exists()):
        return False
    with turn(folder / "decisions.lock"):
        # Read in turn: whatever was decided before is seen, and whoever decides more tells it afterwards.
        if not told or switches.exists():
            publish_everything(now=now)
            return False
        blocks, excepted = list(blocks_waiting[:_AT_ONCE]), list(excepted_waiting[:_AT_ONCE])
        thrown = _thrown()
        placed = {one.key: None if _is_lifted(one, thrown) else placed_of(one, now=now) for one in blocks}
        held = {f"except-{one.pk}": _excepted(one, now) for one in excepted}
        published.append(
            folder,
            changed=[one for one in placed.values() if one is not None],
            lifted=[key for key, one in placed.items() if one is None],
            excepted=[one for one in held.values() if one is not None],
            ended=[key for key, one in held.items() if one is None],
        )
        for block in blocks:  # what was decided anew meanwhile stays untold
            Block.objects.filter(pk=block.pk, changed_at=block.changed_at).update(unpublished=False)
        for each in excepted:
            Excepted.objects.filter(pk=each.pk, ended_at=each.ended_at).update(unpublished=False)
    return len(blocks) == _AT_ONCE or len(excepted) == _AT_ONCE


def publish_everything(*, now: datetime) -> int:
    """Write everything that is decided anew, and return how many blocks hold."""
    switches = list(Switch.objects.filter(unpublished=True).values_list("pk", "thrown_at"))
    thrown = _thrown()
    blocks = Block.objects.filter(state__in=_HOLDING).select_related("organisation")
    held = [placed_of(one, now=now) for one in blocks if not _is_lifted(one, thrown)]
    kept = [one for one in held if one is not None]
    excepted = [_excepted(one, now) for one in Excepted.objects.filter(ended_at=None).select_related("organisation")]
    published.publish(
        current().home / "lists",
        Publication(
            blocks=tuple(kept),
            exceptions=tuple(one for one in excepted if one is not None),
            own_domains=current().own_domains,
            own_networks=current().own_networks,
        ),
    )
    for key, thrown_at in switches:
        Switch.objects.filter(pk=key, thrown_at=thrown_at).update(unpublished=False)
    return len(kept)


def _thrown() -> frozenset[int | None]:
    """Whose blocks do not hold: None for everybody's, else the keys of parents."""
    return frozenset(Switch.objects.exclude(thrown_at=None).values_list("peer_id", flat=True))


def _is_lifted(block: Block, thrown: frozenset[int | None]) -> bool:
    return None in thrown or (block.peer_id is not None and block.peer_id in thrown)


def placed_of(block: Block, *, now: datetime) -> Placed | None:
    """A block as the lists have it; None where it holds nowhere."""
    life = life_of(block)
    if not holds(life, now=now) or life.since is None:
        return None
    where: tuple[str, ...] = ()
    if life.state is State.CANARY:
        where = tuple(block.tried_at)
        if not where:  # nobody tries it; no code at all would mean everybody
            return None
    elif block.organisation is not None:
        where = (alone(block.organisation.code) if block.alone else block.organisation.code,)
    return Placed(
        id=block.key,
        block=lists.Block(
            observable=thing_of(block),
            indicator=block.indicator,
            why=block.why,
            since=life.since,
            until=min(one for one in (life.until, life.review_by) if one is not None),
            source=block.said_by,
            changed_at=block.changed_at,
        ),
        where=where,
    )


def _excepted(one: Excepted, now: datetime) -> published.Excepted | None:
    if one.ended_at is not None or one.until <= now:
        return None
    return published.Excepted(
        id=f"except-{one.pk}",
        organisation=one.organisation.code,
        observable=Observable(Kind(one.kind), one.value),
        reason=one.reason,
        until=one.until,
    )


def where_it_holds(block: Block, *, now: datetime) -> tuple[Organisation | None, ...]:
    """The organisations for which a block holds, each with all below; None among them for all of this node."""
    if not holds(life_of(block), now=now):
        return ()
    if block.state == State.CANARY.value:
        return tuple(Organisation.objects.filter(code__in=block.tried_at))
    return (block.organisation,)
