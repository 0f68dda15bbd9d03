"""What organisations block without a person's word, by their written policies, as indicators come and go.

It is offered when the gateways are told of an indicator, within the second. `offering` goes over what that missed.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import transaction

from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.console.access.audit import record
from watchward.console.intel.bulk import chunks
from watchward.console.intel.models import IndicatorValue
from watchward.console.intel.rounds import go_round
from watchward.console.intel.weighing import said_of
from watchward.console.protect.adapters import NODE, OPEN, indicators_told, is_lifted, move, policy_of, withdraw
from watchward.console.protect.models import AdoptionPolicy, Block
from watchward.console.protect.rows import life_of, thing_of
from watchward.console.protect.wanting import (
    Looked,
    Policies,
    Want,
    is_of,
    offer_of,
    proposed,
    sender,
    wants_in,
    with_their_objects,
)
from watchward.respond.blocks import life as lives
from watchward.respond.blocks.adopting import Adoption, Answer, adopt, has_faded
from watchward.respond.blocks.life import Because, State, Who

_ROUND: Final = "protect.lift_faded"
_EVERY: Final = timedelta(minutes=10)
_AT_ONCE: Final = 500
_MOST_AT_ONCE: Final = 500


def hear(*, stix_ids: Iterable[str], clock: Clock, **_: Any) -> None:
    """The gateways were told of indicators: lift what was withdrawn, and block what policies adopt."""
    said = list(stix_ids)
    names = list({*said, *indicators_told(said, clock=clock)})
    # More than that would keep the gateways waiting; the worker offers it within seconds.
    if len(names) * AdoptionPolicy.objects.exclude(confidence=None).count() <= _MOST_AT_ONCE:
        adopt_indicators(names, clock=clock)


def adopt_indicators(stix_ids: Iterable[str], *, clock: Clock) -> int:
    """Block, for each organisation, what its policy adopts of some indicators; return how many blocks it wants."""
    if is_lifted() or not (policies := Policies.read()):
        return 0
    some = (IndicatorValue.objects.filter(indicator__stix_id__in=few) for few in chunks(stix_ids))
    return sum(adopt_values(with_their_objects(rows), policies, clock=clock) for rows in some)


def adopt_values(values: Iterable[IndicatorValue], policies: Policies, *, clock: Clock) -> int:
    """Block what policies adopt of some values that were not adopted or declined yet; return how many blocks."""
    return sum(_adopt(want, clock=clock) for want in wants_in(values, policies, clock=clock))


def _adopt(want: Want, *, clock: Clock) -> bool:
    """Block one thing for one organisation, unless another process has just done it."""
    with transaction.atomic():
        # Whoever adopts for an organisation holds its policy: the worker offers what has just come, too.
        list(AdoptionPolicy.objects.select_for_update().filter(organisation=want.place))
        if Block.objects.filter(is_of(want), by_policy=True, state__in=OPEN).exists():
            return False
        block = proposed(want, at=clock.now())
        if want.answer.adoption is Adoption.AT_ONCE:
            _enforce(block, want.answer, clock=clock)
    return True


def checked(block: Block, *, clock: Clock) -> None:
    """Harm was checked of a block that a policy wants: put it in force if that was all that was missing."""
    if not block.by_policy or block.state != State.PROPOSED.value or block.organisation is None:
        return
    row = AdoptionPolicy.objects.filter(organisation=block.organisation).first()
    check = block.checks.exclude(finished_at=None).first()
    if row is None or check is None or not check.found:
        return
    thing, place = thing_of(block), block.organisation
    looked = Looked(now=clock.now(), said=said_of([thing], now=clock.now()))
    named = IndicatorValue.objects.filter(indicator__stix_id=block.indicator, kind=block.kind, value=block.value)
    for value in with_their_objects(named):
        if sender(value.indicator) != block.source or not looked.may_have(place, value.indicator.object.audience_id):
            continue
        care = bool(check.found["care"])
        offer = offer_of(value, looked.believed(place, thing), well_known=bool(block.well_known), care=care)
        answer = adopt(policy_of(row), offer)
        if answer.adoption is Adoption.AT_ONCE:
            _enforce(block, answer, clock=clock)
            return


def lift_faded(*, clock: Clock) -> None:
    """Lift what policies block and is no longer believed as much as they ask; what a person decided on stands."""

    def lift(place: int, most: int) -> int | None:
        open_ones = Block.objects.filter(pk__gt=place, by_policy=True, state__in=OPEN, peer=None)
        blocks = list(open_ones.select_related("organisation").order_by("pk")[:most])
        _lift_faded(blocks, clock=clock)
        return blocks[-1].pk if blocks else None

    go_round(_ROUND, lift, said="", every=_EVERY, most=_AT_ONCE, pieces=2, now=clock.now())


def _lift_faded(blocks: Sequence[Block], *, clock: Clock) -> None:
    policies = {one.organisation_id: policy_of(one) for one in AdoptionPolicy.objects.exclude(confidence=None)}
    now = clock.now()
    looked = Looked(now=now, said=said_of(map(thing_of, blocks), now=now))
    for block in blocks:
        policy, place = policies.get(block.organisation_id or 0), block.organisation
        if policy is None or place is None:
            continue
        faded = has_faded(policy, looked.believed(place, thing_of(block)))
        if block.before_belief:
            _keep(block, faded=faded, clock=clock)
        if block.before_belief or not faded:
            continue
        if not block.decisions.exclude(by__in=(str(NODE), block.proposed_by)).exists():
            withdraw(block, because=Because.FADED, why=Because.FADED.label, clock=clock)


def _keep(block: Block, *, faded: bool, clock: Clock) -> None:
    """Let a block of before belief decided stand, and say once that belief would not hold it.

    What belief holds goes by belief from then on, as every other block does.
    """
    if faded and block.unbelieved_at is not None:
        return
    block.before_belief, block.unbelieved_at = faded, clock.now() if faded else None
    with transaction.atomic():
        Block.objects.filter(pk=block.pk).update(before_belief=faded, unbelieved_at=block.unbelieved_at)
        if faded:
            record(
                AuditEvent.BLOCK_LEFT_STANDING,
                by=NODE,
                subject=block,
                organisation=block.organisation,
                clock=clock,
                until=block.until.isoformat(),
            )


def _enforce(block: Block, answer: Answer, *, clock: Clock) -> None:
    """Put in force what a policy adopts, unless everything is lifted."""
    if is_lifted():
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
