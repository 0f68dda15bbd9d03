"""The command line: one module a noun, loaded only when it is used."""

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError
from rich.console import Console

from watchward.base.errors import BadInputError, NotAllowedError, WatchwardError
from watchward.node import logs

app = App(
    name="watchward",
    help="Detect, share, respond, recover: the defence of a health and care system, ranked by harm to patients.",
)

_COMMANDS = {
    # The help stands here too, so that listing the commands loads none of them.
    "advisory": ("advisory:app", "Issue high severity alerts, and see what organisations answer."),
    "audit": ("audit:app", "Verify the record of what was done, and export its signed head."),
    "backup": ("backup:backup", "Copy a node's home while it runs."),
    "doctor": ("doctor:doctor", "Say what is wrong with this installation, and what to do."),
    "estate": ("estate:app", "Bring in the published organisation files, and list organisations."),
    "exercise": ("exercise:app", "Play attacks on an invented sector, and score how well they are found."),
    "harm": ("harm:app", "Say what hurts patients most, and what would happen if something failed."),
    "hunt": ("hunt:hunt", "Ask the events that a node keeps, in SQL that can only read."),
    "hunt-across": ("hunt_across:app", "Ask what the events of several organisations hold, here and at nodes below."),
    "intel": ("intel:app", "Read and share indicators, and look for them in the events that a node keeps."),
    "link": ("link:app", "Link this node with the one above and those below, and withdraw what came from one."),
    "protect": ("protect:app", "What is blocked: list it, lift it, stop everything, and write the lists anew."),
    "restore": ("backup:restore", "Put a backup back into an empty home."),
    "rules": ("rules:app", "Look at Sigma rules, check them, and bring in new releases."),
    "scan": ("scan:scan", "Find attacks in logs that you already have."),
    "serve": ("serve:serve", "Run one of the node's processes by itself."),
    "control": ("control:app", "Let resolvers, firewalls and proxies read the protective lists, and see which did."),
    "source": ("source:app", "Add what sends telemetry, list it, give it new keys, or refuse it."),
    "up": ("up:up", "Start a whole node, and say where it serves."),
    "user": ("user:app", "Invite people, list and disable them, and make one-time links."),
}
for _name, (_target, _help) in _COMMANDS.items():
    app.command(f"watchward.node.cli.{_target}", name=_name, help=_help)

BAD_INPUT = 2
BAD_SETUP = 3
INTERRUPTED = 130
UNHEARD = 141
"""Whoever was reading went away: what a shell says of a program that this ends."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 found something, 2 bad input, 3 bad setup."""
    logs.configure()
    try:
        result = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # rich ends the process when its reader goes away
            return UNHEARD
        raise
    except Exception as error:  # noqa: BLE001 - what is not known is raised again
        return _ended_by(error)
    return result if isinstance(result, int) else 0


def _ended_by(error: Exception) -> int:
    """Say what ended a command, and return its exit code; an error of this program goes on as it is."""
    match error:
        case CycloptsError() | BadInputError() | NotAllowedError():
            return _tell(error, BAD_INPUT)
        case WatchwardError():
            return _tell(error, BAD_SETUP)
        case BrokenPipeError():
            _forget_output()
            return UNHEARD
        case _:
            from watchward.node.cli.trouble import in_words  # noqa: PLC0415 - it knows the database, which is slow to load

            _forget_output()
            found = in_words(error)
            if found is None:
                raise error
            return _tell(found, BAD_SETUP)


def _tell(error: Exception, code: int) -> int:
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(str(error))
    return code


def _forget_output() -> None:
    """Keep Python from trying once more to write, when it ends, what could not be written."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def run() -> None:
    """The `watchward` script."""
    sys.exit(main())
