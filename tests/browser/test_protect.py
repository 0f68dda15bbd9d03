"""Something is blocked for everybody in a browser: seen, tried, put in force, and lifted because care fails."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from console.care.arranged import bring
from console.factories import OrganisationFactory
from console.protect.factories import an_analyst
from console.protect.test_checking import a_laboratory, visits
from watchward.access.roles import CARE_PROVIDER_MANAGER, NATIONAL_ANALYST
from watchward.base.clock import SystemClock
from watchward.console.access.guard import Service
from watchward.console.config import current, use
from watchward.console.protect import own_actions
from watchward.console.protect.checking import check_waiting

NOW = SystemClock()
WORKER = Service(name="Test")


@pytest.fixture
def trust(address, tmp_path):  # noqa: ARG001 - what is stored is what the server shows
    """A trust whose laboratory spoke with what is to be blocked."""
    before = current()
    use(before.model_copy(update={"home": tmp_path, "lake": tmp_path / "lake", "cache": tmp_path / "cache"}))
    place = OrganisationFactory(code="XT", name="Larkmere Hospitals Trust")
    bring([place], a_laboratory("XT"), whole=True)
    visits(place, "LAB1.trust.internal", name="updates.greyheron.example", at=NOW.now() - timedelta(days=2))
    visits(place, "WS-0117", name="updates.greyheron.example", at=NOW.now() - timedelta(days=1))
    yield place
    use(before)


@pytest.fixture
def pioneer(trust):  # noqa: ARG001 - in the same home
    """The organisation that tries blocks first: a care home."""
    place = OrganisationFactory(code="XC", name="Hollow Oak Care Home")
    own_actions.choose_canary(by=WORKER, organisation=place, member=True, clock=NOW)
    return place


def propose(page):
    page.goto("/blocks/")
    page.get_by_role("button", name="Propose a block").click()
    page.get_by_label("Which?", exact=True).fill("updates.greyheron.example")
    page.get_by_label("Why?").fill("It hands out a program that steals passwords.")
    page.get_by_role("button", name="Propose it").click()
    expect(page.locator("h1")).to_contain_text("updates.greyheron.example")


def decide(page, why):
    page.reload()
    page.get_by_label("Agree").check()
    page.get_by_label("I accept what this may do to care").check()
    page.locator("#why").fill(why)
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("alert")).to_contain_text("It is decided")


def test_a_national_block_shows_what_it_would_do_is_tried_first_and_lifted_by_a_care_home(page_for, passes, pioneer):
    first, second = (page_for(NATIONAL_ANALYST, user=an_analyst()) for _ in range(2))
    propose(first)
    check_waiting(clock=NOW)
    first.reload()
    expect(first.locator("main")).to_contain_text("LAB1.trust.internal")
    expect(first.locator("main")).to_contain_text("Laboratory system")
    passes(first, "block-proposed")

    decide(first, "Seen at two trusts.")
    second.goto(first.url)
    decide(second, "The laboratory can do without it for a day.")
    expect(second.locator("main")).to_contain_text("1 organisation of the canary group")
    passes(second, "block-tried")
    second.goto("/blocks/")
    passes(second, "blocks")

    manager = page_for(CARE_PROVIDER_MANAGER, pioneer)
    manager.set_viewport_size({"width": 375, "height": 740})
    manager.goto(first.url)
    expect(manager.locator("main")).to_contain_text("Nothing at your organisations contacted it.")
    manager.get_by_text("Care is failing because of this").click()
    manager.get_by_label("What is failing?").fill("Staff cannot see the medicine charts.")
    passes(manager, "block-care-fails")
    manager.get_by_role("button", name="Care is failing").click()
    expect(manager.get_by_role("alert")).to_contain_text("The block is lifted")
    passes(manager, "block-lifted")


def test_everything_is_lifted_with_one_switch_and_a_policy_is_written(page_for, passes, pioneer):
    page = page_for(NATIONAL_ANALYST, user=an_analyst())
    page.goto("/blocks/switch/")
    passes(page, "block-switch")
    page.get_by_label("What do you see?").fill("The laboratory stands still.")
    page.get_by_role("button", name="Lift everything now").click()
    expect(page.get_by_role("alert")).to_contain_text("Everything is lifted")
    passes(page, "block-switch-thrown")
    page.goto("/blocks/")
    expect(page.locator("main")).to_contain_text("lifted everything: The laboratory stands still.")
    expect(page.get_by_text("<p>")).to_have_count(0)

    page.goto(f"/blocks/policies/{pioneer.code}/")
    passes(page, "block-policy")
    page.goto("/blocks/policies/")
    passes(page, "block-policies")
    page.goto("/blocks/exceptions/")
    passes(page, "block-exceptions")
