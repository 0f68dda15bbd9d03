"""What may be read about the node, by those who look after the whole of it."""

import os
import platform
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import django
from django.db import connection
from django.db.models import Sum

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, require
from watchward.console.access.models import AuditEntry
from watchward.console.config import ConsoleConfig
from watchward.console.detect.models import Alert, Projection, Rule
from watchward.console.estate.models import Device, Organisation, Source, SourceTally
from watchward.console.node.models import JobState

SPAN = timedelta(minutes=10)
"""The span of a tally."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the node holds and does, at one moment.

    Args:
        at: when the figures were taken.
        counted_from: when the last whole ten minutes began, or when the node was made, if that is later.
        events_per_second: received since then, on average.
        bad_per_hour: records in the last hour that could not be read.
        counts: how many there are of what, in words.
        sizes: how much room each part of the home takes, in bytes.
        versions: of what, which.

    """

    at: datetime
    counted_from: datetime
    events_per_second: float
    bad_per_hour: int
    counts: dict[str, int]
    sizes: dict[str, int]
    versions: dict[str, str]


def figures(viewer: Actor, config: ConsoleConfig, *, now: datetime) -> Figures:
    """The figures of the node, for whoever looks after it."""
    require(viewer, Permission.NODE_VIEW, at=None)
    begun = now - timedelta(minutes=now.minute % 10, seconds=now.second, microseconds=now.microsecond) - SPAN
    lately = SourceTally.objects.filter(start__gte=begun)
    begun = min(max(begun, _made_at() or begun), now - timedelta(seconds=1))
    last_hour = SourceTally.objects.filter(start__gte=now - timedelta(hours=1))
    return Figures(
        at=now,
        counted_from=begun,
        events_per_second=_total(lately.aggregate(n=Sum("events"))) / (now - begun).total_seconds(),
        bad_per_hour=_total(last_hour.aggregate(n=Sum("bad"))),
        counts=_counts(),
        sizes=_sizes(config),
        versions=_versions(),
    )


def _made_at() -> datetime | None:
    """When the node was made: since then there is something in its audit log."""
    first = AuditEntry.objects.order_by("number").first()
    return first.at if first else None


def job_states(viewer: Actor) -> dict[str, JobState]:
    """How each scheduled job last went, by its name."""
    require(viewer, Permission.NODE_VIEW, at=None)
    return {state.name: state for state in JobState.objects.all()}


def _total(found: dict[str, int | None]) -> int:
    return found["n"] or 0


def _counts() -> dict[str, int]:
    projection = Projection.objects.first()
    return {
        "Events received": projection.events if projection else 0,
        "Alerts": Alert.objects.count(),
        "Rules": Rule.objects.count(),
        "Organisations": Organisation.objects.count(),
        "Devices": Device.objects.count(),
        "Sources": Source.objects.count(),
    }


def _sizes(config: ConsoleConfig) -> dict[str, int]:
    sizes = {"Events": _size(config.lake), "Journal": _size(config.journal), "Compiled plans": _size(config.cache)}
    if connection.vendor == "sqlite" and config.database:
        sizes["Database"] = sum(_file_size(Path(f"{config.database}{end}")) for end in ("", "-wal"))
    return sizes


_measured: dict[Path, tuple[float, int]] = {}
_REMEASURE_SECONDS = 60.0


def _size(folder: Path) -> int:
    """The bytes in a folder; measured at most once a minute, for it may hold very many files."""
    before = _measured.get(folder)
    if before and time.monotonic() - before[0] < _REMEASURE_SECONDS:
        return before[1]
    size = sum(_file_sizes(folder))
    _measured[folder] = (time.monotonic(), size)
    return size


def _file_sizes(folder: Path) -> Iterator[int]:
    for place, _, names in os.walk(folder):
        yield from (_file_size(Path(place, name)) for name in names)


def _file_size(path: Path) -> int:
    """The bytes of a file; none if it was just removed."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _versions() -> dict[str, str]:
    versions = {
        "Watchward": version("watchward"),
        "Python": platform.python_version(),
        "Django": django.get_version(),
        "pyarrow": version("pyarrow"),
        "DuckDB": version("duckdb"),
        "Operating system": f"{platform.system()} {platform.release()}",
    }
    if connection.vendor == "sqlite":
        versions["SQLite"] = sqlite3.sqlite_version
    return versions
