"""The command line: one module a noun, loaded only when it is used."""

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError
from rich.console import Console

from watchward.base.errors import BadInputError, BadSetupError, NotAllowedError, WatchwardError
from watchward.node import logs

app = App(
    name="watchward",
    help="Detect, share, respond, recover: the defence of a health and care system, ranked by harm to patients.",
)
app.command("watchward.node.cli.audit:app", name="audit")
app.command("watchward.node.cli.backup:backup", name="backup")
app.command("watchward.node.cli.doctor:doctor", name="doctor")
app.command("watchward.node.cli.estate:app", name="estate")
app.command("watchward.node.cli.exercise:app", name="exercise")
app.command("watchward.node.cli.hunt:hunt", name="hunt")
app.command("watchward.node.cli.backup:restore", name="restore")
app.command("watchward.node.cli.rules:app", name="rules")
app.command("watchward.node.cli.scan:scan", name="scan")
app.command("watchward.node.cli.serve:serve", name="serve")
app.command("watchward.node.cli.source:app", name="source")
app.command("watchward.node.cli.up:up", name="up")
app.command("watchward.node.cli.user:app", name="user")

BAD_INPUT = 2
BAD_SETUP = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 found something, 2 bad input, 3 bad setup."""
    logs.configure()
    errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    try:
        result = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        errors.print(str(error))
        return BAD_INPUT
    except (BadInputError, NotAllowedError) as error:
        errors.print(str(error))
        return BAD_INPUT
    except (BadSetupError, WatchwardError) as error:
        errors.print(str(error))
        return BAD_SETUP
    except KeyboardInterrupt:
        return 130
    return result if isinstance(result, int) else 0


def run() -> None:
    """The `watchward` script."""
    sys.exit(main())
