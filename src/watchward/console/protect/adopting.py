"""What organisations block without a person's word, by their written policies, as indicators come and go."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

import structlog
from django.db import transaction
from django.db.models import QuerySet

from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.console.access.audit import record
from watchward.console.intel.bulk import chunks
from watchward.console.intel.guard import audiences_for, reader_of
from watchward.console.intel.models import Indicator, IndicatorValue
from watchward.console.protect import judging
from watchward.console.protect.adapters import NODE, counting, indicators_told, move, policy_of
from watchward.console.protect.models import AdoptionPolicy, Block, Check, Decision, Switch
from watchward.console.protect.rows import key_of, life_of, put, value_key
from watchward.intel.observable import Kind, Observable
from watchward.intel.stix.telling import UNNAMED
from watchward.respond.blocks import life as lives
from watchward.respond.blocks.adopting import Adoption, Answer, Offer, adopt
from watchward.respond.blocks.life import LONGEST, USUAL, Reach, State, Who

log = structlog.get_logger(__name__)

_DAY: Final = timedelta(days=1)
MOST_A_DAY: Final = 1_000
"""Blocks that one policy may want in a day: a source that sends more is looked at by a person first."""


def hear(*, stix_ids: Sequence[str], clock: Clock, **_: Any) -> None:
    """The gateways were told of indicators: lift what was withdrawn, and block what policies adopt."""
    indicators_told(stix_ids, clock=clock)
    adopt_indicators(stix_ids, clock=clock)


def adopt_indicators(stix_ids: Iterable[str], *, clock: Clock) -> int:
    """Block, for each organisation, what its policy adopts of some indicators; return how many blocks it wants."""
    rows = list(AdoptionPolicy.objects.exclude(confidence=None).select_related("organisation"))
    if not rows or Switch.objects.filter(peer=None).exclude(thrown_at=None).exists():
        return 0
    count, wanted = 0, list(chunks(stix_ids))
    for row in rows:
        mine = _values_for(row)
        for some in wanted:
            count += sum(_offered(row, one, clock=clock) for one in mine.filter(indicator__stix_id__in=some))
    return count


def _values_for(row: AdoptionPolicy) -> QuerySet[IndicatorValue]:
    """What indicators name that an organisation may have, from sources that count."""
    audiences = audiences_for(reader_of(row.organisation, person=False))
    found = IndicatorValue.objects.filter(counting(), indicator__object__audience__in=audiences)
    return found.select_related("indicator__object__source").order_by("pk")


def _sender(says: Indicator) -> str:
    """Whose an indicator is, as everybody may be told who sees the block."""
    return UNNAMED if says.object.source.unnamed else says.owner


def _offered(row: AdoptionPolicy, value: IndicatorValue, *, clock: Clock) -> bool:
    thing = Observable(Kind(value.kind), value.value)
    says, now = value.indicator, clock.now()
    judged = judging.judged(thing)
    sender = _sender(says)
    offer = Offer(kind=thing.kind, confidence=says.confidence, source=sender, well_known=bool(judged.well_known))
    answer = adopt(policy_of(row), offer)
    until = min(now + USUAL, says.valid_until or now + USUAL)
    if answer.adoption is Adoption.REFUSED or judged.never or until <= now or _known(row, thing):
        return False
    if (
        Block.objects.filter(organisation=row.organisation, by_policy=True, proposed_at__gt=now - _DAY).count()
        >= MOST_A_DAY
    ):
        log.warning("policy_wants_too_much", organisation=row.organisation.code, most=MOST_A_DAY, source=sender)
        return False
    with transaction.atomic():
        block = Block(
            key=key_of(thing, row.organisation.code, now),
            kind=thing.kind.value,
            value=thing.value,
            value_key=value_key(thing.value),
            indicator=says.stix_id,
            why=f"{says.name or 'An indicator'}: {answer.why}"[:500],
            source=sender,
            reach=Reach.ORGANISATION.value,
            organisation=row.organisation,
            organisation_path=row.organisation.path,
            well_known=" ".join(judged.well_known)[:500],
            by_policy=True,
            proposed_by=f"The policy of {row.organisation}"[:200],
            proposed_at=now,
        )
        life = lives.propose(Reach.ORGANISATION, at=now, until=min(until, now + LONGEST), well_known=offer.well_known)
        put(block, life, at=now)
        Decision.objects.create(block=block, at=now, by=block.proposed_by, step="Proposed", why=answer.why)
        Check.objects.create(block=block, asked_by=block.proposed_by, asked_at=now)
        if answer.adoption is Adoption.AT_ONCE:
            _enforce(block, answer, clock=clock)
    return True


def _known(row: AdoptionPolicy, thing: Observable) -> bool:
    """Whether it was blocked or proposed there before, or is for everybody above it."""
    same = Block.objects.filter(value_key=value_key(thing.value), kind=thing.kind.value, value=thing.value)
    mine = same.filter(organisation=row.organisation, by_policy=True)
    return mine.exclude(because__in=["indicator", "ended", "lapsed"]).exists() or (
        same.filter(state=State.IN_FORCE.value, organisation=None).exists()
    )


def checked(block: Block, *, clock: Clock) -> None:
    """Harm was checked of a block that a policy wants: put it in force if that was all that was missing."""
    if not block.by_policy or block.state != State.PROPOSED.value:
        return
    row = AdoptionPolicy.objects.filter(organisation=block.organisation).select_related("organisation").first()
    check = block.checks.exclude(finished_at=None).first()
    if row is None or check is None or not check.found:
        return
    named = _values_for(row).filter(indicator__stix_id=block.indicator, kind=block.kind, value=block.value)
    for says in (one.indicator for one in named if _sender(one.indicator) == block.source):
        offer = Offer(
            kind=Kind(block.kind),
            confidence=says.confidence,
            source=block.source,
            well_known=bool(block.well_known),
            care=bool(check.found["care"]),
        )
        answer = adopt(policy_of(row), offer)
        if answer.adoption is Adoption.AT_ONCE:
            _enforce(block, answer, clock=clock)
            return


def _enforce(block: Block, answer: Answer, *, clock: Clock) -> None:
    """Put in force what a policy adopts, unless everything is lifted."""
    if Switch.objects.filter(peer=None).exclude(thrown_at=None).exists():
        return
    assert block.organisation is not None
    by = Who(key=f"policy:{block.organisation.code}", person=False)
    life = lives.enforce(lives.agree(life_of(block), by=by), at=clock.now())
    move(block, life, by=NODE, step="Put in force by policy", why=answer.why, clock=clock)
    record(
        AuditEvent.BLOCK_ADOPTED,
        by=NODE,
        subject=block,
        organisation=block.organisation,
        clock=clock,
        why=answer.why,
    )
