"""Work that the node does on a schedule: a registry, which each domain fills from its own `jobs.py`.

    @periodic(every=timedelta(hours=1))
    def export_audit_head(*, clock: Clock) -> None:
        '''Sign the head of the audit log and keep it elsewhere.'''

The worker imports `jobs.py` of every app, and runs each job when it is due. A job never runs twice at once, and one
that fails is tried again after its interval; what it raised stands on the page of the node.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from django.utils.module_loading import autodiscover_modules

from watchward.base.clock import Clock


class Work(Protocol):
    """What a job does when its time has come."""

    def __call__(self, *, clock: Clock) -> None:
        """Do it; may be repeated at any time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something done again and again.

    Args:
        name: by which its last run is remembered; never changed.
        every: how long after the beginning of one run the next one begins.
        work: what is done.
        purpose: one sentence, for the page of the node.

    """

    name: str
    every: timedelta
    work: Work
    purpose: str


_registered: dict[str, Job] = {}


def periodic(*, every: timedelta) -> Callable[[Work], Work]:
    """Have the worker do this again and again."""

    def register(work: Work) -> Work:
        domain = work.__module__.removeprefix("watchward.console.").removesuffix(".jobs")
        name = f"{domain}.{getattr(work, '__name__', '')}"
        purpose = (work.__doc__ or "").strip().splitlines()[0]
        _registered[name] = Job(name=name, every=every, work=work, purpose=purpose)
        return work

    return register


def all_jobs() -> list[Job]:
    """Every job of every app."""
    autodiscover_modules("jobs")
    return list(_registered.values())
