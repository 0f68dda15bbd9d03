"""`watchward audit`: whether the record of what was done is as it was written."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from watchward.base.clock import SystemClock
from watchward.node.cli.home import opened
from watchward.node.wiring import console

app = App(name="audit", help="The record of what was done: verify it, and export its signed head.")

FOUND = 1


@app.command
def verify(
    *,
    home: Path | None = None,
    heads: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Check that no entry was changed, removed or rewritten; ends with exit code 1 if one was.

    Parameters
    ----------
    home
        The node's home.
    heads
        The folder with the exported heads; without it, the one that the settings name.
    as_json
        Print one JSON object.

    """
    config = opened(home)
    from watchward.console.access import export  # noqa: PLC0415 - Django is ready only now

    verdict = export.verify(folder=heads or console(config).audit_export)
    if as_json:
        sys.stdout.write(json.dumps(asdict(verdict)) + "\n")
        return FOUND if verdict.faults else 0
    sys.stdout.writelines(f"{fault}\n" for fault in verdict.faults)
    if verdict.faults:
        sys.stdout.write("The audit log is not as it was written. Keep the home as it is, and compare backups.\n")
        return FOUND
    sys.stdout.write(f"{verdict.entries:,} entries, none changed or missing; {verdict.heads:,} exported heads agree.\n")
    if verdict.last_head is None:
        sys.stdout.write(
            "No head has been exported yet, so a log that was rewritten as a whole would not be noticed.\n"
            "The worker exports one every 15 minutes; watchward audit export does it now.\n"
        )
    else:
        sys.stdout.write(f"The last head is of entry {verdict.last_head.number}, signed {verdict.last_head.at}.\n")
    return 0


@app.command(name="export")
def export_now(*, home: Path | None = None) -> None:
    """Sign where the log ends, and add that to the exported heads.

    Parameters
    ----------
    home
        The node's home.

    """
    config = opened(home)
    from watchward.console.access import export  # noqa: PLC0415 - as above

    settings = console(config)
    head = export.export_head(keys=settings.keys, folder=settings.audit_export, clock=SystemClock())
    where = settings.audit_export / export.HEADS
    said = f"Entry {head.number} is signed in {where}." if head else f"Nothing was recorded since the last in {where}."
    sys.stdout.write(said + "\n")
