"""The node's own scheduled work."""

import shutil
from datetime import timedelta

import structlog
from django.contrib.sessions.models import Session
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from watchward.base.clock import Clock
from watchward.console import config
from watchward.console.detect import adapters as projection
from watchward.console.jobs import periodic
from watchward.lake import expiry, journal
from watchward.lake.merge import merge

log = structlog.get_logger(__name__)

KEEP_RESULTS = timedelta(days=14)
KEEP_JOURNAL = timedelta(days=14)


@periodic(every=timedelta(seconds=1))
def do_queued_work(*, clock: Clock) -> None:  # noqa: ARG001 - every job is given one
    """Do what pages and commands left to be done later."""
    Worker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="worker",
        excluded_queue_names=[],
    ).run()


@periodic(every=timedelta(hours=6))
def clear_out(*, clock: Clock) -> None:
    """Forget sessions that are over and the results of queued work that is long done."""
    Session.objects.filter(expire_date__lt=clock.now()).delete()
    DBTaskResult.objects.finished().filter(finished_at__lt=clock.now() - KEEP_RESULTS).delete()


@periodic(every=timedelta(seconds=30))
def merge_segments(*, clock: Clock) -> None:  # noqa: ARG001
    """Merge the many small files that the gateways write into few large ones."""
    node = config.current()
    merge(node.lake, node.journal)


@periodic(every=timedelta(minutes=1))
def expire_events(*, clock: Clock) -> None:
    """Let the oldest events go when they were kept for long enough, or when the disk is nearly full."""
    node = config.current()
    if not node.lake.is_dir():
        return
    projected = {gateway: place.sequence for gateway, place in projection.position().places.items()}
    free = shutil.disk_usage(node.lake).free
    wanting = expiry.expire(node.lake, keep=node.keep, projected=projected, now=clock.now(), free_bytes=free)
    if wanting:
        log.warning(
            "events_in_the_way", wanting_bytes=wanting, advice="Nothing more may expire: make room on the disk."
        )


@periodic(every=timedelta(hours=6))
def clear_out_journal(*, clock: Clock) -> None:
    """Remove what the journal said long ago and the alerts hold since."""
    journal.discard(config.current().journal, applied=projection.position(), before=clock.now() - KEEP_JOURNAL)
