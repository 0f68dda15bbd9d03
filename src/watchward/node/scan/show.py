"""What a scan shows to people: progress, problems, and the table of what was found."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from watchward.detect.sigma.rule import Level
from watchward.node.scan.account import Account
from watchward.node.scan.asked import Asked
from watchward.node.scan.choice import check_command
from watchward.node.scan.findings import OfDevice, Sum, Tally
from watchward.node.scan.loading import Loaded
from watchward.node.scan.parts import Part
from watchward.node.scan.run import Measures, Scan
from watchward.node.scan.written import printable
from watchward.node.words import WIDTH_IN_A_PIPE, counted

_COLOURS = {
    Level.CRITICAL: "bold white on red",
    Level.HIGH: "bold red",
    Level.MEDIUM: "yellow",
    Level.LOW: "cyan",
    Level.INFORMATIONAL: "dim",
}
_NAMED = 5
"""How many problems of one kind are named; the others are counted."""

_DEVICES = 10
"""How many devices are named."""


def _errors() -> Console:
    return Console(stderr=True, soft_wrap=True, highlight=False, markup=False)


@contextmanager
def progress() -> Iterator[Callable[[Part], None]]:
    """Shows on a terminal how far the scan is; in a pipe it is quiet."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    started = time.monotonic()
    events = 0
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}", markup=False), console=console, transient=True
    ) as bar:
        task = bar.add_task("Reading…")

        def shown(part: Part) -> None:
            nonlocal events
            events += part.events
            rate = events / max(time.monotonic() - started, 0.001)
            bar.update(task, description=f"{events:,} events, {rate:,.0f} a second · {part.path.name}")

        yield shown


def problems(account: Account, passed_over: Sequence[Path], rules: Loaded, asked: Asked) -> None:
    """Say on stderr what could not be read or was left out, and what to do about it."""
    errors = _errors()
    for broken in account.broken:
        errors.print(str(broken))
    by_reason = Counter((path, one.reason) for path, one in account.bad)
    for (path, reason), count in by_reason.most_common(_NAMED):
        first = next(one for at, one in account.bad if at == path and one.reason == reason)
        times = f"{count:,} records" if count > 1 else "1 record"
        errors.print(f"{path}: {times} could not be read (the first at {first.position + 1:,}): {reason}.")
    if len(by_reason) > _NAMED:
        errors.print(f"{len(by_reason) - _NAMED:,} more reasons; --stats counts all bad records.")
    if passed_over:
        names = ", ".join(str(path) for path in passed_over[:_NAMED])
        more = f" and {len(passed_over) - _NAMED:,} more" if len(passed_over) > _NAMED else ""
        errors.print(f"Passed over, not telemetry by their names: {names}{more}.")
    if rules.found.rejected:
        command = check_command(asked)
        errors.print(f"Not loaded: {counted(len(rules.found.rejected), 'rule')}. To see why: {command}")
    if rules.off or rules.trial:
        parts = [
            f"{count:,} {what}" for count, what in ((rules.off, "switched off"), (rules.trial, "on trial")) if count
        ]
        errors.print(f"Rules left out, as at this node: {', '.join(parts)}. Without --home, a scan looks for all.")


def table(sums: Sequence[Sum], tally: Tally, scan: Scan, files: int, *, into: Path | None = None) -> None:
    """Print what was found, the most serious first, where it was, and the sum of the scan; `into` a file if given."""
    with into.open("w", encoding="utf-8") if into else nullcontext() as file:
        out = Console(highlight=False, file=file)
        if not out.is_terminal:
            out.width = WIDTH_IN_A_PIPE
        _tell(out, sums, tally, scan, files)


def _tell(out: Console, sums: Sequence[Sum], tally: Tally, scan: Scan, files: int) -> None:
    if sums:
        out.print(_table(sums))
        out.print(_levels(sums))
        out.print(_devices(tally.devices()))
    out.print(_summary(sums, scan.measures, files))
    notes = scan.account.notes
    if notes.ahead:
        out.print(
            f"{notes.ahead:,} events claim a time more than a year after their file was written: a clock is wrong."
        )


def _table(sums: Sequence[Sum]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("level")
    table.add_column("rule", overflow="fold")
    table.add_column("matches", justify="right")
    table.add_column("first (UTC)", no_wrap=True)
    table.add_column("last (UTC)", no_wrap=True)
    for one in sums:
        level = Text(one.rule.level.value, style=_COLOURS[one.rule.level])
        table.add_row(level, Text(one.rule.title), f"{one.count:,}", _time(one.first), _time(one.last))
    return table


def _levels(sums: Sequence[Sum]) -> str:
    """How many matches of how many rules there are at each level, in one line."""
    parts = []
    for level in reversed(Level):
        mine = [one.count for one in sums if one.rule.level is level]
        if mine:
            parts.append(f"{level.value} {sum(mine):,} ({counted(len(mine), 'rule')})")
    return f"\nBy level: {'; '.join(parts)}.\n"


def _devices(devices: Sequence[OfDevice]) -> Table:
    """The devices with the most serious matches, and how many of each level."""
    levels = [level for level in reversed(Level) if any(one.levels[level] for one in devices)]
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("device", overflow="fold")
    for level in levels:
        table.add_column(level.value, justify="right")
    for one in devices[:_DEVICES]:
        counts = (f"{one.levels[level]:,}" if one.levels[level] else "" for level in levels)
        table.add_row(Text(printable(one.name) or "no name"), *counts)
    if len(devices) > _DEVICES:
        table.add_row(f"and {len(devices) - _DEVICES:,} more")
    return table


def _time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def _summary(sums: Sequence[Sum], measures: Measures, files: int) -> str:
    matches = counted(sum(one.count for one in sums), "match", "matches")
    events, read = counted(measures.events, "event"), counted(files, "file")
    return (
        f"\n{matches} of {counted(len(sums), 'rule')} in {events} from {read}, "
        f"{counted(measures.bad_records, 'record')} could not be read. {counted(measures.rules_loaded, 'rule')}, "
        f"{measures.seconds:.1f} s, {measures.events_per_second:,.0f} events a second."
    )
