"""Factories of the estate's models."""

import uuid
from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from console.factories import OrganisationFactory
from watchward.console.detect.models import Alert, Rule
from watchward.console.estate.models import Device, Source
from watchward.detect.rule import Level

SEEN = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


class DeviceFactory(DjangoModelFactory):
    """A device of a trust of its own."""

    class Meta:
        model = Device

    id = factory.LazyFunction(uuid.uuid4)
    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.LazyAttribute(lambda o: o.organisation.path)
    name = factory.Sequence(lambda n: f"WS-{n:04}")
    first_seen_at = SEEN
    last_seen_at = SEEN


class SourceFactory(DjangoModelFactory):
    """A source of a trust of its own, which has not sent yet."""

    class Meta:
        model = Source

    id = factory.Sequence(lambda n: f"src-{n:016x}")
    name = factory.Sequence(lambda n: f"Collector {n}")
    shipper = "winlogbeat"
    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.LazyAttribute(lambda o: o.organisation.path)
    created_at = SEEN
    created_by = "Test"


class RuleFactory(DjangoModelFactory):
    """A rule that was loaded."""

    class Meta:
        model = Rule

    id = factory.Sequence(lambda n: f"00000000-0000-4000-8000-{n:012}")
    title = "Shadow copies were deleted"
    level = Level.HIGH.rank


class AlertFactory(DjangoModelFactory):
    """An open alert at a trust of its own."""

    class Meta:
        model = Alert

    id = factory.LazyFunction(uuid.uuid4)
    rule = factory.SubFactory(RuleFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.LazyAttribute(lambda o: o.organisation.path)
    device = "WS-0001"
    level = factory.LazyAttribute(lambda o: o.rule.level)
    score = 65.0
    count = 3
    first_at = SEEN
    last_at = SEEN
    received_at = SEEN
    received_last_at = SEEN
    revision = 1
