"""The part of the actions that finds who may receive an object, and keeps marking definitions."""

import hashlib
import json
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
from django.db import connection, transaction
from django.db.models import Sum
from django.db.models.functions import Length

from watchward.base.errors import BadInputError
from watchward.console.intel.bulk import chunks
from watchward.console.intel.models import Audience, Collection, Definition, Group, Head, Object, Source
from watchward.console.link.models import Peer
from watchward.intel import markings
from watchward.intel.markings import STANDARD, Marking, Tlp
from watchward.intel.stix import StixObject

_UNKNOWN: Final = '"unknown"'
MOST: Final = 20_000
"""More different audiences than this are not kept: whoever invents a marking for each object shares with nobody."""

MOST_OF_ONE: Final = 1_000
"""And those that name one organisation as their owner are fewer, so that nobody takes the room of all others."""

MOST_OF_PEER: Final = 1_000
MOST_CHARACTERS_OF_PEER: Final = 4_000_000
"""And so are those that were made for one node below this one, whomever they name, and all of them together are short:
who may read what is worked out from all of them."""

MOST_DEFINED: Final = 1_000
"""Marking definitions of one organisation, or node below this one, are fewer, so that nobody fills the table."""

MOST_VOUCHING: Final = 20
"""So many other nodes are remembered that brought a definition of one node too."""

_TOO_MANY: Final = f"Its sender has defined {MOST_DEFINED:,} markings, the most that are kept. Mark with those."
_ADVICE: Final = "Mark objects with levels and groups that others have too."
_UNLIMITED: Final = 2_000_000_000
_LOOKED_UP: Final = 0x57570242
"""The number of a lock of the database: many hold it together who look audiences up, and one alone who forgets some."""
_Vouching: Final = Definition.others.through
"""That a node vouches for the definition of another."""


def changed() -> None:
    """Say that who may read is to be worked out anew."""
    # Drawn and not counted, so that a restored database never has a version under which something else was worked out.
    Head.objects.update_or_create(pk=1, defaults={"version": secrets.randbits(62)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Defined:
    """What became of some marking definitions.

    Args:
        new: the identifiers of those that were not known before.
        refused: of those that were defined otherwise before, why they are refused, by their identifiers.

    """

    new: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)


def define(objects: Iterable[StixObject], *, peer: Peer | None = None, room: int = MOST_DEFINED) -> Defined:
    """Keep the marking definitions among some objects, as long as there is room for new ones.

    That of a sharing group of this node says what the group is, whoever sends it: its identifier can be foretold.

    Args:
        objects: they, and others that define nothing.
        peer: the node below this one that brings them, if one does.
        room: how many new ones it may bring.

    """
    found = {one.id: one for one in objects if one.type == "marking-definition" and one.id not in STANDARD}
    if not found:
        return Defined()
    rows = [row for some in chunks(found) for row in Definition.objects.filter(stix_id__in=some)]
    before = {one.stix_id: bytes(one.raw) for one in rows}
    groups = _of_groups(found)
    refused = {
        key: "It is the marking of a sharing group, and says something else."
        for key, one in groups.items()
        if markings.marking(found[key].content) != one
    }
    wanted = [one for key, one in found.items() if key not in before and key not in refused]
    new = wanted[: max(room, 0)]
    refused |= {one.id: _TOO_MANY for one in wanted[len(new) :]}
    Definition.objects.bulk_create(
        [Definition(stix_id=one.id, raw=one.raw, peer=peer) for one in new], batch_size=100, ignore_conflicts=True
    )
    if new:
        changed()
    why = "It is defined otherwise already; the first definition holds."
    refused |= {key: why for key, raw in before.items() if key not in groups and not same(raw, found[key].raw)}
    _vouch([one for one in rows if one.stix_id not in refused], peer)
    return Defined(new=frozenset(one.id for one in new), refused=refused)


def _vouch(known: Iterable[Definition], peer: Peer | None) -> None:
    """Note which definitions of one node another sender brings too: they do not go with that node.

    They count as those of the first until all that it sent is taken back, so that two nodes that bring each other's are
    not free of what either may bring.
    """
    others = [one.pk for one in known if one.peer_id is not None and one.peer_id != (peer.pk if peer else None)]
    for some in chunks(others):
        vouching = _Vouching.objects.filter(definition__in=some)
        if peer is None:
            vouching.delete()
            Definition.objects.filter(pk__in=some).update(peer=None)
            continue
        by = defaultdict[int, set[int]](set)
        for definition, other in vouching.values_list("definition_id", "peer_id"):
            by[definition].add(other)
        new = [pk for pk in some if peer.pk not in by[pk] and len(by[pk]) < MOST_VOUCHING]
        _Vouching.objects.bulk_create(
            [_Vouching(definition_id=pk, peer_id=peer.pk) for pk in new], ignore_conflicts=True
        )


def take_back_definitions(peer: Peer) -> frozenset[str]:
    """Take back what a node below this one defined; the identifiers of what nobody else brought and is gone."""
    _Vouching.objects.filter(peer=peer).delete()
    mine = Definition.objects.filter(peer=peer)
    gone = mine.filter(others=None)
    names = frozenset(gone.values_list("stix_id", flat=True))
    gone.delete()
    heirs: dict[int, tuple[int, int]] = {}
    for one in _Vouching.objects.filter(definition__peer=peer).order_by("pk"):
        heirs.setdefault(one.definition_id, (one.pk, one.peer_id))  # who brought it next
    for heir in {other for _, other in heirs.values()}:
        for some in chunks(pk for pk, (_, other) in heirs.items() if other == heir):
            Definition.objects.filter(pk__in=some).update(peer=heir)
    for some in chunks(pk for pk, _ in heirs.values()):
        _Vouching.objects.filter(pk__in=some).delete()
    return names


def room_to_define(source: Source) -> int:
    """How many marking definitions a source's organisation, or the node from which it came, may still bring."""
    if source.peer is not None:
        return room_of_node(source.peer)
    mine = Object.objects.filter(type="marking-definition", source__organisation=source.organisation_id)
    return MOST_DEFINED - mine.values("stix_id").distinct().count()


def room_of_node(peer: Peer) -> int:
    """How many marking definitions a node may still bring; the one above is not limited (ADR 0223)."""
    return _UNLIMITED if peer.is_parent else MOST_DEFINED - Definition.objects.filter(peer=peer).count()


def below(peer: Peer | None) -> Peer | None:
    """The node itself, if it is one below this."""
    return None if peer is None or peer.is_parent else peer


def unknown() -> list[int]:
    """Keys of the audiences of what carries a marking that is not understood."""
    return [one.pk for one in Audience.objects.filter(key__contains=_UNKNOWN) if markings.Audience.of(one.key).unknown]


def same(one: bytes, other: bytes) -> bool:
    """Whether two texts of JSON say the same."""
    return one == other or bool(msgspec.json.decode(one) == msgspec.json.decode(other))


def defined(identifiers: Iterable[str]) -> dict[str, Marking]:
    """The definitions that are kept, of some markings."""
    wanted = [one for one in identifiers if one not in STANDARD]
    rows = (row for some in chunks(wanted) for row in Definition.objects.filter(stix_id__in=some))
    found = {one.stix_id: markings.marking(json.loads(bytes(one.raw))) for one in rows}
    return found | _of_groups(found)


def _of_groups(identifiers: Iterable[str]) -> dict[str, Marking]:
    """What those of some identifiers mean that belong to sharing groups of this node."""
    wanted = set(identifiers)
    made = map(markings.group_marking, Group.objects.values_list("name", flat=True)) if wanted else ()
    return {str(one["id"]): markings.marking(one) for one in made if one["id"] in wanted}


def marked(one: StixObject) -> tuple[str, ...]:
    """The markings of an object, of the whole and of its parts: it leaves whole or not at all.

    A definition that names a sharing group is for those who joined that group: nobody else learns that there is one.
    """
    if one.type == "marking-definition" and one.id not in STANDARD and markings.marking(json.loads(one.raw)).groups:
        return (*one.markings, *one.granular, one.id, Tlp.GREEN.marking)
    return one.markings + one.granular


def sent_to_keeper(collection: Collection, source: Source) -> list[str]:
    """The group of whoever owns a collection: who puts something into another's has sent it to that other (ADR 0284).

    What another node tells is for whom that node said.
    """
    owner = collection.organisation.code
    return [] if source.peer_id is not None or source.brought_by == owner else [markings.keeper_group(owner)]


Narrowed = Callable[[markings.Audience], markings.Audience]
"""Who may have something here, by what its markings ask for."""


def audiences_of(  # noqa: PLR0913 - what, where, whose, and for whom
    objects: Sequence[StixObject],
    collection: Collection,
    *,
    source: Source,
    addressed: Sequence[str] = (),
    narrowed: Narrowed | None = None,
    limited: bool = True,
) -> dict[tuple[str, ...], int]:
    """The audience (its key in the database) for each set of markings that some objects carry.

    Args:
        objects: they.
        collection: where they are kept; its unmarked level and the groups that it is addressed to count.
        source: where they come from; whoever brought them owns them.
        addressed: groups to which it sends them besides.
        narrowed: what another node said of who may have them, if one did.
        limited: whether there must be room for new ones; not where something is taken back, which nothing may stop.

    """
    kept = dict.fromkeys(map(marked, objects))
    definitions = defined({identifier for several in kept for identifier in several})
    unmarked = Tlp(collection.unmarked)
    to = (*collection.addressed, *addressed, *sent_to_keeper(collection, source))
    read = {
        several: markings.read(several, definitions, owner=source.brought_by, addressed=to, unmarked=unmarked)
        for several in kept
    }
    keys = {several: (narrowed(one) if narrowed else one).key for several, one in read.items()}
    rows = _rows(set(keys.values()), source, limited=limited)
    return {several: rows[key] for several, key in keys.items()}


def _rows(keys: set[str], source: Source, *, limited: bool) -> dict[str, int]:
    digests = {hashlib.sha256(key.encode()).hexdigest(): key for key in keys}
    _keep_found()
    rows = _known(digests)
    if missing := [(digest, digests[digest]) for digest in sorted(digests.keys() - rows.keys())]:
        if limited:
            _require_room([key for _, key in missing], source)
        peer = below(source.peer)
        insert_missing = [Audience(digest=digest, key=key, peer=peer) for digest, key in missing]
        Audience.objects.bulk_create(insert_missing, batch_size=100, ignore_conflicts=True)
        changed()
        rows = _known(digests)
    return {digests[digest]: pk for digest, pk in rows.items()}


def _require_room(more: Sequence[str], source: Source) -> None:
    held = [(Audience.objects.all(), MOST)]
    if (peer := below(source.peer)) is not None:
        of_peer = Audience.objects.filter(peer=peer)
        held.append((of_peer, MOST_OF_PEER))
        length = of_peer.aggregate(length=Sum(Length("key")))["length"] or 0
        if length + sum(map(len, more)) > MOST_CHARACTERS_OF_PEER:
            raise BadInputError(
                f"The audiences of the node would be longer than {MOST_CHARACTERS_OF_PEER:,} characters together.",
                advice=_ADVICE,
            )
    elif source.peer is None:
        of_owner = Audience.objects.filter(key__contains=f'"owner":{json.dumps(source.brought_by)}')
        held.append((of_owner, MOST_OF_ONE))
    for several, most in held:
        if several.count() + len(more) > most:
            raise BadInputError(
                f"With these objects there would be more than {most:,} different audiences.", advice=_ADVICE
            )


@transaction.atomic
def forget_unused() -> int:
    """Forget the audiences that nothing has any more; how many those were. None while somebody looks some up."""
    table, objects = Audience._meta.db_table, Object._meta.db_table
    # By NOT IN or NOT EXISTS, one of the two databases goes over all objects for each: they have no index for it.
    unused = f"id IN (SELECT id FROM {table} EXCEPT SELECT audience_id FROM {objects})"  # noqa: S608
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOOKED_UP])
            if not cursor.fetchone()[0]:
                return 0
        cursor.execute(f"DELETE FROM {table} WHERE {unused}")  # noqa: S608
        gone: int = cursor.rowcount
    return max(gone, 0)


def _keep_found() -> None:
    """Have nobody forget audiences until the end of the transaction; on SQLite nobody else writes until then."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_LOOKED_UP])


def _known(digests: Iterable[str]) -> dict[str, int]:
    rows = (
        row for some in chunks(digests) for row in Audience.objects.filter(digest__in=some).values_list("digest", "pk")
    )
    return dict(rows)
