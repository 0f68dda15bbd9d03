"""What may be read about tokens: everyone their own."""

import hashlib

from django.db.models import QuerySet

from watchward.console.access.models import User
from watchward.console.tokens.models import Token


def digest_of(secret: str) -> str:
    """What is kept of a secret. It has 256 random bits, so one plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def tokens_of(viewer: User) -> QuerySet[Token]:
    """Someone's own tokens that still work or have ended by themselves."""
    return Token.objects.filter(owner=viewer, withdrawn_at=None)
