"""The part of the actions that puts objects into a collection: many at once, in few statements.

Whoever adds to a collection holds its row until the end of the transaction. So the moments at which objects are added
grow in the order in which they become visible, on every database, with any number of writers and whatever the clock
says: a reader who has seen one moment will never be given an earlier one (ADR 0210).
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import QuerySet

from watchward.base.errors import WatchwardError
from watchward.console.intel import going, moments
from watchward.console.intel.audiences import (
    Narrowed,
    audiences_of,
    below,
    define,
    marked,
    room_to_define,
    same,
    take_back_definitions,
    unknown,
)
from watchward.console.intel.bulk import MANY, Among, chunks, insert
from watchward.console.intel.columns import Newest, project
from watchward.console.intel.for_whom import Held
from watchward.console.intel.models import Audience, Collection, Definition, Object, Quarantined, Source
from watchward.console.intel.projecting import Projected, kept, projected, unsought
from watchward.console.intel.signals import audiences_changed
from watchward.console.intel.warnings import withholding
from watchward.console.link.models import Peer
from watchward.intel import markings, stix
from watchward.intel.stix import Reading, StixObject, write
from watchward.intel.withheld import Judge

log = structlog.get_logger(__name__)

HOUR: Final = timedelta(hours=1)
_LATER: Final = timedelta(milliseconds=1)
_KEPT_OF_REFUSED: Final = 4_000
_MOST_QUARANTINED: Final = 200
"""How many refused objects of one delivery are kept to look at; all of them are counted and told to their sender."""

_MARKING: Final = re.compile(r"marking-definition--[0-9A-Fa-f-]{36}")

_COLUMNS: Final = (
    "collection", "added", "stix_id", "version", "version_text", "type", "spec_version", "current", "revoked", "title",
    "audience", "source", "raw",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one object; `message` says why it was refused, or kept though nothing looks for it."""

    stix_id: str
    version: str
    message: str = ""


@dataclass(slots=True, kw_only=True)
class Stored:
    """What became of the objects of one delivery; `defined` are the markings that are known since."""

    new: list[Outcome] = field(default_factory=list)
    known: list[Outcome] = field(default_factory=list)
    refused: list[Outcome] = field(default_factory=list)
    defined: frozenset[str] = frozenset()

    @property
    def unsought(self) -> list[Outcome]:
        """Those that are new, and that nothing looks for, or not for all that they name."""
        return [one for one in self.new if one.message]

    @property
    def total(self) -> int:
        """How many there were."""
        return len(self.new) + len(self.known) + len(self.refused)


@dataclass(slots=True, kw_only=True)
class Arrived:
    """An object that is new, on its way into the table."""

    object: StixObject
    says: Projected
    version: int
    added: int
    audience: int = 0
    current: bool = False


class _Known:
    """The versions that a collection has of some objects, those on their way included."""

    def __init__(self, collection: Collection, objects: Sequence[StixObject]) -> None:
        self.versions: dict[str, dict[int, int | Arrived]] = {}
        self.brought_by: dict[str, set[int]] = {}
        rows = Object.objects.filter(collection=collection)
        columns = ("pk", "stix_id", "version", "source__organisation_id")
        for some in chunks(dict.fromkeys(one.id for one in objects), MANY):
            for pk, stix_id, version, organisation in rows.filter(Among("stix_id", some)).values_list(*columns):
                self.versions.setdefault(stix_id, {})[version] = pk
                self.brought_by.setdefault(stix_id, set()).add(organisation)
        self._raw = self._bytes_of(objects) if self.versions else {}

    def of(self, one: StixObject) -> dict[int, "int | Arrived"]:
        """The versions of an object by their moments: a key of the table, or what is on its way into it."""
        return self.versions.setdefault(one.id, {})

    def raw(self, found: "int | Arrived") -> bytes:
        """The bytes of a version."""
        return found.object.raw if isinstance(found, Arrived) else self._raw[found]

    def _bytes_of(self, objects: Sequence[StixObject]) -> dict[int, bytes]:
        """The bytes of those versions that come again."""
        keys = set[int]()
        for one in objects:
            before = self.versions.get(one.id)
            found = before.get(_own_version(one, max(before))) if before else None
            if isinstance(found, int):
                keys.add(found)
        rows = Object.objects.values_list("pk", "raw")
        return {pk: bytes(raw) for some in chunks(sorted(keys)) for pk, raw in rows.filter(pk__in=some)}


def locked(keys: QuerySet[Any] | None = None) -> list[Collection]:
    """Hold collections until the end of the transaction: some (their keys), or all.

    Whoever holds several takes them here, in one order, and before anything else: before the rows of sources, of who
    may read (`Head`) and of the record (`AuditHead`, the last of all), which those who add to a collection take while
    they hold it (ADR 0270).
    """
    rows = Collection.objects.select_for_update().order_by("pk")
    return list(rows if keys is None else rows.filter(pk__in=keys))


def store(  # noqa: PLR0913 - what, whose, where to, and for whom
    collection: Collection,
    source: Source,
    reading: Reading,
    *,
    addressed: Sequence[str] = (),
    narrowed: Narrowed | None = None,
    at: datetime,
) -> Stored:
    """Put what was read into a collection, in the transaction of the caller.

    Args:
        collection: where to.
        source: where it comes from.
        reading: what was read.
        addressed: groups to which it is sent, besides those of the collection.
        narrowed: what another node said of who may have it, if one did.
        at: when.

    """
    held = Collection.objects.select_for_update().get(pk=collection.pk)
    done = Stored(refused=[Outcome(one.id or "", "", one.reason) for one in reading.refused])
    room = room_of(source, at=at)
    # What is beyond the source's room in this hour is not kept, and so must define nothing.
    definitions = define(
        reading.objects[: max(room, 0)], peer=below(source.peer), room=_room_to_define(source, reading)
    )
    done.defined = definitions.new
    known = _Known(held, reading.objects)

    def why_not(one: StixObject, before: int) -> str:
        why = definitions.refused.get(one.id) or _foreign(one, known, held, source)
        return why or (why_no_room(source) if before >= room else "")

    arrived = _new(reading.objects, known, done, why_not=why_not, first=max(moments.micros(at), held.last_added + 1))
    if arrived:
        before = going.held(held, [one.object.id for one in arrived if known.brought_by.get(one.object.id)])
        objects = [one.object for one in arrived]
        audiences = audiences_of(objects, held, source=source, addressed=addressed, narrowed=narrowed)
        for one in arrived:
            one.audience = audiences[marked(one.object)]
        if source.peer_id is None:  # a node below has told so itself
            arrived += _withdrawals(held, arrived, known, first=arrived[-1].added + 1)
        _write(held, source, arrived, known)
        now = [going.Now(Held(one.object.id, one.audience, source.pk), one.object) for one in arrived if one.current]
        overtaken = {one.held.stix_id for one in now}
        going.tell(held, before=[one for one in before if one.stix_id in overtaken], now=now, at=at)
        held.last_added = arrived[-1].added
        held.save(update_fields=["last_added"])
    _quarantine(held, source, reading, done, at=at)
    return done


def _new(
    objects: Sequence[StixObject],
    known: _Known,
    done: Stored,
    *,
    why_not: Callable[[StixObject, int], str],
    first: int,
) -> list[Arrived]:
    """The objects that are new, each with a moment of its own from `first` on; what becomes of the others is noted."""
    arrived: list[Arrived] = []
    judge = withholding().why
    for one in objects:
        if why := why_not(one, len(arrived)):
            done.refused.append(Outcome(one.id, one.version_text, why))
        elif new := _judged(one, known, done, judge=judge, added=first + len(arrived)):
            arrived.append(new)
    return arrived


def room_of(source: Source, *, at: datetime) -> int:
    """How many new objects a source may still bring in this hour."""
    if source.withdrawn_at is not None:
        return 0
    return source.hourly - (0 if _over(source, at=at) else source.hour_new)


def _room_to_define(source: Source, reading: Reading) -> int:
    """How many marking definitions may still come from a source; asked only where there are any."""
    return room_to_define(source) if any(one.type == "marking-definition" for one in reading.objects) else 0


def hour_of(source: Source, *, at: datetime) -> datetime:
    """When the hour began in which a source's new objects are counted."""
    return at if source.hour is None or _over(source, at=at) else source.hour


def count(source: Source, done: Stored, *, at: datetime) -> None:
    """Note of a source what became of what it brought."""
    begun = hour_of(source, at=at)
    source.hour_new = len(done.new) + (source.hour_new if source.hour == begun else 0)
    source.hour = begun
    source.last_at = at
    source.last_new_at = at if done.new else source.last_new_at
    source.objects_new += len(done.new)
    source.objects_known += len(done.known)
    source.objects_refused += len(done.refused)
    counts = ["objects_new", "objects_known", "objects_refused", "hour", "hour_new"]
    source.save(update_fields=["last_at", "last_new_at", *counts])


def why_no_room(source: Source) -> str:
    """Why a source may bring nothing now."""
    if source.withdrawn_at is not None:
        return "The source was withdrawn with all that it sent: nothing is taken from it."
    return f"The source has brought {source.hourly:,} new objects in this hour, the most that it may. Send it later."


def _over(source: Source, *, at: datetime) -> bool:
    return source.hour is None or at - source.hour >= HOUR


def _foreign(one: StixObject, known: _Known, held: Collection, source: Source) -> str:
    """Why a source may not change an object: another organisation brought it, and this one does not own the collection.

    A copy of what is there changes nothing, and is nobody's fault.
    """
    by = known.brought_by.get(one.id)
    if not by or source.organisation_id in {*by, held.organisation_id}:
        return ""
    before = known.of(one)
    found = before.get(_own_version(one, max(before)))
    if found is not None and same(known.raw(found), one.raw):
        return ""
    return "Another organisation brought this object: only it, or the owner of the collection, may change it."


def _judged(one: StixObject, known: _Known, done: Stored, *, judge: Judge, added: int) -> Arrived | None:
    """The object, if it is to be stored; otherwise what becomes of it stands in `done`."""
    before = known.of(one)
    version = _own_version(one, max(before, default=added))
    found = before.get(version)
    if found is not None and same(known.raw(found), one.raw):
        done.known.append(Outcome(one.id, _text(one, version)))
        return None
    if found is not None and one.version is not None:
        why = "The same version was sent before with other content: give a change a later “modified”."
        done.refused.append(Outcome(one.id, _text(one, version), why))
        return None
    version = added if found is not None else version
    try:
        says = projected(one)
    except WatchwardError as error:
        done.refused.append(Outcome(one.id, _text(one, version), error.message))
        return None
    new = before[version] = Arrived(object=one, says=says, version=version, added=added)
    why = unsought(says.indicator, judge) if says.indicator and not one.revoked else ""
    done.new.append(Outcome(one.id, _text(one, version), why))
    return new


def _own_version(one: StixObject, otherwise: int) -> int:
    """The moment of an object's version; what has none of its own is the version before until it says another thing."""
    return otherwise if one.version is None else moments.micros(one.version)


def _text(one: StixObject, version: int) -> str:
    return one.version_text[:40] or moments.written(version)


def _withdrawals(held: Collection, arrived: Sequence[Arrived], known: _Known, *, first: int) -> list[Arrived]:
    """What tells those of a revocation that may not read it and had the object: what they had, revoked (ADR 0272)."""
    revoked = [one for one in arrived if one.object.revoked and one.object.version is not None]
    newest = {one.object.id: one for one in revoked if max(known.versions[one.object.id]) == one.version}
    had: dict[str, list[tuple[int, int]]] = {}
    rows = Object.objects.filter(collection=held, revoked=False).order_by("-version")
    for some in chunks(newest):
        for stix_id, pk, audience in rows.filter(stix_id__in=some).values_list("stix_id", "pk", "audience"):
            had.setdefault(stix_id, []).append((pk, audience))
    wanted = {audience for several in had.values() for _, audience in several} | {one.audience for one in revoked}
    said = dict(row for some in chunks(wanted) for row in Audience.objects.filter(pk__in=some).values_list("pk", "key"))
    audiences = {pk: markings.Audience.of(key) for pk, key in said.items()}
    found: list[Arrived] = []
    for stix_id, several in had.items():
        for pk, audience in _missed(several, newest[stix_id].audience, audiences):
            raw = bytes(Object.objects.values_list("raw", flat=True).get(pk=pk))
            if (new := _withdrawn(raw, audience, known, added=first + len(found))) is not None:
                found.append(new)
    return found


def _missed(
    several: Sequence[tuple[int, int]], reached: int, audiences: Mapping[int, markings.Audience]
) -> list[tuple[int, int]]:
    """Of some versions, newest first, those that somebody may have whom an audience does not reach; the newest last.

    One is left out whose readers may all have another.
    """
    kept: list[tuple[int, int]] = []
    for pk, audience in several:
        had = audiences[audience]
        if not any(had.is_within(audiences[other]) for other in (reached, *(each for _, each in kept))):
            kept = [each for each in kept if not audiences[each[1]].is_within(had)]
            kept.append((pk, audience))
    return kept[::-1]


def _withdrawn(raw: bytes, audience: int, known: _Known, *, added: int) -> Arrived | None:
    """A version that says of what others had nothing but that it is revoked, a moment later than all others."""
    document = json.loads(raw)
    versions = known.versions[document["id"]]
    text = write.to_bytes(write.withdrawn(document, at=moments.moment(max(versions)) + _LATER))
    try:
        one = stix.read(text).objects[0]
        says = projected(one)
    except (WatchwardError, IndexError) as error:
        # It was stored once by rules that are stricter now; the revocation itself must not fail for it.
        log.warning("intel_revocation_not_told", object=document["id"], reason=str(error))
        return None
    version = _own_version(one, otherwise=0)
    new = versions[version] = Arrived(object=one, says=says, version=version, added=added, audience=audience)
    return new


def _write(collection: Collection, source: Source, arrived: Sequence[Arrived], known: _Known) -> None:
    for some in chunks(_overtaken(arrived, known)):
        Object.objects.filter(pk__in=some).update(current=False)
    owner = source.brought_by
    key = Collection._meta.pk.get_db_prep_value(collection.pk, connection)
    rows = [
        (
            key,
            one.added,
            one.object.id,
            one.version,
            _text(one.object, one.version),
            one.object.type,
            one.object.spec_version,
            one.current,
            one.object.revoked,
            one.says.title,
            one.audience,
            source.pk,
            one.object.raw,
        )
        for one in arrived
    ]
    insert(Object, _COLUMNS, rows)
    newest = [one for one in arrived if one.current and (one.says.indicator or one.says.sighting)]
    if newest:
        keys = _keys(key, arrived)
        project([Newest(keys[one.added], one.object.id, one.version, one.says, owner) for one in newest])


def _keys(collection: str | UUID, arrived: Sequence[Arrived]) -> dict[int, int]:
    """The keys in the table of what was just put into it, by the moments at which it was added."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT added, id FROM intel_object WHERE collection_id = %s AND added BETWEEN %s AND %s",
            [collection, arrived[0].added, arrived[-1].added],
        )
        return dict(cursor.fetchall())


def _overtaken(arrived: Sequence[Arrived], known: _Known) -> list[int]:
    """Mark the newest of what arrived as current; the stored versions that are so no longer."""
    keys: list[int] = []
    for stix_id in dict.fromkeys(one.object.id for one in arrived):
        versions = known.versions[stix_id]
        newest = versions[max(versions)]
        if isinstance(newest, Arrived):
            newest.current = True
            keys += [one for one in versions.values() if isinstance(one, int)]
    return keys


def understand(defined: AbstractSet[str], *, at: datetime) -> None:
    """Let those have objects whom markings allow that are known only now; added anew, so that readers find them."""
    waiting = Object.objects.filter(audience__in=unknown())
    for key in waiting.order_by().values_list("collection", flat=True).distinct():
        with transaction.atomic():
            held = Collection.objects.select_for_update().get(pk=key)
            _understand(held, waiting.filter(collection=held), defined, at=at)


def _understand(
    held: Collection, waiting: QuerySet[Object], defined: AbstractSet[str], *, at: datetime, limited: bool = True
) -> None:
    added = max(moments.micros(at), held.last_added + 1)
    understood: list[Held] = []
    # Their keys are read first: what is added anew stands behind the others, and would be met again, for ever.
    for keys in chunks(list(waiting.order_by("added").values_list("pk", flat=True))):
        for row in Object.objects.filter(pk__in=keys).select_related("source__organisation").order_by("added"):
            one = stix.read(bytes(row.raw)).objects[0]
            if row.source.peer_id is None and defined & set(marked(one)):  # a link says for whom it is
                audience = audiences_of([one], held, source=row.source, limited=limited)[marked(one)]
                Object.objects.filter(pk=row.pk).update(audience=audience, added=added)
                understood.append(Held(row.stix_id, row.audience_id, row.source_id))
                added += 1
    held.last_added = added - 1
    held.save(update_fields=["last_added"])
    going.tell_left(held, before=understood, at=at)
    audiences_changed.send(sender=None, stix_ids=[one.stix_id for one in understood])


def restate(definition: Mapping[str, object], *, at: datetime) -> None:
    """Let what a sharing group's marking means hold for what came before the group, whatever somebody said of it.

    The identifier can be foretold. What claims to define it gives way, and what carries it is judged anew.
    """
    identifier = str(definition["id"])
    claimed = Definition.objects.filter(stix_id=identifier).first()
    if claimed is None or markings.marking(json.loads(bytes(claimed.raw))) == markings.marking(definition):
        return
    claimed.raw = json.dumps(definition).encode()
    claimed.save(update_fields=["raw"])
    Object.objects.filter(stix_id=identifier).delete()
    _judge_anew({identifier}, at=at)


def undefine(peer: Peer, *, at: datetime) -> None:
    """Take back the definitions that a node alone brought. What others marked with them is for nobody again."""
    if gone := take_back_definitions(peer):
        _judge_anew(gone, at=at)


def _judge_anew(identifiers: AbstractSet[str], *, at: datetime) -> None:
    """Work out anew for whom objects are that carry any of some markings. A node that told some said for whom."""
    for held in locked(Object.objects.order_by().values("collection")):
        rows = Object.objects.filter(collection=held, source__peer=None).values_list("pk", "raw").iterator()
        carrying = [pk for pk, raw in rows if not identifiers.isdisjoint(_MARKING.findall(str(bytes(raw), "utf-8")))]
        for some in chunks(carrying):
            # What was taken back already cannot be refused for want of room.
            _understand(held, Object.objects.filter(pk__in=some), identifiers, at=at, limited=False)


def _quarantine(collection: Collection, source: Source, reading: Reading, done: Stored, *, at: datetime) -> None:
    raw = {one.id: one.raw for one in reading.objects}
    rows = [
        Quarantined(
            collection=collection,
            source=source,
            at=at,
            stix_id=kept(one.stix_id)[:300],
            reason=kept(one.message)[:500],
            raw=raw.get(one.stix_id, b"")[:_KEPT_OF_REFUSED],
        )
        for one in done.refused[:_MOST_QUARANTINED]
    ]
    Quarantined.objects.bulk_create(rows, batch_size=100)
