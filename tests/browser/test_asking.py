"""The questions to an organisation, and its own figures, in a browser."""

import pytest

from console.factories import OrganisationFactory
from console.harm.areas import an_area
from watchward.access.roles import CARE_PROVIDER_MANAGER, CLINICAL_SAFETY_OFFICER
from watchward.console.care import adapters as maps
from watchward.console.harm.models import OwnNumber, PassedQuestion
from watchward.estate.organisation import OrganisationKind


@pytest.fixture
def home(address):  # noqa: ARG001 - what is stored is what the server shows
    """A care home of which nobody has said anything."""
    maps.forget()
    yield OrganisationFactory(code="XH", name="Elm House", kind=OrganisationKind.CARE_HOME)
    maps.forget()


def test_a_manager_answers_the_questions_that_matter_by_keyboard(page_for, passes, home):
    page = page_for(CARE_PROVIDER_MANAGER, organisation=home)
    page.goto("/organisations/XH/care/")
    page.get_by_role("button", name="Answer the few questions that matter most").press("Enter")
    page.get_by_role("heading", name="How many residents do you have?").wait_for()
    passes(page, "questions-size")
    page.get_by_label("How many residents do you have?").fill("many")
    page.get_by_role("button", name="Save and go on").press("Enter")
    page.get_by_role("alert").wait_for()
    passes(page, "questions-wrong")
    page.get_by_label("How many residents do you have?").fill("44")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Who runs the care planning system?").wait_for()
    passes(page, "questions-host")
    page.get_by_label("A company runs it for us").check()
    page.get_by_label("name, if one runs it").fill("Elm Records")
    page.get_by_role("button", name="Save and go on").press("Enter")
    page.get_by_role("heading", name="stopped working").wait_for()
    page.get_by_role("button", name="I do not know").press("Enter")
    page.get_by_text("Kept: nobody knows yet.").wait_for()
    passes(page, "questions-next")
    page.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Save and go on").press("Enter")
    page.get_by_text("Saved.").wait_for()
    passes(page, "questions-after")

    assert PassedQuestion.objects.count() == 1
    assert {one.host for one in maps.part_of(home).care.systems} == {"", "supplier/elm-records"}


@pytest.mark.usefixtures("address")
def test_a_safety_officer_puts_a_figure_in_the_place_of_ours_and_ends_it(page_for, passes):
    maps.forget()
    board, _, _ = an_area()
    page = page_for(CLINICAL_SAFETY_OFFICER, organisation=board)
    page.goto(f"/harm/parameters/?organisation={board.code}")
    page.get_by_label("Find").fill("outpatients comes again later")
    page.get_by_role("button", name="Show these").press("Enter")
    page.get_by_role("link", name="Use your own figure for What comes again later, Outpatients").press("Enter")
    page.get_by_label("Your figure").wait_for()
    passes(page, "number")
    page.get_by_label("Your figure").fill("70%")
    page.get_by_label("It is hardly below").fill("60%")
    page.get_by_label("It is hardly above").fill("80%")
    page.get_by_label("How do you know?").fill("Counted after the outage in spring")
    page.get_by_role("button", name="Use this figure").press("Enter")
    page.get_by_text("Your figure holds at XE Care Board from now on.").wait_for()
    passes(page, "numbers-own")
    page.get_by_role("link", name="End it for What comes again later, Outpatients").press("Enter")
    passes(page, "number-end")
    page.get_by_label("Why does it hold no longer?").fill("The clinics have changed")
    page.get_by_role("button", name="End this figure").press("Enter")
    page.get_by_text("Our number holds again.").wait_for()
    passes(page, "numbers-none")

    assert OwnNumber.objects.get().ended_reason == "The clinics have changed"
    maps.forget()
