"""Fixtures of the console's tests: the only ones with a database."""

from datetime import UTC, datetime

import pytest
from django.core.cache import cache

from watchward.base.clock import HeldClock


@pytest.fixture(autouse=True)
def _database(db):
    """Every test here may use the database."""


@pytest.fixture(autouse=True)
def _nobody_asked_before():
    """What other tests asked counts for nobody here, although accounts have the same numbers again."""
    cache.clear()


@pytest.fixture(autouse=True)
def _no_map_of_before():
    """The map of care that another test worked out is none of this one."""
    from watchward.console.care import adapters  # noqa: PLC0415 - models need Django to be ready

    adapters.forget()


@pytest.fixture
def clock():
    """A clock that moves only when told to."""
    return HeldClock(at=datetime(2026, 3, 1, 9, 0, tzinfo=UTC))


@pytest.fixture
def signed_in(client):
    """A client in which someone with a role is signed in."""
    from console.factories import PostFactory  # noqa: PLC0415 - models need Django to be ready

    def sign_in(role, organisation):
        client.force_login(PostFactory(role=role.key, organisation=organisation).user)
        return client

    return sign_in
