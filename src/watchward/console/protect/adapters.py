"""What the node itself does with blocks: it lifts what time, a withdrawn indicator or failing care ends."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.console import waking
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor, Reach, Service
from watchward.console.detect.models import Alert, Stake
from watchward.console.estate.models import Device, Organisation
from watchward.console.intel.bulk import MANY, Among, chunks, insert
from watchward.console.intel.models import Indicator, IndicatorValue
from watchward.console.intel.weighing import counting
from watchward.console.link.models import Peer
from watchward.console.protect import telling
from watchward.console.protect.models import (
    AdoptionPolicy,
    Block,
    Check,
    Decision,
    Excepted,
    Failure,
    OfferAgain,
    Switch,
)
from watchward.console.protect.publishing import publish, where_it_holds
from watchward.console.protect.rows import OFFERS, life_of, put, thing_of, value_key
from watchward.intel.markings import Audience, Tlp
from watchward.intel.stix.telling import UNNAMED
from watchward.respond.blocks import life as lives
from watchward.respond.blocks.adopting import Adoption, Offer, Policy, adopt
from watchward.respond.blocks.failing import VOICES, WATCHED_FOR, Failing, Held, Sign, judge
from watchward.respond.blocks.life import Because, Life, State

NODE: Final = Service(name="protection")
"""As whom the node lifts blocks by itself."""

Noticed = tuple[Organisation, Failing, str]
"""Where, what, and who says so."""

OPEN: Final = (State.PROPOSED.value, State.CANARY.value, State.IN_FORCE.value)
"""The states of what is not lifted."""
OF_EVERYBODY: Final = tuple(Audience(owner="", level=one).key for one in Tlp if one <= Tlp.GREEN)
"""The keys of the audiences of what all who read blocks may know of."""
_HOLDING: Final = (State.CANARY.value, State.IN_FORCE.value)
_SILENT_FOR: Final = timedelta(minutes=30)
_TALKED_WITHIN: Final = timedelta(hours=1)
_NODE_HEARS: Final = timedelta(minutes=10)
_OTHERS: Final = 100
"""Of so many others who say the same of one thing policies are asked at once; the round asks of all."""


def move(  # noqa: PLR0913 - the block, where it goes, and what is written of it
    block: Block, life: Life, *, by: Actor, step: str, why: str = "", clock: Clock, check: Check | None = None
) -> None:
    """Let a block go on, write down the decision, and tell the lists and the other nodes."""
    now = clock.now()
    began = State(block.state) not in (State.CANARY, State.IN_FORCE)
    put(block, life, at=now)
    Decision.objects.create(block=block, at=now, by=str(by)[:200], step=step, why=why[:500], check_before=check)
    if life.state in (State.CANARY, State.IN_FORCE) and began:
        stand_aside(block, at=now)
    telling.tell(block, clock=clock)
    transaction.on_commit(partial(publish, now=now), robust=True)  # if it fails, the worker does it


@transaction.atomic
def withdraw(block: Block, *, because: Because, why: str, clock: Clock) -> None:
    """Lift a block without anybody's word."""
    held = Block.objects.select_for_update().get(pk=block.pk)
    if held.state == State.LIFTED.value:
        return
    life = lives.lift(life_of(held), because=because, at=clock.now())
    move(held, life, by=NODE, step="Lifted by itself", why=why, clock=clock)
    record(
        AuditEvent.BLOCK_WITHDRAWN,
        by=NODE,
        subject=held,
        organisation=held.organisation,
        clock=clock,
        why=why[:500],
    )


def lift_due(*, clock: Clock) -> int:
    """Lift what has ended, what nobody decided on, and what nobody reviewed; return how many."""
    now = clock.now()
    late = Q(until__lte=now) | Q(review_by__lte=now) | Q(state="proposed", proposed_at__lte=now - lives.LAPSES)
    count = 0
    for block in Block.objects.filter(late, state__in=OPEN):
        because = lives.due(life_of(block), now=now)
        if because is not None:
            withdraw(block, because=because, why=because.label, clock=clock)
            count += 1
    return count


def indicators_told(stix_ids: Iterable[str], *, clock: Clock) -> frozenset[str]:
    """Indicators came, changed or were withdrawn: lift what stands on those that are no more.

    Returns:
        The indicators of others that say the same of what was lifted: policies are to be asked about them.

    """
    standing = Block.objects.filter(state__in=OPEN, peer=None).exclude(indicator="")
    if not standing.exists():
        return frozenset()
    by_people = standing.filter(by_policy=False)
    others: set[str] = set()
    for some in chunks(stix_ids, MANY):
        others |= _lift_groundless(standing.filter(Among("indicator", some)), clock=clock)
        if by_people.exists():  # these may stand on what others say of the same thing, under identifiers of their own
            named = IndicatorValue.objects.filter(Among("indicator__stix_id", some))
            keys = set(named.values_list("value_key", flat=True))
            others |= _lift_groundless(by_people.filter(Among("value_key", keys)), clock=clock)
    return frozenset(others)


def lift_withdrawn(*, clock: Clock) -> None:
    """Lift what stands on indicators that are no more, where nobody said so when they went."""
    _lift_groundless(Block.objects.exclude(indicator=""), clock=clock)


def _lift_groundless(rows: QuerySet[Block], *, clock: Clock) -> frozenset[str]:
    """Lift what stands on an indicator that no longer says so; which others say the same of what policies blocked.

    What a policy wanted stands on the very thing and the very organisation that named it, and on its source being
    believed: a copy by somebody else, or another thing under the same identifier, keeps no such block. What a person
    wanted stands as long as its own source names it, or anybody else who counts names the same thing to all: what few
    may have keeps no block for which nobody could see why.
    """
    said = Indicator.objects.filter(stix_id=OuterRef("indicator"), revoked=False)
    said_to_all = Exists(said.filter(object__audience__key__in=OF_EVERYBODY))
    said_unnamed = Q(source=UNNAMED) & Exists(said.filter(object__source__unnamed=True))
    by_its_source = Exists(said.filter(owner=OuterRef("source"), object__source__unnamed=False)) | said_unnamed
    same = IndicatorValue.objects.filter(
        counting(), indicator__stix_id=OuterRef("indicator"), kind=OuterRef("kind"), value=OuterRef("value")
    )
    unnamed = Q(indicator__object__source__unnamed=True)
    by_name = Exists(same.filter(~unnamed, indicator__owner=OuterRef("source")))
    named = by_name | Q(source=UNNAMED) & Exists(same.filter(unnamed))
    still = IndicatorValue.objects.filter(
        counting(),
        indicator__object__audience__key__in=OF_EVERYBODY,
        value_key=OuterRef("value_key"),
        kind=OuterRef("kind"),
        value=OuterRef("value"),
    )
    kept = said_to_all | by_its_source | Exists(still)
    groundless = Q(by_policy=False) & ~kept | Q(by_policy=True) & ~named
    others: set[str] = set()
    for block in list(rows.filter(groundless, state__in=OPEN, peer=None)):
        with transaction.atomic():
            withdraw(block, because=Because.INDICATOR, why=Because.INDICATOR.label, clock=clock)
            others |= _offer_others(block) if block.by_policy else frozenset()
    return frozenset(others)


def _offer_others(block: Block) -> frozenset[str]:
    """Have policies asked about what others say of the same thing: by the word of one of them it may go on."""
    if not may_adopt():  # when that changes, the worker offers everything anew
        return frozenset()
    same = IndicatorValue.objects.filter(
        counting(), value_key=block.value_key, kind=block.kind, value=block.value
    ).values_list("indicator__stix_id", flat=True)
    found = frozenset(same.order_by("indicator__stix_id").distinct()[:_OTHERS])
    insert(OfferAgain, ("stix_id",), [(one,) for one in sorted(found)])
    if found:
        waking.wake_on_commit(OFFERS)
    return found


def is_lifted() -> bool:
    """Whether everything is lifted, so that nothing is let in."""
    return Switch.objects.filter(peer=None).exclude(thrown_at=None).exists()


def may_adopt() -> bool:
    """Whether a policy may adopt an indicator now: one is written that does, and not everything is lifted."""
    return not is_lifted() and AdoptionPolicy.objects.exclude(confidence=None).exists()


def stand_aside(block: Block, *, at: datetime) -> None:
    """Keep a block of others away from organisations whose policy leaves it to a person, until a person adopts it."""
    if block.reach == lives.Reach.ORGANISATION.value and block.peer_id is None:
        return
    policies = AdoptionPolicy.objects.select_related("organisation")
    if block.organisation is not None:
        policies = policies.filter(Reach(paths=(block.organisation.path,)).q("organisation__path"))
    cared = care_by_organisation(block)
    for row in policies:
        policy = policy_of(row)
        touched = any(path.startswith(row.organisation.path) for path in cared)
        answer = adopt(policy, Offer(kind=thing_of(block).kind, decided=True, care=touched))
        if answer.adoption is Adoption.AT_ONCE or block.aside.filter(organisation=row.organisation).exists():
            continue
        Excepted.objects.create(
            organisation=row.organisation,
            organisation_path=row.organisation.path,
            kind=block.kind,
            value=block.value,
            value_key=value_key(block.value),
            reason=f"By policy, until somebody adopts it: {answer.why}",
            until=block.until,
            by=str(NODE),
            at=at,
            block=block,
        )


def policy_of(row: AdoptionPolicy) -> Policy:
    """A written policy as the rules know it."""
    return Policy(
        decided=row.decided,
        confidence=row.confidence,
        sources=frozenset(row.sources),
        kinds=frozenset(row.kinds),
        check_first=row.check_first,
    )


def latest_check(block: Block) -> Check | None:
    """The last check of harm that is finished."""
    return block.checks.exclude(finished_at=None).filter(error="").first()


def care_by_organisation(block: Block) -> tuple[str, ...]:
    """Paths of the organisations whose care systems contacted it, as far as the last check found."""
    check = latest_check(block)
    found = check.found if check is not None and check.found else {}
    codes = [one["code"] for one in found.get("organisations", ()) if any(d["carries"] for d in one["devices"])]
    return tuple(Organisation.objects.filter(code__in=codes).values_list("path", flat=True))


def watch_care(*, clock: Clock) -> int:
    """Look for signs that care fails where blocks came lately, heed them, and return how many blocks were lifted."""
    now = clock.now()
    lately = Q(in_force_at__gte=now - WATCHED_FOR) | Q(canary_at__gte=now - WATCHED_FOR)
    blocks = list(Block.objects.filter(lately, state__in=_HOLDING).select_related("organisation"))
    if not blocks or not Device.objects.filter(last_seen_at__gte=now - _NODE_HEARS).exists():
        return 0  # nothing came lately, or nothing at all is heard: then silence says nothing
    return sum(heed(block, _signs(block, now), clock=clock) for block in blocks)


def heed(block: Block, signs: Iterable[Noticed], *, clock: Clock) -> bool:
    """Act on signs that care fails where a block holds; return whether it was lifted.

    An organisation's own block is lifted, and one that is being tried, by one word of the canary group. What is in
    force for many stands aside from that organisation at once, and is lifted when a second one says the same: else
    whoever holds one organisation could undo what protects all.
    """
    now = clock.now()
    by_place: dict[Organisation, list[Noticed]] = {}
    for place, sign, who in signs:
        by_place.setdefault(place, []).append((place, sign, who))
    why: list[str] = []
    for place, some in by_place.items():
        since = held_since(block, place, now=now)
        held = [Held(organisation=place.code, since=since)] if since else []
        verdict = judge([sign for _, sign, _ in some], held)
        if verdict.withdraw:
            why += verdict.why
            _keep_signs(block, some)
            telling.vote(block, [(place, sign) for _, sign, _ in some], clock=clock)
            if block.reach != lives.Reach.ORGANISATION.value and block.state != State.CANARY.value:
                let_through(block, place, why=verdict.why[0], clock=clock)
    if not why or not _enough(block):
        return False
    withdraw(block, because=Because.CARE, why=" ".join(why), clock=clock)
    return True


def voted(block: Block, said: Noticed, *, peer: Peer, clock: Clock) -> bool:
    """A node below says that care fails; it has judged that itself, and let itself through. Whether it was lifted."""
    place, sign, _ = said
    if held_since(block, place, now=clock.now()) is None:
        return False
    _keep_signs(block, [said], peer=peer)
    telling.vote(block, [(place, sign)], clock=clock)
    if not _enough(block):
        return False
    withdraw(block, because=Because.CARE, why=f"{place.code}: {sign.sign.label} {sign.thing}", clock=clock)
    return True


def _enough(block: Block) -> bool:
    """Whether what was said of a block is enough to lift it for everybody."""
    if block.state == State.CANARY.value or (block.reach == lives.Reach.ORGANISATION.value and block.peer_id is None):
        return True
    said = Failure.objects.filter(block=block, withdrawn=False).values_list("peer", "organisation")
    # A node below is one voice, however many organisations it speaks for.
    voices = {(peer, None) if peer else (None, organisation) for peer, organisation in said}
    return len(voices) >= VOICES


def _keep_signs(block: Block, signs: Iterable[Noticed], *, peer: Peer | None = None) -> None:
    Failure.objects.bulk_create(
        [
            Failure(
                block=block,
                peer=peer,
                key=f"{block.key}:{place.code}:{sign.sign}:{sign.thing}"[:200],
                sign=sign.sign.value,
                organisation=place,
                thing=sign.thing[:500],
                at=sign.at,
                by=who[:200],
            )
            for place, sign, who in signs
        ],
        ignore_conflicts=True,
    )


def let_through(block: Block, place: Organisation, *, why: str, clock: Clock) -> None:
    """Let an organisation reach what is blocked elsewhere, because care fails there without it."""
    if Excepted.objects.filter(organisation=place, block=block, ended_at=None).exists():
        return
    Excepted.objects.create(
        organisation=place,
        organisation_path=place.path,
        kind=block.kind,
        value=block.value,
        value_key=block.value_key,
        reason=f"Care fails there without it. {why}"[:500],
        until=block.until,
        by=str(NODE),
        at=clock.now(),
        block=block,
    )
    transaction.on_commit(partial(publish, now=clock.now()), robust=True)  # if it fails, the worker does it


def held_since(block: Block, place: Organisation, *, now: datetime) -> datetime | None:
    """Since when a block holds for an organisation; None where it does not."""
    for where in where_it_holds(block, now=now):
        if where is None or place == where or (place.path.startswith(where.path) and not block.alone):
            tried = any(place.path.startswith(path) for path in _paths(block.tried_at))
            return block.canary_at if tried and block.canary_at else block.in_force_at or block.canary_at
    return None


def _paths(codes: Iterable[str]) -> list[str]:
    return list(Organisation.objects.filter(code__in=list(codes)).values_list("path", flat=True))


def _devices_of(place: Organisation | None, *, alone: bool) -> Q:
    if place is None:
        return Q(pk__isnull=False)
    return Q(organisation=place) if alone else Reach(paths=(place.path,)).q("organisation_path")


def _signs(block: Block, now: datetime) -> list[Noticed]:
    """Devices that carry care and fell silent after a block came, and refusals of what it names on such devices."""
    since = life_of(block).since
    if since is None:
        return []
    where = Q(pk__in=[])
    for place in where_it_holds(block, now=now):
        where |= _devices_of(place, alone=block.alone)
    stakes = Stake.objects.filter(own__gt=0).exclude(device="")
    carrying = set(stakes.values_list("organisation_id", "device"))
    silent = Device.objects.filter(
        where, last_seen_at__gte=since - _TALKED_WITHIN, last_seen_at__lte=now - _SILENT_FOR
    ).select_related("organisation")
    refused = Alert.objects.filter(where, rule_id=block.indicator, last_at__gte=since).select_related("organisation")
    seen = [(one.organisation, Sign.SILENT, one.name, max(since, one.last_seen_at)) for one in silent]
    if block.indicator:
        seen += [(one.organisation, Sign.REFUSED, one.device, one.last_at) for one in refused]
    return [
        (place, Failing(sign=sign, organisation=place.code, thing=name, at=at), str(NODE))
        for place, sign, name, at in seen
        if (place.pk, name.casefold()) in carrying
    ]
