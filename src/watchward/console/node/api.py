"""The REST API of the node: what its page shows."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema

from watchward.base.clock import SystemClock
from watchward.console.access.queries import account_of
from watchward.console.node import health, queries
from watchward.console.node.finding import State

router = Router(tags=["Node"])


class FindingOut(Schema):
    """One thing that was looked at; `advice` is empty where all is well."""

    about: str
    state: State
    found: str
    advice: str


class NodeOut(Schema):
    """The node's health and figures; sizes are in bytes."""

    at: datetime
    events_per_second: float
    bad_per_hour: int
    counts: dict[str, int]
    sizes: dict[str, int]
    versions: dict[str, str]
    findings: list[FindingOut]


@router.get("/node", response=NodeOut)
def node(request: HttpRequest) -> dict[str, Any]:
    """Whether the node is well, what it holds, and what it does."""
    clock, config = SystemClock(), settings.WATCHWARD
    found = queries.figures(account_of(request), config, now=clock.now())
    return {
        "at": found.at,
        "events_per_second": found.events_per_second,
        "bad_per_hour": found.bad_per_hour,
        "counts": found.counts,
        "sizes": found.sizes,
        "versions": found.versions,
        "findings": health.findings(config, clock=clock),
    }
