"""What can be done on the pages of links; whatever cannot be taken back says first what it will do."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require, require_anywhere
from watchward.console.access.models import User
from watchward.console.asked import seen, viewer_of
from watchward.console.filtering import number
from watchward.console.link import actions, presenters, queries
from watchward.console.link.forms import MEGABYTE, InviteForm, LimitForm, PolicyForm, ReasonForm
from watchward.console.link.join_views import own_fingerprint
from watchward.console.link.models import Peer
from watchward.console.link.views import whole

CLOCK = SystemClock()
_BAD = 400


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Make a code with which one node may join; the answer shows it, once."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.LINK_MANAGE)
    again = number(request.POST or request.GET, "again")
    peer = seen(_managed(viewer, again)) if again else None
    initial = {"name": peer.name, "organisation": peer.organisation.code} if peer and peer.organisation else {}
    form = InviteForm(request.POST or None, viewer=viewer, initial={**initial, "days": 3})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.invite(
                by=viewer,
                name=given["name"],
                organisation=given["organisation"],
                clock=CLOCK,
                peer=peer,
                good_for=timedelta(days=given["days"]),
            )
        except BadInputError as error:
            form.add_error("organisation", f"{error.message} {error.advice}")
        else:
            return render(request, "link/code.jinja", {"made": made, "fingerprint": own_fingerprint()})
    return render(request, "link/invite.jinja", {"form": form, "peer": peer}, status=_BAD if form.errors else 200)


@require_POST
def withdraw_code(request: HttpRequest, key: int) -> HttpResponse:
    """Let nobody join with a code any more."""
    viewer = viewer_of(request)
    invitation = seen(queries.invitation_to_manage(viewer, key))
    actions.withdraw_code(by=viewer, invitation=invitation, clock=CLOCK)
    messages.success(request, f"Nobody can join with the code for {invitation} any more.")
    return redirect("links")


@require_http_methods(["GET", "HEAD", "POST"])
def change_key(request: HttpRequest) -> HttpResponse:
    """Give this node a new key for its links."""
    viewer = viewer_of(request)
    require(viewer, Permission.LINK_MANAGE, at=None)
    error: BadInputError | None = None
    if request.method == "POST":
        try:
            count = actions.change_key(by=viewer, clock=CLOCK)
        except BadInputError as found:
            error = found
        else:
            nodes = f"{count:,} linked {'node learns' if count == 1 else 'nodes learn'}"
            messages.success(request, f"This node has a new key. {nodes} it at the next contact.")
            return redirect("links")
    given = {"error": error, "behind": queries.behind_with_key(viewer), "fingerprint": own_fingerprint()}
    return render(request, "link/key.jinja", given, status=_BAD if error else 200)


@require_POST
def policy(request: HttpRequest, key: int) -> HttpResponse:
    """Say, class by class, what this node tells another."""
    viewer = viewer_of(request)
    peer = seen(_managed(viewer, key))
    form = PolicyForm(request.POST, peer=peer)
    if not form.is_valid():
        return render(request, "link/link.jinja", whole(viewer, peer, policy=form), status=_BAD)
    actions.set_policy(by=viewer, peer=peer, lets_out=form.lets_out, clock=CLOCK)
    messages.success(request, f"{peer} is told what is chosen here, and drops the rest, at the next contact.")
    return redirect("link", key=key)


@require_POST
def limit(request: HttpRequest, key: int) -> HttpResponse:
    """Say how much a child may send in a day."""
    viewer = viewer_of(request)
    peer = seen(_managed(viewer, key))
    form = LimitForm(request.POST)
    if not form.is_valid():
        return render(request, "link/link.jinja", whole(viewer, peer, limits=form), status=_BAD)
    given = form.cleaned_data
    size = given["megabytes"] * MEGABYTE
    actions.limit(by=viewer, peer=peer, things=given["things"], size=size, reason=given["reason"], clock=CLOCK)
    messages.success(request, f"{peer} may send {given['things']:,} things and {given['megabytes']:,} MB a day.")
    return redirect("link", key=key)


@require_POST
def tell(request: HttpRequest, key: int) -> HttpResponse:
    """Tell a node all that holds once more."""
    viewer = viewer_of(request)
    peer = seen(_managed(viewer, key))
    actions.tell_all(by=viewer, peer=peer, clock=CLOCK)
    messages.success(request, f"{peer} is told all that holds here once more, at the next contact.")
    return redirect("link", key=key)


@require_POST
def ask(request: HttpRequest, key: int) -> HttpResponse:
    """Have a node tell all that holds there once more."""
    viewer = viewer_of(request)
    peer = seen(_managed(viewer, key))
    actions.ask_for_all(by=viewer, peer=peer, clock=CLOCK)
    messages.success(request, f"{peer} is asked for all that holds there, at the next contact.")
    return redirect("link", key=key)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, key: int) -> HttpResponse:
    """Say what withdrawing all that a child ever sent means; posting does it."""
    viewer = viewer_of(request)
    peer = seen(_managed(viewer, key))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = actions.withdraw_all(by=viewer, peer=peer, reason=form.cleaned_data["reason"], clock=CLOCK)
        what = ", ".join(f"{count:,} of {label.lower()}" for label, count in done.items()) or "nothing had an effect"
        messages.success(request, f"Withdrawn of what {peer} sent: {what}. Nothing more is taken from it.")
        return redirect("link", key=key)
    given = {"peer": peer, "form": form, "sent": list(presenters.sent_by(peer))}
    return render(request, "link/withdraw.jinja", given, status=_BAD if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, key: int) -> HttpResponse:
    """Say what ending a link means; posting does it."""
    viewer = viewer_of(request)
    peer = seen(_managed(viewer, key))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.end_link(by=viewer, peer=peer, reason=form.cleaned_data["reason"], clock=CLOCK)
        messages.success(request, f"The link with {peer} has ended.")
        return redirect("links")
    given = {"peer": peer, "form": form, "waiting": queries.waiting_for(peer)}
    return render(request, "link/end.jinja", given, status=_BAD if form.errors else 200)


def _managed(viewer: User, key: int) -> Peer | None:
    """A link, for somebody who may see it; whether they may change it, they are told in words."""
    peer = queries.peer_visible_to(viewer, key)
    if peer is not None:
        require(viewer, Permission.LINK_MANAGE, at=peer.organisation)
    return peer
