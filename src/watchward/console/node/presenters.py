"""The node's health in the words and parameters of its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from watchward.console.jinja import moment
from watchward.console.jobs import Job
from watchward.console.node.finding import Finding, State
from watchward.console.node.models import JobState
from watchward.console.node.queries import Figures

_TAGS = {
    State.GOOD: {"text": "Well", "colour": "green"},
    State.LOOK: {"text": "Look", "colour": "yellow"},
    State.BAD: {"text": "Not well", "colour": "red"},
}
_WORST_FIRST = (State.BAD, State.LOOK, State.GOOD)
_KILO = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One thing that was looked at."""

    finding: Finding

    @property
    def tag(self) -> dict[str, str]:
        """Parameters of the NHS tag."""
        return _TAGS[self.finding.state]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """One scheduled job and how it last went."""

    job: Job
    state: JobState | None

    @property
    def every(self) -> str:
        """How often it runs, in words."""
        return _every(self.job.every)

    @property
    def last(self) -> str:
        """When it last went well."""
        return moment(self.state.succeeded_at if self.state else None)

    @property
    def error(self) -> str:
        """What went wrong the last time; empty if nothing did."""
        return self.state.error if self.state else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePage:
    """Everything on the page."""

    figures: Figures
    findings: Sequence[FindingRow]
    jobs: Sequence[JobRow]

    @property
    def ordered(self) -> list[FindingRow]:
        """The findings, those that need somebody first."""
        return sorted(self.findings, key=lambda row: _WORST_FIRST.index(row.finding.state))

    @property
    def headline(self) -> str:
        """What to know first."""
        wrong = sum(row.finding.state is not State.GOOD for row in self.findings)
        if not wrong:
            return "The node is well."
        return "One thing needs somebody." if wrong == 1 else f"{wrong} things need somebody."

    @property
    def sizes(self) -> list[dict[str, object]]:
        """Rows of the NHS summary list: the room that each part takes."""
        return [_row(name, size_in_words(size)) for name, size in self.figures.sizes.items()]

    @property
    def counts(self) -> list[dict[str, object]]:
        """Rows of the NHS summary list: how many there are."""
        return [_row(name, f"{count:,}") for name, count in self.figures.counts.items()]

    @property
    def versions(self) -> list[dict[str, object]]:
        """Rows of the NHS summary list: what runs here."""
        return [_row(name, version) for name, version in self.figures.versions.items()]


def _row(name: str, value: str) -> dict[str, object]:
    return {"key": {"text": name}, "value": {"text": value}}


def size_in_words(size: float) -> str:
    """A number of bytes as people say it.

    >>> size_in_words(1_530_000)
    '1.5 MB'

    """
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < _KILO:
            return f"{size:,.0f} {unit}" if unit == "bytes" else f"{size:,.1f} {unit}"
        size /= _KILO
    return f"{size:,.1f} TB"


def _every(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if seconds % size == 0:
            count = seconds // size
            return f"every {name}" if count == 1 else f"every {count} {name}s"
    return f"every {seconds} seconds"
