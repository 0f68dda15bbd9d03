"""What people do with links: invite, join, end, say what is let out and how much may come, and withdraw."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import Detail, record
from watchward.console.access.guard import Actor, require
from watchward.console.config import current
from watchward.console.estate.models import Organisation
from watchward.console.intel.sealing import sealed
from watchward.console.link import client, hearing, joining, keys, kinds, speaking
from watchward.console.link.bell import ring
from watchward.console.link.models import Invitation, Peer, Queued
from watchward.link import code
from watchward.link.code import JoinCode

GOOD_FOR: Final = timedelta(days=3)
_LONGEST_GOOD: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCode:
    """A code just after it was made: the only moment at which it can be read."""

    invitation: Invitation
    text: str


@transaction.atomic
def invite(  # noqa: PLR0913 - whom, for whom, how long
    *,
    by: Actor,
    name: str,
    organisation: Organisation,
    clock: Clock,
    peer: Peer | None = None,
    good_for: timedelta = GOOD_FOR,
) -> NewCode:
    """Make a code with which one node may join as a child that speaks for an organisation and those below it.

    Args:
        by: who invites.
        name: how this node names the child.
        organisation: for which it speaks.
        clock: tells when.
        peer: the child in whose place it comes, where one lost its keys or its machine.
        good_for: how long the code may be used.

    """
    require(by, Permission.LINK_MANAGE, at=organisation)
    if not name.strip() or not timedelta(0) < good_for <= _LONGEST_GOOD:
        raise BadInputError(
            "A code needs the name of the node that will join, and an end.",
            advice=f"Name it, and let the code end within {_LONGEST_GOOD.days} days.",
        )
    if peer is not None and (peer.is_parent or peer.organisation_id != organisation.pk):
        raise BadInputError(f"{peer} does not speak for {organisation}.", advice="Make the code on that link's page.")
    if not current().secure:
        raise BadInputError(
            "This node speaks plain HTTP, as an exercise does: no other node can join it.",
            advice="Start a node without an exercise, which speaks HTTPS by itself (“watchward up”), and invite there.",
        )
    now = clock.now()
    made = code.make(current().public_url, parent=keys.name_of(keys.own().present), until=now + good_for)
    invitation = Invitation.objects.create(
        number=made.number,
        secret=sealed(made.secret.hex()),
        name=name.strip()[:200],
        organisation=organisation,
        peer=peer,
        made_at=now,
        made_by=str(by)[:200],
        until=now + good_for,
    )
    record(AuditEvent.PEER_INVITED, by=by, subject=invitation, organisation=organisation, clock=clock)
    return NewCode(invitation=invitation, text=made.text)


def join_parent(*, by: Actor, given: JoinCode, transport: client.Transport, clock: Clock) -> Peer:
    """Join a parent with the code that it gave; a parent that this node had before is left."""
    require(by, Permission.LINK_MANAGE, at=None)
    peer = client.join(given, transport, by=str(by), clock=clock)
    with transaction.atomic():
        record(AuditEvent.PEER_JOINED, by=by, subject=peer, clock=clock, node=peer.node)
    return peer


@transaction.atomic
def end_link(*, by: Actor, peer: Peer, reason: str, clock: Clock) -> None:
    """End a link: nothing is told or taken any more. What came by it stays until it is withdrawn."""
    require(by, Permission.LINK_MANAGE, at=peer.organisation)
    _need(reason)
    if peer.ended_at is not None:
        raise BadInputError(f"The link to {peer} was ended before.", advice="Nothing is told or taken by it any more.")
    peer.ended_at = clock.now()
    peer.save(update_fields=["ended_at"])
    Queued.objects.filter(peer=peer).delete()
    transaction.on_commit(joining.mark_parent)
    record(AuditEvent.PEER_ENDED, by=by, subject=peer, organisation=peer.organisation, clock=clock, reason=reason)


@transaction.atomic
def set_policy(*, by: Actor, peer: Peer, lets_out: Mapping[str, bool], clock: Clock) -> None:
    """Say, class by class, what is let out to a peer; what is let out no longer, it is told to drop."""
    require(by, Permission.LINK_MANAGE, at=peer.organisation)
    known = {kind.name: kind for kind in kinds.all_kinds() if kind.may_go_to(peer)}
    if unknown := sorted(set(lets_out) - set(known)):
        raise BadInputError(
            f"{', '.join(unknown)} does not go to {peer}.", advice=f"Say it of {', '.join(sorted(known)) or 'nothing'}."
        )
    peer.lets_out = {**peer.lets_out, **lets_out}
    peer.save(update_fields=["lets_out"])
    speaking.tell_anew(peer, speaking.POLICY)
    open_to = ", ".join(sorted(name for name, kind in known.items() if kind.is_let_out_to(peer))) or "nothing"
    record(
        AuditEvent.PEER_POLICY_SET, by=by, subject=peer, organisation=peer.organisation, clock=clock, classes=open_to
    )


@transaction.atomic
def limit(  # noqa: PLR0913 - how much, and why
    *, by: Actor, peer: Peer, things: int, size: int, reason: str, clock: Clock
) -> None:
    """Say how much a child may send in a day; what it sends beyond is refused, counted, and told to it."""
    require(by, Permission.LINK_MANAGE, at=peer.organisation)
    _need(reason)
    if things < 0 or size < 0:
        raise BadInputError("A limit is no less than nothing.", advice="Give 0 to take nothing at all.")
    peer.most_a_day, peer.most_bytes_a_day = min(things, 1 << 30), min(size, 1 << 50)
    peer.save(update_fields=["most_a_day", "most_bytes_a_day"])
    details: dict[str, Detail] = {"things": peer.most_a_day, "bytes": peer.most_bytes_a_day, "reason": reason}
    record(AuditEvent.PEER_LIMITED, by=by, subject=peer, organisation=peer.organisation, clock=clock, **details)


@transaction.atomic
def ask_for_all(*, by: Actor, peer: Peer, clock: Clock) -> None:
    """Have a peer tell all that holds once more."""
    require(by, Permission.LINK_MANAGE, at=peer.organisation)
    hearing.ask_anew(peer)
    record(AuditEvent.PEER_ANEW, by=by, subject=peer, organisation=peer.organisation, clock=clock)


@transaction.atomic
def tell_all(*, by: Actor, peer: Peer, clock: Clock) -> None:
    """Tell a peer all that holds once more, at the next contact."""
    require(by, Permission.LINK_MANAGE, at=peer.organisation)
    speaking.tell_anew(peer, speaking.ASKED_FOR)
    transaction.on_commit(partial(ring, [peer.pk]), robust=True)
    record(AuditEvent.PEER_TOLD_ALL, by=by, subject=peer, organisation=peer.organisation, clock=clock)


@transaction.atomic
def withdraw_code(*, by: Actor, invitation: Invitation, clock: Clock) -> None:
    """Let nobody join with a code any more."""
    require(by, Permission.LINK_MANAGE, at=invitation.organisation)
    record(AuditEvent.PEER_CODE_WITHDRAWN, by=by, subject=invitation, organisation=invitation.organisation, clock=clock)
    Invitation.objects.filter(pk=invitation.pk, used_at=None).delete()


@transaction.atomic
def withdraw_all(*, by: Actor, peer: Peer, reason: str, clock: Clock) -> Mapping[str, int]:
    """Undo all that a child ever sent, and take nothing more from it until its limits are set anew.

    Returns:
        How many things of each class were withdrawn.

    """
    require(by, Permission.LINK_MANAGE, at=peer.organisation)
    _need(reason)
    if peer.is_parent:
        raise BadInputError("That node is above this one.", advice="End the link to it, or join another parent.")
    done = {kind.label: kind.withdraw(peer) for kind in kinds.all_kinds() if kind.withdraw}
    peer.most_a_day = 0
    peer.save(update_fields=["most_a_day"])
    count = sum(done.values())
    record(
        AuditEvent.PEER_WITHDRAWN,
        by=by,
        subject=peer,
        organisation=peer.organisation,
        clock=clock,
        reason=reason,
        count=count,
    )
    return {label: number for label, number in done.items() if number}


@transaction.atomic
def change_key(*, by: Actor, clock: Clock) -> int:
    """Give this node a new key for its links; the one before holds until every peer knows the new one.

    Returns:
        How many peers have yet to learn it.

    """
    require(by, Permission.LINK_MANAGE, at=None)
    present = keys.name_of(keys.own().present)
    peers = Peer.objects.filter(ended_at=None)
    if behind := [str(peer) for peer in peers.exclude(knows_us_by="") if peer.knows_us_by != present]:
        raise BadInputError(
            f"{', '.join(behind[:5])} did not learn the present key yet.",
            advice="Wait until they were in contact, or end their links: another change would lock them out.",
        )
    keys.change()
    record(AuditEvent.PEER_KEY_CHANGED, by=by, subject="this node", clock=clock)
    return peers.count()


def _need(reason: str) -> None:
    if not reason.strip():
        raise BadInputError("It needs a reason.", advice="Say in a few words why; it is recorded.")
