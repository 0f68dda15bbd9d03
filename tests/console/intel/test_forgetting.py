"""Forgetting for whom things were that are gone, while somebody begins to use that again (ADR 0244)."""

import pytest
from django.db import connection, transaction

from console.factories import OrganisationFactory
from console.intel.factories import a_collection, add, an_indicator
from console.waiting import PATIENCE, meanwhile, until_somebody_waits
from watchward.console.intel.audiences import forget_unused
from watchward.console.intel.models import Audience, Object
from watchward.intel.markings import Tlp

GREEN = {"object_marking_refs": [Tlp.GREEN.marking]}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place():
    """A collection, and the audience of what it no longer has."""
    if connection.vendor != "postgresql":
        pytest.skip("elsewhere one waits for the other before either reads")
    made = a_collection(OrganisationFactory())
    add(made, an_indicator("198.51.100.1", **GREEN))
    Object.objects.all().delete()
    assert Audience.objects.count() == 1
    return made


def test_what_somebody_has_begun_to_use_is_not_forgotten(place):
    with transaction.atomic():
        add(place, an_indicator("198.51.100.2", **GREEN))
        thread, found = meanwhile(forget_unused)
        thread.start()
        thread.join(PATIENCE)
    assert found == [0]
    assert Object.objects.get().audience == Audience.objects.get()


def test_whoever_begins_to_use_what_is_being_forgotten_waits_and_makes_it_anew(place):
    with transaction.atomic():
        assert forget_unused() == 1
        thread, found = meanwhile(lambda: add(place, an_indicator("198.51.100.2", **GREEN)))
        thread.start()
        until_somebody_waits()
    thread.join(PATIENCE)

    assert [one.refused for one in found] == [[]]
    assert Object.objects.get().audience == Audience.objects.get()
