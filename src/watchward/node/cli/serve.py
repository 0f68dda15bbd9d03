"""`watchward serve`: run one of the node's processes by itself, as a unit or a container does."""

from pathlib import Path

from cyclopts import App

from watchward.node.config import load

serve = App(name="serve", help="Run one of the node's processes: a unit or a container of its own.")


@serve.command
def web(*, home: Path | None = None) -> None:
    """Serve the console and the REST API.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    from watchward.node.web import serve_web  # noqa: PLC0415 - each process loads only what it runs

    serve_web(load(home))


@serve.command
def projector(*, home: Path | None = None) -> None:
    """Make alerts from what the gateways wrote to the match journal; a node runs one.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    from watchward.node.projector import serve_projector  # noqa: PLC0415 - as above

    serve_projector(load(home))


@serve.command
def worker(*, home: Path | None = None) -> None:
    """Do scheduled and queued work: imports, notices, exports of the audit log; a node runs one.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    from watchward.node.worker import serve_worker  # noqa: PLC0415 - as above

    serve_worker(load(home))


@serve.command
def link(*, home: Path | None = None) -> None:
    """Speak with the parent that this node joined; a node runs one.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    from watchward.node.link import serve_link  # noqa: PLC0415 - as above

    serve_link(load(home))


@serve.command
def gateway(*, home: Path | None = None, number: int = 1) -> None:
    """Receive telemetry: decode, match and keep it, and answer its senders.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        number: which of the node's gateways this is; each writes a journal of its own.

    """
    from watchward.node.gateway import serve_gateway  # noqa: PLC0415 - as above

    serve_gateway(load(home), number=number)


@serve.command
def lists(*, home: Path | None = None) -> None:
    """Serve what is blocked to resolvers, firewalls, proxies and sensors: lists over HTTPS, and zone transfers.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    from watchward.node.lists import serve_lists  # noqa: PLC0415 - as above

    serve_lists(load(home))
