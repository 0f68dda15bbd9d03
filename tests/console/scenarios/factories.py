"""Saved what-ifs, valid and dull."""

import factory
from django.utils import timezone

from console.factories import OrganisationFactory
from watchward.console.scenarios.models import SavedScenario

_NONE = {"value": 0.0, "low": 0.0, "high": 0.0}


class SavedScenarioFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SavedScenario

    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.LazyAttribute(lambda one: one.organisation.path if one.organisation else "")
    name = "A what-if"
    made_by = "Test"
    made_at = factory.LazyFunction(timezone.now)
    asked = factory.LazyAttribute(
        lambda one: {"down": [one.organisation.code], "hours": 4, "begins": 9, "exposes": False}
    )
    found = factory.LazyFunction(
        lambda: {
            "total": {"harm": _NONE, "displaced": _NONE, "harmed": {"major": _NONE}},
            "kinds": {},
            "organisations": 0,
            "map": {"organisations": 0, "mapped": 0, "template_only": 0},
            "unmapped": _NONE,
            "samples": 64,
            "weighting": "standard",
        }
    )
    harm = 0.0
    version = 0
    table = ""
