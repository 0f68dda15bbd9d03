"""What every request begins with: who asks, and whether what they ask for is there for them."""

from typing import TypeVar

from django.http import Http404, HttpRequest

from watchward.console.access.models import User

_Thing = TypeVar("_Thing")


def viewer_of(request: HttpRequest) -> User:
    """Whoever is signed in; pages and the API let nobody else in."""
    assert isinstance(request.user, User)
    return request.user


def seen(found: _Thing | None) -> _Thing:
    """What was asked for, or "not found": what someone may not see is not there for them."""
    if found is None:
        raise Http404
    return found
