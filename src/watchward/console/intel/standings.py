"""The part of the actions that says how sources stand: believed, on trial, or withdrawn with all that they ever sent.

What a source brought stops counting with the next batch of every gateway, however much it is: a small file says so
(`intel.exact.standing`). Only then it is taken out of the collections, a piece at a time.
"""

from datetime import timedelta
from functools import partial
from typing import Final

import structlog
from django.db import transaction
from django.db.models import Count

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor, Service, require
from watchward.console.detect.models import Alert
from watchward.console.intel import going, moments
from watchward.console.intel.adapters import publish, tell_standings
from watchward.console.intel.audiences import changed, forget_unused
from watchward.console.intel.columns import forget, project_left
from watchward.console.intel.models import Collection, Indicator, Object, Source
from watchward.console.intel.storing import locked
from watchward.intel.pattern import indicator_of
from watchward.intel.trust import Reliability

log = structlog.get_logger(__name__)

BY: Final = Service(name="Watchward")
WITHIN: Final = timedelta(minutes=10)
NEW_FOR: Final = timedelta(days=1)
MANY_INDICATORS: Final = 50
MANY_ORGANISATIONS: Final = 5
"""So many new indicators of one source, met at so many organisations within minutes, are no attack: a campaign is met
by a few of its indicators. One indicator alone, however widely it is met, puts nothing on trial."""

_PIECE: Final = 5_000
_MOST_RULES: Final = 5_000


@transaction.atomic
def try_source(*, by: Actor, source: Source, because: str, clock: Clock) -> Source:
    """Put a source on trial: what its indicators match is counted, and nobody is told, until somebody believes it."""
    require(by, Permission.INTEL_MANAGE, at=source.organisation)
    _require_reason(because)
    if source.trial_since is not None:
        return source
    _hold(source)
    source.trial_since, source.trial_because = clock.now(), because.strip()[:500]
    source.save(update_fields=["trial_since", "trial_because"])
    going.tell_standing(source, at=clock.now())
    _record(AuditEvent.INTEL_SOURCE_TRIED, by, source, because, clock)
    transaction.on_commit(tell_standings)
    return source


@transaction.atomic
def believe_source(*, by: Actor, source: Source, because: str, clock: Clock) -> Source:
    """End a source's trial: its indicators raise alerts again."""
    require(by, Permission.INTEL_MANAGE, at=source.organisation)
    _require_reason(because)
    if source.trial_since is None:
        return source
    _hold(source)
    source.trial_since, source.trial_because = None, ""
    source.save(update_fields=["trial_since", "trial_because"])
    going.tell_standing(source, at=clock.now())
    _record(AuditEvent.INTEL_SOURCE_BELIEVED, by, source, because, clock)
    transaction.on_commit(tell_standings)
    return source


@transaction.atomic
def withdraw_source(*, by: Actor, source: Source, because: str, clock: Clock) -> Source:
    """Take back all that a source ever sent, and nothing more from it; this cannot be undone."""
    require(by, Permission.INTEL_MANAGE, at=source.organisation)
    _require_reason(because)
    if source.withdrawn_at is not None:
        return source
    _hold(source)
    source.withdrawn_at, source.enabled, source.error = clock.now(), False, because.strip()[:1000]
    source.save(update_fields=["withdrawn_at", "enabled", "error"])
    if source.client is not None and source.client.withdrawn_at is None:
        source.client.withdrawn_at = clock.now()
        source.client.save(update_fields=["withdrawn_at"])
        changed()
    _record(AuditEvent.INTEL_SOURCE_WITHDRAWN, by, source, because, clock)
    transaction.on_commit(tell_standings)
    return source


@transaction.atomic
def rate_source(*, by: Actor, source: Source, reliability: Reliability, because: str, clock: Clock) -> Source:
    """Say how reliable a source has been; all that it ever brought is believed accordingly from then on."""
    require(by, Permission.INTEL_MANAGE, at=source.organisation)
    _require_reason(because)
    if source.reliability == reliability:
        return source
    source.reliability = reliability.value
    source.save(update_fields=["reliability"])
    event, words = AuditEvent.INTEL_SOURCE_RATED, reliability.words
    record(
        event,
        by=by,
        subject=source,
        organisation=source.organisation,
        clock=clock,
        reliability=words,
        reason=because.strip()[:500],
    )
    return source


def take_back(*, clock: Clock) -> int:
    """Take a piece of what withdrawn sources brought out of the collections; how many versions that was."""
    left = Object.objects.filter(source__withdrawn_at__isnull=False).values_list("collection", flat=True).first()
    return 0 if left is None else _taken_back(Collection.objects.get(pk=left), clock=clock)


@transaction.atomic
def _taken_back(collection: Collection, *, clock: Clock) -> int:
    held = Collection.objects.select_for_update().get(pk=collection.pk)
    gone = Object.objects.filter(collection=held, source__withdrawn_at__isnull=False)
    rows = list(gone.order_by("pk").values_list("pk", "stix_id")[:_PIECE])
    if not rows:
        return 0
    names = list(dict.fromkeys(stix_id for _, stix_id in rows))
    before = going.held(held, names)
    forget(names)
    Object.objects.filter(pk__in=[pk for pk, _ in rows]).delete()
    _make_current(held, names)
    project_left(names)
    going.tell_left(held, before=before, at=clock.now())
    if len(rows) < _PIECE:
        forget_unused()
    transaction.on_commit(partial(publish, clock=clock), robust=True)  # if it fails, the worker does it
    return len(rows)


def _make_current(held: Collection, names: list[str]) -> None:
    """Of what others brought of the same objects, let the newest version be the current one."""
    newest: dict[str, tuple[int, int]] = {}
    for pk, stix_id, version in Object.objects.filter(collection=held, stix_id__in=names).values_list(
        "pk", "stix_id", "version"
    ):
        newest[stix_id] = max(newest.get(stix_id, (version, pk)), (version, pk))
    Object.objects.filter(pk__in=[pk for _, pk in newest.values()]).update(current=True)


def doubt_floods(*, clock: Clock) -> None:
    """Put sources on trial of which many new indicators are met at many organisations at once."""
    now = clock.now()
    # When events happened narrows it by an index; when they came is what counts.
    recent = Alert.objects.filter(
        last_at__gte=now - NEW_FOR, received_last_at__gte=now - WITHIN, rule__id__startswith="indicator--"
    )
    met = dict(recent.values_list("rule__id").annotate(Count("organisation", distinct=True))[:_MOST_RULES])
    if len(met) < MANY_INDICATORS:
        return
    names = {indicator_of(rule) for rule in met}
    since = moments.micros(now - NEW_FOR)
    new = Indicator.objects.filter(stix_id__in=names, object__added__gte=since, object__source__trial_since=None)
    for row in new.values("object__source").annotate(count=Count("pk")).filter(count__gte=MANY_INDICATORS):
        mine = set(new.filter(object__source=row["object__source"]).values_list("stix_id", flat=True))
        rules = [rule for rule in met if indicator_of(rule) in mine]
        places = recent.filter(rule_id__in=rules).values("organisation").distinct().count()
        if places >= MANY_ORGANISATIONS:
            source = Source.objects.select_related("organisation").get(pk=row["object__source"])
            minutes = WITHIN.seconds // 60
            why = f"{len(rules)} of its new indicators were met at {places} organisations within {minutes} minutes."
            try_source(by=BY, source=source, because=why, clock=clock)
            log.warning("source_on_trial", source=source.name, indicators=len(rules), organisations=places)


def _hold(source: Source) -> None:
    """Hold the collections in which a source's objects are, before the source itself: see `locked`."""
    locked(Object.objects.filter(source=source).order_by().values("collection"))


def _require_reason(because: str) -> None:
    if not because.strip():
        raise BadInputError("A reason is needed.", advice="Say in a sentence why: others will read it.")


def _record(event: AuditEvent, by: Actor, source: Source, because: str, clock: Clock) -> None:
    record(event, by=by, subject=source, organisation=source.organisation, clock=clock, reason=because.strip()[:500])
