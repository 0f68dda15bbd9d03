"""`watchward audit`: whether the record of what was done is as it was written."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.node.cli.home import opened
from watchward.node.wiring import console

if TYPE_CHECKING:
    from watchward.console.access.export import Verdict

app = App(name="audit", help="The record of what was done: verify it, and export its signed head.")

FOUND = 1


@app.command
def verify(
    *,
    home: Path | None = None,
    heads: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> int:
    """Check that no entry was changed, removed or rewritten; ends with exit code 1 if one was, or if nothing proves it.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        heads: the folder with the exported heads; without it, the one that the settings name.
        as_json: print one JSON object.

    """
    config = opened(home)
    from watchward.console.access import export  # noqa: PLC0415 - Django is ready only now

    if heads is not None and not (heads / export.HEADS).is_file():
        raise BadInputError(
            f"There is no {export.HEADS} in {heads}.",
            advice="Name the folder that audit_export names in config.toml, or a copy of it.",
        )
    settings = console(config)
    verdict = export.verify(folder=heads or settings.audit_export, keys=settings.keys, clock=SystemClock())
    if as_json:
        sys.stdout.write(json.dumps(asdict(verdict)) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _in_words(verdict))
    return FOUND if verdict.faults or verdict.unproved else 0


def _in_words(verdict: "Verdict") -> Iterator[str]:
    yield from verdict.faults
    yield from verdict.unproved
    if verdict.faults:
        yield "The audit log is not as it was written. Keep the home as it is, and compare backups."
        return
    agree = "the one exported head agrees" if verdict.heads == 1 else f"{verdict.heads:,} exported heads agree"
    yield f"{verdict.entries:,} entries, none changed or missing; {agree}."
    if verdict.unproved:
        yield (
            "But a log that was rewritten where no head speaks of it would not be noticed. If nobody else could write"
            " to the home, run watchward audit export now, and see that the worker runs: watchward doctor."
        )
    elif verdict.last_head is None:
        yield "No head was exported yet. The worker exports one every 15 minutes; watchward audit export does it now."
    else:
        yield f"The last head is of entry {verdict.last_head.number}, signed {verdict.last_head.at}."


@app.command(name="export")
def export_now(*, home: Path | None = None) -> None:
    """Sign where the log ends, and add that to the exported heads.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    config = opened(home)
    from watchward.console.access import export  # noqa: PLC0415 - as above

    settings = console(config)
    head = export.export_head(keys=settings.keys, folder=settings.audit_export, clock=SystemClock())
    where = settings.audit_export / export.HEADS
    said = f"Entry {head.number} is signed in {where}." if head else f"Nothing was recorded since the last in {where}."
    sys.stdout.write(said + "\n")
