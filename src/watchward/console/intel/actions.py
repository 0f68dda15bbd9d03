"""What people and programs do with intelligence. Each action checks, writes and records in one transaction."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.collection import without_collection
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor, require
from watchward.console.config import current
from watchward.console.estate.models import Organisation
from watchward.console.intel import going, moments, sealing
from watchward.console.intel.adapters import publish
from watchward.console.intel.audiences import changed
from watchward.console.intel.columns import forget, project_left
from watchward.console.intel.fetching import require_usable
from watchward.console.intel.guard import Doer, acting_for, name_of_group, require_in_use, require_write
from watchward.console.intel.models import ApiRoot, Client, Collection, Grant, Group, Object, Scope, Source
from watchward.console.intel.storing import Stored, count, locked, restate, store, understand
from watchward.intel import markings, stix
from watchward.intel.markings import Tlp

ROOT: Final = "intelligence"
"""The API root that collections belong to unless another is named."""

_BY_HAND: Final = "Brought by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCollection:
    """A collection that is to be made.

    Args:
        organisation: whose it is.
        title: what people call it.
        description: what it holds, and for whom.
        alias: a short name for its address; none without one.
        root: the name of its API root.
        unmarked: the level of what carries no marking.
        addressed: the groups to which adding an object sends it.

    """

    organisation: Organisation
    title: str
    description: str = ""
    alias: str = ""
    root: str = ROOT
    unmarked: Tlp = Tlp.AMBER_STRICT
    addressed: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What an organisation and those below it may do with a collection; without one, what every organisation may.

    A `role` narrows it to the people who hold it.
    """

    organisation: Organisation | None
    role: str = ""
    read: bool = True
    write: bool = False

    @property
    def sentence(self) -> str:
        """Who may do what."""
        what = " and ".join(word for word, may in (("read", self.read), ("write", self.write)) if may)
        return f"{self.role or 'everybody'} at {self.organisation or 'every organisation'} may {what or 'do nothing'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a client is to do with one collection."""

    collection: Collection
    write: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A client just after it was made: the only moment at which its secret can be read."""

    client: Client
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A collection of another organisation's TAXII server, or a list at an address, to be polled."""

    url: str
    kind: Source.Kind = Source.Kind.TAXII
    username: str = ""
    secret: str = field(default="", repr=False)
    every_minutes: int = 5


@transaction.atomic
def add_collection(*, by: Actor, collection: NewCollection, clock: Clock) -> Collection:
    """Make a collection, which its own organisation may read and write."""
    require(by, Permission.INTEL_MANAGE, at=collection.organisation)
    if not collection.title.strip():
        raise BadInputError("A collection needs a title.", advice="Say in a few words what it holds.")
    if collection.alias and Collection.objects.filter(root__name=collection.root, alias=collection.alias).exists():
        raise BadInputError(f"The alias {collection.alias!r} is taken.", advice="Choose another, or none.")
    root, _ = ApiRoot.objects.get_or_create(name=collection.root, defaults={"title": "Watchward"})
    made = Collection.objects.create(
        root=root,
        alias=collection.alias,
        title=collection.title.strip()[:200],
        description=collection.description.strip()[:1000],
        organisation=collection.organisation,
        organisation_path=collection.organisation.path,
        unmarked=collection.unmarked.value,
        addressed=list(collection.addressed),
        created_at=clock.now(),
        created_by=str(by)[:200],
    )
    changed()
    record(AuditEvent.INTEL_COLLECTION_MADE, by=by, subject=made, organisation=made.organisation, clock=clock)
    return made


@transaction.atomic
def share_collection(*, by: Actor, collection: Collection, share: Share, clock: Clock) -> None:
    """Say what an organisation and those below it may do with a collection, or every organisation."""
    require(by, Permission.INTEL_MANAGE, at=collection.organisation)
    if share.read or share.write:
        require_in_use(collection)
    Grant.objects.filter(collection=collection, organisation=share.organisation, role=share.role).delete()
    if share.read or share.write:
        Grant.objects.create(
            collection=collection,
            organisation=share.organisation,
            role=share.role,
            can_read=share.read,
            can_write=share.write,
        )
    changed()
    if collection.held.exists():
        going.tell_anew(f"who may read {collection} was changed")
    record(
        AuditEvent.INTEL_SHARED,
        by=by,
        subject=collection,
        organisation=collection.organisation,
        clock=clock,
        grant=share.sentence,
    )


@transaction.atomic
def change_group(*, by: Actor, name: str, members: Iterable[Organisation], clock: Clock) -> Group:
    """Make a sharing group, or say who belongs to it from now on."""
    require(by, Permission.INTEL_MANAGE, at=None)
    wanted = name_of_group(name)
    if not wanted:
        raise BadInputError("A sharing group needs a name.", advice="Name it as its members do.")
    if markings.is_made_by_itself(wanted):
        raise BadInputError(f"{wanted!r} is a group that is there by itself.", advice="Give this one another name.")
    locked()  # what this group's marking meant before is judged anew, wherever it is
    group, _ = Group.objects.get_or_create(name=wanted)
    named = list(members)
    group.members.set(named)
    changed()
    restate(markings.group_marking(wanted), at=clock.now())
    if Object.objects.exists():
        going.tell_anew(f"who belongs to {wanted} was changed")
    codes = ", ".join(sorted(one.code for one in named)) or "nobody"
    record(AuditEvent.INTEL_GROUP_CHANGED, by=by, subject=group, clock=clock, members=codes)
    return group


@transaction.atomic
def add_client(*, by: Actor, organisation: Organisation, name: str, scopes: Sequence[Wanted], clock: Clock) -> NewKey:
    """Make a key with which a program of an organisation reads and writes some collections by TAXII."""
    require(by, Permission.INTEL_MANAGE, at=organisation)
    if not name.strip():
        raise BadInputError("A TAXII key needs a name.", advice="Name the program that will use it.")
    for one in scopes:
        require_in_use(one.collection)
    secret, now = secrets.token_urlsafe(32), clock.now()
    client = Client.objects.create(
        name=name.strip()[:200],
        organisation=organisation,
        key_id=f"wt{secrets.token_hex(9)}",
        digest=hashlib.sha256(secret.encode()).hexdigest(),
        created_at=now,
        created_by=str(by)[:200],
    )
    for one in scopes:
        Scope.objects.create(client=client, collection=one.collection, can_read=True, can_write=one.write)
    Source.objects.create(
        name=client.name,
        kind=Source.Kind.CLIENT,
        organisation=organisation,
        client=client,
        created_at=now,
        created_by=client.created_by,
    )
    changed()
    record(
        AuditEvent.INTEL_CLIENT_MADE, by=by, subject=client, organisation=organisation, clock=clock, key=client.key_id
    )
    return NewKey(client=client, secret=secret)


@transaction.atomic
def withdraw_client(*, by: Actor, client: Client, clock: Clock) -> None:
    """End a TAXII key: whoever comes with it is refused from now on."""
    require(by, Permission.INTEL_MANAGE, at=client.organisation)
    if client.withdrawn_at is not None:
        return
    client.withdrawn_at = clock.now()
    client.save(update_fields=["withdrawn_at"])
    changed()
    where = client.organisation
    record(AuditEvent.INTEL_CLIENT_WITHDRAWN, by=by, subject=client, organisation=where, clock=clock, key=client.key_id)


@transaction.atomic
def add_source(*, by: Actor, collection: Collection, name: str, server: Server, clock: Clock) -> Source:
    """Poll a collection of another organisation's TAXII server, or a list, into a collection of ours."""
    require(by, Permission.INTEL_MANAGE, at=collection.organisation)
    require_in_use(collection)
    url = server.url.strip()
    if not name.strip():
        raise BadInputError("A source needs a name.", advice="Name it by whose server it is.")
    require_usable(url, trusted=current().webhook_hosts)
    source = Source.objects.create(
        name=name.strip()[:200],
        kind=server.kind,
        organisation=collection.organisation,
        collection=collection,
        url=url[:500],
        username=server.username[:200],
        secret=sealing.sealed(server.secret),
        every_minutes=max(1, server.every_minutes),
        next_at=clock.now(),
        created_at=clock.now(),
        created_by=str(by)[:200],
    )
    where = collection.organisation
    record(
        AuditEvent.INTEL_SOURCE_ADDED,
        by=by,
        subject=source,
        organisation=where,
        clock=clock,
        collection=collection.title,
    )
    return source


@transaction.atomic
def switch_source(*, by: Actor, source: Source, enabled: bool, clock: Clock) -> Source:
    """Stop polling a source, or begin again where it was left."""
    require(by, Permission.INTEL_MANAGE, at=source.organisation)
    if source.enabled == enabled:
        return source
    if enabled and source.collection is not None:
        require_in_use(source.collection)
    source.enabled, source.failures, source.error, source.next_at = enabled, 0, "", clock.now()
    source.save(update_fields=["enabled", "failures", "error", "next_at"])
    event = AuditEvent.INTEL_SOURCE_ENABLED if enabled else AuditEvent.INTEL_SOURCE_DISABLED
    record(event, by=by, subject=source, organisation=source.organisation, clock=clock)
    return source


@transaction.atomic
def add_objects(  # noqa: PLR0913 - each says something else
    *,
    by: Doer,
    collection: Collection,
    raw: bytes,
    source: Source | None = None,
    addressed: Sequence[str] = (),
    clock: Clock,
) -> Stored:
    """Put the objects of a bundle or an envelope into a collection, and say what became of each.

    Args:
        by: a person, a client, or a part of the node.
        collection: where to.
        raw: the text as it came; each object is kept as its own bytes.
        source: where it comes from, if that is not the client or the person who brings it.
        addressed: groups to which it is sent, besides those of the collection.
        clock: tells when.

    Raises:
        BadInputError: it is neither.

    """
    require_write(by, collection)
    with without_collection():
        origin = source or _origin(by, collection, clock=clock)
        done = _stored(collection, origin, raw, addressed, clock=clock)
    if done.new or done.refused:
        record(
            AuditEvent.INTEL_ADDED,
            by=by,
            subject=collection,
            # Whoever shares without their name is not told to those who read the log of the collection's owner.
            organisation=origin.organisation if origin.unnamed else collection.organisation,
            clock=clock,
            count=len(done.new),
            refused=len(done.refused),
        )
    if done.defined:
        transaction.on_commit(partial(understand, done.defined, at=clock.now()), robust=True)
    transaction.on_commit(partial(publish, clock=clock), robust=True)  # if it fails, the worker does it
    return done


@transaction.atomic
def remove_object(
    *, by: Doer, collection: Collection, stix_id: str, versions: Sequence[int] | None = None, clock: Clock
) -> int:
    """Take an object out of a collection: some versions (their moments), or all; how many there were.

    Readers who have it keep it: to withdraw it, send a version that is revoked. Whoever writes to a collection of
    another organisation takes out only what their own brought.
    """
    require_write(by, collection)
    held = Collection.objects.select_for_update().get(pk=collection.pk)
    found = Object.objects.filter(collection=held, stix_id=stix_id)
    gone = found if versions is None else found.filter(version__in=list(versions))
    count = gone.count()
    if not count:
        return 0
    mine = acting_for(by, held)
    if mine != held.organisation and gone.exclude(source__organisation=mine).exists():
        raise NotAllowedError(
            "Another organisation brought this object.",
            advice="Ask whoever brought it, or whoever manages the collection, to take it out.",
        )
    first, last = moments.written(gone.earliest("version").version), moments.written(gone.latest("version").version)
    before = going.held(held, [stix_id])
    forget([stix_id])
    gone.delete()
    if newest := found.order_by("version").last():
        Object.objects.filter(pk=newest.pk).update(current=True)
    project_left([stix_id])
    going.tell_left(held, before=before, at=clock.now())
    record(
        AuditEvent.INTEL_REMOVED,
        by=by,
        subject=collection,
        organisation=collection.organisation,
        clock=clock,
        object=stix_id,
        versions=count,
        first=first,
        last=last,
    )
    transaction.on_commit(partial(publish, clock=clock), robust=True)  # if it fails, the worker does it
    return count


def _stored(collection: Collection, source: Source, raw: bytes, addressed: Sequence[str], *, clock: Clock) -> Stored:
    reading = stix.read(raw)
    if (whole := next((one for one in reading.refused if one.position is None), None)) is not None:
        raise BadInputError(whole.reason, advice="Send a bundle or an envelope of STIX objects, as JSON in UTF-8.")
    done = store(collection, source, reading, addressed=addressed, at=clock.now())
    count(source, done, at=clock.now())
    return done


def _origin(by: Doer, collection: Collection, *, clock: Clock) -> Source:
    if isinstance(by, Client):
        return Source.objects.select_related("organisation").get(client=by)
    # In turn: two of them at once would both make the first one.
    held = Collection.objects.select_for_update().get(pk=collection.pk)
    made, _ = Source.objects.get_or_create(
        name=_BY_HAND,
        kind=Source.Kind.FILES,
        organisation=acting_for(by, held),
        collection=collection,
        defaults={"created_at": clock.now(), "created_by": str(by)[:200]},
    )
    return made
