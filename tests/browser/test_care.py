import pytest

from console.care.arranged import a_system, arrange, refine
from console.factories import OrganisationFactory
from watchward.access.roles import CLINICAL_SAFETY_OFFICER
from watchward.estate.care.system import Supplier
from watchward.estate.organisation import OrganisationKind


@pytest.fixture
def practice(address):  # noqa: ARG001 - what is stored is what the server shows
    """A practice, part of whose map somebody refined."""
    found = OrganisationFactory(code="XP", name="Larkmere Surgery", kind=OrganisationKind.GP_PRACTICE)
    arrange(found, suppliers=[Supplier(id="supplier/records-1", name="Larkmere Records")])
    return found


def test_a_map_that_a_template_stands_in_for_is_usable(page_for, passes, practice):
    page = page_for(CLINICAL_SAFETY_OFFICER, organisation=practice)
    page.goto("/organisations/XP/care/")

    passes(page, "care-template")


def test_a_refined_map_is_usable(page_for, passes, practice):
    refine(practice, a_system(practice, product="Bell 2"))
    page = page_for(CLINICAL_SAFETY_OFFICER, organisation=practice)
    page.goto("/organisations/XP/care/")

    passes(page, "care-refined")


@pytest.mark.parametrize("form", ["change/?table=services", "change/?table=dependencies", "bring/"])
def test_the_forms_of_a_map_are_usable(page_for, passes, practice, form):
    page = page_for(CLINICAL_SAFETY_OFFICER, organisation=practice)
    page.goto(f"/organisations/XP/care/{form}")

    passes(page, f"care-{form.partition('/')[0]}-{form.rpartition('=')[2].strip('/')}")


def test_removing_from_a_map_asks_first(page_for, passes, practice):
    page = page_for(CLINICAL_SAFETY_OFFICER, organisation=practice)
    page.goto("/organisations/XP/care/remove/?table=systems&key=XP/telephony")

    passes(page, "care-remove")
