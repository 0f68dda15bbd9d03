from datetime import timedelta

import pytest
from playwright.sync_api import expect

from console.advisory.factories import DESK, a_nation, an_issued, the_answer
from console.respond.factories import ContactFactory, a_rota
from watchward.access.roles import CARE_PROVIDER_MANAGER, NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD, REGIONAL_LEAD
from watchward.base.clock import HeldClock, SystemClock
from watchward.console.advisory import answering_actions
from watchward.console.advisory.models import Answer
from watchward.console.care.models import CareSupplier, Choice
from watchward.respond.advisory.answer import Step

PHONE = {"width": 320, "height": 640}


@pytest.fixture
def nation(address):  # noqa: ARG001 - what is stored is what the server shows
    """A nation in which a care home has its care plans from the supplier of which an alert speaks."""
    found = a_nation()
    at = {"changed_at": SystemClock().now(), "changed_by": "T", "reason": "T"}
    CareSupplier.objects.create(id="supplier/larkmere", name="Larkmere Records", **at)
    Choice.objects.create(organisation=found.homes[0], role="host", name="care_planning", chosen="supplier/larkmere")
    return found


def test_the_nation_writes_issues_and_watches(page_for, passes, nation):
    page = page_for(NATIONAL_ANALYST, nation.nation)
    page.goto("/advisories/")
    passes(page, "advisories-empty")
    page.get_by_role("button", name="Write an alert").click()
    page.get_by_label("What is it about, in a few words?").fill("Bell 2 lets strangers in")
    page.get_by_label("What it means, in plain words").fill(
        "Your record program may let strangers in. It can be mended."
    )
    page.get_by_label("What is wrong, for those who look after computers").fill("The sign-in page can be passed by.")
    page.get_by_label("Thing 1 to do").fill("Ask your supplier for version 2.14")
    page.get_by_label("To be done by").first.fill("2099-12-01")
    page.get_by_label("Which products?").fill("Bell 2 | before 2.14 | Larkmere Records")
    passes(page, "advisory-write")

    page.get_by_role("button", name="Keep the draft").click()
    expect(page.get_by_text("Seems to apply: 1")).to_be_visible()
    passes(page, "advisory-draft")
    page.get_by_role("button", name="Issue it to").click()

    expect(page.get_by_text("is issued. People are told within the minute")).to_be_visible()
    assert Answer.objects.filter(organisation=nation.homes[0], likely="applies").exists()


def test_the_nation_sees_who_is_late_worst_for_patients_first_and_offers_help(page_for, passes, nation):
    long_ago = HeldClock(at=SystemClock().now() - timedelta(days=4))
    advisory = an_issued(nation.nation, clock=long_ago)
    for number, organisation in enumerate([*nation.homes, *nation.trusts]):
        organisation.stakes.update(whole=number + 0.5)
    a_rota(nation.trusts[1], [ContactFactory(organisation=nation.trusts[1])])
    answering_actions.answer_for(
        by=DESK, advisory=advisory, organisations=nation.homes[:1], step=Step.FINISH, note="Ours", clock=long_ago
    )
    page = page_for(NATIONAL_ANALYST, nation.nation)
    page.goto(f"/advisories/{advisory.number}/")
    expect(page.get_by_text("5 are late.")).to_be_visible()
    passes(page, "advisory")

    worst = page.locator("tbody").last.locator("tr").first
    expect(worst).to_contain_text("Westmoor Hospitals Trust")
    worst.get_by_label("Offer help to Westmoor Hospitals Trust").check()
    page.get_by_label("What help do you offer?").fill("Ring the desk on 0300 000 0000")
    page.get_by_role("button", name="Offer help to those ticked").click()

    expect(page.get_by_text("Help is offered to 1 organisation.")).to_be_visible()
    page.goto(f"/advisories/{advisory.number}/report/")
    passes(page, "advisory-report")


def test_a_care_home_answers_in_two_taps_on_a_telephone(page_for, passes, nation):
    advisory = an_issued(nation.nation, clock=SystemClock())
    page = page_for(CARE_PROVIDER_MANAGER, nation.homes[0])
    page.set_viewport_size(PHONE)
    page.goto("/")
    expect(page.get_by_text("You are asked about one thing")).to_be_visible()
    passes(page, "advisories-care-home")
    page.set_viewport_size(PHONE)

    page.get_by_role("link", name="Bell 2 lets strangers in").first.click()
    expect(page.get_by_text("It seems to concern you.")).to_be_visible()
    passes(page, "advisory-care-home")
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="We have done it").click()

    expect(page.get_by_text("Thank you. Your answer is kept.")).to_be_visible()
    assert the_answer(advisory, nation.homes[0]).standing == "done"
    passes(page, "advisory-care-home-done")
    page.get_by_role("button", name="Change this answer").click()
    expect(page.get_by_role("button", name="We need help")).to_be_visible()


def test_a_trust_goes_through_it(page_for, passes, nation):
    advisory = an_issued(nation.nation, clock=HeldClock(at=SystemClock().now() - timedelta(hours=20)))
    page = page_for(ORGANISATION_CYBER_LEAD, nation.trusts[0])
    page.goto(f"/advisories/{advisory.number}/")
    expect(page.get_by_text("A first answer is due within 27 hours")).to_be_visible()
    passes(page, "advisory-trust")

    page.get_by_label("It applies to us").check()
    page.get_by_role("button", name="Say it").click()
    expect(page.get_by_text("An update is due within")).to_be_visible()
    page.get_by_label("We carry the risk").check()
    page.get_by_role("button", name="Say it").click()
    expect(page.get_by_text("This needs a reason in words.").first).to_be_visible()
    passes(page, "advisory-trust-problem")
    page.get_by_label("In words").fill("The board carries it until the ward moves in May")
    page.get_by_role("button", name="Say it").click()

    expect(page.get_by_text("Thank you. Your answer is kept.")).to_be_visible()
    assert the_answer(advisory, nation.trusts[0]).standing == "risk_accepted"


def test_a_board_answers_for_its_care_homes_at_once(page_for, passes, nation):
    advisory = an_issued(nation.nation, clock=SystemClock())
    page = page_for(REGIONAL_LEAD, nation.boards[0])
    page.goto(f"/advisories/{advisory.number}/")
    page.get_by_role("button", name="Answer for small organisations").click()
    passes(page, "advisory-for")
    page.get_by_label("Ash Lodge Fenmark").check()
    page.get_by_label("Elm Lodge Fenmark").check()
    page.get_by_label("Everything that is asked is done there").check()
    page.get_by_label("On what ground do you answer for them?").fill("We run their computers")
    page.get_by_role("button", name="Answer for those ticked").click()

    expect(page.get_by_text("Answered for 2 organisations.")).to_be_visible()
    assert set(Answer.objects.filter(voice="for").values_list("standing", flat=True)) == {"done"}
