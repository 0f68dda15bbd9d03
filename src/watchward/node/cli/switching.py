"""The commands that disable and enable one thing of a kind: the same for every kind that has them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from watchward.node.cli.home import opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """A kind of thing that may be disabled and enabled.

    Args:
        noun: what one is called, as in `watchward NOUN list`.
        off: what disabling one does, as a sentence.
        on: what enabling one does, likewise.
        turn: disables (False) or enables (True) the one with an identifier, once Django is ready.

    """

    noun: str
    off: str
    on: str
    turn: Callable[[str, bool], None]


def add_switches(app: App, kind: Switched) -> None:
    """Give a noun its commands `disable` and `enable`."""
    for name, enabled, says in (("disable", False, kind.off), ("enable", True, kind.on)):
        app.command(_command(kind, says, enabled=enabled), name=name)


def _command(kind: Switched, says: str, *, enabled: bool) -> Callable[..., None]:
    def command(key: Annotated[str, Parameter(name=f"--{kind.noun}")], *, home: Path | None = None) -> None:
        opened(home)
        kind.turn(key, enabled)

    command.__doc__ = f"""{says}

    Args:
        key: its identifier, as `watchward {kind.noun} list` prints it.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    return command
