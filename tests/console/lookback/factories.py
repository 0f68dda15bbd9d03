"""Factories of look backs; defaults are valid and dull."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from console.factories import UserFactory
from watchward.console.lookback.models import LookBack

ASKED_AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


class LookBackFactory(DjangoModelFactory):
    """One that waits for its turn."""

    class Meta:
        model = LookBack

    by = factory.SubFactory(UserFactory)
    at = ASKED_AT
    title = "Odd Image"
    text = "title: Odd Image"
    days = 7
