"""What the node itself does with stored intelligence: it tells the gateways what to look for."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import starmap
from pathlib import Path
from typing import Final, NamedTuple

import structlog
from django.db import transaction
from msgspec import structs

from watchward.base.clock import Clock
from watchward.base.collection import without_collection
from watchward.base.errors import BadSetupError
from watchward.base.files import put_whole, turn
from watchward.console.config import current
from watchward.console.intel import moments
from watchward.console.intel.bulk import AT_ONCE, MANY, Among, chunks, insert
from watchward.console.intel.fading import faded_among
from watchward.console.intel.models import Indicator, IndicatorValue, Source, Unpublished
from watchward.console.intel.signals import indicators_told
from watchward.console.intel.values import values_in
from watchward.console.intel.warnings import edition, withholding
from watchward.intel.exact import standing
from watchward.intel.exact.entry import Entry
from watchward.intel.exact.folder import append, kept
from watchward.intel.exact.folder import publish as exact_publish
from watchward.intel.exact.sets import ExactSets
from watchward.intel.live import folder as live
from watchward.intel.live.pattern import Pattern
from watchward.intel.observable import Kind, Observable
from watchward.intel.pattern import indicator_of
from watchward.intel.stix.telling import UNNAMED
from watchward.intel.withheld import why_not
from watchward.lake.asking import ask

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 50_000
FEW: Final = 200
"""So many indicators are blocked by policies before the gateways' files are written."""

_UNPUBLISHED: Final = ("stix_id", "kind", "value")
_JUDGED: Final = "judged"
"""The file that says by which settings and lists the gateways were told."""


class _Waiting(NamedTuple):
    """What the gateways are to be told: see `Unpublished`."""

    pk: int
    stix_id: str
    kind: str
    value: str


def exact_folder() -> Path:
    """Where the gateways find the exact values of indicators."""
    return current().home / "intel" / "exact"


def patterns_folder() -> Path:
    """Where the gateways find the indicators whose patterns are more than exact values."""
    return current().home / "intel" / "patterns"


def publish(*, clock: Clock) -> None:
    """Tell the gateways what indicators look for since the last time; when this returns, they notice it at once."""
    while Unpublished.objects.exists():
        with turn(exact_folder().parent / "publish.lock"), without_collection():
            # Read in turn: whatever was stored before is seen, and whoever stores more waits to tell it afterwards.
            rows = _waiting()
            told = list(dict.fromkeys(one.stix_id for one in rows))
            # A few are blocked first: writing the gateways' files takes as long as that, and seconds count.
            few = len(told) <= FEW
            _let_hear(told if few else [], clock=clock)
            patterns = _patterns({one.stix_id for one in rows if one.kind == Unpublished.PATTERN})
            exact = [one for one in rows if one.kind != Unpublished.PATTERN]
            active, ended = _entries(dict.fromkeys(one.stix_id for one in exact), now=clock.now())
            removed = [_removed(one.stix_id, one.kind, one.value) for one in exact if one.kind]
            _look_back_for(active, patterns.fresh, clock=clock)
            if exact:
                append(exact_folder(), added=active, removed=[*removed, *ended])
            if patterns.named:
                _note_lack(live.change(patterns_folder(), added=patterns.active, removed=patterns.before))
            for some in chunks((one.pk for one in rows), MANY):
                Unpublished.objects.filter(Among("id", some)).delete()
        _let_hear([] if few else told, clock=clock)


def _let_hear(stix_ids: Sequence[str], *, clock: Clock) -> None:
    """Tell who waits for it of indicators; what fails there is offered again by the worker."""
    if not stix_ids:
        return
    for _, trouble in indicators_told.send_robust(sender=None, stix_ids=stix_ids, clock=clock):
        if trouble is not None:
            log.warning("indicators_not_heard", reason=str(trouble))


def publish_all(*, clock: Clock) -> None:
    """Tell the gateways of everything anew: the files may have been lost, or be from before a backup.

    What is looked for already is looked for all the while: only what should not be there is taken out (ADR 0257).
    """
    told = edition()
    with transaction.atomic():
        known = Indicator.objects.filter(unrun="").values_list("stix_id", "exact").iterator()
        for some in chunks(known, _AT_ONCE):
            rows = [(stix_id, "" if exact else Unpublished.PATTERN, "") for stix_id, exact in some]
            insert(Unpublished, _UNPUBLISHED, rows)
        for stale in chunks(_stale(), _AT_ONCE):
            insert(Unpublished, _UNPUBLISHED, stale)
    publish(clock=clock)
    exact_folder().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    put_whole(exact_folder().parent / _JUDGED, told.encode())


def judge_again(*, clock: Clock) -> None:
    """Tell the gateways of everything anew where something else is withheld than when they were told last."""
    path = exact_folder().parent / _JUDGED
    if not (path.exists() and path.read_text() == edition()):
        publish_all(clock=clock)


def _stale() -> Iterator[tuple[str, str, str]]:
    """What the files have and no indicator says; files that are damaged begin anew."""
    try:
        for some in chunks(kept(exact_folder()), AT_ONCE):
            names = {one.indicator for one in some}
            values = IndicatorValue.objects.filter(indicator__stix_id__in=names)
            said = set(values.values_list("indicator__stix_id", "kind", "value"))
            rows = ((one.indicator, one.observable.kind.value, one.observable.value) for one in some)
            yield from (one for one in rows if one not in said)
    except BadSetupError:
        exact_publish(exact_folder(), ())
    try:
        for named in chunks({indicator_of(one.id) for one in live.read(patterns_folder())}):
            known = Indicator.objects.filter(stix_id__in=named, exact=False).values_list("stix_id", flat=True)
            yield from ((one, Unpublished.PATTERN, "") for one in set(named) - set(known))
    except BadSetupError:
        live.publish(patterns_folder(), ())


def _waiting() -> Sequence[_Waiting]:
    return list(starmap(_Waiting, Unpublished.objects.order_by("pk").values_list("pk", *_UNPUBLISHED)[:_AT_ONCE]))


def _look_back_for(entries: Sequence[Entry], patterns: Sequence[Pattern], *, clock: Clock) -> None:
    """Ask for what nobody has looked for before in the events that are kept."""
    lookup = ExactSets.open(exact_folder()).lookup
    known = {one: {entry.indicator for entry in lookup.of(one)} for one in {entry.observable for entry in entries}}
    fresh = [entry for entry in entries if entry.indicator not in known[entry.observable]]
    if fresh or patterns:
        looks, journals = current().home / "intel" / "looks", current().journal
        ask(looks, fresh, patterns=patterns, journals=journals, clock=clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Patterns:
    """What is said now of some indicators with patterns.

    Args:
        named: the indicators.
        active: what is to be looked for by them.
        before: the ids of what was looked for by them before.
        fresh: what of the active nobody has looked for before.

    """

    named: AbstractSet[str]
    active: Sequence[Pattern]
    before: Sequence[str]
    fresh: Sequence[Pattern]


def _patterns(stix_ids: AbstractSet[str]) -> _Patterns:
    if not stix_ids:
        return _Patterns(named=stix_ids, active=(), before=(), fresh=())
    active: dict[str, Pattern] = {}
    withheld = withholding()
    for some in chunks(sorted(stix_ids)):
        rows = Indicator.objects.filter(stix_id__in=some, exact=False, revoked=False, unrun="")
        for says in rows.select_related("object__source").order_by("pk"):
            if why_not(says.pattern, withheld.why):
                continue
            one = _pattern(says, says.stix_id)
            if (first := active.get(says.stix_id)) is not None:
                if first.pattern == one.pattern:
                    active[says.stix_id] = structs.replace(first, brought=f"{first.brought},{one.brought}")
                    continue
                # The owner's code tells them apart, but for whoever shares without their name.
                whose = says.object.source_id if says.object.source.unnamed else says.owner
                one = _pattern(says, f"{says.stix_id}#{whose}")
            active[one.id] = one
    before = [one for one in live.read(patterns_folder()) if indicator_of(one.id) in stix_ids]
    known = {(one.id, one.pattern) for one in before}
    return _Patterns(
        named=stix_ids,
        active=list(active.values()),
        before=[one.id for one in before],
        fresh=[one for one in active.values() if (one.id, one.pattern) not in known],
    )


def _pattern(says: Indicator, name: str) -> Pattern:
    return Pattern(
        id=name,
        pattern=says.pattern,
        pattern_type=says.pattern_type,
        title=says.name,
        confidence=says.confidence,
        source=UNNAMED if says.object.source.unnamed else says.owner,
        since=says.valid_from,
        # A beginning that lies ahead is meant as one; else it only says when the indicator was written down.
        starts=says.valid_from if says.valid_from > moments.moment(says.object.added) else None,
        until=says.valid_until,
        joined=says.joined,
        brought=str(says.object.source_id),
    )


def _note_lack(ids: Sequence[str]) -> None:
    """Say of indicators that there is no room for them."""
    for some in chunks(dict.fromkeys(map(indicator_of, ids))):
        Indicator.objects.filter(stix_id__in=some, exact=False).update(
            unrun=f"The node looks for {live.MOST:,} patterns already, which are the most."
        )


def _entries(stix_ids: Iterable[str], *, now: datetime) -> tuple[list[Entry], list[Entry]]:
    """The values that some indicators speak of; and those that nothing looks for: revoked, withheld, or faded."""
    active: dict[tuple[Observable, str], Entry] = {}
    ended: list[Entry] = []
    withheld = withholding()
    for some in chunks(stix_ids, MANY):
        values = list(values_in(IndicatorValue.objects.filter(Among("indicator__stix_id", some))))
        faded = faded_among([one for one in values if not one.revoked], now=now)
        for one in values:
            entry = Entry(
                observable=one.thing,
                indicator=one.stix_id,
                title=one.name,
                confidence=one.confidence,
                source=UNNAMED if one.unnamed else one.owner,
                since=one.valid_from,
                until=one.valid_until,
                brought=str(one.source),
            )
            if one.revoked or entry.observable in faded or withheld.why(entry.observable):
                ended.append(entry)
            else:
                key = (entry.observable, entry.indicator)
                active[key] = _together(active.get(key), entry)
    return list(active.values()), ended


def _together(before: Entry | None, entry: Entry) -> Entry:
    """An entry with the sources of one that says the same of the same thing."""
    if before is None or entry.brought in before.brought.split(","):
        return entry
    return replace(entry, brought=f"{before.brought},{entry.brought}")


def tell_standings() -> None:
    """Tell the gateways which sources are on trial, and which were withdrawn."""
    with turn(exact_folder().parent / "standing.lock"):
        trial = Source.objects.filter(trial_since__isnull=False).values_list("pk", flat=True)
        withdrawn = Source.objects.filter(withdrawn_at__isnull=False).values_list("pk", flat=True)
        for folder in (exact_folder(), patterns_folder()):
            standing.write(folder, trial=map(str, trial), withdrawn=map(str, withdrawn))


def _removed(stix_id: str, kind: str, value: str) -> Entry:
    return Entry(observable=Observable(Kind(kind), value), indicator=stix_id, title="")
