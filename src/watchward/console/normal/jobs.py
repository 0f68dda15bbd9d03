"""What the worker does for filters, again and again."""

from datetime import timedelta

from watchward.base.clock import Clock
from watchward.console.jobs import periodic
from watchward.console.normal.adapters import write_normals


@periodic(every=timedelta(minutes=1))
def write_filters(*, clock: Clock) -> None:
    """Keep the filters that people made as they stand, with the organisations that lie below their scope now."""
    write_normals(clock=clock)
