"""How allauth and Django see our accounts: who may remove what, how secrets are kept, and what is recorded."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import password_changed
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db import transaction
from django.http import HttpRequest

from watchward.base.audit import AuditEvent
from watchward.base.clock import SystemClock
from watchward.console.access.audit import record
from watchward.console.access.endings import end_tokens
from watchward.console.access.guard import Service
from watchward.console.access.models import User
from watchward.console.access.session import begin

_KINDS = {Authenticator.Type.TOTP: "an authenticator app", Authenticator.Type.WEBAUTHN: "a passkey"}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """Accounts come by invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth calls it so
        """Nobody signs up by themselves."""
        return False

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send none: what changes at an account is in the audit log, and recovery has a mail of its own."""


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth carries no types
    """The second step is never optional, and its secrets are not kept in the clear."""

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether another one is left."""
        others = Authenticator.objects.filter(user_id=authenticator.user_id).exclude(pk=authenticator.pk)
        return bool(others.exists())

    def encrypt(self, text: str) -> str:
        """Encrypt a secret with a key of the node, which is not in the database."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret in the clear."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    key = hashlib.sha256(b"watchward.authenticators" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def connect() -> None:
    """Have what happens to accounts recorded, by whatever path it comes."""
    user_logged_in.connect(_signed_in, dispatch_uid="watchward.signed_in")
    user_login_failed.connect(_refused, dispatch_uid="watchward.refused")
    authenticator_added.connect(_authenticator_added, dispatch_uid="watchward.authenticator_added")
    authenticator_removed.connect(_authenticator_removed, dispatch_uid="watchward.authenticator_removed")
    password_changed.connect(_password_changed, dispatch_uid="watchward.password_changed")


@transaction.atomic
def _signed_in(request: HttpRequest, user: User, **_: object) -> None:
    begin(request)
    record(
        AuditEvent.SESSION_BEGUN,
        by=user,
        subject=user,
        organisation=user.home_organisation,
        clock=SystemClock(),
        address=_address(request),
    )


@transaction.atomic
def _refused(credentials: dict[str, Any], request: HttpRequest | None = None, **_: object) -> None:
    """Record the attempt if there is such an account: addresses that were merely guessed would fill the log."""
    user = User.objects.filter(email=str(credentials.get("email") or credentials.get("username")).lower()).first()
    if user and request:
        by = Service(name="sign-in page")
        record(
            AuditEvent.SESSION_REFUSED,
            by=by,
            subject=user,
            organisation=user.home_organisation,
            clock=SystemClock(),
            address=_address(request),
        )


@transaction.atomic
def _authenticator_added(user: User, authenticator: Authenticator, **_: object) -> None:
    kind = _KINDS[authenticator.type]
    at = user.home_organisation
    record(AuditEvent.AUTHENTICATOR_ADDED, by=user, subject=user, organisation=at, clock=SystemClock(), kind=kind)


@transaction.atomic
def _authenticator_removed(user: User, authenticator: Authenticator, **_: object) -> None:
    kind = _KINDS[authenticator.type]
    at = user.home_organisation
    record(AuditEvent.AUTHENTICATOR_REMOVED, by=user, subject=user, organisation=at, clock=SystemClock(), kind=kind)


@transaction.atomic
def _password_changed(user: User, **_: object) -> None:
    at = user.home_organisation
    record(AuditEvent.PASSWORD_CHANGED, by=user, subject=user, organisation=at, clock=SystemClock())
    end_tokens(user, by=user, clock=SystemClock())


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
