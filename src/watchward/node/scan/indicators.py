"""Indicators in a scan: those of files that were named, and those that a node looks for."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from watchward.base.errors import BadInputError
from watchward.detect.sigma.ir import Some
from watchward.detect.sigma.rule import Level, LogSource, Rule
from watchward.intel.errors import IntelError
from watchward.intel.exact import folder, written
from watchward.intel.exact.entry import Entry, Hit
from watchward.intel.exact.sets import ExactSets
from watchward.intel.exact.written import Written
from watchward.node.home import Home
from watchward.node.scan.asked import Asked
from watchward.node.scan.findings import Finding
from watchward.node.scan.parts import Part

_FORMS: Final = "Give a list of plain values, one a line, a STIX bundle with indicators, or events of MISP as JSON."


@contextmanager
def indicators_of(asked: Asked) -> Iterator[ExactSets | None]:
    """The indicators that a scan looks for; None where nobody named any.

    Raises:
        BadInputError: a file of indicators cannot be read, or names nothing.

    """
    if not asked.indicators:
        yield ExactSets.open(Home(asked.home).indicators) if asked.home else None
        return
    with tempfile.TemporaryDirectory(prefix="watchward-") as temporary:
        place = Path(temporary)
        if asked.home:
            folder.publish(place, folder.kept(Home(asked.home).indicators))
        folder.append(place, (entry for file in asked.indicators for entry in read(file).entries))
        yield ExactSets.open(place)


def read(file: Path) -> Written:
    """What a file of indicators says.

    Raises:
        BadInputError: it cannot be read, or names nothing.

    """
    try:
        found = written.read(file.read_bytes(), name=file.name)
    except OSError as error:
        raise BadInputError(f"{file} cannot be read: {error.strerror}.", advice=_FORMS) from error
    except IntelError as error:
        raise BadInputError(f"{file} cannot be read. {error.message}", advice=error.advice) from None
    if not found.entries and not found.patterns:
        reason = f" {found.refused[0].rstrip('.')}." if found.refused else ""
        raise BadInputError(
            f"{file} names nothing that can be looked for.{reason}",
            advice=_FORMS,
        )
    return found


def found_in(part: Part, least: Level) -> Iterator[Finding]:
    """What the events of a part hold, one finding for each event and indicator."""
    together: dict[tuple[int, str], list[Hit]] = {}
    for row, number in zip(part.found.rows.tolist(), part.found.numbers.tolist(), strict=True):
        hit = part.found.hits[number]
        if hit.entry.level.rank >= least.rank:
            together.setdefault((row, hit.entry.indicator), []).append(hit)
    for (row, _), hits in together.items():
        yield _finding(part, row, hits)


def _finding(part: Part, row: int, hits: Sequence[Hit]) -> Finding:
    event = {
        name: part.batch.column(name)[row].as_py() for name in ("event_id", "observed_at", "organisation", "device")
    }
    return Finding(
        rule=_as_rule(hits[0].entry),
        source=str(part.path),
        record=int(part.records[row]),
        event_id=event["event_id"].hex(),
        observed_at=event["observed_at"],
        organisation=event["organisation"],
        device=event["device"],
        fields={hit.field: hit.value for hit in hits},
    )


def _as_rule(entry: Entry) -> Rule:
    """What is said of an indicator, as a rule says it; it reads no events by itself."""
    return Rule(
        id=entry.indicator,
        title=entry.title,
        level=entry.level,
        status="",
        description=entry.described,
        author=entry.source,
        references=(),
        tags=(),
        falsepositives=(),
        fields=(),
        logsource=LogSource(),
        path=Path(),
        line=0,
        condition=Some(()),
        digest="",
    )
