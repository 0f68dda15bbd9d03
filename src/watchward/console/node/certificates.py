"""Whether the certificate with which the node's listeners answer is good, and for how long."""

import errno
import os
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from cryptography import x509

from watchward.base.clock import Clock
from watchward.console.config import ConsoleConfig
from watchward.console.node.finding import Finding, State

ENDS_SOON = timedelta(days=14)


def certificates(config: ConsoleConfig, clock: Clock) -> Iterator[Finding]:
    """The site's own certificate where the settings name one, else the node's."""
    own = config.tls_certificate
    path, key = (own, config.tls_key) if own else (config.keys / "node.pem", config.keys / "node.key")
    if own is None and not path.is_file():
        return  # it is made at the first start
    whose = "The site's own certificate" if own else "The node's own certificate"
    mend = (
        f"Put a good one in place of {own}, with its key: the node takes it up within a minute."
        if own
        else "The node should have made a new one: restart it, and read logs/web.log and logs/gateway-1.log."
    )
    try:
        ends = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
        check_key(path, key)
    except (OSError, ValueError) as error:
        yield _finding(State.BAD, f"{whose} cannot be used: {reason(error)}.", mend)
        return
    left = ends - clock.now()
    if left <= timedelta():
        yield _finding(State.BAD, f"{whose} ended on {ends:%d %B %Y}: browsers and shippers refuse it.", mend)
    elif left < ENDS_SOON:
        yield _finding(State.LOOK, f"{whose} ends on {ends:%d %B %Y}.", mend)
    else:
        yield _finding(State.GOOD, f"{whose} is good until {ends:%d %B %Y}.")


def check_key(certificate: Path, key: Path | None) -> None:
    """Make sure that a listener could answer with these.

    Raises:
        OSError: one of them cannot be read, is none, or does not fit the other.

    """
    for path in (certificate, key):
        if path is not None and not path.is_file():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    # A key behind a password would make a listener wait for somebody who types it.
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")


def reason(error: Exception) -> str:
    """Why a certificate cannot be used, in few words."""
    match error:
        case ssl.SSLError():
            return (error.reason or str(error)).replace("_", " ").lower()
        case OSError(filename=str()):
            return f"{error.filename}: {error.strerror}"
        case OSError():
            return error.strerror or str(error)
        case _:
            return str(error).partition(".")[0]


def _finding(state: State, found: str, advice: str = "") -> Finding:
    return Finding(about="Certificate", state=state, found=found, advice=advice)
