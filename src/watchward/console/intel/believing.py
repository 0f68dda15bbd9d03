"""The part of the queries that says what is believed of an indicator: from all reports that somebody may have.

A report is an indicator of the same value, or a sighting of one of these. Its origin is who made it, so that what many
brought of one maker counts once (ADR 0217). Those who share without a name are one to whoever is not told who they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db.models import F, Max, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from watchward.console.access.guard import Actor
from watchward.console.intel import moments
from watchward.console.intel.bulk import chunks
from watchward.console.intel.models import Indicator, IndicatorValue, Object, Sighting
from watchward.console.intel.queries import objects_visible_to, told
from watchward.intel.decay import Decay, decay
from watchward.intel.observable import Kind
from watchward.intel.trust import Belief, Reliability, Report, believe

MOST_REPORTS: Final = 500
"""How many reports of a value are weighed: the newest of each organisation, before the second of any."""

_VALUES: Final = 3
_UNNAMED: Final = "Those who share without a name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """What is believed of one thing that an indicator names.

    Args:
        value: the thing.
        kind: what kind of thing.
        belief: the chance that it belongs to an attack, with its reasons.
        seen_at: when it was last seen, by the reports that counted.
        decay: how things of its kind grow old.

    """

    value: str
    kind: Kind
    belief: Belief
    seen_at: datetime
    decay: Decay


def believed_of(viewer: Actor, indicator: Indicator, *, now: datetime) -> list[Believed]:
    """What is believed of the first things that an indicator names outright."""
    values = list(indicator.values.order_by("pk")[:_VALUES])
    return [_believed(viewer, one, now=now) for one in values]


def _believed(viewer: Actor, value: IndicatorValue, *, now: datetime) -> Believed:
    visible = objects_visible_to(viewer)
    same = IndicatorValue.objects.filter(value_key=value.value_key, kind=value.kind, value=value.value)
    # What a source on trial says is counted, and moves nobody's belief.
    believed = visible.filter(source__trial_since=None, source__withdrawn_at=None)
    said = Indicator.objects.filter(pk__in=same.values("indicator"), object__in=believed, revoked=False)
    seen = Sighting.objects.filter(of__in=said.values("stix_id"), object__in=believed, revoked=False)
    # Nobody has seen anything yet that they say was seen tomorrow.
    reports = [replace(one, seen_at=min(one.seen_at, now)) for one in (*_said(viewer, said), *_seen(viewer, seen))]
    kind = Kind(value.kind)
    belief = believe(kind, reports, now=now)
    seen_at = max((one.report.seen_at for one in belief.counted), default=now)
    return Believed(value=value.value, kind=kind, belief=belief, seen_at=seen_at, decay=decay(kind))


def _said(viewer: Actor, rows: QuerySet[Indicator]) -> Iterator[Report]:
    found = _newest(viewer, rows)
    makers = {one.pk: maker(bytes(one.object.raw)) for one in found}
    names = names_by_owner(objects_visible_to(viewer), makers.values())
    known = origins([(one.owner, makers[one.pk]) for one in found], names)
    for one in found:
        made_by = makers[one.pk]
        yield Report(
            organisation=one.owner if one.told else _UNNAMED,
            origin=_UNNAMED if not one.told else known[made_by] or one.owner,
            seen_at=moments.moment(one.version),
            reliability=Reliability(one.object.source.reliability),
            confidence=one.confidence,
        )


def _seen(viewer: Actor, rows: QuerySet[Sighting]) -> Iterator[Report]:
    """One for each who saw it: of what somebody saw themselves, nothing counts but the last time."""
    by = rows.annotate(told=told(viewer, "object__source")).values("owner", "told", "object__source__reliability")
    last = by.annotate(last=Max("last_seen"), unsaid=Max("version", filter=Q(last_seen=None))).order_by("owner")
    for one in last:
        who = one["owner"] if one["told"] else _UNNAMED
        yield Report(
            organisation=who,
            origin=who,
            seen_at=last_of(one["last"], one["unsaid"]),
            reliability=Reliability(one["object__source__reliability"]),
        )


def last_of(seen_at: datetime | None, version: int | None) -> datetime:
    """When something was last seen: as sightings say it, or by the newest version of those that do not."""
    return max(one for one in (seen_at, None if version is None else moments.moment(version)) if one is not None)


def _newest(viewer: Actor, rows: QuerySet[Indicator]) -> list[Any]:
    """The newest of each organisation first, so that one that says much leaves room for all others."""
    found = rows.select_related("object__source").annotate(
        told=told(viewer, "object__source"),
        rank=Window(RowNumber(), partition_by=F("owner"), order_by=F("version").desc()),
    )
    return list(found.order_by("rank", "-version")[:MOST_REPORTS])


def maker(raw: bytes) -> str:
    """The identifier of who made an object, by its own words; nothing where it does not say."""
    return str(msgspec.json.decode(raw).get("created_by_ref", ""))


def origins(brought: Iterable[tuple[str, str]], names: Mapping[tuple[str, str], str]) -> dict[str, str]:
    """By what the makers of what organisations brought of one thing are known.

    One identifier is always one origin. Two are one where all who brought something of them give both the same name.
    """
    called: dict[str, set[str]] = defaultdict(set)
    for owner, made_by in brought:
        called[made_by].add(names.get((owner, made_by), made_by))
    return {made_by: min(words) if len(words) == 1 else made_by for made_by, words in called.items()}


def names_by_owner(objects: QuerySet[Object], makers: Iterable[str]) -> dict[tuple[str, str], str]:
    """What organisations (by their code) themselves call some makers, in some objects of sources that count.

    What one organisation says of a maker moves nothing that another brought of the same: anybody can send an identity
    under another's identifier, and with a name that makes two independent makers look like one.
    """
    names: dict[tuple[str, str], str] = {}
    known = objects.filter(type="identity", current=True, source__trial_since=None, source__withdrawn_at=None)
    for some in chunks(sorted({one for one in makers if one})):
        rows = known.filter(stix_id__in=some).exclude(title="").select_related("source__organisation").defer("raw")
        names |= {(one.source.brought_by, one.stix_id): one.title for one in rows.order_by("pk")}
    return names
