"""Does a scan as it was asked for, and tells what was found."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import numpy as np

from watchward.base.errors import BadInputError
from watchward.detect.match import Matches
from watchward.intel.live.compiled import Times
from watchward.node.scan import show
from watchward.node.scan.asked import Asked, Format
from watchward.node.scan.choice import Choice, chosen
from watchward.node.scan.files import Kind, find
from watchward.node.scan.findings import Tally, findings
from watchward.node.scan.indicators import found_in, indicators_of
from watchward.node.scan.loading import loaded
from watchward.node.scan.parts import Part
from watchward.node.scan.patterns import beside, patterns_of
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
    choice, times = beside(chosen(rules.found, asked), patterns_of(asked), asked)
    with indicators_of(asked) as indicators:
        run = Scan(
            choice.rules,
            organisation=asked.organisation,
            carried=choice.program.fields_of,
            cache=cache,
            indicators=indicators,
        )
        run.measures.compile_seconds = time.perf_counter() - started
        run.measures.rules_rejected = len(rules.found.rejected)
        tally = _looked(asked, run, choice, times, found.files)
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


def _looked(asked: Asked, run: Scan, choice: Choice, times: Times, files: Sequence[tuple[Path, Kind]]) -> Tally:
    """Look through the files, and write out what is found; the sums of it."""
    tally, together = Tally(run.rules), Together(choice)
    with _destination(asked.output) as out, show.progress() as shown:
        written = writer(asked.printed, out)
        for whole, every in run.run(files):
            part, matches = _within(whole, every, asked.since, asked.until)
            matches = together.add(part, times.within(part.batch, matches))
            tally.add(part, matches)
            held = list(found_in(part, asked.min_level))
            tally.add_joined(held)
            shown(part)
            if written:
                written.add(findings(part, matches, run.rules))
                written.add(held)
        joined = list(together.findings())
        tally.add_joined(joined)
        if written:
            written.add(joined)
            written.close()
    return tally


def _within(part: Part, matches: Matches, since: datetime | None, until: datetime | None) -> tuple[Part, Matches]:
    """The matches, and what events hold, of the events that lie in the span of time."""
    if since is None and until is None:
        return part, matches
    at = part.batch.column("observed_at").to_numpy(zero_copy_only=False).astype("datetime64[us]")
    inside = np.ones(len(at), dtype=bool)
    if since is not None:
        inside &= at >= _moment(since)
    if until is not None:
        inside &= at < _moment(until)
    kept = inside[matches.rows]
    part = replace(part, found=part.found.only(inside[part.found.rows]))
    return part, Matches(rows=matches.rows[kept], rules=matches.rules[kept])


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
