"""Factories of what response stores."""

import uuid
from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from console.factories import OrganisationFactory
from watchward.console.respond.models import Contact, Incident, Notice, Rota, RotaDuty, RotaStep
from watchward.respond.incident import IncidentState, Severity

MOMENT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


class ContactFactory(DjangoModelFactory):
    """A person who is reached by mail."""

    class Meta:
        model = Contact

    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.LazyAttribute(lambda o: o.organisation.path)
    name = factory.Sequence(lambda n: f"On call {n}")
    channel = "email"
    address = factory.Sequence(lambda n: f"on-call-{n}@trust.example")


class NoticeFactory(DjangoModelFactory):
    """A notice that was sent."""

    class Meta:
        model = Notice

    id = factory.LazyFunction(uuid.uuid4)
    contact = factory.SubFactory(ContactFactory)
    contact_name = factory.SelfAttribute("contact.name")
    channel = factory.SelfAttribute("contact.channel")
    organisation = factory.SelfAttribute("contact.organisation")
    organisation_path = factory.SelfAttribute("contact.organisation_path")
    subject = "Critical: Shadow copies were deleted"
    url = "https://node.example/alerts/"
    step = 1
    alerts = 1
    created_at = next_try_at = sent_at = MOMENT
    state = "sent"


class IncidentFactory(DjangoModelFactory):
    """An open incident at a trust of its own."""

    class Meta:
        model = Incident

    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.LazyAttribute(lambda o: o.organisation.path)
    title = "Ransomware on ward 4"
    severity = Severity.SEVERE.value
    state = IncidentState.OPEN.value
    opened_at = changed_at = MOMENT


def a_rota(organisation, *steps, wait=15, **rules):
    """A rota with the contacts of each step, on duty at all hours."""
    rota = Rota.objects.create(organisation=organisation, organisation_path=organisation.path, **rules)
    for number, contacts in enumerate(steps, start=1):
        step = RotaStep.objects.create(rota=rota, number=number, wait_minutes=wait)
        for contact in contacts:
            RotaDuty.objects.create(step=step, contact=contact)
    return rota
