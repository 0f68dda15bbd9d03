"""The part of the adapters that lets fade what is hardly believed: it is not looked for in events as they come.

What is believed less than the setting `faded_below` costs a look at every event, and raises alerts that nobody heeds.
It is kept, shared and shown as faded. It is looked for again when somebody sees it, or another organisation names it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from watchward.base.clock import Clock
from watchward.console.config import current
from watchward.console.intel import moments
from watchward.console.intel.bulk import MANY, Among, chunks, insert
from watchward.console.intel.models import IndicatorValue, Source, Unpublished
from watchward.console.intel.rounds import go_round
from watchward.console.intel.values import Value, values_in
from watchward.console.intel.weighing import believed, said_of
from watchward.intel.decay import decay
from watchward.intel.observable import Kind, Observable
from watchward.intel.trust import UNSAID, Reliability

_EVER: Final = 2**53
"""More microseconds than any clock shows."""

_ROUND: Final = "intel.fade"
_EVERY: Final = timedelta(hours=6)
"""Things fade over weeks: what is looked for some hours longer than it need be costs nothing."""

_AT_ONCE: Final = 2_000
_PIECES: Final = 4


def faded_among(values: Sequence[Value], *, now: datetime) -> AbstractSet[Observable]:
    """What of some values has faded, which is noted; what is believed again is noted too, with all who name it."""
    weak: set[Observable] = set()
    strong: set[Observable] = set()
    at, floor = moments.micros(now), _floor()
    for one in values:
        # Where somebody's word is enough by itself, nobody else need be asked: no belief that counts it is lower.
        (strong if one.version + _lasts(one, floor) >= at else weak).add(one.thing)
    faded = _faded(weak - strong, floor, now)
    _note(values, faded, now)
    return faded


def look_over(*, clock: Clock) -> None:
    """Find what has faded since, and what no longer is, and have the gateways told; a few pieces of a round."""
    now, floor = clock.now(), _floor()
    # Only those that somebody rated: a source that is new, and of which nobody knows anything, changes nothing.
    rated = Source.objects.exclude(reliability=Reliability.F).order_by("pk").values_list("pk", "reliability")
    said = hashlib.sha256(repr((floor, [*rated])).encode()).hexdigest()
    go_round(
        _ROUND,
        lambda place, most: _look_over(place, most, floor, now),
        said=said,
        every=_EVERY,
        most=_AT_ONCE,
        pieces=_PIECES,
        now=now,
    )


def _look_over(place: int, most: int, floor: float, now: datetime) -> int | None:
    keys = list(IndicatorValue.objects.filter(pk__gt=place).order_by("pk").values_list("pk", flat=True)[:most])
    if not keys:
        return None
    at, stale = moments.micros(now), set()
    weak: dict[Observable, list[tuple[str, bool]]] = {}
    rows = IndicatorValue.objects.filter(pk__gt=place, pk__lte=keys[-1], indicator__revoked=False)
    for one in values_in(rows):
        if one.version + _lasts(one, floor) < at:
            weak.setdefault(one.thing, []).append((one.stix_id, one.faded_at is not None))
        elif one.faded_at is not None:
            stale.add(one.stix_id)
    faded = _faded(weak, floor, now)
    stale |= {stix_id for thing, named in weak.items() for stix_id, noted in named if noted != (thing in faded)}
    _publish_anew(stale)
    return keys[-1]


def _floor() -> float:
    return current().faded_below / 100


def _lasts(one: Value, floor: float) -> int:
    return _word_lasts(one.thing.kind, one.confidence, one.reliability, floor)


@lru_cache(maxsize=4096)
def _word_lasts(kind: Kind, confidence: int | None, reliability: str, floor: float) -> int:
    """Microseconds after which somebody's word alone is worth less than the floor; less than none if it always is."""
    begins = Reliability(reliability).share * (UNSAID if confidence is None else confidence) / 100
    if begins < floor:
        return -_EVER
    return moments.micros(decay(kind).ends_at(moments.moment(0), below=floor / begins)) if floor else _EVER


def _faded(things: Iterable[Observable], floor: float, now: datetime) -> AbstractSet[Observable]:
    weak = set(things)
    said = said_of(weak, now=now) if weak else {}
    return {one for one in weak if believed(one, said.get(one, ()), now=now) < floor}


def _note(values: Sequence[Value], faded: AbstractSet[Observable], now: datetime) -> None:
    slept = [one.pk for one in values if one.faded_at is None and one.thing in faded]
    for some in chunks(slept, MANY):
        IndicatorValue.objects.filter(Among("id", some)).update(faded_at=now)
    if not IndicatorValue.objects.filter(faded_at__isnull=False).exists():
        return
    back = {one.pk: one for one in values if one.thing not in faded}
    woken = [one.pk for one in back.values() if one.faded_at is not None]
    for some in chunks(woken, MANY):
        IndicatorValue.objects.filter(Among("id", some)).update(faded_at=None)
    for keys in chunks({one.value_key for one in back.values()}, MANY):
        others = IndicatorValue.objects.filter(Among("value_key", keys), faded_at__isnull=False)
        named = {(one.thing.kind.value, one.thing.value) for one in back.values()}
        rows = others.values_list("pk", "kind", "value", "indicator__stix_id")
        _publish_anew({stix_id for pk, kind, value, stix_id in rows if (kind, value) in named and pk not in back})


def _publish_anew(stix_ids: Iterable[str]) -> None:
    insert(Unpublished, ("stix_id", "kind", "value"), [(one, "", "") for one in stix_ids])
