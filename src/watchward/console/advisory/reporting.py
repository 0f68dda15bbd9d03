"""A report of an alert as it stood at a moment: the part of queries.py that reads time lines back."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from watchward.console.access.guard import Actor
from watchward.console.advisory.models import Advisory, AdvisoryVersion, AnswerEntry
from watchward.console.advisory.queries import Place, answers_visible_to, worst_first
from watchward.console.detect.hunting import harmless
from watchward.console.estate.models import Organisation
from watchward.estate.organisation import OrganisationKind
from watchward.respond.advisory.answer import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Where one organisation stood.

    Args:
        code: the organisation's.
        name: its name.
        place: the name of the part of the area in which it lies.
        kind: what it is.
        standing: where it stood.
        due_by: what was due then; None where nothing was.
        late: whether that had passed.
        wants_help: whether it wanted help.
        said_at: when anything was last said; None where nothing was.
        by_name: who said it.
        note: what they said in words.
        proposed: what was proposed when it was asked, and why.

    """

    code: str
    name: str
    place: str
    kind: OrganisationKind
    standing: Standing
    due_by: datetime | None
    late: bool
    wants_help: bool
    said_at: datetime | None
    by_name: str
    note: str
    proposed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An alert as it stood at a moment, as far as somebody sees it.

    Args:
        advisory: which.
        version: what it said then; None before it was issued.
        at: the moment.
        lines: of all organisations that had been asked by then, the worst for patients first.

    """

    advisory: Advisory
    version: AdvisoryVersion | None
    at: datetime
    lines: Sequence[Line]

    @property
    def places(self) -> list[Place]:
        """How far each part of the area was, those with most that were late first."""
        found: dict[str, Place] = {}
        for line in self.lines:
            before = found.get(line.place, Place(path="", code="", name=line.place, standings=Counter()))
            before.standings[line.standing] += 1
            found[line.place] = Place(
                path="",
                code="",
                name=line.place,
                standings=before.standings,
                late=before.late + line.late,
                wants_help=before.wants_help + line.wants_help,
            )
        return sorted(found.values(), key=lambda one: (-one.late, -one.silent, one.name))

    @property
    def late(self) -> list[Line]:
        """Those that were late, the worst for patients first."""
        return [line for line in self.lines if line.late]


def report(viewer: Actor, advisory: Advisory, at: datetime) -> Report:
    """How an alert stood at a moment."""
    return Report(
        advisory=advisory,
        version=advisory.versions.filter(at__lte=at).order_by("-number").first(),
        at=at,
        lines=list(_lines(viewer, advisory, at)),
    )


def _lines(viewer: Actor, advisory: Advisory, at: datetime) -> Iterator[Line]:
    answers = answers_visible_to(viewer).filter(advisory=advisory, first_asked_at__lte=at)
    said: dict[int, AnswerEntry] = {}
    entries = AnswerEntry.objects.filter(answer__in=answers.order_by().values("pk"), at__lte=at)
    for entry in entries.order_by("at", "pk").iterator(2_000):
        said[entry.answer_id] = entry
    over = advisory.withdrawn_at is not None and advisory.withdrawn_at <= at
    names = _names(answers.order_by().values_list("place", flat=True).distinct())
    rows = worst_first(answers).select_related("organisation")
    for answer in rows.iterator(2_000):
        last = said.get(answer.pk)
        standing = Standing(last.standing) if last else Standing.ASKED
        due_by = last.due_by if last else answer.first_due_by
        if over and standing.is_open:
            standing, due_by = Standing.RELEASED, None
        yield Line(
            code=answer.organisation.code,
            name=answer.organisation.name,
            place=names.get(answer.place, answer.place),
            kind=OrganisationKind(answer.kind),
            standing=standing,
            due_by=due_by,
            late=due_by is not None and due_by <= at,
            wants_help=bool(last and last.wants_help) and standing.is_open,
            said_at=last.at if last else None,
            by_name=last.by_name if last else "",
            note=last.note if last else "",
            proposed=answer.why,
        )


def _names(paths: Iterable[str]) -> dict[str, str]:
    return dict(Organisation.objects.filter(path__in=list(paths)).values_list("path", "name"))


HEADINGS = (
    "alert", "organisation", "name", "area", "kind", "stands", "due_by", "late", "wants_help", "said_at", "said_by",
    "note", "proposed",
)  # fmt: skip


def as_csv(found: Report) -> str:
    """The lines of a report as a table, in which no cell is a formula to a spreadsheet."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(HEADINGS)
    for line in found.lines:
        table.writerow(harmless(str(cell)) for cell in _cells(found.advisory.number, line).values())
    return text.getvalue()


def as_json(found: Report) -> dict[str, object]:
    """A report as what JSON can hold: what the alert said, counts, and every answer."""
    return {
        "number": found.advisory.number,
        "title": found.advisory.title,
        "state": found.advisory.state,
        "as_of": found.at.isoformat(),
        "version": found.version.number if found.version else 0,
        "says": found.version.content if found.version else None,
        "areas": [
            {
                "name": one.name,
                "asked": one.asked,
                "answered": one.answered,
                "closed": one.closed,
                "late": one.late,
                "wants_help": one.wants_help,
                "stands": {standing.value: number for standing, number in sorted(one.standings.items())},
            }
            for one in found.places
        ],
        "answers": [_cells(found.advisory.number, line) for line in found.lines],
    }


def _cells(number: str, line: Line) -> dict[str, object]:
    values = (
        number,
        line.code,
        line.name,
        line.place,
        line.kind.value,
        line.standing.value,
        line.due_by.isoformat() if line.due_by else "",
        "yes" if line.late else "",
        "yes" if line.wants_help else "",
        line.said_at.isoformat() if line.said_at else "",
        line.by_name,
        line.note,
        line.proposed,
    )
    return dict(zip(HEADINGS, values, strict=True))
