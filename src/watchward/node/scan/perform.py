"""Does a scan as it was asked for, and tells what was found."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import numpy as np

from watchward.base.errors import BadInputError
from watchward.detect.match import Matches
from watchward.node.scan import show
from watchward.node.scan.asked import Asked, Format
from watchward.node.scan.choice import chosen
from watchward.node.scan.files import find
from watchward.node.scan.findings import Tally, findings
from watchward.node.scan.loading import loaded
from watchward.node.scan.parts import Part
from watchward.node.scan.run import Scan
from watchward.node.scan.together import Together
from watchward.node.scan.written import writer

FOUND_SOMETHING = 1


def perform(asked: Asked) -> int:
    """Scan, print and write what was asked for; return the exit code."""
    found = find(asked.paths)
    started = time.perf_counter()
    cache = _cache()
    rules = loaded(asked, cache=cache)
    choice = chosen(rules.found, asked)
    run = Scan(choice.rules, organisation=asked.organisation, carried=choice.program.fields_of, cache=cache)
    run.measures.compile_seconds = time.perf_counter() - started
    run.measures.rules_rejected = len(rules.found.rejected)
    tally, together = Tally(run.rules), Together(choice)
    with _destination(asked.output) as out, show.progress() as shown:
        written = writer(asked.printed, out)
        for part, every in run.run(found.files):
            matches = together.add(part, _within(part, every, asked.since, asked.until))
            tally.add(part, matches)
            shown(part)
            if written:
                written.add(findings(part, matches, run.rules))
        joined = list(together.findings())
        tally.add_joined(joined)
        if written:
            written.add(joined)
            written.close()
    sums = tally.sums()
    if asked.stats is not None:
        _write(asked.stats, run)
    show.problems(run.account, found.passed_over, rules, asked)
    if asked.printed is Format.TABLE:
        show.table(sums, tally, run, len(found.files), into=asked.output)
    elif asked.output is not None:
        show.table(sums, tally, run, len(found.files))
    if not run.measures.events and (run.account.broken or run.account.bad):
        raise BadInputError("Nothing could be read, so nothing was looked at.", advice="See above for each file.")
    worst = max((one.rule.level.rank for one in sums), default=-1)
    return FOUND_SOMETHING if asked.fail_on is not None and worst >= asked.fail_on.rank else 0


def _within(part: Part, matches: Matches, since: datetime | None, until: datetime | None) -> Matches:
    """The matches whose events lie in the span of time."""
    if (since is None and until is None) or not len(matches):
        return matches
    at = part.batch.column("observed_at").to_numpy(zero_copy_only=False)[matches.rows].astype("datetime64[us]")
    kept = np.ones(len(matches), dtype=bool)
    if since is not None:
        kept &= at >= _moment(since)
    if until is not None:
        kept &= at < _moment(until)
    return Matches(rows=matches.rows[kept], rules=matches.rules[kept])


def _moment(at: datetime) -> np.datetime64:
    """A moment for comparison; one without a time zone is in UTC."""
    return np.datetime64(at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at, "us")


@contextmanager
def _destination(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        out = output.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise BadInputError(
            f"{output} cannot be written: {error.strerror}.", advice="Give a file in a folder that is there."
        ) from error
    with out:
        yield out


def _cache() -> Path | None:
    """Where parsed rules and plans are kept between scans; None where this account has no such place."""
    folder = Path("~/.cache/watchward/rules").expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def _write(stats: Path, run: Scan) -> None:
    figures = asdict(run.measures) | {"events_per_second": run.measures.events_per_second}
    try:
        stats.write_text(json.dumps(figures, indent=2) + "\n")
    except OSError as error:
        raise BadInputError(
            f"The figures cannot be written to {stats}: {error.strerror}.",
            advice="Give a file in a folder that is there.",
        ) from error
