"""Who may read and write which collection, and which objects in it they may receive.

What a client may do is worked out once and kept until `Head.version` says that something changed: a poll asks the
database for that one number.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from watchward.access.permissions import Permission
from watchward.access.roles import roles_granting
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.guard import Actor, Service, reach
from watchward.console.access.models import Post, User
from watchward.console.estate.models import Organisation
from watchward.console.intel.models import ApiRoot, Audience, Client, Collection, Grant, Group, Scope
from watchward.intel.markings import Groups, Reader, admitted, group_name

_CLIENTS_KEPT: Final = 4096
_READERS_KEPT: Final = 4096

Doer = Actor | Client
"""Whoever does something with intelligence: a person, a part of the node, or another organisation's program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What somebody may do with one collection."""

    collection: Collection
    root: ApiRoot
    read: bool
    write: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A client with all that decides what it is answered.

    Args:
        client: who it is.
        reader: how markings know it.
        rights: what it may do, by the collection's identifier; a collection with which it may do nothing is not there.
        aliases: the same identifiers by root and alias.
        audiences: keys of the audiences whose objects it may receive.

    """

    client: Client
    reader: Reader
    rights: Mapping[UUID, Rights]
    aliases: Mapping[tuple[str, str], UUID]
    audiences: frozenset[int]


def version() -> int:
    """The version of what decides who may read and write."""
    # Asked with every request: by itself, it takes a tenth of what it takes through a model.
    with connection.cursor() as cursor:
        cursor.execute("SELECT version FROM intel_head WHERE id = 1")
        row = cursor.fetchone()
    return row[0] if row else 0


def caller(key_id: str, secret: str) -> Caller | None:
    """The client that shows a key and its secret; None where they are not those of a client that may still come."""
    found = _caller(version(), key_id)
    digest = hashlib.sha256(secret.encode()).hexdigest()
    # Secrets are 256 random bits, so one fast hash protects them.
    if found is None or not hmac.compare_digest(digest, found.client.digest):
        return None
    return found


@lru_cache(maxsize=_CLIENTS_KEPT)
def _caller(now: int, key_id: str) -> Caller | None:
    client = Client.objects.filter(key_id=key_id, withdrawn_at=None).select_related("organisation").first()
    if client is None:
        return None
    found = {one.collection.pk: one for one in _rights_of(client)}
    aliases = {(one.root.name, one.collection.alias): key for key, one in found.items() if one.collection.alias}
    reader = reader_of(client.organisation, person=False)
    return Caller(
        client=client, reader=reader, rights=found, aliases=aliases, audiences=frozenset(audiences_for(reader, now=now))
    )


def _rights_of(client: Client) -> Iterable[Rights]:
    codes = _codes(client.organisation)
    in_use = Scope.objects.filter(client=client, collection__retired_at=None)
    for scope in in_use.select_related("collection__root"):
        grants = Grant.objects.filter(collection=scope.collection, role="").select_related("organisation")
        mine = scope.collection.organisation_id == client.organisation_id
        held = [one for one in grants if one.organisation is None or one.organisation.code in codes]
        read = scope.can_read and (mine or any(one.can_read for one in held))
        write = scope.can_write and (mine or any(one.can_write for one in held))
        if read or write:
            yield Rights(collection=scope.collection, root=scope.collection.root, read=read, write=write)


def reader_of(organisation: Organisation, *, person: bool) -> Reader:
    """An organisation as markings know it."""
    return groups().reader(organisation.code, above=_codes(organisation), person=person)


def groups() -> Groups:
    """The sharing groups of this node with their members."""
    members: dict[str, set[str]] = {name: set() for name in Group.objects.values_list("name", flat=True)}
    for name, code in Group.objects.exclude(members=None).values_list("name", "members__code"):
        members[name].add(code)
    return Groups(members={name: frozenset(codes) for name, codes in members.items()})


def name_of_group(said: str) -> str:
    """A sharing group's name as this node keeps it; empty where there is none."""
    return group_name(said)[:200].strip()


def audiences_for(*readers: Reader, now: int | None = None) -> frozenset[int]:
    """Keys of the audiences whose objects any of some readers may receive."""
    at = version() if now is None else now
    return frozenset[int]().union(*(_admitted(at, reader) for reader in readers))


@lru_cache(maxsize=_READERS_KEPT)
def _admitted(now: int, reader: Reader) -> frozenset[int]:
    rows = _audiences(now)
    keys = admitted((key for _, key in rows), reader)
    return frozenset(pk for pk, key in rows if key in keys)


@lru_cache(maxsize=2)
def _audiences(now: int) -> tuple[tuple[int, str], ...]:  # noqa: ARG001 - under another version it is read again
    return tuple(Audience.objects.values_list("pk", "key"))


def readers_of(viewer: User) -> list[Reader]:
    """A person as markings know them: one for each organisation in which they may see intelligence.

    Whoever holds a role over the whole node reads for the organisations at the top of it.
    """
    posts = Post.objects.filter(user=viewer, role__in=roles_granting(Permission.INTEL_VIEW))
    where = [one.organisation for one in posts.select_related("organisation")]
    tops = Organisation.objects.filter(parent=None, closed_on=None) if None in where else Organisation.objects.none()
    found = {one.pk: one for one in [*tops[:50], *(one for one in where if one is not None)]}
    return [reader_of(one, person=True) for one in found.values()] if viewer.is_active else []


def may_receive(viewer: Actor) -> Q:
    """A filter for objects: those whose markings let somebody have them."""
    if isinstance(viewer, Service):
        return Q()
    return Q(audience__in=audiences_for(*readers_of(viewer)))


def may_read(viewer: Actor) -> Q:
    """A filter for collections: those that somebody may read."""
    return _may(viewer, Permission.INTEL_VIEW, "can_read")


def may_write(viewer: Actor) -> Q:
    """A filter for collections: those that somebody may write."""
    return _may(viewer, Permission.INTEL_ADD, "can_write")


def _may(viewer: Actor, permission: Permission, right: str) -> Q:
    within = reach(viewer, permission)
    if within.everything:
        return Q(pk__isnull=False)  # an empty filter, joined to another by "or", would be that other
    found = within.q("organisation_path")
    if isinstance(viewer, Service) or not viewer.is_active:
        return found
    granted = Grant.objects.filter(**{right: True})
    posts = Post.objects.filter(user=viewer, role__in=roles_granting(permission)).select_related("organisation")
    for post in posts:
        codes = _codes(post.organisation) if post.organisation else frozenset[str]()
        held = granted.filter(Q(organisation=None) | Q(organisation__code__in=codes), role__in=["", post.role])
        found |= Q(pk__in=held.values("collection"))
    return found


def require_write(by: Doer, collection: Collection) -> None:
    """Refuse unless somebody may add objects to a collection and take them out.

    Raises:
        NotAllowedError: they may not.

    """
    if isinstance(by, Client):
        found = _caller(version(), by.key_id)
        rights = found.rights.get(collection.pk) if found else None
        allowed = rights is not None and rights.write
    else:
        allowed = Collection.objects.filter(may_write(by), pk=collection.pk).exists()
    if not allowed:
        raise _may_not_write(by, collection)


def require_in_use(collection: Collection) -> None:
    """Refuse to put anything into a retired collection, or to offer it.

    Raises:
        BadInputError: it is retired.

    """
    # Whoever opened the page did so before it was retired.
    if Collection.objects.filter(pk=collection.pk).exclude(retired_at=None).exists():
        raise BadInputError(
            f"{collection.title} is retired: nothing is put into it, and it is offered nowhere.",
            advice="Offer it again first, on its own page; or use another collection.",
        )


def acting_for(by: Doer, collection: Collection) -> Organisation:
    """The organisation whose act it is when somebody who may write to a collection does so.

    It is the collection's own for those who hold their role there or above, and for the node; whoever writes by a grant
    does so for the organisation that was given it.
    """
    if isinstance(by, Client):
        return by.organisation
    if isinstance(by, Service) or collection.organisation_path in reach(by, Permission.INTEL_ADD):
        return collection.organisation
    grants = Grant.objects.filter(collection=collection, can_write=True)
    posts = Post.objects.filter(user=by, role__in=roles_granting(Permission.INTEL_ADD)).exclude(organisation=None)
    for post in posts.select_related("organisation").order_by("pk"):
        assert post.organisation is not None
        given = Q(organisation=None) | Q(organisation__code__in=_codes(post.organisation))
        if grants.filter(given, role__in=["", post.role]).exists():
            return post.organisation
    raise _may_not_write(by, collection)


def _may_not_write(by: Doer, collection: Collection) -> NotAllowedError:
    return NotAllowedError(
        f"{by} may not {Permission.INTEL_ADD.meaning} of {collection.organisation} ({Permission.INTEL_ADD}).",
        advice="Ask whoever manages the collection to let your organisation write to it.",
    )


def _codes(organisation: Organisation) -> frozenset[str]:
    """The codes of an organisation and of all above it."""
    return frozenset(organisation.path.strip("/").split("/"))
