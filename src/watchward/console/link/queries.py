"""What may be seen of links: a child by who answers for its organisation, the parent by who looks after the node."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, reach
from watchward.console.link.models import Hearing, Invitation, Passage, Peer, Queued, Refusal, Speaking


def peers_visible_to(viewer: Actor) -> QuerySet[Peer]:
    """The nodes at the other ends of links, those before included."""
    return Peer.objects.filter(_within(viewer, "")).select_related("organisation").order_by("ended_at", "way", "name")


def invitations_visible_to(viewer: Actor) -> QuerySet[Invitation]:
    """The codes that were not used."""
    allowed = reach(viewer, Permission.LINK_VIEW)
    return Invitation.objects.filter(allowed.q("organisation__path"), used_at=None).select_related("organisation")


def passages_visible_to(
    viewer: Actor, *, peer: Peer | None = None, fates: Sequence[Passage.Fate] = ()
) -> QuerySet[Passage]:
    """What passed, day by day and class by class, newest first."""
    found = Passage.objects.filter(_within(viewer, "peer__")).select_related("peer")
    if peer is not None:
        found = found.filter(peer=peer)
    return found.filter(fate__in=fates) if fates else found


def refusals_of(peer: Peer) -> QuerySet[Refusal]:
    """What one end did not take of what the other sent, newest first."""
    return Refusal.objects.filter(peer=peer)


def waiting_for(peer: Peer) -> int:
    """How many things a peer has not acknowledged."""
    return Queued.objects.filter(peer=peer, acknowledged_at=None).count()


def speaking_to(peer: Peer) -> Speaking | None:
    """How far this node has come in telling a peer."""
    return Speaking.objects.filter(peer=peer).first()


def hearing_from(peer: Peer) -> Hearing | None:
    """How far a peer has come in telling this node."""
    return Hearing.objects.filter(peer=peer).first()


def _within(viewer: Actor, to: str) -> Q:
    allowed = reach(viewer, Permission.LINK_VIEW)
    found = allowed.q(f"{to}organisation__path")
    return found if allowed.everything else found & Q(**{f"{to}organisation__isnull": False})
