"""How two nodes come together: the parent takes up whom it invited, the child keeps whom it joined."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.db import transaction

from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import record
from watchward.console.access.guard import Service
from watchward.console.config import current
from watchward.console.intel.sealing import unsealed
from watchward.console.link import kinds, speaking
from watchward.console.link.models import Hearing, Invitation, Peer, Queued
from watchward.console.messages import RefusedError
from watchward.link import wire
from watchward.link.code import JoinCode

_LINKS = Service(name="links")


@transaction.atomic
def take_up(asked: wire.Join, *, body: bytes, proof: str, clock: Clock) -> Peer:
    """The child that a code was made for; asked again by the same child, it is the same.

    Raises:
        RefusedError: the code is not good, or not for this node.

    """
    now = clock.now()
    invitation = Invitation.objects.select_for_update().filter(number=asked.number).first()
    if invitation is None or not _proved(invitation, body, proof):
        raise _refused("This node knows no such code.", "Copy the whole code again, or ask for another.")
    here = Peer.objects.filter(node=asked.node, ended_at=None).first()
    if invitation.used_at is not None:
        if here is not None and here.key == asked.key and here.organisation_id == invitation.organisation_id:
            return here  # it did not hear the answer
        raise _refused("This code was used already.", "Ask for another; each is good for one node.")
    if now > invitation.until:
        raise _refused("This code has ended.", "Ask for another.")
    if here is not None and here.pk != invitation.peer_id:
        raise _refused(
            f"{here} is linked to this node already.", "To join again, ask for a code from that link's own page."
        )
    peer = _kept(invitation, asked, now)
    invitation.used_at = now
    invitation.save(update_fields=["used_at"])
    speaking.tell_anew(peer, speaking.NEW_LINK)
    record(AuditEvent.PEER_JOINED, by=_LINKS, subject=peer, organisation=peer.organisation, clock=clock, node=peer.node)
    return peer


def _kept(invitation: Invitation, asked: wire.Join, now: datetime) -> Peer:
    peer = invitation.peer
    if peer is None:
        return Peer.objects.create(
            node=asked.node,
            name=invitation.name,
            way=Peer.Way.CHILD,
            organisation=invitation.organisation,
            key=asked.key,
            version=asked.version,
            joined_at=now,
            joined_by=invitation.made_by,
        )
    if peer.node != asked.node:
        # Another node in its place: where the old one stood means nothing to it.
        Hearing.objects.filter(peer=peer).delete()
    peer.node, peer.key, peer.key_before, peer.version = asked.node, asked.key, "", asked.version
    peer.ended_at = None
    peer.save()
    return peer


def _proved(invitation: Invitation, body: bytes, proof: str) -> bool:
    secret = bytes.fromhex(unsealed(invitation.secret))
    return JoinCode(address="", parent="", secret=secret, until=invitation.until).proves(proof, body)


def _refused(message: str, advice: str) -> RefusedError:
    return RefusedError(HTTPStatus.FORBIDDEN, message, advice=advice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The parent that a child found by a code."""

    code: JoinCode
    answer: wire.Joined


def keep_parent(found: Found, *, by: str, clock: Clock) -> Peer:
    """Keep the parent that this node joined, in the place of any other.

    What waited for the other goes to the new one. What the other told stays until the new one has told all that holds
    there: to be without protection meanwhile would be worse.

    Raises:
        BadInputError: it is a child of this node, or this node itself.

    """
    answer, now = found.answer, clock.now()
    child = Peer.objects.filter(node=answer.node, way=Peer.Way.CHILD, ended_at=None).first()
    if child is not None:
        raise BadInputError(f"{child} is below this node.", advice="End that link first: a node cannot be both.")
    before = Peer.objects.filter(way=Peer.Way.PARENT, ended_at=None).first()
    if before is not None and before.node == answer.node:
        before.key, before.key_before, before.address = answer.key, "", found.code.address
        before.authority, before.version, before.trouble, before.knows_us_by = answer.authority, answer.version, "", ""
        before.save()
        transaction.on_commit(mark_parent)
        return before
    if before is not None:
        before.ended_at = now
        before.save(update_fields=["ended_at"])
    peer = Peer.objects.create(
        node=answer.node,
        name=answer.name,
        way=Peer.Way.PARENT,
        key=answer.key,
        address=found.code.address,
        authority=answer.authority,
        version=answer.version,
        joined_at=now,
        joined_by=by[:200],
    )
    if before is not None:
        peer.lets_out = before.lets_out
        peer.save(update_fields=["lets_out"])
        unheard = Queued.objects.filter(peer=before, event=True, acknowledged_at=None)
        unheard.update(peer=peer, seq=None, digest=None)
        Queued.objects.filter(peer=before).delete()
    speaking.tell_anew(peer, speaking.NEW_LINK)
    transaction.on_commit(mark_parent)
    return peer


def mark_parent() -> None:
    """Have a file say whether this node has a parent, for what starts its processes and knows no database."""
    path = current().home / "link" / "parent"
    parent = Peer.objects.filter(way=Peer.Way.PARENT, ended_at=None).first()
    with suppress(FileNotFoundError):  # nothing starts the processes of a node without a home
        if parent is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.write_text(parent.address)


def let_go_of_old_parents(peer: Peer) -> None:
    """When a new parent has told all that holds, what a parent before it told holds no longer."""
    old = Hearing.objects.filter(peer__way=Peer.Way.PARENT, peer__ended_at__isnull=False).exclude(peer=peer)
    for one in old.select_related("peer"):
        for kind in kinds.all_kinds():
            if kind.drop and kind.may_come_from(one.peer):
                kind.drop(one.peer, frozenset())
        one.delete()
