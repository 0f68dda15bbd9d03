"""The gateway process: its settings from the node's."""

from functools import partial

from watchward.base.clock import SystemClock
from watchward.gateway import server
from watchward.gateway.server import Settings
from watchward.node.certificate import certificate_for
from watchward.node.config import Config


def serve_gateway(config: Config, *, number: int) -> None:
    """Receive until the process is asked to end."""
    clock = SystemClock()
    home = config.layout
    home.create()
    certificate = certificate_for(config, clock=clock) if config.gateway_tls else None
    settings = Settings(
        name=f"g{number}",
        host=config.gateway_host,
        port=config.gateway_port,
        shared=config.gateways > 1,
        certificate=(certificate.chain, certificate.key) if certificate else None,
        lake=home.lake,
        journals=home.journal,
        sources=home.sources,
        cache=home.cache,
        rules=home.rule_folders,
        indicators=home.indicators,
        patterns=home.patterns,
        capacity_bytes=config.gateway_waiting_mib << 20,
        least_free_bytes=config.gateway_free_mib << 20,
        duplicates_bytes=config.duplicates_mib << 20,
        renew=partial(certificate_for, config, clock=clock),
    )
    server.serve(settings, clock=clock)
