"""The part of the actions that retires collections, and offers them again."""

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import record, recorded_last
from watchward.console.access.guard import Actor, require
from watchward.console.intel import going
from watchward.console.intel.actions import switch_source
from watchward.console.intel.audiences import changed
from watchward.console.intel.models import Collection, Source
from watchward.console.intel.storing import locked


@transaction.atomic
@recorded_last()
def retire_collection(*, by: Actor, collection: Collection, reason: str, clock: Clock) -> None:
    """Open a collection to nobody else any more, read nothing into it, and offer it nowhere.

    What it holds still holds here, and whoever received it keeps it: to withdraw it is another thing.

    Raises:
        BadInputError: no reason is given, or a linked node fills it.

    """
    require(by, Permission.INTEL_MANAGE, at=collection.organisation)
    _need(reason)
    if Source.objects.filter(collection=collection, kind=Source.Kind.LINK, peer__ended_at=None).exists():
        raise BadInputError(
            "What a linked node tells is kept in this collection.", advice="End the link first, on the page Links."
        )
    _hold(collection)
    if collection.retired_at is not None:
        return
    for source in Source.objects.filter(collection=collection, enabled=True).exclude(url=""):
        switch_source(by=by, source=source, enabled=False, clock=clock)
    collection.grants.all().delete()
    _set(collection, AuditEvent.INTEL_COLLECTION_RETIRED, by=by, reason=reason, clock=clock)


@transaction.atomic
@recorded_last()
def restore_collection(*, by: Actor, collection: Collection, reason: str, clock: Clock) -> None:
    """Offer a retired collection again; to whom it was open before, it is to be opened anew."""
    require(by, Permission.INTEL_MANAGE, at=collection.organisation)
    _need(reason)
    _hold(collection)
    if collection.retired_at is not None:
        _set(collection, AuditEvent.INTEL_COLLECTION_RESTORED, by=by, reason=reason, clock=clock)


def _hold(collection: Collection) -> None:
    """Hold a collection before all else, as whoever adds to it does, and see how it stands then."""
    locked(Collection.objects.filter(pk=collection.pk).values("pk"))
    collection.refresh_from_db(fields=["retired_at"])


def _set(collection: Collection, event: AuditEvent, *, by: Actor, reason: str, clock: Clock) -> None:
    collection.retired_at = clock.now() if event is AuditEvent.INTEL_COLLECTION_RETIRED else None
    collection.save(update_fields=["retired_at"])
    changed()
    if collection.held.exists():
        going.tell_anew(f"who may read {collection} was changed")
    record(event, by=by, subject=collection, organisation=collection.organisation, clock=clock, reason=reason.strip())


def _need(reason: str) -> None:
    if not reason.strip():
        raise BadInputError("Say why.", advice="A few words; whoever wonders later will read them.")
