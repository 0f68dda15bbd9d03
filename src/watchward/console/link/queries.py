"""What may be seen of links: a child by who answers for its organisation, the parent by who looks after the node."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Sum

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, organisations_where, reach
from watchward.console.estate.models import Organisation
from watchward.console.intel.models import PeerPlace
from watchward.console.link import keys, kinds
from watchward.console.link.filters import PassageFilter
from watchward.console.link.models import Hearing, HeldHead, Invitation, Passage, Peer, Queued, Refusal, Speaking

LEAVING: Final = (Passage.Fate.LEFT, Passage.Fate.WITHHELD, Passage.Fate.LOST)
"""What may become of something that this node had to tell."""

COMING: Final = (Passage.Fate.CAME, Passage.Fate.REFUSED, Passage.Fate.UNKNOWN)
"""What may become of something that another node sent."""

FAULT_SHOWN_FOR: Final = timedelta(days=30)
"""So long it stands at the top of a link that its audit log did not agree; the head itself stays for ever."""

LOST_SHOWN_FOR: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is known of a link, besides what is kept with the node at its other end.

    Args:
        waiting: how many things it has not acknowledged.
        head: the newest head of its audit log.
        faulty: the newest head that spoke against its audit log, of the last month.
        unknown: the classes of data that it told, and this version does not know.
        refused: how many things that it sent today were refused.
        lost: how many things for it were given up in the last month.
        refused_there: why it did not take the newest thing of today that it did not, and how many those are.
        lacks: the code of the organisation for which this node speaks to it, where this node does not have that.
        speaking: how far this node has come in telling it.
        hearing: how far it has come in telling this node.

    """

    waiting: int = 0
    head: HeldHead | None = None
    faulty: HeldHead | None = None
    unknown: Sequence[str] = field(default_factory=tuple)
    refused: int = 0
    lost: int = 0
    refused_there: tuple[str, int] = ("", 0)
    lacks: str = ""
    speaking: Speaking | None = None
    hearing: Hearing | None = None


def peers_visible_to(viewer: Actor) -> QuerySet[Peer]:
    """The nodes at the other ends of links, those before included."""
    return Peer.objects.filter(_within(viewer, "")).select_related("organisation").order_by("ended_at", "way", "name")


def peer_visible_to(viewer: Actor, key: int) -> Peer | None:
    """One of them."""
    return peers_visible_to(viewer).filter(pk=key).first()


def may_manage(viewer: Actor, peer: Peer) -> bool:
    """Whether someone may change a link."""
    allowed = reach(viewer, Permission.LINK_MANAGE)
    return allowed.everything or (peer.organisation is not None and peer.organisation.path in allowed)


def may_manage_node(viewer: Actor) -> bool:
    """Whether someone may do to links what concerns the whole node."""
    return reach(viewer, Permission.LINK_MANAGE).everything


def may_invite(viewer: Actor) -> bool:
    """Whether someone may invite a node for any organisation."""
    allowed = reach(viewer, Permission.LINK_MANAGE)
    return allowed.everything or bool(allowed.paths)


def organisation_to_invite(viewer: Actor, code: str) -> Organisation | None:
    """The organisation of that code, if one may invite a node that speaks for it."""
    return organisations_where(viewer, Permission.LINK_MANAGE).filter(code=code.strip().upper()).first()


def has_organisations() -> bool:
    """Whether this node has any, so that it can take what is for some."""
    return Organisation.objects.exists()


def present_parent() -> Peer | None:
    """The node above this one, which another would take the place of."""
    return Peer.objects.filter(way=Peer.Way.PARENT, ended_at=None).first()


def sees_whole_node(viewer: Actor) -> bool:
    """Whether the link to the parent is shown to someone."""
    return reach(viewer, Permission.LINK_VIEW).everything


def invitations_visible_to(viewer: Actor) -> QuerySet[Invitation]:
    """The codes that were not used."""
    allowed = reach(viewer, Permission.LINK_VIEW)
    return Invitation.objects.filter(allowed.q("organisation__path"), used_at=None).select_related("organisation")


def invitation_to_manage(viewer: Actor, key: int) -> Invitation | None:
    """A code that was not used, if one may withdraw it."""
    allowed = reach(viewer, Permission.LINK_MANAGE)
    found = Invitation.objects.filter(allowed.q("organisation__path"), used_at=None, pk=key)
    return found.select_related("organisation").first()


def passages_visible_to(
    viewer: Actor,
    *,
    peer: Peer | None = None,
    fates: Sequence[Passage.Fate] = (),
    asked: PassageFilter | None = None,
) -> QuerySet[Passage]:
    """What passed, day by day and class by class, newest first."""
    found = Passage.objects.filter(_within(viewer, "peer__")).select_related("peer")
    if peer is not None:
        found = found.filter(peer=peer)
    if asked is not None:
        found = found.filter(**asked.conditions)
    return found.filter(fate__in=fates) if fates else found


def refusals_visible_to(viewer: Actor, *, there: bool, peer: int = 0) -> QuerySet[Refusal]:
    """What one end did not take of what the other sent, newest first: here, or there."""
    found = Refusal.objects.filter(_within(viewer, "peer__"), there=there).select_related("peer")
    return found.filter(peer=peer) if peer else found


def heads_of(peer: Peer) -> QuerySet[HeldHead]:
    """The heads of a child's audit log, newest first."""
    return HeldHead.objects.filter(peer=peer)


def came_from(peer: Peer) -> Mapping[str, tuple[int, date]]:
    """How many things of each class a peer ever sent that were taken, and on which day the last."""
    rows = Passage.objects.filter(peer=peer, fate=Passage.Fate.CAME).order_by()
    told = rows.values("kind").annotate(things=Sum("count"), last=Max("day"))
    return {row["kind"]: (row["things"], row["last"]) for row in told}


def waiting_for(peer: Peer) -> int:
    """How many things a peer has not acknowledged."""
    return Queued.objects.filter(peer=peer, acknowledged_at=None).count()


def oldest_waiting(peer: Peer) -> datetime | None:
    """Since when the oldest of them waits."""
    first = Queued.objects.filter(peer=peer, acknowledged_at=None).order_by("id").select_related("letter").first()
    return first.letter.kept_at if first else None


def figures_of(peers: Sequence[Peer], *, now: datetime) -> Mapping[int, Figures]:
    """What is known of links, by their keys, in as many questions as for one."""
    keys_ = [peer.pk for peer in peers]
    waiting = dict(
        Queued.objects.filter(peer__in=keys_, acknowledged_at=None)
        .values("peer")
        .annotate(count=Count("pk"))
        .values_list("peer", "count")
    )
    heads, faulty = _last_heads(keys_, now)
    speaking, hearing = Speaking.objects.in_bulk(keys_), Hearing.objects.in_bulk(keys_)
    refused = _counted(keys_, Passage.Fate.REFUSED, since=now.date())
    lost = _counted(keys_, Passage.Fate.LOST, since=(now - LOST_SHOWN_FOR).date())
    there, lacking = _refused_there(keys_, now), _lacking(peers)
    return {
        key: Figures(
            waiting=waiting.get(key, 0),
            head=heads.get(key),
            faulty=faulty.get(key),
            unknown=tuple(hearing[key].unknown) if key in hearing else (),
            refused=refused.get(key, 0),
            lost=lost.get(key, 0),
            refused_there=there.get(key, ("", 0)),
            lacks=lacking.get(key, ""),
            speaking=speaking.get(key),
            hearing=hearing.get(key),
        )
        for key in keys_
    }


def _last_heads(peers: Sequence[int], now: datetime) -> tuple[dict[int, HeldHead], dict[int, HeldHead]]:
    """The newest head of each child, and the newest of each that something spoke against."""
    of = HeldHead.objects.filter(peer=OuterRef("pk")).order_by("-id").values("pk")
    against = of.filter(faults__gt="", came_at__gt=now - FAULT_SHOWN_FOR)
    rows = Peer.objects.filter(pk__in=peers).annotate(head=Subquery(of[:1]), against=Subquery(against[:1]))
    found = list(rows.values_list("pk", "head", "against"))
    kept = HeldHead.objects.in_bulk([key for row in found for key in row[1:] if key])
    return (
        {peer: kept[head] for peer, head, _ in found if head},
        {peer: kept[fault] for peer, _, fault in found if fault},
    )


def _refused_there(peers: Sequence[int], now: datetime) -> dict[int, tuple[str, int]]:
    """Why peers did not take the newest thing of today that they did not, and how many of today are kept."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Refusal.objects.filter(peer__in=peers, there=True, at__gte=today).order_by().values("peer")
    counted = {one["peer"]: (one["last"], one["count"]) for one in rows.annotate(last=Max("pk"), count=Count("pk"))}
    newest = Refusal.objects.in_bulk([last for last, _ in counted.values()])
    return {peer: (newest[last].reason, count) for peer, (last, count) in counted.items() if last in newest}


def _lacking(peers: Sequence[Peer]) -> dict[int, str]:
    """The codes for which this node speaks to its parents, and which it does not have."""
    places = PeerPlace.objects.filter(peer__in=[peer for peer in peers if peer.is_parent]).exclude(ours="")
    here = Organisation.objects.filter(code=OuterRef("ours"))
    return dict(places.filter(~Exists(here)).values_list("peer", "ours"))


def _counted(peers: Sequence[int], fate: Passage.Fate, *, since: date) -> dict[int, int]:
    rows = Passage.objects.filter(peer__in=peers, fate=fate, day__gte=since).order_by()
    return dict(rows.values("peer").annotate(things=Sum("count")).values_list("peer", "things"))


def behind_with_key(viewer: Actor) -> list[Peer]:
    """The linked nodes that have yet to learn this node's present key."""
    present = keys.name_of(keys.own().present)
    linked = peers_visible_to(viewer).filter(ended_at=None).exclude(knows_us_by="")
    return [peer for peer in linked if peer.knows_us_by != present]


def held_from(peer: Peer) -> Mapping[str, int | None]:
    """How much of what a child sent has its effect now, class by class; None where only what came is known."""
    of = [kind for kind in kinds.all_kinds() if kind.withdraw and kind.may_come_from(peer)]
    return {kind.name: kind.held(peer) if kind.held else None for kind in of}


def _within(viewer: Actor, to: str) -> Q:
    allowed = reach(viewer, Permission.LINK_VIEW)
    found = allowed.q(f"{to}organisation__path")
    return found if allowed.everything else found & Q(**{f"{to}organisation__isnull": False})
