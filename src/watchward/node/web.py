"""The web process: the console, served over TLS."""

import gc
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import uvicorn

from watchward.base.clock import SystemClock
from watchward.base.errors import BadSetupError
from watchward.gateway.renewal import renewing
from watchward.node.certificate import certificate_for
from watchward.node.config import Config
from watchward.node.wiring import migrate, start_django

_WARM_AFTER_SECONDS = 3
GRACE_SECONDS = 10
"""How long open pages (a live list, a download) may go on when the process is asked to end."""


def serve_web(config: Config) -> None:
    """Serve the console until the process is asked to end.

    Raises:
        BadSetupError: the address is taken, or the certificate cannot be used.

    """
    with _listening(config) as listener:
        start_django(config)
        migrate(config)
        from watchward.console.controls.adapters import write_controls  # noqa: PLC0415 - Django is ready only now
        from watchward.console.estate.credentials import write_credentials  # noqa: PLC0415 - as above
        from watchward.console.link.joining import mark_parent  # noqa: PLC0415 - as above

        write_controls()
        write_credentials()  # a restored database, or a process that died before it wrote: the gateway reads the truth
        mark_parent()
        server = uvicorn.Server(web_server(config))
        threading.Thread(target=_load_pages, name="pages", daemon=True).start()
        server.run(sockets=[listener])


@contextmanager
def _listening(config: Config) -> Iterator[socket.socket]:
    """The console's address, taken before anything else is done; connections are accepted when it serves."""
    family = socket.AF_INET6 if ":" in config.web_host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((config.web_host, config.web_port))
        except OSError as error:
            raise BadSetupError(
                f"The console cannot listen on {config.web_host}:{config.web_port}: {error.strerror}.",
                advice="Stop what listens there, or set web_host and web_port in config.toml.",
            ) from error
        yield listener


def _load_pages() -> None:
    """Load every page's code, which Django would otherwise do while the first visitor waits, and then the map of care.

    The map comes some seconds later, when the first visitors have their page.
    """
    from django.db import connections  # noqa: PLC0415 - Django is ready only now
    from django.urls import get_resolver  # noqa: PLC0415 - as above

    from watchward.console.harm.warming import warm  # noqa: PLC0415 - as above

    assert get_resolver().url_patterns
    time.sleep(_WARM_AFTER_SECONDS)
    try:
        warm()
    finally:
        connections.close_all()
    # All that is loaded by now stays, some hundred thousand objects of a map among it: not to be looked through again.
    gc.collect()
    gc.freeze()


def web_server(config: Config) -> uvicorn.Config:
    """How the console listens; Django must be ready."""
    from watchward.console.asgi import application  # noqa: PLC0415 - reads Django's settings

    renew = partial(certificate_for, config, clock=SystemClock())
    tls = renew() if config.web_tls else None
    listener = uvicorn.Config(
        application,
        ssl_certfile=tls.chain if tls else None,
        ssl_keyfile=tls.key if tls else None,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        # Callers are throttled and recorded by their address: only proxies that the settings name may say another.
        proxy_headers=bool(config.trusted_proxies),
        forwarded_allow_ips=list(config.trusted_proxies),
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return renewing(listener, chain=tls.chain, key=tls.key, renew=renew) if tls else listener
