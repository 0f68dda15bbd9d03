"""The pages of coverage in a browser."""

import pytest

from console.coverage.surveys import SURVEYED_AT
from console.factories import OrganisationFactory
from console.lakes import keep
from watchward.access.roles import REGIONAL_LEAD
from watchward.base.clock import HeldClock
from watchward.console.config import current, use
from watchward.console.coverage import adapters
from watchward.detect.sigma.pack import starter_pack
from watchward.estate.organisation import OrganisationKind


@pytest.fixture
def area(address, tmp_path):  # noqa: ARG001 - what is stored is what the server shows
    """An area of which two trusts send different things, held against the starter pack."""
    before = current()
    use(before.model_copy(update={"lake": tmp_path / "lake"}))
    icb = OrganisationFactory(code="XE", name="Larkmere Care Board", kind=OrganisationKind.ICB)
    for code in ("XT1", "XT2"):
        OrganisationFactory(code=code, name=f"{code} Hospitals Trust", parent=icb)
    keep(
        current().lake,
        "a",
        organisation="XT1",
        Image="a.exe",
        CommandLine="a",
        ParentImage="b",
        OriginalFileName="c",
        EventID="1",
    )
    keep(current().lake, "b", organisation="XT2", Image="a.exe", EventID="1")
    clock = HeldClock(at=SURVEYED_AT)
    adapters.note_arrivals(current().lake, clock=clock)
    adapters.survey([starter_pack()], cache=None, clock=clock)
    yield icb
    use(before)


def test_coverage_is_usable(page_for, passes, area):
    page = page_for(REGIONAL_LEAD, area)
    page.goto("/coverage/")
    passes(page, "coverage")

    page.get_by_text("Show the 5 techniques").first.click()
    page.get_by_role("link", name="T1490").first.click()
    page.get_by_role("heading", level=1).wait_for()
    passes(page, "coverage-technique")


def test_coverage_is_narrowed_to_one_organisation_by_keyboard(page_for, passes, area):
    page = page_for(REGIONAL_LEAD, area)
    page.goto("/coverage/")
    page.locator("summary").first.press("Enter")
    page.get_by_label("Organisation or area").fill("xt2")
    page.get_by_label("Which techniques").select_option("not seen")
    page.get_by_role("button", name="Show these").press("Enter")
    page.get_by_role("heading", name="XT2 Hospitals Trust").wait_for()
    passes(page, "coverage-not-seen")


def test_coverage_before_anything_arrives_teaches(page_for, passes):
    page = page_for(REGIONAL_LEAD)
    page.goto("/coverage/")
    passes(page, "coverage-nothing")
