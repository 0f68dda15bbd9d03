"""Why a rule did not find what a hunt found: of a row of a hunt, and of one rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from watchward.base.errors import NotAllowedError, TooSoonError
from watchward.console.access.models import User
from watchward.console.asked import viewer_of
from watchward.console.detect import hunting, queries
from watchward.console.detect.hunting import Spot
from watchward.console.detect.models import Rule
from watchward.console.detect.views import CLOCK
from watchward.console.detect.why_views import WhyPresenter, explained_event, plain_of
from watchward.detect.explain.phrasing import source_words
from watchward.detect.sigma.rule import LogSource
from watchward.lake.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """How a rule stands to one of the events of a row."""

    event: Event
    why: WhyPresenter

    @property
    def kind(self) -> str:
        """What kind of event it is, in words."""
        event = self.event
        return source_words(LogSource(product=event.product, category=event.category, service=event.service))


@require_http_methods(["GET", "HEAD", "POST"])
def hunt_why(request: HttpRequest) -> HttpResponse:
    """Ask for a rule, and say how it stands to the events of a row."""
    viewer, spot = viewer_of(request), Spot.parse(request.GET)
    if not queries.may_hunt(viewer):
        raise NotAllowedError(
            "You may not search the events.", advice="Ask an administrator for a role that may, such as cyber lead."
        )
    if spot is None:
        raise Http404
    asked = request.POST.get("rule", "").strip()[:300]
    candidates = queries.rules_called(viewer, asked) if asked else []
    context: dict[str, object] = {"spot": spot, "asked": asked, "candidates": candidates}
    try:
        context["found"] = explain(viewer, spot, candidates[0]) if len(candidates) == 1 else None
    except TooSoonError as error:
        told = render(request, "detect/hunt_why.jinja", {**context, "error": error}, status=429)
        told.headers["Retry-After"] = str(error.seconds)
        return told
    return render(request, "detect/hunt_why.jinja", context)


def explain(viewer: User, spot: Spot, rule: Rule) -> Sequence[Explained]:
    """How a rule stands to the events of a row, those that it reads first."""
    events = hunting.events_at(by=viewer, spot=spot, rule=rule.title, clock=CLOCK)
    outside = queries.hunts_from_outside(viewer)
    found = [Explained(event=one, why=explained_event(one, rule, own=False, outside=outside)) for one in events]
    return sorted(found, key=lambda one: not one.why.lines)


def plain_explained(viewer: User, spot: Spot, name: str) -> list[dict[str, Any]]:
    """The same for programs."""
    candidates = queries.rules_called(viewer, name)
    if len(candidates) != 1:
        raise Http404
    return [
        {"event_id": one.event.event_id, "rule": candidates[0].pk, "title": one.why.title, **plain_of(one.why)}
        for one in explain(viewer, spot, candidates[0])
    ]
