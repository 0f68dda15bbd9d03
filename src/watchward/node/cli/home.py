"""The node whose home a command names. It must be there: only `up`, `serve` and `restore` make one."""

from collections.abc import Iterable
from pathlib import Path

from watchward.base.errors import BadInputError, BadSetupError
from watchward.node.config import Config, load
from watchward.node.wiring import migrate, start_django


def existing(home: Path | None) -> Config:
    """The settings of a node that is there.

    Raises:
        BadInputError: there is no node's home.

    """
    config = load(home)
    if not config.layout.made:
        raise BadInputError(
            f"{config.layout.path} is not a node's home.",
            advice="Name it with --home, or make a node: watchward up --home FOLDER.",
        )
    return config


def opened(home: Path | None) -> Config:
    """The settings of a node that is there, with its database ready.

    Raises:
        BadInputError: there is no node's home.
        BadSetupError: its database is gone.

    """
    config = existing(home)
    database = config.layout.database
    if not (config.database_url or database.is_file()):
        raise BadSetupError(
            f"{database} is not there.",
            advice="If the node ever ran, restore a backup into a new home: watchward restore. If not: watchward up.",
        )
    start_django(config, fresh=False)
    migrate(config)
    return config


def require_organisations(codes: Iterable[str], home: Path | None) -> None:
    """Refuse codes that no organisation of a node has: an answer without rows would look like good news.

    Raises:
        BadInputError: one of them is no organisation's.

    """
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.estate import queries  # noqa: PLC0415

    for code in codes:
        if queries.organisation_visible_to(Service(name="watchward"), code) is None:
            raise BadInputError(f"There is no organisation {code!r}.", advice="Look it up with: watchward estate list")
