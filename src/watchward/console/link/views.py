"""The pages of links: the nodes above and below, what left for them, and what came."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.console import filtering
from watchward.console.access.guard import require_anywhere
from watchward.console.access.models import User
from watchward.console.asked import seen, viewer_of
from watchward.console.link import kinds, queries, shown
from watchward.console.link.filters import passage_filter
from watchward.console.link.forms import LimitForm, PolicyForm
from watchward.console.link.models import Peer
from watchward.console.link.presenters import label_of
from watchward.console.link.shown import CAME, LEFT, HeadRow, Linked, Row, Side
from watchward.link.standing import State

CLOCK = SystemClock()
SIZE = 50
REFUSALS_SHOWN = 50
HEADS_SHOWN = 12


@require_GET
def links(request: HttpRequest) -> HttpResponse:
    """The nodes above and below, those that need somebody first."""
    viewer, now = viewer_of(request), CLOCK.now()
    require_anywhere(viewer, Permission.LINK_VIEW)
    peers = list(queries.peers_visible_to(viewer))
    figures = queries.figures_of(peers, now=now)
    listed = sorted((Linked(peer=one, figures=figures[one.pk], now=now) for one in peers), key=lambda one: one.order)
    given = {
        "listed": [one for one in listed if one.state is not State.ENDED],
        "ended": [one for one in listed if one.state is State.ENDED],
        "finding": shown.finding(listed),
        "codes": queries.invitations_visible_to(viewer),
        "now": now,
        "may_invite": queries.may_invite(viewer),
        "may_change_key": queries.may_manage_node(viewer),
        "sees_parent": queries.sees_whole_node(viewer),
    }
    return render(request, "link/links.jinja", given)


@require_GET
def left(request: HttpRequest) -> HttpResponse:
    """What left this node, what was withheld and what was given up; and what was not taken there."""
    return _passed(request, LEFT)


@require_GET
def came(request: HttpRequest) -> HttpResponse:
    """What came in, and what of it was refused."""
    return _passed(request, CAME)


def _passed(request: HttpRequest, side: Side) -> HttpResponse:
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.LINK_VIEW)
    asked = passage_filter(request.GET, fates=side.choices)
    found = queries.passages_visible_to(viewer, fates=side.fates, asked=asked)
    first = (asked.page - 1) * SIZE
    rows = list(found[first : first + SIZE + 1])
    given = {
        "side": side,
        "sides": (LEFT, CAME),
        "asked": asked,
        "rows": [Row(passage=one) for one in rows[:SIZE]],
        "links": filtering.pages(asked, more=len(rows) > SIZE),
        "peers": queries.peers_visible_to(viewer),
        "kinds": kinds.all_kinds(),
        "refusals": queries.refusals_visible_to(viewer, there=side is LEFT, peer=asked.node)[:REFUSALS_SHOWN],
        "label_of": label_of,
    }
    return render(request, "link/passed.jinja", given)


@require_GET
def link(request: HttpRequest, key: int) -> HttpResponse:
    """One node: how the link stands, what it is told, how much it may send, and what can be done."""
    viewer = viewer_of(request)
    peer = seen(queries.peer_visible_to(viewer, key))
    return render(request, "link/link.jinja", whole(viewer, peer))


def whole(
    viewer: User, peer: Peer, *, limits: LimitForm | None = None, policy: PolicyForm | None = None
) -> dict[str, object]:
    """What the page of one link shows; with forms that have to come again."""
    now = CLOCK.now()
    linked = Linked(peer=peer, figures=queries.figures_of([peer], now=now)[peer.pk], now=now)
    initial = {"things": peer.most_a_day, "megabytes": linked.megabytes}
    return {
        "linked": linked,
        "peer": peer,
        "speaking": linked.figures.speaking,
        "hearing": linked.figures.hearing,
        "oldest": queries.oldest_waiting(peer),
        "heads": [HeadRow(head=one) for one in queries.heads_of(peer)[:HEADS_SHOWN]],
        "limits": limits or LimitForm(initial=initial),
        "policy": policy or PolicyForm(peer=peer),
        "may": queries.may_manage(viewer, peer) and peer.ended_at is None,
        "may_withdraw": queries.may_manage(viewer, peer) and not peer.is_parent,
    }
