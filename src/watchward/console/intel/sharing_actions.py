"""Sharing what an alert shows, and taking it back."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Final
from uuid import UUID

import msgspec
from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.audit import record, recorded_last
from watchward.console.access.guard import Actor, require
from watchward.console.access.models import User
from watchward.console.detect.models import Alert, AlertStep
from watchward.console.estate.models import Organisation
from watchward.console.intel import moments, sharing_queries
from watchward.console.intel.actions import add_objects
from watchward.console.intel.audiences import marked
from watchward.console.intel.guard import require_in_use
from watchward.console.intel.models import Collection, Object, SharedAlert, Source
from watchward.console.intel.sealing import unguessable
from watchward.console.intel.sharing_queries import Proposal, Wanted
from watchward.intel import stix
from watchward.intel.offering import key_of
from watchward.intel.stix import write
from watchward.intel.stix.telling import Sender, Telling, Told

_NAMED: Final = "Shared from alerts"
_UNNAMED: Final = "Shared from alerts, without a name"
_LATER: Final = timedelta(milliseconds=1)
"""The least by which a version is later than the one before, as STIX writes moments."""


@transaction.atomic
@recorded_last()
def share_alert(*, by: Actor, alert: UUID, wanted: Wanted, seen: str = "", clock: Clock) -> SharedAlert:
    """Share what an alert names: an indicator and a sighting of each thing, or a sighting of what raised it.

    Args:
        by: who shares it, for the alert's organisation.
        alert: its identifier.
        wanted: what goes, where to, and for whom.
        seen: `Proposal.mark` of what the person saw before they confirmed; nothing where a program shares.
        clock: tells when.

    Raises:
        NotAllowedError: they may not share it, or add to the collection.
        BadInputError: nothing would go, nobody would receive it, or it is no longer what they saw.

    """
    found = Alert.objects.select_related("rule", "organisation").get(pk=alert)
    require(by, Permission.INTEL_ADD, at=found.organisation)
    proposed = sharing_queries.proposal(by, found, wanted)
    _require_sound(by, proposed, wanted, seen)
    told, telling = _told(proposed, wanted, clock=clock)
    _add(by, proposed, wanted, told.documents, clock=clock)
    made = SharedAlert.objects.create(
        alert=found.pk,
        title=proposed.seen.title,
        organisation=found.organisation,
        collection=wanted.collection,
        level=proposed.audience.level.value if proposed.audience else wanted.level.value,
        group=wanted.group,
        named=wanted.named,
        things=[
            {"kind": one.kind.value, "value": one.value, "key": key_of(one), "indicator": identifier}
            for one, identifier in told.indicators.items()
        ],
        sightings=list(told.sightings),
        reached=proposed.reached,
        shared_at=telling.at,
        shared_by=str(by)[:200],
    )
    _say(by, found, f"Shared {_counted(made)} in {wanted.collection.title}", clock=clock)
    record(
        AuditEvent.INTEL_ALERT_SHARED,
        by=by,
        subject=made,
        organisation=found.organisation,
        clock=clock,
        count=len(made.things) or len(made.sightings),
        marking=f"{made.get_level_display()}{f' for {made.group}' if made.group else ''}",
        where=wanted.collection.title,
    )
    return made


@transaction.atomic
@recorded_last()
def withdraw_share(*, by: Actor, shared: SharedAlert, clock: Clock) -> SharedAlert:
    """Take back what was shared of an alert: its sightings, and the indicators that nothing else shared still means.

    Whoever received them is told that they are revoked, and looks for them no longer.
    """
    require(by, Permission.INTEL_ADD, at=shared.organisation)
    held = SharedAlert.objects.select_for_update().get(pk=shared.pk)
    if held.withdrawn_at is not None:
        return held
    held.withdrawn_at, held.withdrawn_by = clock.now(), str(by)[:200]
    held.save(update_fields=["withdrawn_at", "withdrawn_by"])
    still = SharedAlert.objects.filter(
        organisation=held.organisation, collection=held.collection, withdrawn_at=None
    ).values_list("things", flat=True)
    meant = {one["indicator"] for things in still for one in things}
    gone = [*held.sightings, *(one["indicator"] for one in held.things if one["indicator"] not in meant)]
    _revoke(by, held, gone, clock=clock)
    alert = Alert.objects.filter(pk=held.alert).first()
    if alert is not None:
        _say(by, alert, f"Withdrew what was shared in {held.collection.title}", clock=clock)
    record(
        AuditEvent.INTEL_ALERT_WITHDRAWN,
        by=by,
        subject=held,
        organisation=held.organisation,
        clock=clock,
        where=held.collection.title,
    )
    return held


def _require_sound(by: Actor, proposed: Proposal, wanted: Wanted, seen: str) -> None:
    """Refuse what cannot go, before anything is written."""
    if proposed.wanted != wanted:
        raise NotAllowedError(
            f"{by} may not add this to the collection {wanted.collection}.",
            advice="Choose a collection that you may add to; a sighting goes where its indicator is.",
        )
    if wanted.level not in sharing_queries.LEVELS or (wanted.group and wanted.group not in proposed.groups):
        raise BadInputError(
            "It cannot be shared under this marking.",
            advice="Choose one of the levels that are offered, and a group to which the organisation belongs.",
        )
    unknown = (wanted.things or frozenset()) - {one.key for one in proposed.offered.going}
    if unknown and proposed.indicator is None:
        raise BadInputError(
            f"{min(unknown)} may not go.", advice="Share only what the page offers; it says why the rest stays here."
        )
    if proposed.refusal:
        raise BadInputError(proposed.refusal, advice="Look at what would go, and change it.")
    if seen and seen != proposed.mark:
        raise BadInputError(
            "What would go has changed since you looked at it.", advice="Look at it again, then share it."
        )


def _told(proposed: Proposal, wanted: Wanted, *, clock: Clock) -> tuple[Told, Telling]:
    """The objects that go; what was withdrawn once goes as another object, because what is revoked stays so."""
    organisation = proposed.alert.organisation
    telling = Telling(
        sender=_sender(organisation, proposed.alert, named=wanted.named),
        level=wanted.level,
        group=wanted.group,
        confidence=wanted.confidence,
        as_marked=_markings_of(proposed.indicator),
        at=clock.now(),
    )
    things = [one.observable for one in proposed.chosen]
    for again in count():
        telling = replace(telling, again=again)
        if proposed.indicator is not None:
            told = telling.of_indicator(proposed.seen, proposed.indicator.stix_id)
        else:
            ids = {one: telling.indicator_id(one) for one in things}
            holds, _ = sharing_queries.standing_of(wanted.collection, list(ids.values()))
            kept = {one: identifier for one, identifier in ids.items() if identifier in holds}
            told = telling.of_things(proposed.seen, things, standing=kept)
        ids_told = [*told.indicators.values(), *told.sightings]
        if not sharing_queries.standing_of(wanted.collection, ids_told)[1]:
            return told, telling
    raise AssertionError  # count() never ends


def _markings_of(indicator: Object | None) -> tuple[str, ...] | None:
    return None if indicator is None else marked(stix.read(bytes(indicator.raw)).objects[0])


def _sender(organisation: Organisation, alert: Alert, *, named: bool) -> Sender:
    if named:
        return Sender(code=organisation.code, name=organisation.name)
    return Sender(code=unguessable(f"{organisation.code} {alert.pk}"))


def _add(by: Actor, proposed: Proposal, wanted: Wanted, documents: Iterable[write.Document], *, clock: Clock) -> None:
    audience = proposed.audience
    assert audience is not None
    require_in_use(wanted.collection)
    raw = b'{"objects":[' + b",".join(write.to_bytes(one) for one in documents) + b"]}"
    source = _source(proposed.alert.organisation, wanted.collection, named=wanted.named, clock=clock)
    addressed = sorted(audience.addressed - set(wanted.collection.addressed))
    done = add_objects(by=by, collection=wanted.collection, raw=raw, source=source, addressed=addressed, clock=clock)
    if done.refused:
        raise BadInputError(
            f"The collection refuses it: {done.refused[0].message}", advice="Choose another collection."
        )


def _source(organisation: Organisation, collection: Collection, *, named: bool, clock: Clock) -> Source:
    """What stands for an organisation that shares from its alerts into a collection."""
    found, _ = Source.objects.get_or_create(
        name=_NAMED if named else _UNNAMED,
        kind=Source.Kind.FILES,
        organisation=organisation,
        collection=collection,
        unnamed=not named,
        defaults={"created_at": clock.now(), "created_by": "Watchward"},
    )
    return found


def _revoke(by: Actor, held: SharedAlert, stix_ids: Sequence[str], *, clock: Clock) -> None:
    """Send the last version of some objects: revoked, to whomever the one before went."""
    rows = Object.objects.filter(collection=held.collection, stix_id__in=stix_ids, current=True, revoked=False)
    by_audience: dict[tuple[str, ...], list[bytes]] = {}
    for row in rows.select_related("audience").order_by("pk"):
        addressed = sharing_queries.addressed_by(row)
        at = max(clock.now(), moments.moment(row.version) + _LATER)
        gone = write.withdrawn(msgspec.json.decode(bytes(row.raw)), at=at)
        by_audience.setdefault(addressed, []).append(write.to_bytes(gone))
    for addressed, raws in by_audience.items():
        source = _source(held.organisation, held.collection, named=held.named, clock=clock)
        raw = b'{"objects":[' + b",".join(raws) + b"]}"
        add_objects(by=by, collection=held.collection, raw=raw, source=source, addressed=addressed, clock=clock)


def _say(by: Actor, alert: Alert, text: str, *, clock: Clock) -> None:
    """Write it into what was done about the alert."""
    person = by if isinstance(by, User) else None
    AlertStep.objects.create(alert=alert, at=clock.now(), by=person, by_name=str(by)[:200], text=text[:300])


def _counted(made: SharedAlert) -> str:
    things, sightings = len(made.things), len(made.sightings)
    seen = f"{sightings} {'sighting' if sightings == 1 else 'sightings'}"
    return f"{things} {'indicator' if things == 1 else 'indicators'} and {seen}" if things else seen
