"""What people do with blocks. Each action checks, writes and records in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor, require
from watchward.console.access.guard import reach as allowed_to
from watchward.console.access.models import User
from watchward.console.estate.models import Organisation
from watchward.console.intel.met import may_be_named
from watchward.console.intel.models import Indicator, IndicatorValue, Source
from watchward.console.intel.queries import objects_visible_to
from watchward.console.intel.weighing import counting
from watchward.console.protect import judging
from watchward.console.protect.adapters import OF_EVERYBODY, latest_check, move
from watchward.console.protect.models import Block, CanaryMember, Check, Decision, Switch
from watchward.console.protect.reaching import reach_of
from watchward.console.protect.rows import ask_check, key_of, life_of, person_key, put, switch_of, value_key
from watchward.console.protect.wanting import sender
from watchward.intel.markings import Audience
from watchward.intel.observable import Observable
from watchward.respond.blocks import life as lives
from watchward.respond.blocks.checking import require_accepted
from watchward.respond.blocks.errors import BlockError
from watchward.respond.blocks.life import Because, Life, Reach, State, Who
from watchward.respond.blocks.refusing import require_blockable
from watchward.respond.blocks.switch import Switch as Position
from watchward.respond.blocks.switch import require_blocking

_LOOKED_AT: Final = 100
_BROUGHT: Final = (Source.Kind.FILES, Source.Kind.CLIENT)
"""How an organisation brings its own indicators; what is read elsewhere for it is the word of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A block that somebody wants.

    Args:
        thing: what is to be blocked.
        organisation: for whom, with all below it; None: for all of this node.
        why: the reason.
        until: when it ends; None: after the usual time.
        indicator: the STIX id of the indicator that names it, with whose withdrawal it ends; none: whichever names it.
        source: who says that it is an attack, where no indicator does.

    """

    thing: Observable
    organisation: Organisation | None
    why: str
    until: datetime | None = None
    indicator: str = ""
    source: str = ""


@transaction.atomic
def propose_block(*, by: Actor, wanted: Wanted, clock: Clock) -> Block:
    """Want something blocked: nothing is, until who must agree has agreed. Its harm is looked for at once."""
    require(by, Permission.BLOCK_PROPOSE, at=wanted.organisation)
    why = _reason(wanted.why)
    indicator = wanted.indicator or _beside(by, wanted.thing)
    named = _named(indicator)
    judged = judging.judged(wanted.thing)
    require_blockable(wanted.thing, judged, person=isinstance(by, User))
    now = clock.now()
    well_known = " ".join(judged.well_known)[:500]
    reach = reach_of(wanted.organisation)
    life = lives.propose(reach, at=now, until=wanted.until, well_known=bool(well_known))
    block = Block(
        key=key_of(wanted.thing, wanted.organisation.code if wanted.organisation else "", now),
        kind=wanted.thing.kind.value,
        value=wanted.thing.value,
        value_key=value_key(wanted.thing.value),
        indicator=indicator[:300],
        why=why,
        source=(wanted.source or named.source)[:200],
        reach=life.reach.value,
        organisation=wanted.organisation,
        organisation_path=wanted.organisation.path if wanted.organisation else "",
        well_known=well_known,
        few=named.few,
        alone=named.few_below and reach is Reach.ORGANISATION,
        proposed_by=str(by)[:200],
        proposed_at=now,
    )
    _refuse_twice(block)
    put(block, life, at=now)
    Decision.objects.create(block=block, at=now, by=str(by)[:200], step="Proposed", why=why)
    ask_check(block, by=str(by), at=now)
    record(AuditEvent.BLOCK_PROPOSED, by=by, subject=block, organisation=block.organisation, clock=clock, why=why)
    return block


@transaction.atomic
def check_block(*, by: Actor, block: Block, clock: Clock) -> Check:
    """Have the worker look again at what a block would do to care."""
    require(by, Permission.BLOCK_PROPOSE, at=block.organisation)
    waiting = block.checks.filter(finished_at=None).first()
    if waiting is not None:
        return waiting
    asked = ask_check(block, by=str(by), at=clock.now())
    record(AuditEvent.BLOCK_CHECK_ASKED, by=by, subject=block, organisation=block.organisation, clock=clock)
    return asked


@transaction.atomic
def agree_to_block(*, by: User, block: Block, why: str, accepted: bool = False, clock: Clock) -> Block:
    """Agree to a block. One organisation's is in force at once; others go to the canary group when all have agreed.

    Where the check found devices that carry care, each step needs somebody who `accepted` that, with a reason.
    """
    held, life = _held(by, block)
    check = _look_first(held, accepted=accepted, why=why)
    life = lives.agree(life, by=_who(by))
    step = "Agreed"
    if not life.missing and life.state is State.PROPOSED:
        require_blocking(_switch())
        if life.reach.wide:
            members = _canary(held)
            life, held.tried_at = lives.try_out(life, at=clock.now(), members=len(members)), members
            step = "Agreed, and let the canary group try it"
        else:
            life, step = lives.enforce(life, at=clock.now()), "Agreed, and put it in force"
    move(held, life, by=by, step=step, why=why, clock=clock, check=check)
    record(
        AuditEvent.BLOCK_AGREED,
        by=by,
        subject=held,
        organisation=held.organisation,
        clock=clock,
        step=step,
        why=why[:500],
    )
    return held


@transaction.atomic
def enforce_block(*, by: User, block: Block, why: str, accepted: bool = False, clock: Clock) -> Block:
    """Put in force, for all whom it is for, what the canary group has tried."""
    held, life = _held(by, block)
    check = _look_first(held, accepted=accepted, why=why)
    require_blocking(_switch())
    life = lives.enforce(life, at=clock.now())
    move(held, life, by=by, step="Put in force", why=why, clock=clock, check=check)
    record(AuditEvent.BLOCK_ENFORCED, by=by, subject=held, organisation=held.organisation, clock=clock, why=why[:500])
    return held


@transaction.atomic
def enforce_in_emergency(*, by: User, block: Block, why: str, accepted: bool = False, clock: Clock) -> Block:
    """Put a block in force at once, alone; somebody else reviews it within hours, or it is lifted."""
    held, life = _held(by, block)
    said = _reason(why)
    check = _look_first(held, accepted=accepted, why=said)
    require_blocking(_switch())
    life = lives.in_emergency(life, by=_who(by), at=clock.now())
    step = "Put in force in an emergency"
    move(held, life, by=by, step=step, why=said, clock=clock, check=check)
    record(AuditEvent.BLOCK_EMERGENCY, by=by, subject=held, organisation=held.organisation, clock=clock, why=said)
    return held


@transaction.atomic
def keep_block(*, by: User, block: Block, why: str, accepted: bool = False, clock: Clock) -> Block:
    """Say after an emergency, as somebody else, that a block stays."""
    held, life = _held(by, block)
    check = _look_first(held, accepted=accepted, why=why)
    life = lives.keep(life, by=_who(by), at=clock.now())
    move(held, life, by=by, step="Reviewed, and kept", why=why, clock=clock, check=check)
    record(AuditEvent.BLOCK_KEPT, by=by, subject=held, organisation=held.organisation, clock=clock, why=why[:500])
    return held


@transaction.atomic
def change_end(*, by: User, block: Block, until: datetime, why: str, clock: Clock) -> Block:
    """Say when a block ends."""
    held, life = _held(by, block)
    life = lives.extend(life, by=_who(by), at=clock.now(), until=until)
    step = f"Changed its end to {until:%-d %B %Y, %H:%M}"
    move(held, life, by=by, step=step, why=why, clock=clock)
    record(
        AuditEvent.BLOCK_END_CHANGED,
        by=by,
        subject=held,
        organisation=held.organisation,
        clock=clock,
        until=until.isoformat(),
        why=why[:500],
    )
    return held


@transaction.atomic
def lift_block(*, by: Actor, block: Block, why: str, clock: Clock) -> Block:
    """Lift a block at once, alone. What was decided above is lifted for this node only."""
    require(by, Permission.BLOCK_STOP, at=block.organisation)
    said = _reason(why)
    held = Block.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=block.pk)
    life = lives.lift(life_of(held), because=Because.PERSON, at=clock.now())
    move(held, life, by=by, step="Lifted", why=said, clock=clock)
    record(AuditEvent.BLOCK_LIFTED, by=by, subject=held, organisation=held.organisation, clock=clock, why=said)
    return held


def _held(by: User, block: Block) -> tuple[Block, Life]:
    """A block that somebody is about to decide on, which nobody else changes meanwhile."""
    require(by, Permission.BLOCK_DECIDE, at=block.organisation)
    held = Block.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=block.pk)
    if held.peer_id is not None:
        raise BlockError(
            "This block was decided above.", advice="Except it for an organisation, or lift it for this node."
        )
    if reach_of(held.organisation) is Reach.NATION:  # the tree may have changed since somebody proposed it
        held.reach = Reach.NATION.value
    return held, life_of(held)


def _look_first(block: Block, *, accepted: bool, why: str) -> Check | None:
    """The check of harm that somebody has before them; what goes beyond one organisation needs one."""
    check = latest_check(block)
    if check is None and Reach(block.reach).wide:
        raise BlockError(
            "What this block would do to care has not been found yet.",
            advice="Wait until the check is done, and look at it.",
        )
    require_accepted(check.found["care"] if check and check.found else 0, accepted=accepted, why=why)
    return check


def _who(by: User) -> Who:
    return Who(key=person_key(by))


def _switch() -> Position:
    return switch_of(Switch.objects.filter(peer=None).first())


def _canary(block: Block) -> list[str]:
    """Codes of the members of the canary group whom a block would concern."""
    members = CanaryMember.objects.select_related("organisation")
    return sorted(
        one.organisation.code for one in members if one.organisation.path.startswith(block.organisation_path or "/")
    )


def _refuse_twice(block: Block) -> None:
    same = Block.objects.filter(
        value_key=block.value_key, kind=block.kind, value=block.value, organisation=block.organisation
    ).exclude(state=State.LIFTED.value)
    if same.exists():
        raise BlockError(f"{block} is proposed or blocked there already.", advice="Look for it in the list of blocks.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """What is known of the indicator that a block names: whose it is, and how far markings let it go."""

    source: str = ""
    few: bool = False
    few_below: bool = False


def _beside(by: Actor, thing: Observable) -> str:
    """The indicator of the proposer's own side that names the very thing which they typed, if all may know of it.

    One that somebody else brought is left out: whoever brought it could lift what others agreed by revoking it. So is
    one that few may have: a block of somebody's own word neither tells of it nor goes less far.
    """
    named = IndicatorValue.objects.filter(
        counting(),
        indicator__object__audience__key__in=OF_EVERYBODY,
        indicator__object__source__kind__in=_BROUGHT,
        value_key=value_key(thing.value),
        kind=thing.kind.value,
        value=thing.value,
    )
    may_see = named.filter(indicator__object__in=objects_visible_to(by)).order_by("pk")
    allowed = allowed_to(by, Permission.BLOCK_PROPOSE)
    if not allowed.everything:
        may_see = may_see.filter(indicator__object__source__organisation__path__in=allowed.paths)
    for one in may_see.select_related("indicator__object__source__organisation")[:_LOOKED_AT]:
        if not allowed.everything or reach_of(one.indicator.object.source.organisation) is Reach.NATION:
            return one.indicator.stix_id
    return ""


def _named(stix_id: str) -> _Named:
    if not stix_id:
        return _Named()
    rows = Indicator.objects.filter(stix_id=stix_id, revoked=False).order_by("pk")
    said = list(rows.select_related("object__source", "object__audience"))
    if not said:
        raise BadInputError("There is no such indicator.", advice="Name one that counts, or none.")
    audiences = [Audience.of(one.object.audience.key) for one in said]
    named = [one for one, audience in zip(said, audiences, strict=True) if may_be_named(audience)]
    return _Named(
        source=sender((named or said)[0]),
        few=not named,
        few_below=not any(one.goes_below for one in audiences),
    )


def _reason(why: str) -> str:
    said = why.strip()[:500]
    if not said:
        raise BadInputError("A reason is needed.", advice="Say in a sentence why, for those who come after you.")
    return said
