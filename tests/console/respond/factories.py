"""Factories of what response stores."""

import factory
from factory.django import DjangoModelFactory

from console.factories import OrganisationFactory
from watchward.console.respond.models import Contact, Rota, RotaDuty, RotaStep


class ContactFactory(DjangoModelFactory):
    """A person who is reached by mail."""

    class Meta:
        model = Contact

    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.LazyAttribute(lambda o: o.organisation.path)
    name = factory.Sequence(lambda n: f"On call {n}")
    channel = "email"
    address = factory.Sequence(lambda n: f"on-call-{n}@trust.example")


def a_rota(organisation, *steps, wait=15, **rules):
    """A rota with the contacts of each step, on duty at all hours."""
    rota = Rota.objects.create(organisation=organisation, organisation_path=organisation.path, **rules)
    for number, contacts in enumerate(steps, start=1):
        step = RotaStep.objects.create(rota=rota, number=number, wait_minutes=wait)
        for contact in contacts:
            RotaDuty.objects.create(step=step, contact=contact)
    return rota
