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
from watchward.console.intel.models import Audience as StoredAudience
from watchward.console.intel.models import Indicator, IndicatorValue
from watchward.console.intel.recipients import receiving
from watchward.console.intel.weighing import Said, believed, counting, said_of
from watchward.console.protect import judging
from watchward.console.protect.adapters import policy_of
from watchward.console.protect.models import AdoptionPolicy, Block, Decision
from watchward.console.protect.rows import ask_check, key_of, put, value_key
from watchward.estate.organisation import OrganisationKind
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
_COUNTS_ANEW: Final = frozenset({Because.INDICATOR.value, Because.FADED.value})
"""What was lifted for this is offered again as if it had never been blocked: its ground went, and may come back."""

_OF_DECIDED: Final = (
    "kind", "value", "organisation", "organisation_path", "state", "because", "lifted_at", "alone",
)  # fmt: skip
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
        # None may be written for a nation; this is for what an older version wrote.
        rows = AdoptionPolicy.objects.exclude(confidence=None).exclude(organisation__kind=OrganisationKind.NATION.value)
        for row in rows.select_related("organisation").order_by("pk"):
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


def offer_of(value: IndicatorValue, believed: float, *, well_known: bool = False, care: bool | None = None) -> Offer:
    """What a policy is asked of a value that is believed so much."""
    whose = sender(value.indicator)
    return Offer(kind=Kind(value.kind), believed=believed, source=whose, well_known=well_known, care=care)


def wants_in(values: Iterable[IndicatorValue], policies: Policies, *, clock: Clock) -> Iterator[Want]:
    """What policies want of some values: what was adopted or declined before is left out."""
    now = clock.now()
    named = [one for one in values if _meant(offer_of(one, 1.0), policies) and _ends(one, now) > now]
    said = said_of({thing_of(one) for one in named}, now=now) if named else {}
    # Nobody believes more than who may have all that is said.
    meant = [one for one in named if _meant(offer_of(one, _most_believed(one, said, now)), policies)]
    if not meant:
        return
    audiences = {one.indicator.object.audience_id: one.indicator.object.audience.key for one in meant}
    looked = Looked(now=now, said=said, settled=_settled(meant), audiences=audiences)
    for value in meant:
        judged = judging.judged(thing_of(value))
        if not judged.never:
            yield from _wanted(value, judged, policies, looked)


def _wanted(value: IndicatorValue, judged: Judged, policies: Policies, looked: "Looked") -> Iterator[Want]:
    most, until = _most_believed(value, looked.said, looked.now), _ends(value, looked.now)
    for policy, places in policies.places.items():
        if not _asked(policy, offer_of(value, most)):
            continue
        for place in looked.left(value, places):
            offer = offer_of(value, looked.believed(place, thing_of(value)), well_known=bool(judged.well_known))
            answer = adopt(policy, offer)
            if answer.adoption is not Adoption.REFUSED and looked.takes(value, place):
                yield Want(value=value, place=place, answer=answer, until=until, well_known=judged.well_known)


def proposed(want: Want, *, at: datetime) -> Block:
    """The block that a policy wants, stored as proposed, and its check of harm asked for."""
    says, place, thing = want.value.indicator, want.place, thing_of(want.value)
    # Whoever reads blocks of the organisation reads this, though few may have the indicator.
    audience = _audience(want.value)
    few = not may_be_named(audience)
    named = _FEW if few else says.name or "An indicator"
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
        few=few,
        alone=not audience.goes_below,
        proposed_by=f"The policy of {place}"[:200],
        proposed_at=at,
    )
    until = min(want.until, at + LONGEST)
    put(block, lives.propose(Reach.ORGANISATION, at=at, until=until, well_known=bool(want.well_known)), at=at)
    Decision.objects.create(block=block, at=at, by=block.proposed_by, step="Proposed", why=want.answer.why)
    ask_check(block, by=block.proposed_by, at=at)
    return block


def is_of(want: Want) -> Q:
    """A filter for blocks: those of the same thing for the same organisation."""
    thing = thing_of(want.value)
    return Q(value_key=value_key(thing.value), kind=thing.kind.value, value=thing.value, organisation=want.place)


def _meant(offer: Offer, policies: Policies) -> bool:
    return any(_asked(policy, offer) for policy in policies.places)


def _asked(policy: Policy, offer: Offer) -> bool:
    return adopt(policy, offer).adoption is not Adoption.REFUSED


def _most_believed(value: IndicatorValue, said: Mapping[Observable, Sequence[Said]], now: datetime) -> float:
    thing = thing_of(value)
    return believed(thing, said.get(thing, ()), now=now)


def _ends(value: IndicatorValue, now: datetime) -> datetime:
    return min(now + USUAL, value.indicator.valid_until or now + USUAL)


def thing_of(value: IndicatorValue) -> Observable:
    """What an indicator names."""
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
        for one in rows.values(*_OF_DECIDED):
            settled = found[Observable(Kind(one["kind"]), one["value"])]
            if one["state"] == State.IN_FORCE.value and not one["alone"]:
                settled.wide.append(one["organisation_path"])
            if one["organisation"] is not None:
                ended = one["lifted_at"] if one["because"] in _UNTIL_SAID_ANEW else None
                settled.own.append((one["organisation"], ended))
    return found


def _receivers(audience: Audience) -> AbstractSet[int] | None:
    """Which organisations that wrote a policy may have what has an audience; None: all."""
    if may_be_named(audience):
        return None
    mine = Organisation.objects.filter(pk__in=AdoptionPolicy.objects.values("organisation"))
    found = mine.none() if audience.level is Tlp.RED else mine.filter(receiving(audience))
    return frozenset(found.values_list("pk", flat=True))


@dataclass(kw_only=True)
class Looked:
    """What was looked up for one piece of work.

    Args:
        now: the moment.
        said: what is reported of each thing.
        settled: what was decided of each before.
        audiences: what is known of audiences already, by key.

    """

    now: datetime
    said: Mapping[Observable, Sequence[Said]]
    settled: Mapping[Observable, _Settled] = field(default_factory=dict)
    audiences: Mapping[int, str] = field(default_factory=dict)
    _receivers: dict[int, AbstractSet[int] | None] = field(default_factory=dict)
    _believed: dict[tuple[Observable, AbstractSet[int]], float] = field(default_factory=dict)
    _today: dict[tuple[int, str], int] = field(default_factory=dict)

    def left(self, value: IndicatorValue, places: Sequence[Organisation]) -> Iterator[Organisation]:
        """For whom a value may be blocked, and nobody has decided it yet."""
        settled = self.settled[thing_of(value)]
        brought = moments.moment(value.indicator.object.added)
        done = {pk for pk, ended in settled.own if ended is None or ended >= brought}
        for place in places:
            covered = place.pk in done or any(place.path.startswith(path) for path in settled.wide)
            if not covered and self.may_have(place, value.indicator.object.audience_id):
                yield place

    def may_have(self, place: Organisation, audience: int) -> bool:
        """Whether the programs of an organisation that wrote a policy may have what has an audience."""
        if audience not in self._receivers:
            key = self.audiences.get(audience) or StoredAudience.objects.get(pk=audience).key
            self._receivers[audience] = _receivers(Audience.of(key))
        receivers = self._receivers[audience]
        return receivers is None or place.pk in receivers

    def believed(self, place: Organisation, thing: Observable) -> float:
        """How much of a thing an organisation believes; the same for all that may have the same of what is said."""
        said = self.said.get(thing, ())
        audiences = {key for one in said for key in (one.audience, *one.of)}
        has = frozenset(key for key in audiences if self.may_have(place, key))
        if (thing, has) not in self._believed:
            self._believed[thing, has] = believed(thing, said, has.__contains__, now=self.now)
        return self._believed[thing, has]

    def takes(self, value: IndicatorValue, place: Organisation) -> bool:
        """Whether an organisation's policy may want one more for the word of a source today; then it is decided."""
        key = (place.pk, sender(value.indicator))
        if key not in self._today:
            lately = Block.objects.filter(organisation_path=place.path, organisation=place, by_policy=True)
            self._today[key] = lately.filter(source=key[1], proposed_at__gt=self.now - _DAY).count()
        self._today[key] += 1
        if self._today[key] > MOST_A_DAY:
            if self._today[key] == MOST_A_DAY + 1:
                log.warning("policy_wants_too_much", organisation=place.code, most=MOST_A_DAY, source=key[1])
            return False
        self.settled[thing_of(value)].own.append((place.pk, None))
        return True
