"""The map of one organisation with those around it."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from console.care.arranged import a_system, arrange, refine
from console.factories import OrganisationFactory
from watchward.console.care.adapters import part_of, surroundings
from watchward.estate.care.templates import Measure, TemplateKind
from watchward.estate.organisation import OrganisationKind


def samples_to(laboratory):
    return {"pathology": f"{laboratory.code}/pathology"}


def practices(count, laboratory):
    """Practices that send their samples to a laboratory, the first with a map of its own."""
    found = []
    for number in range(count):
        one = OrganisationFactory(code=f"X-P{number}", kind=OrganisationKind.GP_PRACTICE)
        arrange(
            one,
            measures={Measure.REGISTERED_PATIENTS: 5_000.0 + number},
            outside={"pathology": f"{laboratory.code}/pathology"},
        )
        found.append(one)
    refine(found[0], a_system(found[0], "pager"))
    return found


def a_laboratory():
    laboratory = OrganisationFactory(code="X-L1", kind=OrganisationKind.SUPPLIER, name="Elm Pathology")
    arrange(laboratory, template=TemplateKind.PATHOLOGY_SUPPLIER)
    return laboratory


def test_those_around_an_organisation_have_the_maps_that_they_have_by_themselves():
    laboratory = a_laboratory()
    around = practices(3, laboratory)

    found = surroundings(laboratory)

    for one in around:
        alone = part_of(one).care
        for table in ("services", "systems", "equipment", "dependencies"):
            theirs = [thing for thing in getattr(found, table) if _owner(thing) == one.code]
            assert sorted(theirs, key=repr) == sorted(getattr(alone, table), key=repr)
        assert found.places[one.code] == alone.places[one.code]


def _owner(thing):
    return getattr(thing, "organisation", "") or thing.consumer.partition("/")[0]


def test_many_around_an_organisation_are_read_in_as_many_questions_as_few():
    laboratory, counted = a_laboratory(), []
    practices(2, laboratory)

    for begin in (0, 6):
        for number in range(begin, begin + 6):
            more = OrganisationFactory(code=f"X-Q{number}", kind=OrganisationKind.GP_PRACTICE)
            arrange(more, outside=samples_to(laboratory))
        with CaptureQueriesContext(connection) as asked:
            found = surroundings(laboratory)
        counted.append(len(asked))

    assert len(found.places) == 15
    assert counted[0] == counted[1]
