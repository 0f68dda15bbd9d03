"""How a token is recognised, and how it is kept when it was last used."""

from datetime import timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q

from watchward.base.clock import Clock
from watchward.console.access.models import Post, User
from watchward.console.tokens.models import Token
from watchward.console.tokens.queries import digest_of

GRAIN: Final = timedelta(minutes=10)
"""How exactly it is kept when a token was last used."""


def owner_of(secret: str, *, clock: Clock) -> User | None:
    """The person as whom a secret acts, if it still may; nobody whose account is disabled or who holds no role."""
    now = clock.now()
    live = Token.objects.filter(digest=digest_of(secret), withdrawn_at=None, ends_at__gt=now, owner__is_active=True)
    token = live.filter(Exists(Post.objects.filter(user=OuterRef("owner")))).select_related("owner").first()
    if token is None:
        return None
    Token.objects.filter(Q(used_at=None) | Q(used_at__lt=now - GRAIN), pk=token.pk).update(used_at=now)
    return token.owner
