"""The part of the adapters that finds what policies want blocked and is not yet, for many things at once.

Each question is asked of all things of a piece together, and of each different policy once however many organisations
wrote it: what an organisation may have is asked only of what its policy wants.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db.models import Q, QuerySet

from watchward.base.clock import Clock
from watchward.console.estate.models import Organisation
from watchward.console.intel import moments
from watchward.console.intel.bulk import chunks
from watchward.console.intel.met import may_be_named
from watchward.console.intel.models import Indicator, IndicatorValue
from watchward.console.intel.recipients import receiving
from watchward.console.protect import judging
from watchward.console.protect.adapters import counting, policy_of
from watchward.console.protect.models import AdoptionPolicy, Block, Check, Decision
from watchward.console.protect.rows import key_of, put, value_key
from watchward.intel.markings import Audience, Tlp
from watchward.intel.observable import Kind, Observable
from watchward.intel.stix.telling import UNNAMED
from watchward.respond.blocks import life as lives
from watchward.respond.blocks.adopting import Adoption, Answer, Offer, Policy, adopt
from watchward.respond.blocks.life import LONGEST, USUAL, Because, Reach, State
from watchward.respond.blocks.refusing import Judged

log = structlog.get_logger(__name__)

MOST_A_DAY: Final = 1_000
"""Blocks that a policy may want in a day for one source: who sends more is looked at by a person first."""

_DAY: Final = timedelta(days=1)
_FEW: Final = "An indicator that was shared with a few"
_COUNTS_ANEW: Final = frozenset({Because.INDICATOR.value})
"""What was lifted for this is offered again as if it had never been blocked: its ground went, and may come back."""

_UNTIL_SAID_ANEW: Final = frozenset({Because.ENDED.value, Because.LAPSED.value})
"""What was lifted for this is offered again when somebody has said it anew since."""


@dataclass(frozen=True, kw_only=True)
class Policies:
    """Which organisations have which policy; those that block no indicator are left out."""

    places: Mapping[Policy, Sequence[Organisation]]

    @classmethod
    def read(cls) -> "Policies":
        """As they are written now."""
        found: dict[Policy, list[Organisation]] = defaultdict(list)
        for row in AdoptionPolicy.objects.exclude(confidence=None).select_related("organisation").order_by("pk"):
            found[policy_of(row)].append(row.organisation)
        return cls(places=found)

    def __bool__(self) -> bool:
        return bool(self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """A block that a policy wants.

    Args:
        value: what an indicator names.
        place: for whom.
        answer: what the policy says of it.
        until: when it ends.
        well_known: the lists of what everybody uses that have it.

    """

    value: IndicatorValue
    place: Organisation
    answer: Answer
    until: datetime
    well_known: tuple[str, ...]


def with_their_objects(values: QuerySet[IndicatorValue]) -> QuerySet[IndicatorValue]:
    """Those of some values that count, with all that is asked of them."""
    rows = values.filter(counting()).select_related("indicator__object__source", "indicator__object__audience")
    return rows.order_by("pk")


def sender(says: Indicator) -> str:
    """Whose an indicator is, as everybody may be told who sees the block."""
    return UNNAMED if says.object.source.unnamed else says.owner


def offer_of(value: IndicatorValue, *, well_known: bool = False, care: bool | None = None) -> Offer:
    """What a policy is asked of a value."""
    says = value.indicator
    return Offer(
        kind=Kind(value.kind), confidence=says.confidence, source=sender(says), well_known=well_known, care=care
    )


def may_have(place: Organisation, value: IndicatorValue) -> bool:
    """Whether an organisation's programs may have an indicator."""
    audience = _audience(value)
    return audience.level is not Tlp.RED and Organisation.objects.filter(receiving(audience), pk=place.pk).exists()


def wants_in(values: Iterable[IndicatorValue], policies: Policies, *, clock: Clock) -> Iterator[Want]:
    """What policies want of some values: what was adopted or declined before is left out."""
    now = clock.now()
    meant = [one for one in values if _meant(offer_of(one), policies) and _ends(one, now) > now]
    if not meant:
        return
    looked = _Looked(now=now, settled=_settled(meant))
    for value in meant:
        judged = judging.judged(_thing(value))
        if not judged.never:
            yield from _wanted(value, judged, policies, looked)


def _wanted(value: IndicatorValue, judged: Judged, policies: Policies, looked: "_Looked") -> Iterator[Want]:
    offer, until = offer_of(value, well_known=bool(judged.well_known)), _ends(value, looked.now)
    for policy, places in policies.places.items():
        answer = adopt(policy, offer)
        if answer.adoption is Adoption.REFUSED:
            continue
        for place in looked.left(value, places):
            if looked.takes_room(place, offer.source):
                yield Want(value=value, place=place, answer=answer, until=until, well_known=judged.well_known)


def proposed(want: Want, *, at: datetime) -> Block:
    """The block that a policy wants, stored as proposed, and its check of harm asked for."""
    says, place, thing = want.value.indicator, want.place, _thing(want.value)
    # Whoever reads blocks of the organisation reads this, though few may have the indicator.
    named = (says.name or "An indicator") if may_be_named(_audience(want.value)) else _FEW
    block = Block(
        key=key_of(thing, place.code, at),
        kind=thing.kind.value,
        value=thing.value,
        value_key=value_key(thing.value),
        indicator=says.stix_id,
        why=f"{named}: {want.answer.why}"[:500],
        source=sender(says),
        reach=Reach.ORGANISATION.value,
        organisation=place,
        organisation_path=place.path,
        well_known=" ".join(want.well_known)[:500],
        by_policy=True,
        proposed_by=f"The policy of {place}"[:200],
        proposed_at=at,
    )
    until = min(want.until, at + LONGEST)
    put(block, lives.propose(Reach.ORGANISATION, at=at, until=until, well_known=bool(want.well_known)), at=at)
    Decision.objects.create(block=block, at=at, by=block.proposed_by, step="Proposed", why=want.answer.why)
    Check.objects.create(block=block, asked_by=block.proposed_by, asked_at=at)
    return block


def _meant(offer: Offer, policies: Policies) -> bool:
    return any(adopt(policy, offer).adoption is not Adoption.REFUSED for policy in policies.places)


def _ends(value: IndicatorValue, now: datetime) -> datetime:
    return min(now + USUAL, value.indicator.valid_until or now + USUAL)


def _thing(value: IndicatorValue) -> Observable:
    return Observable(Kind(value.kind), value.value)


def _audience(value: IndicatorValue) -> Audience:
    return Audience.of(value.indicator.object.audience.key)


@dataclass(kw_only=True)
class _Settled:
    """What was decided of a thing before.

    Args:
        own: organisations at which it was, and when that ended if it counts only until somebody says it anew.
        wide: the beginnings of the paths for which it is in force already.

    """

    own: list[tuple[int, datetime | None]] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)


def _settled(values: Sequence[IndicatorValue]) -> Mapping[Observable, _Settled]:
    found: dict[Observable, _Settled] = defaultdict(_Settled)
    in_force = Q(by_policy=False, state=State.IN_FORCE.value)
    decided = Q(by_policy=True) | in_force | Q(because__in=[Because.PERSON.value, Because.CARE.value])
    for some in chunks({one.value_key for one in values}):
        rows = Block.objects.filter(decided, value_key__in=some).exclude(because__in=_COUNTS_ANEW)
        for one in rows.values("kind", "value", "organisation", "organisation_path", "state", "because", "lifted_at"):
            settled = found[Observable(Kind(one["kind"]), one["value"])]
            if one["state"] == State.IN_FORCE.value:
                settled.wide.append(one["organisation_path"])
            if one["organisation"] is not None:
                ended = one["lifted_at"] if one["because"] in _UNTIL_SAID_ANEW else None
                settled.own.append((one["organisation"], ended))
    return found


@dataclass(kw_only=True)
class _Looked:
    """What was looked up for one piece of work."""

    now: datetime
    settled: Mapping[Observable, _Settled]
    _receivers: dict[int, AbstractSet[int]] = field(default_factory=dict)
    _today: dict[tuple[int, str], int] = field(default_factory=dict)

    def left(self, value: IndicatorValue, places: Sequence[Organisation]) -> Iterator[Organisation]:
        """For whom a value may be blocked and nobody has decided yet; whoever is given has it decided."""
        settled = self.settled[_thing(value)]
        brought = moments.moment(value.indicator.object.added)
        done = {pk for pk, ended in settled.own if ended is None or ended >= brought}
        for place in places:
            if place.pk in done or any(place.path.startswith(path) for path in settled.wide):
                continue
            if place.pk in self._may_have(value):
                settled.own.append((place.pk, None))
                yield place

    def _may_have(self, value: IndicatorValue) -> AbstractSet[int]:
        key = value.indicator.object.audience_id
        if key not in self._receivers:
            audience = _audience(value)
            mine = Organisation.objects.filter(pk__in=AdoptionPolicy.objects.values("organisation"))
            found = mine.none() if audience.level is Tlp.RED else mine.filter(receiving(audience))
            self._receivers[key] = frozenset(found.values_list("pk", flat=True))
        return self._receivers[key]

    def takes_room(self, place: Organisation, source: str) -> bool:
        """Whether an organisation's policy may want one more for the word of a source today; counts it."""
        key = (place.pk, source)
        if key not in self._today:
            lately = Block.objects.filter(organisation_path=place.path, organisation=place, by_policy=True)
            self._today[key] = lately.filter(source=source, proposed_at__gt=self.now - _DAY).count()
        self._today[key] += 1
        if self._today[key] == MOST_A_DAY + 1:
            log.warning("policy_wants_too_much", organisation=place.code, most=MOST_A_DAY, source=source)
        return self._today[key] <= MOST_A_DAY
