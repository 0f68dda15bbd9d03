"""How the REST API recognises a token."""

from django.http import HttpRequest
from ninja.security import HttpBearer

from watchward.base.clock import SystemClock
from watchward.console.access.models import User
from watchward.console.tokens.adapters import owner_of

CLOCK = SystemClock()


class TokenAuth(HttpBearer):
    """`Authorization: Bearer ww_…`: the script acts as the person who made the token."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """The token's owner, who from here on is the one who asks."""
        owner = owner_of(token, clock=CLOCK)
        if owner is not None:
            request.user = owner
        return owner
