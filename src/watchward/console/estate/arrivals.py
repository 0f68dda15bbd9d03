"""How many new devices each source may bring in a day: a stolen credential could otherwise invent them without end.

The events of a device that is refused are kept, matched and alerted on like any other; only the device itself is not
made. It appears on a later day, when its source sends again within the limit.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from django.db.models import Sum

from watchward.console.estate.models import SourceDay

KEPT: Final = timedelta(days=30)


@dataclass(slots=True, kw_only=True)
class Arrivals:
    """The new devices of one day, by the source that first sent of them."""

    day: date
    limit: int
    _days: dict[str, SourceDay] = field(default_factory=dict)

    def admit(self, source: str) -> bool:
        """Whether one more device of this source may be made; counted either way."""
        found = self._days.get(source)
        if found is None:
            stored = SourceDay.objects.filter(source=source, day=self.day).first()
            found = self._days[source] = stored or SourceDay(source=source, day=self.day)
        if found.devices_new >= self.limit:
            found.devices_refused += 1
            return False
        found.devices_new += 1
        return True

    def save(self) -> None:
        """Write the counts."""
        SourceDay.objects.bulk_create(
            self._days.values(),
            update_conflicts=True,
            unique_fields=["source", "day"],
            update_fields=["devices_new", "devices_refused"],
        )


def refused_since(day: date, *, source: str | None = None) -> dict[str, int]:
    """How many devices of each source were refused from a day on, where any were."""
    rows = SourceDay.objects.filter(day__gte=day, devices_refused__gt=0)
    rows = rows if source is None else rows.filter(source=source)
    return dict(rows.values_list("source").annotate(n=Sum("devices_refused")).order_by("source"))


def drop_old(today: date) -> None:
    """Drop the days that no page shows any more."""
    SourceDay.objects.filter(day__lt=today - KEPT).delete()
