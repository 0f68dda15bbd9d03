"""What may be read about coverage: by those who may see rules, of the organisations over which they may."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec
from django.db.models import QuerySet

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, Reach, reach
from watchward.console.coverage.models import Seeing, Survey, Tallied
from watchward.console.detect.hunting import harmless
from watchward.console.estate.models import Organisation
from watchward.console.estate.queries import organisation_visible_to
from watchward.detect.alerts.attack import technique
from watchward.detect.coverage.matrix import Chart, Sight
from watchward.detect.coverage.survey import Subject, Tally

MOST_ROWS: Final = 10_000
"""Organisations in one table, which is made in memory: for more, one asks for each area."""

_TOPS: Final = 200
"""Tops of trees that are added up for someone who sees everything; more stand apart only where nobody imported any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What the rules in force see at some organisations, when it was worked out, and how many rules do not count."""

    chart: Chart
    tally: Tally
    at: datetime
    on_trial: int
    off: int

    @property
    def rules(self) -> int:
        """How many rules are in force."""
        return len(self.chart.subjects)


def coverage(viewer: Actor, organisation: Organisation | None = None) -> Coverage | None:
    """What rules see at an organisation and below, or wherever the viewer may see rules; None before a survey."""
    kept = Survey.objects.filter(pk=1).exclude(surveyed_at=None).first()
    if kept is None or kept.surveyed_at is None:
        return None
    chart = _chart(bytes(kept.subjects))
    return Coverage(
        chart=chart,
        tally=_tally(viewer, organisation, chart),
        at=kept.surveyed_at,
        on_trial=kept.on_trial,
        off=kept.off,
    )


def place(viewer: Actor, code: str) -> Organisation | None:
    """The organisation of that code, if the viewer may see rules there."""
    found = organisation_visible_to(viewer, code)
    return found if found is not None and found.path in reach(viewer, Permission.RULE_VIEW) else None


def table(viewer: Actor, organisation: Organisation | None, chart: Chart) -> str:
    """What each organisation that sends sees of each technique, as CSV; of very many, the first `MOST_ROWS`."""
    return "".join(_rows(viewer, organisation, chart))


def _rows(viewer: Actor, organisation: Organisation | None, chart: Chart) -> Iterator[str]:
    yield _line(["organisation", "name", *(f"{key} {technique(key).name}" for key in chart.keys)])
    seen = lru_cache(maxsize=512)(lambda digest: _sights(bytes(Tallied.objects.get(pk=digest).content)))
    senders = _within(viewer, organisation).exclude(own=None)
    told = senders.values_list("organisation__code", "organisation__name", "own")
    for code, name, digest in told[:MOST_ROWS].iterator():
        yield _line([code, name, *seen(digest)])


def _tally(viewer: Actor, organisation: Organisation | None, chart: Chart) -> Tally:
    where = reach(viewer, Permission.RULE_VIEW)
    if organisation is not None:
        found = _within(viewer, organisation).filter(organisation=organisation)
    elif where.everything:
        found = Seeing.objects.filter(organisation__parent=None)
    else:
        found = Seeing.objects.filter(organisation_path__in=where.paths)
    nothing = Tally.nothing(len(chart.subjects), len(chart.keys))
    contents = found.order_by().values_list("whole__content", flat=True)[:_TOPS]
    tallies = [Tally.unpack(bytes(content)) for content in contents]
    return sum((one for one in tallies if len(one.whole) == len(chart.subjects)), start=nothing)


def _within(viewer: Actor, organisation: Organisation | None) -> QuerySet[Seeing]:
    found = Seeing.objects.filter(reach(viewer, Permission.RULE_VIEW).q("organisation_path"))
    if organisation is None:
        return found
    return found.filter(Reach(paths=(organisation.path,)).q("organisation_path"))


@lru_cache(maxsize=2)
def _chart(subjects: bytes) -> Chart:
    return Chart(msgspec.msgpack.decode(subjects, type=tuple[Subject, ...]))


def _sights(content: bytes) -> list[str]:
    tally = Tally.unpack(content)
    return [
        (Sight.SEEN if seen else Sight.PARTLY if partly else Sight.UNSEEN).value
        for seen, partly in zip(tally.seen.tolist(), tally.partly.tolist(), strict=True)
    ]


def _line(cells: list[str]) -> str:
    """A line in which no cell is a formula to a spreadsheet: names come from elsewhere."""
    text = io.StringIO()
    csv.writer(text).writerow(harmless(cell) for cell in cells)
    return text.getvalue()
