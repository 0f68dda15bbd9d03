"""`watchward hunt`: a question to the event store, in SQL."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.lake import hunt as hunts
from watchward.lake.hunt import Answer, Limits
from watchward.node.cli.home import existing, require_organisations
from watchward.node.words import counted
from watchward.telemetry.registry import Registry

_AGO = re.compile(r"(?P<number>\d{1,6})(?P<unit>[mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def hunt(  # noqa: PLR0913 - each is an option of the command
    sql: str,
    *,
    home: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
    since: str = "",
    organisation: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    rows: int = 1_000,
    seconds: float = 60.0,
) -> None:
    """Ask the event store with one SELECT over `events`. It reads only, and ends when its time is up.

    Args:
        sql: such as: SELECT device, count(*) FROM events WHERE Image ILIKE '%psexec%' GROUP BY device
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object for each row.
        since: only events observed since: 30m, 24h or 7d ago, or a date and time such as 2026-03-01T12:00Z.
        organisation: only events of these organisations (their codes).
        rows: print at most so many rows.
        seconds: end the query after so long.

    """
    if seconds <= 0 or rows < 1:
        raise BadInputError("A hunt needs time and rows.", advice="Give --seconds above 0, and --rows of 1 or more.")
    config = existing(home)
    if organisation:
        require_organisations(organisation, home)
    answer = hunts.run(
        config.layout.lake,
        sql,
        organisations=frozenset(code.upper() for code in organisation) or None,
        since=_since(since) if since else None,
        limits=Limits(seconds=seconds, rows=rows),
        fields=tuple(Registry.standard().kinds),
    )
    if as_json:
        for row in answer.rows:
            print(json.dumps(dict(zip(answer.columns, row, strict=True)), default=str, ensure_ascii=False))  # noqa: T201
    else:
        _show(answer)
    if answer.truncated:
        Console(stderr=True).print(f"There are more than {counted(rows, 'row')}: ask for less, or raise --rows.")


def _since(text: str) -> datetime:
    found = _AGO.fullmatch(text)
    if found is not None:
        return SystemClock().now() - int(found["number"]) * _UNITS[found["unit"]]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInputError(
            f"{text!r} is no time.", advice="Write 30m, 24h or 7d, or a time such as 2026-03-01T12:00Z."
        ) from error
    return moment if moment.tzinfo else moment.astimezone()


def _show(answer: Answer) -> None:
    table = Table(*answer.columns, box=None, header_style="bold", pad_edge=False)
    for row in answer.rows:
        table.add_row(*("" if value is None else _printable(str(value)) for value in row))
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(table)
    console.print(f"{counted(len(answer.rows), 'row')} in {answer.seconds:.2f} s", style="dim")


def _printable(text: str) -> str:
    """A value with its control characters written out: an event must not be able to steer a terminal."""
    return "".join(one if one.isprintable() or one == "\n" else ascii(one)[1:-1] for one in text)
