"""The REST API of one's own tokens. It makes none: a token could make another that outlives it."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema, Status

from watchward.base.clock import SystemClock
from watchward.console.asked import seen, viewer_of
from watchward.console.tokens import actions, queries
from watchward.console.tokens.models import Token

router = Router(tags=["Tokens"])
CLOCK = SystemClock()


class TokenOut(Schema):
    """One of your tokens, without its secret. `used_at` is exact to ten minutes."""

    id: int
    name: str
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None


@router.get("/tokens", response=list[TokenOut])
def tokens(request: HttpRequest) -> list[Token]:
    """Your tokens that are not withdrawn, 20 at most."""
    return list(queries.tokens_of(viewer_of(request)))


@router.post("/tokens/{key}/withdraw", response={204: None})
def withdraw_token(request: HttpRequest, key: int) -> Status[None]:
    """End one of your tokens; it may be the one with which you ask."""
    viewer = viewer_of(request)
    found = seen(queries.tokens_of(viewer).filter(pk=key).first())
    actions.withdraw_token(by=viewer, token=found, clock=CLOCK)
    return Status(204, None)
