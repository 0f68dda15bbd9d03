"""`watchward rules look-back`: what a rule would have found in the events that the node keeps."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from watchward.base.clock import Clock, SystemClock
from watchward.base.errors import BadInputError
from watchward.node.cli.days import require_days
from watchward.node.cli.home import existing, require_organisations
from watchward.node.home import Home
from watchward.node.words import WIDTH_IN_A_PIPE, counted

if TYPE_CHECKING:
    from watchward.node.lookback.look import Found

SHOWN = 20
_CLOCK: Clock = SystemClock()


def look_back(  # noqa: PLR0913 - each is an option of the command
    rule: str,
    *,
    days: int = 7,
    organisation: Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())] = None,
    seconds: float = 3600.0,
    home: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> None:
    """Say what a rule would have found in the last days, without raising any alert.

    Args:
        rule: a file with a Sigma rule or correlation, or the id or title of one that the node has.
        days: how many days back, by when events happened.
        organisation: only the events of these organisations, by code.
        seconds: when to end, and say how far it came.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    require_days(days)
    if not seconds > 0:  # no number (nan) is not above either
        raise BadInputError("Looking back needs time.", advice="Give --seconds above 0.")
    codes = frozenset(code.upper() for code in organisation or ())
    layout = existing(home).layout
    if codes:
        require_organisations(sorted(codes), home)
    found = _found(rule, layout, days=days, codes=codes, seconds=seconds)
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")
    else:
        _show(found, days)


def _found(rule: str, layout: Home, *, days: int, codes: frozenset[str], seconds: float) -> "Found":
    """What a rule finds in the last days; of all organisations where none is named."""
    from watchward.lake.catalogue import Wanted  # noqa: PLC0415 - loads all that a scan needs; --help does not
    from watchward.node.lookback.choosing import choice_in, choice_of  # noqa: PLC0415
    from watchward.node.lookback.look import Limits, look_back  # noqa: PLC0415
    from watchward.node.scan.show import progress  # noqa: PLC0415

    cache = layout.cache if layout.cache.is_dir() else None
    file = Path(rule)
    if file.is_file():
        choice = choice_in(_text(file), layout.rule_folders, cache=cache)
    else:
        choice = choice_of(rule, layout.rule_folders, cache=cache)
    wanted = Wanted(organisations=codes or None, since=_CLOCK.now() - timedelta(days=days))
    with progress() as shown:
        limits = Limits(seconds=seconds)
        return look_back(layout.lake, choice, wanted=wanted, limits=limits, progress=lambda part, _: shown(part))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(
            f"{file} cannot be read as a rule: {error}.", advice="Give a Sigma rule: a text file in YAML, in UTF-8."
        ) from error


def _show(found: "Found", days: int) -> None:
    out = Console(highlight=False, markup=False)
    if not out.is_terminal:
        out.width = WIDTH_IN_A_PIPE
    if not found.events:
        out.print(
            f"No event of the last {counted(days, 'day')} is kept that it could look at: this says nothing about it. "
            f"{found.why_not}".rstrip()
        )
        return
    if found.raised:
        table = Table("first", "organisation", "device", "events", "rule", box=None, header_style="bold")
        for one in found.raised[:SHOWN]:
            when = one.first_at.strftime("%Y-%m-%d %H:%M")
            table.add_row(when, one.organisation, one.device, f"{one.events:,}", one.rule_title)
        out.print(table)
    if found.alerts > SHOWN:
        out.print(f"… and {found.alerts - SHOWN:,} more; --json lists {len(found.raised):,}.")
    rate = found.events / found.seconds if found.seconds else 0
    where = counted(len(found.by_organisation), "organisation")
    out.print(
        f"In the last {counted(days, 'day')} it would have raised {counted(found.alerts, 'alert')} "
        f"on {counted(found.devices, 'device')} of {where}, of {counted(found.matches, 'match', 'matches')}. "
        f"{counted(found.events, 'event')} looked at in {found.seconds:.1f} s ({rate:,.0f} a second)."
    )
    if found.why_not:
        out.print(found.why_not)
