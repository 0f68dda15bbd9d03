"""What organisations decide for themselves, and who stops everything. Each action checks, writes and records."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor, require
from watchward.console.estate.models import Organisation
from watchward.console.protect import adapters, telling
from watchward.console.protect.models import AdoptionPolicy, Block, CanaryMember, Excepted, Switch
from watchward.console.protect.publishing import publish
from watchward.console.protect.rows import switch_of, value_key
from watchward.console.protect.whose import leaves_it_to_others, require_known
from watchward.estate.organisation import OrganisationKind
from watchward.intel.observable import Observable
from watchward.respond.blocks import switch as switches
from watchward.respond.blocks.adopting import Policy
from watchward.respond.blocks.failing import Failing, Sign
from watchward.respond.blocks.life import LONGEST

_MOST_CONFIDENCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempt:
    """What an organisation wants to reach although it is blocked: why, and until when."""

    organisation: Organisation
    thing: Observable
    reason: str
    until: datetime


@transaction.atomic
def except_thing(*, by: Actor, exempt: Exempt, clock: Clock) -> Excepted:
    """Let an organisation, with all below it, reach something although it is blocked."""
    require(by, Permission.BLOCK_DECIDE, at=exempt.organisation)
    now = clock.now()
    if not exempt.reason.strip():
        raise BadInputError("An exception needs a reason.", advice="Say in a sentence what needs it.")
    if not now < exempt.until <= now + LONGEST:
        raise BadInputError("An exception must end after now, and within a year.", advice="Give another end.")
    made = Excepted.objects.create(
        organisation=exempt.organisation,
        organisation_path=exempt.organisation.path,
        kind=exempt.thing.kind.value,
        value=exempt.thing.value,
        value_key=value_key(exempt.thing.value),
        reason=exempt.reason.strip()[:500],
        until=exempt.until,
        by=str(by)[:200],
        at=now,
    )
    record(
        AuditEvent.BLOCK_EXCEPTED,
        by=by,
        subject=made,
        organisation=exempt.organisation,
        clock=clock,
        reason=made.reason,
        until=exempt.until.isoformat(),
    )
    transaction.on_commit(partial(publish, now=now), robust=True)  # if it fails, the worker does it
    return made


@transaction.atomic
def end_exception(*, by: Actor, excepted: Excepted, clock: Clock) -> Excepted:
    """Let what is blocked hold for an organisation again; or adopt what its policy left to a person."""
    require(by, Permission.BLOCK_DECIDE, at=excepted.organisation)
    held = Excepted.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=excepted.pk)
    if held.ended_at is not None:
        return held
    held.ended_at, held.ended_by, held.unpublished = clock.now(), str(by)[:200], True
    held.save(update_fields=["ended_at", "ended_by", "unpublished"])
    record(AuditEvent.BLOCK_EXCEPTION_ENDED, by=by, subject=held, organisation=held.organisation, clock=clock)
    transaction.on_commit(partial(publish, now=clock.now()), robust=True)  # if it fails, the worker does it
    return held


@transaction.atomic
def choose_canary(*, by: Actor, organisation: Organisation, member: bool, clock: Clock) -> None:
    """Say whether an organisation tries wide blocks before the others."""
    require(by, Permission.BLOCK_DECIDE, at=organisation)
    found = CanaryMember.objects.filter(organisation=organisation)
    if found.exists() == member:
        return
    if member:
        CanaryMember.objects.create(organisation=organisation, added_at=clock.now(), added_by=str(by)[:200])
    else:
        found.delete()
    event = AuditEvent.BLOCK_CANARY_JOINED if member else AuditEvent.BLOCK_CANARY_LEFT
    record(event, by=by, subject=organisation, organisation=organisation, clock=clock)


@transaction.atomic
def write_policy(*, by: Actor, organisation: Organisation, policy: Policy, clock: Clock) -> AdoptionPolicy:
    """Write down what an organisation, with all below it, blocks without a person's word; a nation's blocks nothing."""
    require(by, Permission.BLOCK_DECIDE, at=organisation)
    if policy.confidence is not None and not 1 <= policy.confidence <= _MOST_CONFIDENCE:
        raise BadInputError("A belief is between 1 and 100 percent.", advice="Give one, or none to ask a person.")
    if policy.confidence is not None and organisation.kind == OrganisationKind.NATION:
        raise BadInputError(
            f"No policy blocks indicators for all, and that is what {organisation} stands for.",
            advice="Leave the belief empty: two people decide what is for all. Let each organisation write its own.",
        )
    row = AdoptionPolicy.objects.filter(organisation=organisation).first()
    before = adapters.policy_of(row) if row else Policy()
    if policy != before and leaves_it_to_others(by, organisation):
        raise BadInputError(
            f"{organisation} has people who write its policy, and you are above it.",
            advice="Ask them to change it. What must be blocked there now, propose as a block.",
        )
    require_known(policy.sources - before.sources)
    row, _ = AdoptionPolicy.objects.update_or_create(
        organisation=organisation,
        defaults={
            "decided": policy.decided,
            "confidence": policy.confidence,
            "sources": sorted(policy.sources),
            "kinds": sorted(policy.kinds),
            "check_first": policy.check_first,
            "written_at": clock.now(),
            "written_by": str(by)[:200],
        },
    )
    record(
        AuditEvent.BLOCK_POLICY_WRITTEN,
        by=by,
        subject=organisation,
        organisation=organisation,
        clock=clock,
        decided=policy.decided,
        confidence=policy.confidence,
        sources=", ".join(sorted(policy.sources)),
        kinds=", ".join(sorted(policy.kinds)),
        check_first=policy.check_first,
    )
    return row


@transaction.atomic
def throw_switch(*, by: Actor, why: str, clock: Clock) -> None:
    """Lift everything that is blocked on this node and below, and let nothing new in."""
    require(by, Permission.BLOCK_STOP, at=None)
    row = _row()
    thrown = switches.throw(switch_of(row), by=str(by)[:200], why=why[:500], at=clock.now())
    _put(row, thrown, clock=clock)
    record(AuditEvent.BLOCK_SWITCH_THROWN, by=by, subject="all blocks", clock=clock, why=thrown.why)


@transaction.atomic
def turn_switch_back(*, by: Actor, why: str, clock: Clock) -> None:
    """Let blocks hold again: those that were not lifted meanwhile, and have not ended."""
    require(by, Permission.BLOCK_DECIDE, at=None)
    row = _row()
    _put(row, switches.turn_back(switch_of(row), why=why), clock=clock)
    record(AuditEvent.BLOCK_SWITCH_TURNED_BACK, by=by, subject="all blocks", clock=clock, why=why.strip()[:500])


@transaction.atomic
def report_failing(*, by: Actor, block: Block, organisation: Organisation, what: str, clock: Clock) -> bool:
    """Say that care is failing at an organisation since something is blocked there; whether it was lifted."""
    require(by, Permission.BLOCK_REPORT, at=organisation)
    if not what.strip():
        raise BadInputError("Say what is failing.", advice="Name the system, and what staff cannot do.")
    said = what.strip()[:500]
    record(AuditEvent.BLOCK_FAILING, by=by, subject=block, organisation=organisation, clock=clock, what=said)
    sign = Failing(sign=Sign.REPORTED, organisation=organisation.code, thing=said, at=clock.now())
    return adapters.heed(block, [(organisation, sign, str(by))], clock=clock)


def _row() -> Switch:
    Switch.objects.get_or_create(peer=None)
    return Switch.objects.select_for_update().get(peer=None)


def _put(row: Switch, switch: switches.Switch, *, clock: Clock) -> None:
    row.thrown_at, row.by, row.why, row.unpublished = switch.thrown_at, switch.by, switch.why, True
    row.save()
    telling.tell_switch(clock=clock)
    transaction.on_commit(partial(publish, now=clock.now()), robust=True)  # if it fails, the worker does it
