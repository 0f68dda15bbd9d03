"""What a notice says, and the shape in which each channel takes it.

A notice names rules, organisations and numbers, and a way to the page. It holds nothing of an event, and whatever is
shaped like an NHS number is blanked: it leaves the organisation.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from watchward.respond.rota import LONDON, Channel
from watchward.telemetry.masking import masked_text

NAMED = 10
"""How many alerts a notice names; of the rest it gives the number."""

SMS_LENGTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """One alert, as a notice names it."""

    level: str
    title: str
    organisation: str
    raised_at: datetime
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a person reads; `url` leads to sign-in and then to what it is about."""

    subject: str
    lines: tuple[str, ...]
    url: str

    @property
    def text(self) -> str:
        """As plain text."""
        return "\n".join((*self.lines, "", f"Look at it and acknowledge: {self.url}"))


def compose(alerts: Sequence[AlertLine], *, step: int, repeat: bool, list_url: str) -> Message:
    """The notice about some alerts, the most serious first.

    Args:
        alerts: what it is about; at least one.
        step: the rung of the ladder on which it is sent, from 1.
        repeat: whether its reader was told of all of it before.
        list_url: the page that shows them all.

    """
    first = alerts[0]
    many = len(alerts) > 1
    subject = f"{len(alerts):,} alerts, the worst {first.level}" if many else f"{first.level}: {first.title}"
    again = "Still not acknowledged: " if repeat else ""
    why = "Nobody answered before you." if step > 1 else "You are the first to be told."
    named = [
        f"{one.level}: {one.title}, at {one.organisation}, {one.raised_at.astimezone(LONDON):%-d %B %H:%M}"
        for one in alerts[:NAMED]
    ]
    rest = [f"and {len(alerts) - NAMED:,} more"] if len(alerts) > NAMED else []
    lines = (*named, *rest, "", why)
    return Message(
        subject=" ".join(masked_text(f"{again}{subject} ({first.organisation})").split()),
        lines=tuple(masked_text(line) for line in lines),
        url=list_url if many else first.url,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRequest:
    """A POST that delivers a notice."""

    headers: tuple[tuple[str, str], ...]
    body: bytes


def web_request(channel: Channel, message: Message, *, notice: str, recipient: str, secret: str) -> WebRequest:
    """A notice in the shape that a web channel takes.

    Args:
        channel: any but e-mail.
        message: what it says.
        notice: the notice's identifier, by which a receiver can tell a repeated delivery.
        recipient: the telephone number, for text messages.
        secret: `user:password` for a form gateway, a bearer token for a JSON one, the signing key for a webhook.

    """
    headers = [("Idempotency-Key", notice)]
    match channel:
        case Channel.TEAMS:
            body = _json(_teams(message))
        case Channel.SLACK:
            body = _json(_slack(message))
        case Channel.SMS_FORM:
            headers += [("Authorization", "Basic " + b64encode(secret.encode()).decode())] if secret else []
            form = {"To": recipient, "From": "Watchward", "Body": _short(message)}
            return WebRequest(
                headers=(("Content-Type", "application/x-www-form-urlencoded"), *headers), body=urlencode(form).encode()
            )
        case Channel.SMS_JSON:
            headers += [("Authorization", f"Bearer {secret}")] if secret else []
            body = _json({"to": recipient, "message": _short(message), "reference": notice})
        case Channel.WEBHOOK:
            body = _json(
                {"notice": notice, "subject": message.subject, "lines": list(message.lines), "url": message.url}
            )
            headers += [("X-Watchward-Signature", _signature(secret, body))] if secret else []
        case Channel.EMAIL:
            raise ValueError("mail is not sent by a web request")
    return WebRequest(headers=(("Content-Type", "application/json"), *headers), body=body)


def _teams(message: Message) -> dict[str, object]:
    """An adaptive card, as Teams workflows take it."""
    body = [{"type": "TextBlock", "text": message.subject, "weight": "Bolder", "size": "Medium", "wrap": True}]
    body += [{"type": "TextBlock", "text": line, "wrap": True} for line in message.lines if line]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": [{"type": "Action.OpenUrl", "title": "Look at it and acknowledge", "url": message.url}],
    }
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


def _slack(message: Message) -> dict[str, object]:
    """Blocks, with the plain text that notifications show; no mark-up of ours can be forged by a rule's title."""
    said = "\n".join(line for line in message.lines if line)
    return {
        "text": message.subject,
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": message.subject[:150]}},
            {"type": "section", "text": {"type": "plain_text", "text": said[:3000]}},
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "text": {"type": "plain_text", "text": "Look at it and acknowledge"},
                        "url": message.url,
                    }
                ],
            },
        ],
    }


def _short(message: Message) -> str:
    room = SMS_LENGTH - len(message.url) - 1
    return f"{message.subject[:room]} {message.url}"


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _signature(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
