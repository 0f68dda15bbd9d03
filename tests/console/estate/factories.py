"""Factories of the estate's models."""

import uuid
from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from console.factories import OrganisationFactory
from watchward.console.estate.models import Device, Source

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
