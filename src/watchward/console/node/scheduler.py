"""Runs jobs when they are due. Whatever one of them does, the others go on."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from django.db import Error, close_old_connections, connections

from watchward.base.clock import Clock
from watchward.base.errors import WatchwardError
from watchward.console import waking
from watchward.console.jobs import Job
from watchward.console.node.models import JobState

log = structlog.get_logger(__name__)

AT_ONCE = 4
"""How many jobs may run at the same time."""

LOOK_SECONDS = 0.02
"""Between two looks at what is due and who calls: that long somebody may wait who waits for the worker."""

REMEMBER_EVERY = timedelta(minutes=1)


class Scheduler:
    """Starts what is due, in threads, and remembers how it went."""

    def __init__(self, jobs: Sequence[Job], *, clock: Clock) -> None:
        self._jobs = {job.name: job for job in jobs}
        self._clock = clock
        self._next: dict[str, datetime] = {}
        self._running: dict[str, Future[None]] = {}
        self._remembered: dict[str, tuple[datetime, str]] = {}
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="job")

    def run_until(self, stop: threading.Event) -> None:
        """Keep starting what is due until told to stop; then wait for what still runs."""
        self.remember()
        while not stop.wait(LOOK_SECONDS):
            self.start_due()
        self.finish()

    def remember(self) -> None:
        """Take up the times of the last runs, so that a restart neither skips a job nor hurries it."""
        began = dict(JobState.objects.values_list("name", "started_at"))
        for job in self._jobs.values():
            last = began.get(job.name)
            self._next[job.name] = last + job.every if last else self._clock.now()
        connections.close_all()

    def start_due(self) -> None:
        """Start every job whose time has come or that somebody calls, and that is not running still."""
        now = self._clock.now()
        for name in waking.heard() & self._jobs.keys():
            self._next[name] = now
        for name, job in self._jobs.items():
            running = self._running.get(name)
            # A clock that was set back must not keep a job waiting for longer than it ever waits.
            self._next[name] = min(self._next[name], now + job.every)
            if self._next[name] <= now and (running is None or running.done()):
                self._next[name] = now + job.every
                self._running[name] = self._pool.submit(self._run, job)

    def finish(self) -> None:
        """Wait until no job runs any more."""
        self._pool.shutdown(wait=True)

    def _run(self, job: Job) -> None:
        close_old_connections()
        try:
            self._run_and_remember(job)
        except Error as problem:
            # The database may be away or locked. The job is run again when it is due, all the same.
            log.warning(
                "job_not_remembered", job=job.name, reason=str(problem), advice="See whether the database answers."
            )
        finally:
            connections.close_all()

    def _run_and_remember(self, job: Job) -> None:
        started, error = self._clock.now(), ""
        try:
            job.work(clock=self._clock)
        except Exception as problem:
            # Jobs of every domain run here, and nothing that one of them raises may stop the others.
            log.exception("job_failed", job=job.name, advice="It is tried again after its interval; see the page Node.")
            error = str(problem) if isinstance(problem, WatchwardError) else f"{type(problem).__name__}: {problem}"
        if self._worth_remembering(job, started, error):
            succeeded = {} if error else {"succeeded_at": self._clock.now()}
            JobState.objects.update_or_create(
                name=job.name,
                defaults={"started_at": started, "finished_at": self._clock.now(), "error": error, **succeeded},
            )
            self._remembered[job.name] = (started, error)

    def _worth_remembering(self, job: Job, started: datetime, error: str) -> bool:
        """A job of every second does not write to the disk every second, as long as it goes as before."""
        before = self._remembered.get(job.name)
        return before is None or before[1] != error or started - before[0] >= REMEMBER_EVERY
