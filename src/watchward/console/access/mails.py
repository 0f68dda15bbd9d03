"""The few mails about accounts. Where no mail server is set up, none is sent, and the link is shown instead."""

import structlog
from django.conf import settings
from django.core.mail import send_mail

from watchward.console.access.links import FreshLink
from watchward.console.access.models import Link, User

log = structlog.get_logger(__name__)

_LINK = """{opening}

{address}

The link works once, and until {until}. If you did not expect it, do nothing, and tell {maker}.
"""
_OPENING = {
    Link.Purpose.FIRST: "With this link you set up the first account of a Watchward node:",
    Link.Purpose.INVITATION: "{maker} invites you to Watchward. With this link you set up your account:",
    Link.Purpose.PASSWORD: "With this link you set a new password for Watchward:",
}
_RECOVERY = """{approver} confirmed that you lost your authenticator, and it was removed from your account.

Sign in with your password within 24 hours, and set up a new one. If you did not ask for this, tell your administrator
at once: somebody else has your password.
"""


def send_link(link: FreshLink, purpose: Link.Purpose, *, maker: str) -> None:
    """Send someone their one-time link."""
    opening = _OPENING[purpose].format(maker=maker)
    until = f"{link.expires_at:%d %B %Y, %H:%M} UTC"
    text = _LINK.format(opening=opening, address=link.address(settings.WATCHWARD.public_url), until=until, maker=maker)
    _send(link.user, "Your Watchward account", text)


def tell_of_recovery(user: User, *, approver: str) -> None:
    """Tell someone that their authenticator was removed: they should know if it was not they who asked."""
    _send(user, "Your Watchward authenticator was removed", _RECOVERY.format(approver=approver))


def _send(user: User, subject: str, text: str) -> None:
    """Send a mail if mail is set up. What it tells of has happened, so a broken mail server must not undo it."""
    if not settings.WATCHWARD.smtp_url.get_secret_value() or settings.WATCHWARD.plays(user.email):
        return
    try:
        send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [user.email])
    except OSError as error:
        log.warning("mail_not_sent", subject=subject, reason=str(error))
