"""`watchward doctor`: what is wrong with this installation, and what to do."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from watchward.console.node.finding import Finding, State
from watchward.node.config import load
from watchward.node.doctor import examine

NOT_WELL = 3
_MARKS = {State.GOOD: "[green]well[/green]", State.LOOK: "[yellow]look[/yellow]", State.BAD: "[red]not well[/red]"}


def doctor(
    *,
    home: Annotated[
        Path | None, Parameter(help="The node's home; without it WATCHWARD_HOME, else watchward-home in this folder.")
    ] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative=(), help="Print one JSON object a line.")] = False,
) -> int:
    """Say what is wrong with this installation and what to do; ends with exit code 3 if something is."""
    found = list(examine(load(home)))
    if as_json:
        sys.stdout.writelines(json.dumps(asdict(finding)) + "\n" for finding in found)
    else:
        _print(found)
    return NOT_WELL if any(finding.state is State.BAD for finding in found) else 0


def _print(found: list[Finding]) -> None:
    screen = Console(highlight=False, soft_wrap=True)
    for finding in found:
        screen.print(f"{_MARKS[finding.state]}  [bold]{finding.about}[/bold]: ", end="")
        screen.print(finding.found, markup=False)
        if finding.advice:
            screen.print(f"      {finding.advice}", markup=False)
