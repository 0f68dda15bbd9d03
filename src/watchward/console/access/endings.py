"""What ends when a password, a role or an account does: whatever else may act as its owner."""

from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor
from watchward.console.access.models import User


def end_tokens(user: User, *, by: Actor, clock: Clock) -> None:
    """End the tokens with which scripts act as someone: somebody else may hold them, or they reach too far now."""
    for token in user.tokens.filter(withdrawn_at=None, ends_at__gt=clock.now()):
        token.withdrawn_at = clock.now()
        token.save(update_fields=["withdrawn_at"])
        record(AuditEvent.TOKEN_WITHDRAWN, by=by, subject=token, organisation=user.home_organisation, clock=clock)


def sign_out_everywhere(user: User, *, by: Actor, clock: Clock) -> None:
    """End every session and token; the sessions end when the account is saved."""
    user.end_sessions()
    end_tokens(user, by=by, clock=clock)
