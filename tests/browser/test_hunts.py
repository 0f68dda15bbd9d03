"""Hunts across organisations in a browser: one asks, another allows and lets rows out, and the first one reads them."""

import threading
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from console.estate.factories import SourceFactory
from console.factories import OrganisationFactory
from console.hunts.factories import AnswerFactory
from console.lakes import keep
from watchward.access.roles import NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD
from watchward.base.clock import SystemClock
from watchward.console.config import current, use
from watchward.console.hunts.models import Policy, State
from watchward.node.home import Home
from watchward.node.hunts import do_next

SQL = "SELECT device, Image, CommandLine FROM events WHERE Image LIKE '%loader.exe'"


@pytest.fixture
def home(address, tmp_path):  # noqa: ARG001 - what is stored is what the server shows
    before = current()
    use(before.model_copy(update={"lake": tmp_path / "lake", "home": tmp_path, "keys": tmp_path / "keys"}))
    yield Home(tmp_path)
    use(before)


@pytest.fixture
def trusts(home):
    """Two Trusts of a nation; the loader ran at the first, which wants to be asked before anything is counted."""
    nation = OrganisationFactory(code="XN", name="Larkland")
    found = [OrganisationFactory(code=f"XT{n}", name=f"{n} Larkmere Trust", parent=nation) for n in (1, 2)]
    for one in found:
        SourceFactory(organisation=one)
    Policy.objects.create(organisation=found[0], counts=Policy.Counts.ASKED)
    at = SystemClock().now() - timedelta(hours=1)
    for name in "ab":
        keep(
            home.lake, name, organisation="XT1", device="LM-WS-1", at=at, Image="C:\\tmp\\loader.exe",
            CommandLine="loader.exe --for 943 476 5919",
        )  # fmt: skip
    keep(home.lake, "c", organisation="XT2", at=at, Image="C:\\tmp\\other.exe")
    return found


def work(home):
    while do_next(home, clock=SystemClock(), stop=threading.Event()):
        pass


def test_a_question_travels_and_rows_come_back_when_somebody_there_has_seen_them(page_for, passes, home, trusts):
    desk = page_for(NATIONAL_ANALYST, trusts[0].parent)
    desk.goto("/hunt/")
    desk.get_by_role("link", name="hunts across organisations", exact=True).click()
    expect(desk.get_by_text("Nobody has asked anything yet")).to_be_visible()
    passes(desk, "hunts-empty")
    desk.get_by_role("button", name="Ask a question").click()
    desk.get_by_label("What do you want to know?").fill("Has the loader run?")
    desk.get_by_label("What for?").fill("Incident 12, ransomware at a hospital")
    desk.get_by_label("SQL", exact=True).check()
    desk.get_by_label("The question itself").fill(SQL)
    desk.get_by_label("Ask for the rows too").check()
    passes(desk, "hunts-ask")
    desk.get_by_role("button", name="Ask", exact=True).click()
    expect(desk.get_by_text("None of 2 organisations has answered yet.")).to_be_visible()
    work(home)

    lead = page_for(ORGANISATION_CYBER_LEAD, trusts[0])
    lead.goto("/hunts/")
    expect(lead.get_by_text("Waits for your word")).to_be_visible()
    passes(lead, "hunts-waits")
    lead.get_by_role("link", name="Has the loader run?").click()
    lead.get_by_role("link", name="1 Larkmere Trust").click()
    passes(lead, "hunts-may-it-be-counted")
    lead.get_by_role("button", name="Allow it").click()
    expect(lead.get_by_text("only the counts leave")).to_be_visible()
    work(home)

    desk.reload()
    expect(desk.get_by_text("2 of 2 organisations answered; 1 found something: 2 events in all.")).to_be_visible()
    passes(desk, "hunts-counted")

    lead.reload()
    expect(lead.get_by_text("Rows are wanted: look before they leave")).to_be_visible()
    expect(lead.get_by_text("943 476 5919")).to_have_count(0)
    passes(lead, "hunts-rows-before-they-leave")
    lead.get_by_role("link", name="See the rows with names").click()
    expect(lead.get_by_text("LM-WS-1").first).to_be_visible()
    expect(lead.get_by_text("943 476 5919")).to_have_count(0)
    passes(lead, "hunts-rows-with-names-before-they-leave")
    lead.get_by_role("link", name="See the rows without names").click()
    lead.get_by_role("button", name="Let the rows go", exact=True).click()
    expect(lead.get_by_text("The rows are on their way.")).to_be_visible()

    desk.reload()
    desk.get_by_role("link", name="See the rows").click()
    expect(desk.get_by_text("loader.exe").first).to_be_visible()
    passes(desk, "hunts-rows")
    desk.goto("/hunts/")
    passes(desk, "hunts-list")


def test_an_organisation_says_what_it_does_when_another_node_asks(page_for, passes, trusts):
    page = page_for(ORGANISATION_CYBER_LEAD, trusts[0])
    page.goto("/organisations/XT1/hunts/")
    passes(page, "hunts-policy")
    page.get_by_label("Never").first.check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("From now on: never.")).to_be_visible()
    assert Policy.objects.get().counts == Policy.Counts.NEVER


def test_a_question_about_named_people_says_so_and_small_numbers_stay_small(page_for, passes, home, trusts):
    desk = page_for(NATIONAL_ANALYST, trusts[0].parent)
    desk.goto("/hunts/new/")
    desk.get_by_label("What do you want to know?").fill("Where did this account sign in?")
    desk.get_by_label("What for?").fill("Incident 12, an account that was taken over")
    desk.get_by_label("SQL", exact=True).check()
    desk.get_by_label("The question itself").fill(
        "SELECT device FROM events WHERE User LIKE '%jane%' OR Image LIKE '%'"
    )
    desk.get_by_role("button", name="Ask", exact=True).click()
    expect(desk.get_by_text("This question asks about named people: its conditions use User.")).to_be_visible()

    lead = page_for(ORGANISATION_CYBER_LEAD, trusts[0])
    lead.goto("/hunts/")
    lead.get_by_role("link", name="Where did this account sign in?").click()
    lead.get_by_role("link", name="1 Larkmere Trust").click()
    expect(lead.get_by_text("even the number of events may tell something of somebody")).to_be_visible()
    passes(lead, "hunts-people-may-it-be-counted")
    lead.get_by_role("button", name="Allow it").click()
    expect(lead.get_by_text("only the counts leave")).to_be_visible()
    work(home)

    desk.reload()
    expect(desk.get_by_text("fewer than 5").first).to_be_visible()
    passes(desk, "hunts-people-counted")


def test_whoever_lets_rows_go_sees_how_many_they_have_seen(page_for, passes, trusts):
    rows = [[f"C:\\tmp\\tool{number:03}.exe"] for number in range(120)]
    found = {"columns": ["Image"], "sources": [["Image"]], "truncated": False, "rows": rows}
    answer = AnswerFactory(
        organisation=trusts[0], state=State.COUNTED, events=120, devices=9, question__wants_rows=True, found=found
    )
    lead = page_for(ORGANISATION_CYBER_LEAD, trusts[0])

    lead.goto(f"/hunts/answers/{answer.pk}/")

    expect(lead.get_by_text("You have seen 50 of 120 rows.")).to_be_visible()
    passes(lead, "hunts-some-rows-seen")
    lead.get_by_role("button", name="Let the rows go", exact=True).click()
    expect(lead.get_by_text("Look at the others too")).to_be_visible()
    lead.goto(f"/hunts/answers/{answer.pk}/?page=2")
    lead.goto(f"/hunts/answers/{answer.pk}/?page=3")
    expect(lead.get_by_text("You have seen all 120 rows.")).to_be_visible()
    lead.get_by_role("button", name="Let the rows go", exact=True).click()
    expect(lead.get_by_text("The rows are on their way.")).to_be_visible()
