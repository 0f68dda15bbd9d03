"""The page on which this node joins the one above with a code, after somebody has seen whom it joins and what goes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require
from watchward.console.asked import viewer_of
from watchward.console.link import keys, kinds, over, queries
from watchward.console.link.models import Peer
from watchward.link.code import JoinCode, read

CLOCK = SystemClock()
_BAD: Final = 400
_LETTERS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """Whom this node would join with a code, and what would travel from then on."""

    code: JoinCode
    before: Peer | None
    now: datetime

    @property
    def fingerprint(self) -> str:
        """That of the parent's key, in groups that two people can read to each other."""
        return spaced(self.code.parent)

    @property
    def mark(self) -> str:
        """A name of what was shown, so that only whom somebody has seen is joined."""
        return f"{self.code.parent} {self.code.address} {self.before.pk if self.before else ''}"

    @property
    def over(self) -> bool:
        """Whether the code has ended."""
        return self.code.until < self.now

    @property
    def goes(self) -> list[str]:
        """What this node tells a parent, unless it is withheld on the link's page."""
        parent = Peer(way=Peer.Way.PARENT)
        return [one.label for one in kinds.all_kinds() if one.may_go_to(parent) and one.is_let_out_to(parent)]

    @property
    def comes(self) -> list[str]:
        """What a parent may tell this node."""
        return [one.label for one in kinds.all_kinds() if one.may_come_from(Peer(way=Peer.Way.PARENT))]


def spaced(fingerprint: str) -> str:
    """A fingerprint in groups of four letters."""
    return " ".join(fingerprint[n : n + _LETTERS] for n in range(0, len(fingerprint), _LETTERS))


def own_fingerprint() -> str:
    """That of this node's key, for whoever joins it to compare."""
    return spaced(keys.name_of(keys.own().present))


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Show whom a code leads to and what would travel; join once somebody has seen that."""
    viewer = viewer_of(request)
    require(viewer, Permission.LINK_MANAGE, at=None)
    text = request.POST.get("code", "").replace("\0", "").strip()[:2_000]
    shown: dict[str, object] = {"text": text}
    if request.method != "POST":
        return render(request, "link/join.jinja", shown)
    try:
        code = read(text)
        joining = Joining(code=code, before=queries.present_parent(), now=CLOCK.now())
        shown["joining"] = joining
        if request.POST.get("step") == "join":
            _require_seen(joining, request.POST.get("seen"))
            peer = over.join(code, by=viewer, clock=CLOCK)
            messages.success(request, f"{peer.name} is the parent of this node.")
            if not queries.has_organisations():
                messages.warning(request, "Import the organisations now: this node has none yet.")
            return redirect("link", key=peer.pk)
    except BadInputError as error:
        return render(request, "link/join.jinja", {**shown, "error": error}, status=_BAD)
    return render(request, "link/join.jinja", shown)


def _require_seen(joining: Joining, mark: str | None) -> None:
    if mark != joining.mark:
        raise BadInputError("You have not seen yet whom this code leads to.", advice="Read it below, then join it.")
