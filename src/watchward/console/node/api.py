"""The REST API of the node: what its page shows."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema

from watchward.base.clock import SystemClock
from watchward.console.asked import viewer_of
from watchward.console.jobs import Job, all_jobs
from watchward.console.node import health, queries
from watchward.console.node.finding import State
from watchward.console.node.models import JobState

router = Router(tags=["Node"])


class FindingOut(Schema):
    """One thing that was looked at; `advice` is empty where all is well."""

    about: str
    state: State
    found: str
    advice: str


class JobOut(Schema):
    """A job that is done again and again: what it does, how often, and how it last went."""

    name: str
    purpose: str
    every_seconds: float
    succeeded_at: datetime | None
    error: str


class NodeOut(Schema):
    """The node's health, figures and scheduled jobs; sizes are in bytes."""

    at: datetime
    events_per_second: float
    bad_per_hour: int
    counts: dict[str, int]
    sizes: dict[str, int]
    versions: dict[str, str]
    findings: list[FindingOut]
    jobs: list[JobOut]


@router.get("/node", response=NodeOut)
def node(request: HttpRequest) -> dict[str, Any]:
    """Whether the node is well, what it holds, and what it does."""
    clock, config = SystemClock(), settings.WATCHWARD
    viewer = viewer_of(request)
    found, states = queries.figures(viewer, config, now=clock.now()), queries.job_states(viewer)
    return {
        "at": found.at,
        "events_per_second": found.events_per_second,
        "bad_per_hour": found.bad_per_hour,
        "counts": found.counts,
        "sizes": found.sizes,
        "versions": found.versions,
        "findings": health.findings(config, clock=clock),
        "jobs": [_job(job, states.get(job.name)) for job in sorted(all_jobs(), key=lambda job: job.name)],
    }


def _job(job: Job, state: JobState | None) -> dict[str, Any]:
    return {
        "name": job.name,
        "purpose": job.purpose,
        "every_seconds": job.every.total_seconds(),
        "succeeded_at": state.succeeded_at if state else None,
        "error": state.error if state else "",
    }
