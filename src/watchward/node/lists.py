"""The process that serves lists: its settings from the node's."""

from functools import partial
from pathlib import Path

from watchward.base.clock import SystemClock
from watchward.gateway.renewal import renewing
from watchward.lists import server
from watchward.lists.controls import Controls
from watchward.lists.server import Settings
from watchward.node.certificate import certificate_for
from watchward.node.config import Config


def serve_lists(config: Config) -> None:
    """Serve lists until the process is asked to end."""
    clock = SystemClock()
    home = config.layout
    home.create()
    certificate = certificate_for(config, clock=clock)
    renew = partial(certificate_for, config, clock=clock)
    settings = Settings(
        host=config.lists_host,
        port=config.lists_port,
        dns_port=config.lists_dns_port,
        published=home.lists,
        controls=home.controls,
        cache=home.cache,
        certificate=(certificate.chain, certificate.key),
        dress=partial(renewing, chain=certificate.chain, key=certificate.key, renew=renew),
    )
    server.serve(settings, clock=clock)


def are_read(controls: Path) -> bool:
    """Whether there is any control that reads lists."""
    return bool(Controls(controls).all)
