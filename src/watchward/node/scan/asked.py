"""What someone asks of a scan. It loads nothing of what a scan needs, so that `--help` is quick."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from watchward.detect.sigma.rule import Level


class Format(StrEnum):
    """How matches are printed."""

    TABLE = "table"
    TIMELINE = "timeline"
    CSV = "csv"
    JSON = "json"
    OCSF = "ocsf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One scan as it was asked for.

    Args:
        paths: files and folders.
        rules: folders or files of rules; without any, those of the node, or else the starter pack.
        home: the home of the node whose decisions about rules count; None: none do.
        printed: how matches are printed.
        output: the file into which they are written; None for standard output.
        stats: the file into which figures are written.
        min_level: rules below it are left out.
        tags: only rules with one of these tags; all without any.
        without: the identifiers or titles of rules to leave out.
        since: only events at this moment or later.
        until: only events before this moment.
        fail_on: end with 1 when a rule of this level or a higher one matched.
        organisation: whose telemetry it is.
        indicators: files of indicators to look for besides.

    """

    paths: Sequence[Path]
    rules: Sequence[Path]
    home: Path | None
    printed: Format
    output: Path | None
    stats: Path | None
    min_level: Level
    tags: Sequence[str]
    without: Sequence[str]
    since: datetime | None
    until: datetime | None
    fail_on: Level | None
    organisation: str
    indicators: Sequence[Path] = ()
