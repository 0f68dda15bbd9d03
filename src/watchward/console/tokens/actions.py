"""What people do with their tokens."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import transaction

from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.audit import record
from watchward.console.access.models import User
from watchward.console.tokens.models import Token
from watchward.console.tokens.queries import digest_of, tokens_of

PREFIX: Final = "ww_"
"""Begins every secret, so that one that was published by mistake is recognised."""

MOST: Final = 20
LONGEST_DAYS: Final = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token just after it was made: the only moment at which its secret can be read."""

    token: Token
    secret: str


@transaction.atomic
def make_token(*, by: User, name: str, days: int, clock: Clock) -> NewToken:
    """Make a token that acts as its owner until it ends or is withdrawn."""
    _require_room(by)
    if not name.strip() or not 0 < days <= LONGEST_DAYS:
        raise BadInputError(
            "A token needs a name and an end.",
            advice=f"Name the script that will use it, and let it end within {LONGEST_DAYS} days.",
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    now = clock.now()
    token = Token.objects.create(
        owner=by,
        name=name.strip()[:100],
        digest=digest_of(secret),
        made_at=now,
        ends_at=now + timedelta(days=days),
    )
    record(AuditEvent.TOKEN_MADE, by=by, subject=token, clock=clock, days=days)
    return NewToken(token=token, secret=secret)


@transaction.atomic
def withdraw_token(*, by: User, token: Token, clock: Clock) -> None:
    """End a token: whoever uses it is refused from now on."""
    _require_own(by, token)
    token.withdrawn_at = clock.now()
    token.save(update_fields=["withdrawn_at"])
    record(AuditEvent.TOKEN_WITHDRAWN, by=by, subject=token, clock=clock)


def _require_own(by: User, token: Token) -> None:
    if token.owner_id != by.pk:
        raise NotAllowedError("This token is someone else's.", advice="Ask them to withdraw it.")


def _require_room(by: User) -> None:
    if tokens_of(by).count() >= MOST:
        raise NotAllowedError(f"You hold {MOST} tokens already.", advice="Withdraw one that you no longer need.")
