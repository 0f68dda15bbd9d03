"""The worker's part of adopting: what policies would adopt is offered until it is adopted or declined.

An indicator is offered when it comes. A crash, a locked database, the switch, a full day, or a policy, a group or a
source that changed later can keep a policy from it: so the worker goes round over all that indicators name.
"""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from django.db.models import Count, Max

from watchward.base.clock import Clock
from watchward.console import waking
from watchward.console.intel.bulk import chunks, insert
from watchward.console.intel.models import Definition, Group, IndicatorValue, Sighting, Source
from watchward.console.intel.rounds import go_round
from watchward.console.protect.adapters import is_lifted, may_adopt
from watchward.console.protect.adopting import adopt_indicators, adopt_values
from watchward.console.protect.models import AdoptionPolicy, OfferAgain, Switch
from watchward.console.protect.rows import OFFERS
from watchward.console.protect.wanting import Policies, with_their_objects

_ROUND: Final = "protect.offer"
_NEW: Final = "protect.offer_new"
_SEEN: Final = "protect.offer_seen"
_NEVER: Final = timedelta(days=36_500)
_EVERY: Final = timedelta(hours=6)
"""For what time alone changes: a day that is no longer full, and what counts do not show."""

_AT_ONCE: Final = 1_000
_PIECES: Final = 4


def again(*, stix_ids: Iterable[str], **_: Any) -> None:
    """Others may have some objects since: have the worker offer these at once, however long its round takes."""
    # Where nothing can be adopted now, the round begins anew when that changes.
    if not may_adopt():
        return
    insert(OfferAgain, ("stix_id",), [(one,) for one in dict.fromkeys(stix_ids)])
    waking.wake_on_commit(OFFERS)


def moved(**_: Any) -> None:
    """Organisations may be elsewhere since: have the worker look at once whether policies' organisations are."""
    waking.wake_on_commit(OFFERS)


def offer_left(*, clock: Clock) -> None:
    """Offer a few pieces of what is left; nothing while everything is lifted, which keeps the place."""
    if is_lifted() or not (policies := Policies.read()):
        OfferAgain.objects.all().delete()  # when that changes, the round begins anew, and has these too
        return

    def offer(place: int, most: int) -> int | None:
        keys = list(IndicatorValue.objects.filter(pk__gt=place).order_by("pk").values_list("pk", flat=True)[:most])
        if not keys:
            return None
        rows = IndicatorValue.objects.filter(pk__gt=place, pk__lte=keys[-1])
        adopt_values(with_their_objects(rows), policies, clock=clock)
        return keys[-1]

    def offer_seen(place: int, most: int) -> int | None:
        seen = list(Sighting.objects.filter(pk__gt=place).order_by("pk").values_list("pk", "of")[:most])
        for some in chunks(dict.fromkeys(of for _, of in seen)):
            rows = IndicatorValue.objects.filter(indicator__stix_id__in=some)
            adopt_values(with_their_objects(rows), policies, clock=clock)
        return seen[-1][0] if seen else None

    now = clock.now()
    _offer_again(clock=clock)
    # What is new comes first: the long round may have begun anew.
    go_round(_NEW, offer, said="", every=_NEVER, most=_AT_ONCE, pieces=_PIECES, now=now)
    go_round(_ROUND, offer, said=_said(), every=_EVERY, most=_AT_ONCE, pieces=_PIECES, now=now)
    # What was seen again is believed more. Of all the others nothing has changed: their round need not begin anew.
    go_round(_SEEN, offer_seen, said="", every=_EVERY, most=_AT_ONCE, pieces=_PIECES, now=now)


def _offer_again(*, clock: Clock) -> None:
    """Offer a few pieces of what others may have since, with what sightings are of."""
    for _ in range(_PIECES):
        rows = list(OfferAgain.objects.order_by("pk")[:_AT_ONCE])
        for some in chunks(dict.fromkeys(one.stix_id for one in rows)):
            seen = Sighting.objects.filter(stix_id__in=some).values_list("of", flat=True)
            adopt_indicators({*some, *seen}, clock=clock)
        # Only now: what a fault interrupts is done again. What was said again meanwhile stays.
        for keys in chunks(one.pk for one in rows):
            OfferAgain.objects.filter(pk__in=keys).delete()
        if len(rows) < _AT_ONCE:
            return


def _said() -> str:
    """What decides what is adopted, but for the indicators: when it changes, all of them are offered again."""
    said = (
        Group.members.through.objects.aggregate(Count("pk"), Max("pk")),
        Definition.objects.aggregate(Count("pk"), Max("pk")),
        AdoptionPolicy.objects.aggregate(Count("pk"), Max("written_at")),
        # Whoever lies elsewhere may have what others may. Members of groups count for those below them.
        list(AdoptionPolicy.objects.exclude(confidence=None).order_by("pk").values_list("organisation__path")),
        list(Switch.objects.order_by("pk").values_list("pk", "thrown_at")),
        Source.objects.aggregate(Count("trial_since"), Max("trial_since"), Count("withdrawn_at")),
        list(Source.objects.values_list("reliability").annotate(Count("pk")).order_by("reliability")),
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()
