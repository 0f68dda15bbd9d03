"""Messages to a parent, carried by HTTPS; and joining one with a code that somebody pasted."""

import socket
import ssl
from dataclasses import dataclass, field
from typing import Final

import httpx

from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import Actor
from watchward.console.config import current
from watchward.console.link.actions import join_parent
from watchward.console.link.client import LinkError, headers_of
from watchward.console.link.http import Sent
from watchward.console.link.models import Peer
from watchward.console.messages import Answer
from watchward.link.code import JoinCode

_CONNECT_SECONDS: Final = 10.0


def trusting(authority: str) -> ssl.SSLContext:
    """TLS as a child speaks it: with what its parent said that it is trusted by, or a public authority."""
    context = ssl.create_default_context()
    if authority:
        context.load_verify_locations(cadata=authority)
        # The site's own certificate may be all that the parent has to give.
        context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    return _with_certificate(context)


def trusting_nobody() -> ssl.SSLContext:
    """TLS for the one message with which a child joins: the code tells by which key the answer must be signed."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return _with_certificate(context)


def _with_certificate(context: ssl.SSLContext) -> ssl.SSLContext:
    config = current()
    if config.link_certificate and config.link_key:
        context.load_cert_chain(config.link_certificate, config.link_key)
    return context


_MEANS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (ConnectionRefusedError, "nothing answers there"),
    (ConnectionResetError, "it hung up"),
    (socket.gaierror, "no such name is known"),
    (ssl.SSLCertVerificationError, "its certificate is not one that this node trusts"),
    (ssl.SSLError, "it does not speak TLS as it should"),
    (TimeoutError, "it did not answer in time"),
    (httpx.TimeoutException, "it did not answer in time"),
    (httpx.RemoteProtocolError, "it hung up without an answer"),
    (httpx.ProxyError, "the proxy refused"),
    (UnicodeError, "its name is no name of a host"),
    (httpx.InvalidURL, "its name is no name of a host"),
)


def _in_words(error: BaseException) -> str:
    """What went wrong on the way, for people; the deepest cause that has words of its own."""
    causes: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in causes:
        causes.append(one)
        one = one.__cause__ or one.__context__
    for cause in reversed(causes):
        if words := next((said for kind, said in _MEANS if isinstance(cause, kind)), ""):
            return words
    return str(error) or type(error).__name__


@dataclass(slots=True)
class Over:
    """Carries messages to an address by HTTPS.

    Args:
        address: `https://…` without a path.
        tls: whom it trusts.

    """

    address: str
    tls: ssl.SSLContext
    _client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self._client = httpx.Client(verify=self.tls, trust_env=True)

    def __call__(self, sent: Sent, *, seconds: float) -> Answer:
        """Send a message."""
        limits = httpx.Timeout(seconds, connect=_CONNECT_SECONDS)
        try:
            response = self._client.post(
                f"{self.address}/link{sent.path}", content=sent.body, headers=dict(sent.headers), timeout=limits
            )
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, UnicodeError) as error:
            raise LinkError(
                f"{self.address} could not be reached: {_in_words(error)}.",
                advice="It is tried again by itself. See that the parent runs, and that this node may reach it.",
            ) from error
        return Answer(status=response.status_code, headers=headers_of(response.headers), body=response.content)

    def close(self) -> None:
        """Hang up."""
        self._client.close()


def join(given: JoinCode, *, by: Actor, clock: Clock) -> Peer:
    """Join the parent that made a code.

    Raises:
        BadInputError: it cannot be reached, or does not answer as it should.

    """
    transport = Over(given.address, trusting_nobody())
    try:
        return join_parent(by=by, given=given, transport=transport, clock=clock)
    except LinkError as error:
        advice = error.advice.removeprefix("It is tried again by itself. ")
        raise BadInputError(error.message, advice=advice) from error
    finally:
        transport.close()
