"""The REST API of links: the same queries and actions as the pages."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.console.access.guard import require, require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.link import actions, over, presenters, queries
from watchward.console.link.filters import PassageFilter
from watchward.console.link.join_views import Joining
from watchward.console.link.models import Invitation, Passage, Peer
from watchward.console.link.presenters import HeadOut, LinkOut, PassageOut, RefusalOut, SentOut
from watchward.link.code import read

router = Router(tags=["Links"])
CLOCK = SystemClock()
ON_A_PAGE = 100
MOST = 1_000
PageNumber = Annotated[int, Query(ge=1, le=100_000, description=f"Which page, from 1; a page holds {ON_A_PAGE}.")]
Node = Annotated[int, Query(ge=0, le=1 << 31, description="The number of a link; 0 for any.")]


class JoinIn(Schema):
    """A code with which to join, as it was handed over."""

    code: str = Field(max_length=2_000)


class JoiningOut(Schema):
    """Whom a code leads to, by the address and the fingerprint of the key, and what would travel."""

    address: str
    fingerprint: str
    until: datetime
    leaves: str
    goes: list[str]
    comes: list[str]


class JoinedOut(Schema):
    """The node above."""

    id: int = Field(validation_alias="pk")
    node: str
    name: str
    address: str


class PassagesOut(Schema):
    """A page of what passed, the latest first."""

    items: list[PassageOut]
    page: int
    more: bool


class RefusalsOut(Schema):
    """A page of what was not taken, the latest first."""

    items: list[RefusalOut]
    page: int
    more: bool


class CodeOut(Schema):
    """A code that nobody has used yet, without the code itself."""

    id: int
    name: str
    organisation: str
    made_at: datetime
    made_by: str
    until: datetime

    @staticmethod
    def resolve_organisation(invitation: Invitation) -> str:
        """The code of the organisation for which its node will speak."""
        return invitation.organisation.code


class NewCodeOut(Schema):
    """A code just made: the only time that it is told."""

    id: int
    code: str
    until: datetime


class Invite(Schema):
    """Which node may join; with `again`, the number of a link, it takes the place of that node."""

    name: str = Field(min_length=1, max_length=200)
    organisation: str = Field(min_length=1, max_length=20)
    days: int = Field(default=3, ge=1, le=30)
    again: int = 0


class Told(Schema):
    """Which classes of data this node tells the other; those that are not named stay as they are."""

    lets_out: Mapping[str, bool]


class Limits(Schema):
    """How much a child may send in a day, and why; 0 takes nothing."""

    things: int = Field(ge=0, le=1 << 30)
    bytes: int = Field(ge=0, le=1 << 50)
    reason: str = Field(min_length=1, max_length=500)


class Reason(Schema):
    """Why; it is recorded."""

    reason: str = Field(min_length=1, max_length=500)


class WithdrawnOut(Schema):
    """How many things of each class were withdrawn."""

    withdrawn: Mapping[str, int]


class KeyOut(Schema):
    """How many linked nodes have yet to learn the new key."""

    nodes: int


@router.get("/links", response=list[LinkOut])
def links(request: HttpRequest) -> list[LinkOut]:
    """The nodes above and below, with what is wrong and what to do; those before too: 1,000 at most."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.LINK_VIEW)
    return list(presenters.described(list(queries.peers_visible_to(viewer)[:MOST]), now=CLOCK.now()))


@router.get("/links/left", response=PassagesOut)
def left(
    request: HttpRequest, node: Node = 0, kind: str = "", day: date | None = None, page: PageNumber = 1
) -> PassagesOut:
    """What left this node, was withheld, or was given up: each class, to whom, when, how much and why."""
    return _passed(request, queries.LEAVING, _asked(node, kind, day, page))


@router.get("/links/came", response=PassagesOut)
def came(
    request: HttpRequest, node: Node = 0, kind: str = "", day: date | None = None, page: PageNumber = 1
) -> PassagesOut:
    """What came in, was refused, or is not known to this version."""
    return _passed(request, queries.COMING, _asked(node, kind, day, page))


def _asked(node: int, kind: str, day: date | None, page: int) -> PassageFilter:
    return PassageFilter(node=node, kind=kind[:40], day=day.isoformat() if day else "", page=page)


def _passed(request: HttpRequest, fates: tuple[Passage.Fate, ...], asked: PassageFilter) -> PassagesOut:
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.LINK_VIEW)
    first = (asked.page - 1) * ON_A_PAGE
    rows = list(queries.passages_visible_to(viewer, fates=fates, asked=asked)[first : first + ON_A_PAGE + 1])
    items = [presenters.passed(one) for one in rows[:ON_A_PAGE]]
    return PassagesOut(items=items, page=asked.page, more=len(rows) > ON_A_PAGE)


@router.get("/links/refused", response=RefusalsOut)
def refused(request: HttpRequest, node: Node = 0, there: bool = False, page: PageNumber = 1) -> RefusalsOut:  # noqa: FBT001, FBT002 - ninja reads the address by the names
    """What this node did not take, with the reason; or, with `there`, what other nodes did not take from it."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.LINK_VIEW)
    first = (page - 1) * ON_A_PAGE
    rows = list(queries.refusals_visible_to(viewer, there=there, peer=node)[first : first + ON_A_PAGE + 1])
    items = [presenters.refused(one) for one in rows[:ON_A_PAGE]]
    return RefusalsOut(items=items, page=page, more=len(rows) > ON_A_PAGE)


@router.get("/links/codes", response=list[CodeOut])
def codes(request: HttpRequest) -> QuerySet[Invitation]:
    """The codes that nobody has used yet: 1,000 at most."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.LINK_VIEW)
    return queries.invitations_visible_to(viewer)[:MOST]


@router.post("/links/codes", response={201: NewCodeOut})
def invite(request: HttpRequest, body: Invite) -> Status[NewCodeOut]:
    """Make a code with which one node may join; the answer holds it, the only time that it is told."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.LINK_MANAGE)
    where = seen(queries.organisation_to_invite(viewer, body.organisation))
    peer = seen(queries.peer_visible_to(viewer, body.again)) if body.again else None
    made = actions.invite(
        by=viewer, name=body.name, organisation=where, clock=CLOCK, peer=peer, good_for=timedelta(days=body.days)
    )
    return Status(201, NewCodeOut(id=made.invitation.pk, code=made.text, until=made.invitation.until))


@router.post("/links/codes/{key}/withdraw", response={204: None})
def withdraw_code(request: HttpRequest, key: int) -> Status[None]:
    """Let nobody join with a code any more."""
    viewer = viewer_of(request)
    actions.withdraw_code(by=viewer, invitation=seen(queries.invitation_to_manage(viewer, key)), clock=CLOCK)
    return Status(204, None)


@router.post("/links/join/look", response=JoiningOut)
def look_at_code(request: HttpRequest, body: JoinIn) -> dict[str, object]:
    """Whom this node would join with a code, and what would travel from then on; nothing is joined by this."""
    require(viewer_of(request), Permission.LINK_MANAGE, at=None)
    code = read(body.code)
    joining = Joining(code=code, before=queries.present_parent(), now=CLOCK.now())
    return {
        "address": code.address,
        "fingerprint": code.parent,
        "until": code.until,
        "leaves": joining.before.name if joining.before else "",
        "goes": joining.goes,
        "comes": joining.comes,
    }


@router.post("/links/join", response=JoinedOut)
def join(request: HttpRequest, body: JoinIn) -> Peer:
    """Join the node that made a code: it is this one's parent from now on, in the place of any other."""
    viewer = viewer_of(request)
    require(viewer, Permission.LINK_MANAGE, at=None)
    return over.join(read(body.code), by=viewer, clock=CLOCK)


@router.get("/links/key", response=KeyOut)
def key_known(request: HttpRequest) -> KeyOut:
    """How many linked nodes have yet to learn this node's present key."""
    viewer = viewer_of(request)
    require(viewer, Permission.LINK_MANAGE, at=None)
    return KeyOut(nodes=len(queries.behind_with_key(viewer)))


@router.post("/links/key", response=KeyOut)
def change_key(request: HttpRequest) -> KeyOut:
    """Give this node a new key for its links; every linked node learns it at its next contact."""
    return KeyOut(nodes=actions.change_key(by=viewer_of(request), clock=CLOCK))


@router.get("/links/{key}", response=LinkOut)
def link(request: HttpRequest, key: int) -> LinkOut:
    """One link."""
    return _told(_link(request, key))


@router.get("/links/{key}/heads", response=list[HeadOut])
def heads(request: HttpRequest, key: int, page: PageNumber = 1) -> list[HeadOut]:
    """The signed heads of a child's audit log, the newest first: an auditor compares the log with them."""
    first = (page - 1) * ON_A_PAGE
    return [presenters.head(one) for one in queries.heads_of(_link(request, key))[first : first + ON_A_PAGE]]


@router.get("/links/{key}/sent", response=list[SentOut])
def sent(request: HttpRequest, key: int) -> list[SentOut]:
    """How much a child ever sent, and how much of that has its effect now: 1 entry for each class of data."""
    return list(presenters.sent_by(_link(request, key)))


@router.post("/links/{key}/policy", response=LinkOut)
def policy(request: HttpRequest, key: int, body: Told) -> LinkOut:
    """Say, class by class, what this node tells the other; what is let out no longer, the other drops."""
    peer = _link(request, key)
    actions.set_policy(by=viewer_of(request), peer=peer, lets_out=body.lets_out, clock=CLOCK)
    return _told(peer)


@router.post("/links/{key}/limit", response=LinkOut)
def limit(request: HttpRequest, key: int, body: Limits) -> LinkOut:
    """Say how much a child may send in a day; what is more is refused, counted, and told to it."""
    peer = _link(request, key)
    actions.limit(
        by=viewer_of(request), peer=peer, things=body.things, size=body.bytes, reason=body.reason, clock=CLOCK
    )
    return _told(peer)


@router.post("/links/{key}/tell", response={202: LinkOut})
def tell(request: HttpRequest, key: int) -> Status[LinkOut]:
    """Tell the other all that holds here once more, at the next contact."""
    peer = _link(request, key)
    actions.tell_all(by=viewer_of(request), peer=peer, clock=CLOCK)
    return Status(202, _told(peer))


@router.post("/links/{key}/ask", response={202: LinkOut})
def ask(request: HttpRequest, key: int) -> Status[LinkOut]:
    """Have the other tell all that holds there once more, at the next contact."""
    peer = _link(request, key)
    actions.ask_for_all(by=viewer_of(request), peer=peer, clock=CLOCK)
    return Status(202, _told(peer))


@router.post("/links/{key}/withdraw", response=WithdrawnOut)
def withdraw(request: HttpRequest, key: int, body: Reason) -> WithdrawnOut:
    """Undo all that a child ever sent, and take nothing more from it until its limits are set anew."""
    peer = _link(request, key)
    return WithdrawnOut(
        withdrawn=actions.withdraw_all(by=viewer_of(request), peer=peer, reason=body.reason, clock=CLOCK)
    )


@router.post("/links/{key}/end", response=LinkOut)
def end(request: HttpRequest, key: int, body: Reason) -> LinkOut:
    """End a link; what came by it stays until it is withdrawn."""
    peer = _link(request, key)
    actions.end_link(by=viewer_of(request), peer=peer, reason=body.reason, clock=CLOCK)
    return _told(peer)


def _link(request: HttpRequest, key: int) -> Peer:
    return seen(queries.peer_visible_to(viewer_of(request), key))


def _told(peer: Peer) -> LinkOut:
    return next(presenters.described([peer], now=CLOCK.now()))
