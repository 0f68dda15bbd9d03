"""The pages of patient harm in a browser."""

import pytest

from console.factories import PostFactory
from console.harm.areas import SUPPLIER, an_area
from watchward.access.roles import NATIONAL_ANALYST
from watchward.base.clock import SystemClock
from watchward.console.care import adapters as maps
from watchward.console.harm import adapters


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

    page.goto(f"/harm/what-if/compare/?down={SUPPLIER}&hours=24&down_={SUPPLIER}&hours_=168")
    passes(page, "harm-compare")


@pytest.mark.usefixtures("address")
def test_the_numbers_behind_harm_are_usable(page_for, passes):
    page = page_for(NATIONAL_ANALYST)
    page.goto("/harm/parameters/")
    passes(page, "harm-parameters")
