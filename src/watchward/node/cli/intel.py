"""`watchward intel`: indicators in files, and in the events that a node keeps."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

from cyclopts import App, Parameter
from rich.console import Console

from watchward.base.clock import Clock, SystemClock
from watchward.base.errors import BadInputError
from watchward.node.cli.days import require_days
from watchward.node.cli.home import existing
from watchward.node.words import counted

if TYPE_CHECKING:
    from watchward.intel.exact.written import Written

app = App(name="intel", help="Read and share indicators, and look for them in the events that a node keeps.")

# What concerns the collections of a node stands apart, and is loaded only when it is used.
for _name, _help in (
    ("collection", "Make a collection, and print its identifier."),
    ("import", "Put the objects of files into a collection: STIX, MISP JSON, or plain lists."),
    ("key", "Make a key with which a program of an organisation speaks TAXII. Its secret is shown this once."),
    ("list", "List the collections, with how many objects each has."),
    ("poll", "Poll a collection of another organisation's TAXII 2.1 server, into one of ours."),
    ("publish", "Tell the gateways anew of everything that indicators look for."),
    ("source", "Put a source on trial, believe it again, or withdraw all that it ever sent."),
    ("withdraw", "End a TAXII key: whoever comes with it is refused from now on."),
):
    app.command(f"watchward.node.cli.collections:{_name}_", name=_name, help=_help)

_SHOWN = 20
_CLOCK: Clock = SystemClock()


@app.command
def check(*files: Path, as_json: Annotated[bool, Parameter(name="--json", negative=())] = False) -> None:
    """Say what files of indicators name, and what in them cannot be used.

    Args:
        files: lists of plain values, one a line, STIX bundles, and events of MISP.
        as_json: print one JSON object a file.

    """
    from watchward.node.scan.indicators import read  # noqa: PLC0415 - loads all that a scan needs; --help does not

    if not files:
        raise BadInputError("Say what to read.", advice="Give lists of plain values, STIX bundles, or events of MISP.")
    for file in files:
        found = read(file)
        if as_json:
            sys.stdout.write(json.dumps({"file": str(file), **_figures(found)}) + "\n")
        else:
            _show(file, found)


@app.command
def look_back(
    *files: Path,
    days: int = 30,
    home: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> None:
    """Look for indicators in the events that a node has kept; what is found becomes alerts, as if it came now.

    Args:
        files: lists of plain values, one a line, STIX bundles, and events of MISP.
        days: how many days back, by when events happened.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    from watchward.lake import asking  # noqa: PLC0415 - as above
    from watchward.node.alone import alone  # noqa: PLC0415
    from watchward.node.lookback.apart import LOCK, processes  # noqa: PLC0415
    from watchward.node.lookback.indicators import look  # noqa: PLC0415
    from watchward.node.scan.indicators import read  # noqa: PLC0415

    if not files:
        raise BadInputError(
            "Say what to look for.", advice="Give lists of plain values, STIX bundles, or events of MISP."
        )
    require_days(days)
    layout = existing(home).layout
    layout.create()
    said = [read(file) for file in files]
    with alone(layout.path, LOCK):
        name = asking.ask(
            layout.looks,
            [entry for one in said for entry in one.entries],
            patterns=[pattern for one in said for pattern in one.patterns],
            journals=layout.journal,
            clock=_CLOCK,
            days=days,
            settled=True,
        )
        told = look(layout, layout.looks / name, clock=_CLOCK, processes=processes())
    if as_json:
        figures = {"segments": told.segments, "events": told.events, "matches": told.matches, "seconds": told.seconds}
        sys.stdout.write(json.dumps(figures | {"given_up": told.given_up}) + "\n")
        return
    out = Console(highlight=False, markup=False, soft_wrap=True)
    rate = told.events / told.seconds if told.seconds else 0
    out.print(
        f"{counted(told.matches, 'match', 'matches')} in {counted(told.events, 'event')} of the last "
        f"{counted(days, 'day')}, in {told.seconds:.1f} s ({rate:,.0f} events a second)."
    )
    for one in told.given_up:
        out.print(f"{one} matches far too much: only the first events that hold it are told.")


class _Figures(TypedDict):
    indicators: int
    things: int
    kinds: dict[str, int]
    patterns: int
    passed_over: int
    not_looked_for: list[str]
    refused: list[str]


def _figures(found: "Written") -> _Figures:
    kinds = Counter(one.observable.kind.value for one in found.entries)
    return {
        "indicators": len({one.indicator for one in found.entries}),
        "things": len(found.entries),
        "kinds": dict(sorted(kinds.items())),
        "patterns": len(found.patterns),
        "passed_over": found.passed_over,
        "not_looked_for": _unsought(found),
        "refused": list(found.refused),
    }


def _unsought(found: "Written") -> list[str]:
    """What no node looks for of what a file names, each with the reason."""
    from watchward.intel.withheld import Withholding, why_not  # noqa: PLC0415 - loads all that a judge needs

    judge = Withholding().why
    said = [(one.observable.value, judge(one.observable)) for one in found.entries]
    said += [(one.pattern, why_not(one.pattern, judge)) for one in found.patterns]
    return [f"{what}: {why}" for what, why in dict(said).items() if why]


def _show(file: Path, found: "Written") -> None:
    out = Console(highlight=False, markup=False, soft_wrap=True)
    figures = _figures(found)
    kinds = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in figures["kinds"].items())
    out.print(
        f"{file}: {counted(figures['indicators'], 'indicator')} for {counted(figures['things'], 'thing')}: {kinds}."
    )
    if found.patterns:
        out.print(f"{counted(len(found.patterns), 'indicator')} with a pattern that is more than exact values.")
    if found.passed_over:
        out.print(f"{counted(found.passed_over, 'indicator')} cannot be looked for, and are passed over.")
    if unsought := figures["not_looked_for"]:
        out.print(f"{counted(len(unsought), 'thing')} would be kept, and not looked for:")
        _list(out, unsought)
    _list(out, found.refused)


def _list(out: Console, lines: Sequence[str]) -> None:
    for line in lines[:_SHOWN]:
        out.print(f"  {line}")
    if len(lines) > _SHOWN:
        out.print(f"  … and {len(lines) - _SHOWN:,} more; --json lists all.")
