"""The pages of patient harm in a browser."""

import pytest
from playwright.sync_api import expect

from console.detect.factories import AlertFactory
from console.factories import PostFactory
from console.harm.areas import SUPPLIER, a_report, an_area, own_number_and_passed_question
from watchward.access.roles import BOARD_MEMBER, NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD, REGIONAL_LEAD
from watchward.base.clock import SystemClock
from watchward.console.access.guard import Service
from watchward.console.care import adapters as maps
from watchward.console.detect import stakes
from watchward.console.harm import adapters
from watchward.console.harm.asked import Asked
from watchward.console.scenarios.actions import save_scenario


@pytest.fixture
def area(address, monkeypatch):  # noqa: ARG001 - what is stored is what the server shows
    """Two boards with maps of care, ranked for a day."""
    maps.forget()
    found = an_area()
    an_area("XF")
    monkeypatch.setattr(adapters, "HOURS", (24,))
    adapters.work_out_rankings(clock=SystemClock())
    yield found
    maps.forget()


@pytest.fixture
def analyst(page_for):
    """A page of somebody who sees the whole node."""
    return page_for(NATIONAL_ANALYST, user=PostFactory(role=NATIONAL_ANALYST.key, organisation=None).user)


@pytest.mark.usefixtures("area")
def test_what_hurts_most_leads_to_what_would_happen_by_keyboard(analyst, passes):
    page = analyst
    page.goto("/harm/")
    passes(page, "harm")

    page.get_by_role("link", name="What would happen if XE Hospital Trust were lost").first.press("Enter")
    page.get_by_role("heading", name="would displace").wait_for()
    passes(page, "harm-what-if")


@pytest.mark.usefixtures("area")
def test_a_what_if_is_asked_and_compared(analyst, passes):
    page = analyst
    page.goto("/harm/what-if/")
    passes(page, "harm-what-if-empty")
    page.get_by_label("Find what fails").fill("practice records")
    page.get_by_role("button", name="Find").press("Enter")
    page.get_by_role("link", name="Larkmere Practice Records").press("Enter")
    page.get_by_role("heading", name="would displace").wait_for()
    passes(page, "harm-what-if-supplier")
    page.get_by_text("Change what fails, and for how long").click()
    page.get_by_label("Larkmere Practice Records").fill("8h 50%, 1d 100%")
    page.get_by_role("button", name="Show what would happen").press("Enter")
    page.get_by_role("heading", name="50% back after 8 hours").wait_for()
    page.get_by_text("Change what fails, and for how long").click()
    passes(page, "harm-what-if-recovery")

    page.goto(f"/harm/what-if/compare/?down={SUPPLIER}&hours=24&down_={SUPPLIER}&hours_=168")
    passes(page, "harm-compare")


@pytest.mark.usefixtures("area")
def test_the_numbers_that_move_an_answer_lead_to_their_rows(analyst, passes):
    page = analyst
    page.goto(f"/harm/what-if/?down={SUPPLIER}&hours=24")
    page.get_by_role("link", name="What moves this answer most").press("Enter")
    page.get_by_role("heading", name="moves this answer most").wait_for()
    passes(page, "harm-sensitivity")

    page.locator(".ww-tornado a").first.press("Enter")
    page.get_by_role("heading", name="of the numbers behind harm").wait_for()
    key = page.evaluate("decodeURIComponent(location.hash.slice(1))")
    expect(page.locator(f'[id="{key}"]')).to_be_visible()


@pytest.mark.usefixtures("area")
def test_a_what_if_is_saved_compared_and_made_a_paper_by_keyboard(analyst, passes):
    page = analyst
    page.goto("/harm/scenarios/")
    passes(page, "harm-scenarios-empty")
    page.goto(f"/harm/what-if/?down={SUPPLIER}&hours=24")
    page.get_by_role("button", name="Save it").press("Enter")
    passes(page, "harm-scenario-save")
    page.get_by_role("button", name="Save it").press("Enter")
    page.get_by_role("link", name="Give it a name").wait_for()
    page.get_by_label("Name").fill("Records down for a day")
    page.get_by_label("Note").fill("May we buy a spare?")
    page.get_by_role("button", name="Save it").press("Enter")
    page.get_by_role("heading", name="Records down for a day").wait_for()
    passes(page, "harm-scenario")

    page.goto("/harm/what-if/?down=XET&hours=4")
    page.get_by_role("link", name="Compare it with a saved one").press("Enter")
    passes(page, "harm-scenarios")
    page.get_by_role("link", name="Compare Records down for a day with yours").press("Enter")
    page.get_by_role("heading", name="would hurt patients more than").wait_for()
    passes(page, "harm-compare-saved")
    page.get_by_role("button", name="Make a paper of it").press("Enter")
    page.get_by_role("heading", name="Where these figures come from").wait_for()
    passes(page, "harm-paper")
    assert page.pdf().startswith(b"%PDF")


@pytest.mark.usefixtures("address")
def test_a_saved_what_if_is_renamed_and_deleted_by_its_forms(page_for, passes, area):
    board, *_ = area
    asked = Asked(down=(SUPPLIER,), hours=48)
    kept = {"name": "Records supplier down", "note": "For the board in March"}
    by = Service(name="test")
    saved = save_scenario(by=by, asked=asked, organisation=board, clock=SystemClock(), **kept)
    page = page_for(REGIONAL_LEAD, organisation=board)
    page.goto(f"/harm/scenarios/{saved.pk}/change/")
    passes(page, "harm-scenario-change")
    page.get_by_label("Name", exact=True).fill("")
    page.get_by_role("button", name="Save").click()
    passes(page, "harm-scenario-change-refused")
    page.get_by_label("Name", exact=True).fill("The records supplier of our surgeries fails for two days")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Its name and note are changed.").wait_for()
    passes(page, "harm-scenario-changed")
    page.goto(f"/harm/scenarios/{saved.pk}/delete/")
    passes(page, "harm-scenario-delete")
    page.get_by_role("button", name="Delete it").press("Enter")
    page.get_by_text("is deleted").wait_for()


def test_a_member_of_a_board_reads_whose_own_the_numbers_are(page_for, passes, area):
    _, _, (surgery, *_) = area
    own_number_and_passed_question(surgery)
    page = page_for(BOARD_MEMBER, organisation=surgery)
    page.goto("/harm/")
    passes(page, "harm-for-a-board")
    page.goto(f"/harm/what-if/?down={surgery.code}&hours=24")
    page.get_by_text("1 number is XE Surgery 0's own.").wait_for()
    passes(page, "harm-what-if-own-numbers")
    page.get_by_role("link", name="See which, with ours beside").press("Enter")
    page.get_by_text("Counted inside").first.wait_for()
    passes(page, "harm-numbers-for-a-board")


def test_an_alert_says_whose_own_the_numbers_behind_its_harm_are(page_for, passes, area):
    _, _, (surgery, *_) = area
    own_number_and_passed_question(surgery)
    alert = AlertFactory(organisation=surgery)
    stakes.work_out(surgery)
    page = page_for(ORGANISATION_CYBER_LEAD, organisation=surgery)
    page.goto(f"/alerts/{alert.pk}/")
    page.get_by_text("What expected harm is made of").click()
    page.get_by_text("1 number is XE Surgery 0's own.").wait_for()
    passes(page, "alert-own-numbers")


def test_how_well_the_model_predicts_is_usable(page_for, passes, monkeypatch):
    monkeypatch.setattr(adapters, "validate", a_report)
    adapters.validate_model(clock=SystemClock())
    page = page_for(NATIONAL_ANALYST)
    page.goto("/harm/validation/")
    page.get_by_role("heading", name="published figures lie inside our 90% intervals").wait_for()
    passes(page, "harm-validation")


@pytest.mark.usefixtures("address")
def test_the_numbers_behind_harm_are_usable(page_for, passes):
    page = page_for(NATIONAL_ANALYST)
    page.goto("/harm/parameters/")
    passes(page, "harm-parameters")
