"""`watchward scan`: find attacks in files of telemetry."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from watchward.base.collection import without_collection
from watchward.base.errors import BadInputError
from watchward.detect.sigma.rule import Level
from watchward.node.scan.asked import Asked, Format

Several = Parameter(consume_multiple=True, negative=())


def scan(  # noqa: PLR0913 - each is an option of the command
    *paths: Path,
    rules: Annotated[list[Path] | None, Several] = None,
    indicators: Annotated[list[Path] | None, Several] = None,
    home: Path | None = None,
    min_level: Level = Level.INFORMATIONAL,
    tag: Annotated[list[str] | None, Several] = None,
    without: Annotated[list[str] | None, Several] = None,
    since: Annotated[datetime | None, Parameter(name="--from")] = None,
    until: Annotated[datetime | None, Parameter(name="--to")] = None,
    format_: Annotated[Format | None, Parameter(name="--format")] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    stats: Path | None = None,
    fail_on: Level | None = None,
    organisation: str = "",
) -> int:
    """Find attacks in event logs (.evtx), events as JSON (one a line or an array, also .gz or .zst), and Parquet.

    Args:
        paths: files and folders; a folder is searched at any depth.
        rules: folders or files of Sigma rules; without any, those of the node, or else the starter pack.
        indicators: files of indicators to look for besides: lists of plain values, one a line, and STIX bundles.
        home: the home of a node: look for what it runs, its indicators too, without rules that are off or on trial.
        min_level: leave out rules below this level.
        tag: look only for rules with one of these tags, such as T1059.001 or lateral-movement.
        without: leave out these rules, by id or title.
        since: look only at events at this time (UTC) or later, such as 2026-03-01 or 2026-03-01T09:00:00.
        until: look only at events before this time (UTC).
        format_: table sums up; timeline prints matches as they happened, csv for spreadsheets; json and ocsf objects.
        as_json: the same as --format json.
        output: write the matches into this file, and print the table.
        stats: a file into which to write figures about the scan, as JSON.
        fail_on: end with exit code 1 when a rule of this level or a higher one matched.
        organisation: the code of the organisation whose telemetry this is; it is printed with each match.

    """
    _refuse(paths, as_json=as_json, format_=format_)
    asked = Asked(
        paths=paths,
        rules=rules or (),
        home=_node(home) if home else None,
        printed=Format.JSON if as_json else format_ or Format.TABLE,
        output=output,
        stats=stats,
        min_level=min_level,
        tags=tag or (),
        without=without or (),
        since=since,
        until=until,
        fail_on=fail_on,
        organisation=organisation,
        indicators=indicators or (),
    )

    with without_collection():  # until the scan itself begins: whatever is loaded before it stays
        from watchward.node.scan.perform import perform  # noqa: PLC0415 - loads all that a scan needs; --help need not

        return perform(asked)


def _refuse(paths: tuple[Path, ...], *, as_json: bool, format_: Format | None) -> None:
    """Refuse a scan of nothing, and one that is to be printed in two ways."""
    if not paths:
        raise BadInputError(
            "Say what to scan.",
            advice="Give files or folders, such as a copy of C:\\Windows\\System32\\winevt\\Logs.",
        )
    if as_json and format_ not in {None, Format.JSON}:
        raise BadInputError(f"--json and --format {format_} exclude each other.", advice="Leave one of them out.")


def _node(home: Path) -> Path:
    from watchward.node.cli.home import existing  # noqa: PLC0415 - a scan without a node needs no settings

    return existing(home).layout.path
