"""Sends the notices that wait: by mail, or by a request to a web address that leads nowhere it should not."""

import asyncio
import socket
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import httpx
import structlog
from django.conf import settings
from django.core.mail import EmailMessage

from watchward.base.clock import Clock
from watchward.base.errors import BadSetupError, WatchwardError
from watchward.console.config import current
from watchward.console.respond.models import Contact, Notice
from watchward.respond.message import Message, WebRequest, web_request
from watchward.respond.rota import Channel
from watchward.respond.target import TargetError, allowed, host_and_port

log = structlog.get_logger(__name__)

PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 600, 1200, 1800))
"""How long to wait after each attempt that failed; after the last one the notice is given up."""

TIMEOUT_SECONDS: Final = 15.0
DEADLINE_SECONDS: Final = 30.0
"""How long a receiver may take for anything, and for everything."""

MOST_AT_ONCE: Final = 200


class NotDeliveredError(WatchwardError):
    """Whoever should have taken a notice did not."""


def send_waiting(*, clock: Clock) -> int:
    """Send every notice whose time has come; one that cannot be sent does not hold up the others.

    A notice carries its identifier to its receiver. If the node dies between sending and noting it, the notice is sent
    once more under the same identifier, by which the receiver can tell.
    """
    waiting = Notice.objects.filter(state=Notice.State.QUEUED, next_try_at__lte=clock.now())
    sent = 0
    for notice in waiting.order_by("next_try_at")[:MOST_AT_ONCE].select_related("contact"):
        sent += _send(notice, now=clock.now())
    return sent


def _send(notice: Notice, *, now: datetime) -> bool:
    notice.attempts += 1
    notice.next_try_at = now + PAUSES[min(notice.attempts, len(PAUSES)) - 1]
    notice.save(update_fields=["attempts", "next_try_at"])
    try:
        _deliver(notice)
    except (OSError, SMTPException, httpx.HTTPError, httpx.InvalidURL, ValueError, WatchwardError) as error:
        # A ValueError is a name, a header or a secret that cannot be written as its protocol wants it.
        gone = notice.contact is None or isinstance(error, TargetError)
        given_up = gone or notice.attempts > len(PAUSES)
        notice.state = Notice.State.FAILED if given_up else Notice.State.QUEUED
        notice.error = _reason(error)
        log.warning("notice_not_sent", notice=str(notice.pk), channel=notice.channel, given_up=given_up)
    else:
        notice.state, notice.sent_at, notice.error = Notice.State.SENT, now, ""
    notice.save(update_fields=["state", "sent_at", "error"])
    return notice.state == Notice.State.SENT


def _reason(error: Exception) -> str:
    """Why, in a sentence; never with the address, which may carry a secret."""
    if isinstance(error, WatchwardError):
        return error.message[:300]
    return f"{type(error).__name__}: the receiver could not be reached or refused it"[:300]


def _deliver(notice: Notice) -> None:
    if notice.contact is None:
        raise NotDeliveredError("The contact was removed.", advice="Nothing: the rota tells others.")
    message = Message(subject=notice.subject, lines=tuple(notice.lines), url=notice.url)
    channel = Channel(notice.contact.channel)
    if channel is Channel.EMAIL:
        _mail(notice.contact, message, str(notice.pk))
        return
    contact = notice.contact
    request = web_request(channel, message, notice=str(notice.pk), recipient=contact.recipient, secret=contact.secret)
    post(contact.address, request)


def _mail(contact: Contact, message: Message, notice: str) -> None:
    if current().plays(contact.address):
        log.info("notice_played", notice=notice)
        return
    if not current().smtp_url.get_secret_value():
        raise BadSetupError("No mail server is set up on this node.", advice="Set smtp_url in config.toml.")
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
    mail = EmailMessage(
        subject=message.subject,
        body=message.text,
        to=[contact.address],
        headers={"Message-ID": f"<{notice}@{domain}>", "Auto-Submitted": "auto-generated", "X-Priority": "1"},
    )
    mail.send()


def post(url: str, request: WebRequest) -> None:
    """Deliver a request to a web address, without following it anywhere else.

    The name is resolved once, its addresses are judged, and the connection is made to the very address that was judged;
    TLS still asks for the name.
    """
    trusted = current().webhook_hosts
    host, port = host_and_port(url, trusted=trusted)
    address = allowed(host, _resolved(host, port), trusted=trusted)
    parts = urlsplit(url)
    numeric = f"[{address}]" if ":" in address else address
    pinned = urlunsplit((parts.scheme, f"{numeric}:{port}", parts.path or "/", parts.query, ""))
    headers = [("Host", parts.netloc), ("User-Agent", "Watchward"), *request.headers]
    status = asyncio.run(_status(pinned, request.body, headers, name=host))
    if not 200 <= status < 300:  # noqa: PLR2004 - the statuses that say yes
        raise NotDeliveredError(
            f"{host} answered with status {status}.", advice="Check the contact's address and secret."
        )


async def _status(url: str, body: bytes, headers: list[tuple[str, str]], *, name: str) -> int:
    """The status that a request is answered with. A receiver that answers a byte at a time holds up nobody else."""
    async with (
        asyncio.timeout(DEADLINE_SECONDS),
        httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client,
        client.stream("POST", url, content=body, headers=headers, extensions={"sni_hostname": name}) as response,
    ):
        return response.status_code


def _resolved(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
