"""A listener's certificate, taken up anew when its files change: no restart, and no connection is broken."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
import uvicorn

from watchward.base.errors import WatchwardError

log = structlog.get_logger()

EVERY_SECONDS: Final = 60


class Renewal:
    """Looks at the files of a listener's certificate now and then; the listener's own loop calls it."""

    def __init__(self, listener: uvicorn.Config, *, chain: Path, key: Path, renew: Callable[[], object]) -> None:
        self._listener, self._chain, self._key, self._renew = listener, chain, key, renew
        self._taken = self._stamp()

    async def __call__(self) -> None:
        """Renew the files where that is due, and take them up where they changed. A fault leaves all as it was."""
        try:
            self._renew()
            stamp = self._stamp()
            if stamp != self._taken and self._listener.ssl is not None:
                self._take_up(self._listener.ssl)
                self._taken = stamp
        except (OSError, ValueError, WatchwardError) as error:
            log.warning("certificate_not_renewed", reason=str(error))

    def _take_up(self, context: ssl.SSLContext) -> None:
        # Tried apart first: a certificate without its key, such as one half written, would spoil the listener's own.
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(self._chain, self._key)
        context.load_cert_chain(self._chain, self._key)
        log.info("certificate_renewed", file=self._chain.name)

    def _stamp(self) -> tuple[int, ...]:
        found = [path.stat() for path in (self._chain, self._key)]
        return tuple(part for one in found for part in (one.st_mtime_ns, one.st_ino, one.st_size))


def renewing(listener: uvicorn.Config, *, chain: Path, key: Path, renew: Callable[[], object]) -> uvicorn.Config:
    """Have a listener take up its certificate anew within a minute of its change.

    Args:
        listener: how the server listens; over TLS.
        chain: the certificate and what stands between it and its authority.
        key: its private key.
        renew: makes the files anew where that is due; called once a minute.

    """
    listener.callback_notify = Renewal(listener, chain=chain, key=key, renew=renew)
    listener.timeout_notify = EVERY_SECONDS
    return listener
