"""The page of the node."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from watchward.base.clock import SystemClock
from watchward.console.asked import viewer_of
from watchward.console.jobs import all_jobs
from watchward.console.node import health, queries
from watchward.console.node.presenters import FindingRow, JobRow, NodePage


@require_safe
def node(request: HttpRequest) -> HttpResponse:
    """Show whether the node is well, what it holds, and what it does."""
    viewer, clock, config = viewer_of(request), SystemClock(), settings.WATCHWARD
    found = queries.figures(viewer, config, now=clock.now())
    states = queries.job_states(viewer)
    page = NodePage(
        figures=found,
        findings=[FindingRow(finding=each) for each in health.findings(config, clock=clock)],
        jobs=[JobRow(job=job, state=states.get(job.name)) for job in sorted(all_jobs(), key=lambda job: job.purpose)],
    )
    return render(request, "node/node.jinja", {"node": page})
