"""What a client may read: every answer is narrowed to its audiences by the database, so that pages are full."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from watchward.console.intel.guard import Caller
from watchward.console.intel.models import Collection, Object
from watchward.console.taxii.asked import Asked
from watchward.console.taxii.models import Status

MOST_BYTES: Final = 16 << 20
"""An answer ends with the object that makes it longer than this."""

_FIRST_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class Page:
    """Some objects in the order in which they were added.

    Args:
        rows: the moment at which each was added, and the columns that were asked for.
        more: whether there are others after these.

    """

    rows: Sequence[tuple[int, list[str]]]
    more: bool


@dataclass(frozen=True, slots=True)
class RawPage:
    """The bytes of some objects in the order in which they were added, with when the first and the last were."""

    raw: Sequence[bytes]
    first: int
    last: int
    more: bool


def raw_page(caller: Caller, collection: Collection, asked: Asked) -> RawPage:
    """The objects that somebody asks for, and may receive."""
    rows_after = _plain(caller, collection) if asked.is_plain else _through_model(caller, collection, asked)
    raw: list[bytes] = []
    size, first, last, step = 0, 0, asked.after, min(_FIRST_ROWS, asked.limit + 1)
    while True:
        rows = rows_after(last, step)
        for added, each in rows:
            if len(raw) == asked.limit or size > MOST_BYTES:
                return RawPage(raw, first, last or 0, more=True)
            raw.append(bytes(each))
            size += len(each)
            first, last = first or added, added
        if len(rows) < step:
            return RawPage(raw, first, last or 0, more=False)
        # So many as will fit, going by those so far, and one to know whether there are more.
        step = min(asked.limit - len(raw), (MOST_BYTES - size) * len(raw) // max(size, 1)) + 1
        step = max(1, step)


Rows = Callable[[int | None, int], Sequence[tuple[int, bytes | memoryview]]]
"""The moment and the bytes of so many objects after a moment."""


def _through_model(caller: Caller, collection: Collection, asked: Asked) -> Rows:
    found = _asked_for(caller, collection, asked)
    return lambda after, count: list(_after(found, after).values_list("added", "raw")[:count])


def _plain(caller: Caller, collection: Collection) -> Rows:
    """The same for what nearly every poll asks: without the half millisecond that making the statement takes."""
    key = Collection._meta.pk.get_db_prep_value(collection.pk, connection)
    audiences = ",".join(map(str, caller.audiences)) or "NULL"

    def rows(after: int | None, count: int) -> Sequence[tuple[int, bytes | memoryview]]:
        with connection.cursor() as cursor:
            # Only numbers stand in it that are ours.
            cursor.execute(
                "SELECT added, raw FROM intel_object WHERE collection_id = %s AND added > %s"  # noqa: S608
                f" AND current AND audience_id IN ({audiences}) ORDER BY added LIMIT %s",
                [key, -1 if after is None else after, count],
            )
            found: list[tuple[int, bytes | memoryview]] = cursor.fetchall()
        return found

    return rows


def listed(caller: Caller, collection: Collection, asked: Asked, *names: str) -> Page:
    """Some columns of the objects that somebody asks for, and may receive."""
    found = _after(_asked_for(caller, collection, asked), asked.after)
    rows = [(added, said) for added, *said in found.values_list("added", *names)[: asked.limit + 1]]
    return Page(rows[: asked.limit], more=len(rows) > asked.limit)


def is_there(caller: Caller, collection: Collection, stix_id: str) -> bool:
    """Whether a collection has an object that somebody may receive."""
    return _visible(caller, collection).filter(stix_id=stix_id).exists()


def versions_of(caller: Caller, collection: Collection, stix_id: str, asked: Asked) -> list[tuple[int, int]]:
    """The moments of the versions of an object that were asked for, each with the client's own source's key or 0."""
    wanted = Asked(ids=(stix_id,), versions=asked.versions, moments=asked.moments, spec_versions=asked.spec_versions)
    return list(_asked_for(caller, collection, wanted).values_list("version", "source__client_id"))


def status_of(caller: Caller, root: str, key: UUID) -> bytes | None:
    """What became of a request of the client's own."""
    found = (
        Status.objects.filter(pk=key, root__name=root, client=caller.client).values_list("content", flat=True).first()
    )
    return None if found is None else bytes(found)


def _visible(caller: Caller, collection: Collection) -> QuerySet[Object]:
    return Object.objects.filter(collection=collection, audience__in=caller.audiences)


def _after(found: QuerySet[Object], added: int | None) -> QuerySet[Object]:
    return (found if added is None else found.filter(added__gt=added)).order_by("added")


def _asked_for(caller: Caller, collection: Collection, asked: Asked) -> QuerySet[Object]:
    found = _visible(caller, collection)
    if "all" not in asked.versions:
        found = found.filter(_of_versions(asked))
    if asked.ids:
        found = found.filter(stix_id__in=asked.ids)
    if asked.types:
        found = found.filter(type__in=asked.types)
    if asked.spec_versions:
        found = found.filter(spec_version__in=asked.spec_versions)
    return found


def _of_versions(asked: Asked) -> Q:
    wanted = Q(version__in=asked.moments) if asked.moments else Q(pk__in=[])
    if "last" in asked.versions:
        wanted |= Q(current=True)
    if "first" in asked.versions:
        older = Object.objects.filter(
            stix_id=OuterRef("stix_id"), collection=OuterRef("collection"), version__lt=OuterRef("version")
        )
        wanted |= ~Q(Exists(older))
    return wanted
