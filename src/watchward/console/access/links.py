"""One-time links: how they are made, and what may still be done with one."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from watchward.base.errors import BadInputError
from watchward.console.access.models import Link, User

LASTS = {
    Link.Purpose.FIRST: timedelta(hours=24),
    Link.Purpose.INVITATION: timedelta(days=7),
    Link.Purpose.PASSWORD: timedelta(hours=1),
}


class LinkError(BadInputError):
    """A one-time link that is of no use any more, or never was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshLink:
    """A link that was just made. Its address is shown once, and cannot be found out afterwards."""

    user: User
    path: str
    expires_at: datetime

    def address(self, public_url: str) -> str:
        """The whole address, for a mail or a message."""
        return public_url.rstrip("/") + self.path


def make(user: User, purpose: Link.Purpose, *, maker: str, at: datetime) -> FreshLink:
    """Make a link; those that the account had before are of no use any more."""
    user.links.filter(used_at=None).delete()
    secret = secrets.token_urlsafe(32)
    link = Link.objects.create(
        user=user,
        purpose=purpose,
        digest=digest_of(secret),
        maker=maker[:200],
        made_at=at,
        expires_at=at + LASTS[purpose],
    )
    return FreshLink(user=user, path=reverse("use_link", args=[secret]), expires_at=link.expires_at)


def usable(secret: str, *, at: datetime) -> Link:
    """The link with this secret.

    Raises:
        LinkError: there is none, it was used, it has expired, or its account is disabled.

    """
    link = Link.objects.select_related("user").filter(digest=digest_of(secret)).first()
    if link is None:
        raise LinkError(
            "This link does not lead anywhere, or a newer one has taken its place.",
            advice="Use the newest link that you were given, and copy the whole of it.",
        )
    advice = (
        "Run `watchward user link` on the machine of the node; it prints a new link."
        if link.purpose == Link.Purpose.FIRST
        else f"Ask {link.maker} or another administrator for a new link."
    )
    if link.used_at:
        raise LinkError("This link has been used. If that was you, sign in.", advice=f"If not: {advice}")
    if link.expires_at <= at:
        raise LinkError("This link has expired.", advice=advice)
    if not link.user.is_active:
        raise LinkError("The account of this link is disabled.", advice="Ask an administrator to enable it.")
    return link


def digest_of(secret: str) -> str:
    """What is stored in place of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
