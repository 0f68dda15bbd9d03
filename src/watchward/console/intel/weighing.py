"""The part of the queries that says what is reported of many things at once, and how much of it somebody believes.

A page weighs one thing, with sentences (`believing`). Here the node asks of what policies want, and of what it looks
for: the same reports, under the same law, each with its audience, so that no belief rests on what one may not have.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import F, Max, Q, Window
from django.db.models.functions import RowNumber

from watchward.console.intel import moments
from watchward.console.intel.believing import last_of, maker, names_by_owner, origins
from watchward.console.intel.bulk import MANY, Among, chunks, value_key
from watchward.console.intel.models import IndicatorValue, Object, Sighting
from watchward.intel.observable import Kind, Observable
from watchward.intel.stix.telling import UNNAMED
from watchward.intel.trust import Reliability, Report, chance

_MOST_OF_ONE: Final = 20
"""Of the indicators that one organisation brought of one thing, the newest are weighed."""

_INDICATOR: Final = (
    "kind", "value", "indicator__pk", "indicator__stix_id", "indicator__owner", "indicator__version",
    "indicator__confidence", "indicator__object__audience", "indicator__object__source__reliability",
    "indicator__object__source__unnamed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """A report, and who may have it.

    Args:
        report: what is said.
        audience: the key of who may have it.
        of: keys of who may have an indicator of which it speaks; somebody must be among one of these too.

    """

    report: Report
    audience: int
    of: AbstractSet[int]


def counting() -> Q:
    """The values of indicators that hold, of sources that are neither on trial nor withdrawn."""
    return Q(indicator__revoked=False) & _trusted("indicator__object__source")


def _trusted(source: str) -> Q:
    return Q(**{f"{source}__trial_since": None, f"{source}__withdrawn_at": None})


def said_of(things: Iterable[Observable], *, now: datetime) -> Mapping[Observable, Sequence[Said]]:
    """All that is reported of some things, by sources that count."""
    found: dict[Observable, list[Said]] = defaultdict(list)
    wanted = set(things)
    for keys in chunks({value_key(one.value) for one in wanted}, MANY):
        rows = [(thing, row) for row in _rows(keys) if (thing := Observable(Kind(row[0]), row[1])) in wanted]
        makers = _makers(rows)
        for thing, row in rows:
            found[thing].append(_indicator(row, makers.get((thing, row[2]), ""), now))
        for thing, seen in _sightings(rows, now):
            found[thing].append(seen)
    return found


def believed(
    thing: Observable, said: Sequence[Said], may: Callable[[int], bool] | None = None, *, now: datetime
) -> float:
    """The chance that something belongs to an attack, by what somebody may have of what is said.

    Args:
        thing: it.
        said: all that is said of it.
        may: whether they may have what has an audience; None: everything, as the node itself.
        now: the moment.

    """
    told = [one.report for one in said if may is None or (may(one.audience) and any(map(may, one.of)))]
    return chance(thing.kind, told, now=now) if told else 0.0


def _rows(keys: list[str]) -> list[tuple[Any, ...]]:
    """What indicators say of the values with some keys: the newest of each organisation, under each marking."""
    whose = [F("kind"), F("value"), F("indicator__owner"), F("indicator__object__audience")]
    rank = Window(RowNumber(), partition_by=whose, order_by=F("indicator__version").desc())
    values = IndicatorValue.objects.filter(counting(), Among("value_key", keys))
    return list(values.annotate(rank=rank).filter(rank__lte=_MOST_OF_ONE).values_list(*_INDICATOR))


def _indicator(row: tuple[Any, ...], made_by: str, now: datetime) -> Said:
    _, _, _, _, owner, version, confidence, audience, reliability, unnamed = row
    who = (UNNAMED, UNNAMED) if unnamed else (owner, made_by or owner)
    return Said(_report(who, version, reliability, confidence, now), audience, frozenset((audience,)))


def _report(who: tuple[str, str], version: int, reliability: str, confidence: int | None, now: datetime) -> Report:
    return Report(
        organisation=who[0],
        origin=who[1],
        seen_at=min(moments.moment(version), now),  # nobody has seen anything yet that they say was seen tomorrow
        reliability=Reliability(reliability),
        confidence=confidence,
    )


def _makers(rows: Sequence[tuple[Observable, tuple[Any, ...]]]) -> dict[tuple[Observable, int], str]:
    """Who made what is said of each thing, by the keys of the indicators; only where several organisations speak."""
    owners: dict[Observable, dict[int, str]] = defaultdict(dict)
    for thing, row in rows:
        owners[thing][row[2]] = row[4]
    several = {thing: by for thing, by in owners.items() if len(set(by.values())) > 1}
    shared = {pk for by in several.values() for pk in by}
    made = {
        pk: maker(bytes(raw))
        for some in chunks(sorted(shared))
        for pk, raw in Object.objects.filter(pk__in=some).values_list("pk", "raw")
    }
    names = names_by_owner(Object.objects.all(), made.values())
    found: dict[tuple[Observable, int], str] = {}
    for thing, by in several.items():
        known = origins([(owner, made[pk]) for pk, owner in by.items()], names)
        found |= {(thing, pk): known[made[pk]] for pk in by}
    return found


def _sightings(rows: Sequence[tuple[Observable, tuple[Any, ...]]], now: datetime) -> Iterator[tuple[Observable, Said]]:
    """For each who saw one of some indicators, the last time."""
    of: dict[str, set[Observable]] = defaultdict(set)
    audiences: dict[str, set[int]] = defaultdict(set)
    for thing, row in rows:
        of[row[3]].add(thing)
        audiences[row[3]].add(row[7])
    source = "object__source"
    for some in chunks(sorted(of), MANY):
        seen = Sighting.objects.filter(_trusted(source), Among("of", some), revoked=False)
        by = seen.values("of", "owner", "object__audience", f"{source}__reliability", f"{source}__unnamed")
        for one in by.annotate(last=Max("last_seen"), unsaid=Max("version", filter=Q(last_seen=None))):
            who = UNNAMED if one[f"{source}__unnamed"] else one["owner"]
            report = Report(
                organisation=who,
                origin=who,
                seen_at=min(last_of(one["last"], one["unsaid"]), now),
                reliability=Reliability(one[f"{source}__reliability"]),
            )
            said = Said(report, one["object__audience"], audiences[one["of"]])
            yield from ((thing, said) for thing in of[one["of"]])
