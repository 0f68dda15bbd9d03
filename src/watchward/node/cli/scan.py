"""`watchward scan`: find attacks in files of telemetry."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from watchward.base.errors import BadInputError
from watchward.detect import rules as rule_files
from watchward.detect.pack import starter_pack
from watchward.detect.rule import Level, Rule, RuleSet
from watchward.node.scan import show
from watchward.node.scan.files import find
from watchward.node.scan.findings import Finding, Tally, findings
from watchward.node.scan.run import Scan

FOUND_SOMETHING = 1


class Format(StrEnum):
    """How matches are printed."""

    TABLE = "table"
    JSON = "json"
    OCSF = "ocsf"


def scan(  # noqa: PLR0913 - each is an option of the command
    *paths: Path,
    rules: Annotated[list[Path] | None, Parameter(consume_multiple=True, negative=())] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
    format_: Annotated[Format, Parameter(name="--format")] = Format.TABLE,
    stats: Path | None = None,
    min_level: Level = Level.INFORMATIONAL,
    fail_on: Level | None = None,
    organisation: str = "",
) -> int:
    """Find attacks in event logs (.evtx), events as JSON (one a line or an array, also .gz or .zst), and Parquet.

    Args:
        paths: files and folders; a folder is searched at any depth.
        rules: folders or files of Sigma rules; without any, the starter pack that comes with this program.
        as_json: print one JSON object for each match; the same as --format json.
        format_: table for people, json, or ocsf (Detection Findings, one a line).
        stats: a file into which to write figures about the scan, as JSON.
        min_level: leave out rules below this level.
        fail_on: end with exit code 1 when a rule of this level or a higher one matched.
        organisation: the code of the organisation whose telemetry this is; it is printed with each match.

    """
    found = find(_given(paths))
    started = time.perf_counter()
    loaded = rule_files.load(rules or [starter_pack()], cache=_cache())
    chosen = [rule for rule in loaded.rules if rule.level.rank >= min_level.rank]
    _require(chosen, loaded)
    run = Scan(chosen, organisation=organisation)
    run.measures.compile_seconds = time.perf_counter() - started
    run.measures.rules_rejected = len(loaded.rejected)
    tally = Tally(run.rules)
    printed = Format.JSON if as_json else format_
    with show.progress() as shown:
        for part, matches in run.run(found.files):
            tally.add(part, matches)
            shown(part)
            if printed is not Format.TABLE:
                _print(findings(part, matches, run.rules), printed)
    sums = tally.sums()
    if stats is not None:
        _write(stats, run)
    show.problems(run.reading, found.passed_over, loaded)
    if printed is Format.TABLE:
        show.table(sums, run, len(found.files))
    worst = max((one.rule.level.rank for one in sums), default=-1)
    return FOUND_SOMETHING if fail_on is not None and worst >= fail_on.rank else 0


def _given(paths: Sequence[Path]) -> Sequence[Path]:
    if not paths:
        raise BadInputError(
            "Say what to scan.", advice="Give files or folders, such as C:\\Windows\\System32\\winevt\\Logs."
        )
    return paths


def _require(chosen: Sequence[Rule], loaded: RuleSet) -> None:
    if not chosen:
        raise BadInputError(
            f"There is no rule to look for: {len(loaded.rejected):,} do not load, and the others are below the level.",
            advice="Give a folder with Sigma rules (--rules), or a lower --min-level.",
        )


def _cache() -> Path | None:
    """Where parsed rules are kept between scans; None where this account has no such place."""
    folder = Path("~/.cache/watchward/rules").expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def _print(found: Iterator[Finding], printed: Format) -> None:
    shapes = (one.as_ocsf() if printed is Format.OCSF else one.as_json() for one in found)
    sys.stdout.writelines(json.dumps(shape, ensure_ascii=False) + "\n" for shape in shapes)


def _write(stats: Path, run: Scan) -> None:
    figures = asdict(run.measures) | {"events_per_second": run.measures.events_per_second}
    try:
        stats.write_text(json.dumps(figures, indent=2) + "\n")
    except OSError as error:
        raise BadInputError(
            f"The figures cannot be written to {stats}: {error.strerror}.",
            advice="Give a file in a folder that is there.",
        ) from error
