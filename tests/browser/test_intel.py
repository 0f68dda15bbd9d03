"""Intelligence in a browser: sources, collections, objects, and keys."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from console.factories import OrganisationFactory
from console.intel.factories import NODE, a_clock, a_collection, a_key, a_sighting, a_source, add, an_indicator, share
from watchward.access.roles import AUDITOR, ORGANISATION_CYBER_LEAD
from watchward.console.config import current, use
from watchward.console.intel import actions
from watchward.console.intel.models import Client, Object, Source
from watchward.intel.markings import Tlp, group_marking


@pytest.fixture
def trust(address, tmp_path):  # noqa: ARG001 - what is stored is what the server shows
    """A trust with two collections, sources that work and that do not, and keys."""
    before = current()
    use(before.model_copy(update={"home": tmp_path, "keys": tmp_path / "keys"}))
    trust = OrganisationFactory(code="XT", name="Larkmere Hospitals Trust")
    board = OrganisationFactory(code="XB", name="Northern Vale Care Board")
    shared = a_collection(trust, title="Shared indicators", description="What the sector shares about attackers")
    a_collection(trust, title="Our own findings")
    share(shared, board, read=True, write=True)
    actions.change_group(by=NODE, name="Imaging", members=[trust, board], clock=a_clock())
    marking = group_marking("Imaging")
    values = [an_indicator(f"198.51.100.{n}", object_marking_refs=[list(Tlp)[n % 4].marking]) for n in range(12)]
    told = an_indicator(
        "203.0.113.77", name="Command server of the Grey Heron locker", confidence=85,
        object_marking_refs=[Tlp.AMBER.marking, marking["id"]], valid_until="2027-03-01T00:00:00Z",
    )  # fmt: skip
    later = {**told, "modified": "2026-02-20T09:30:00.000Z", "confidence": 95}
    add(shared, marking, *values, told, later, a_sighting(told, first_seen="2026-02-01T10:00:00Z",
                                                          last_seen="2026-02-03T18:20:00Z", count=14))  # fmt: skip
    key = a_key(shared, name="Firewall of the main site")
    add(shared, an_indicator(name="Another thing"), an_indicator("192.0.2.1"), by=key.client)
    failing = a_source(shared, name="A neighbour's server")
    Source.objects.filter(pk=failing.pk).update(
        failures=4, error="taxii.example answered with status 401. Check the user name and the password.",
        last_at=datetime.now(tz=UTC), next_at=datetime.now(tz=UTC) + timedelta(minutes=40),
    )  # fmt: skip
    yield trust
    use(before)


def test_intelligence_is_readable_from_its_sources_to_one_indicator(page_for, passes, trust):
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto("/intelligence/")
    passes(page, "intelligence")

    page.get_by_role("link", name="A neighbour's server").click()
    page.get_by_text("Check the user name").wait_for()
    page.get_by_label("It is usually reliable").check()
    page.get_by_label("Why?").fill("Right nine times out of ten since spring.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("A neighbour's server is usually reliable")
    passes(page, "intelligence-source")
    page.get_by_role("link", name="Intelligence").first.click()
    page.get_by_role("link", name="Shared indicators").click()
    page.get_by_role("heading", name="Who may use it").wait_for()
    passes(page, "intelligence-collection")
    page.get_by_role("link", name="All of them").click()
    page.get_by_role("searchbox").fill("203[.]0[.]113[.]77")
    page.get_by_role("button", name="Show").click()
    passes(page, "intelligence-objects")
    page.get_by_role("link", name="Command server of the Grey Heron locker").click()
    page.get_by_text("Only members of Imaging may have it.").wait_for()
    passes(page, "intelligence-object")


def test_a_key_is_made_and_withdrawn_by_keyboard(page_for, passes, trust):
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto("/intelligence/keys/new/")
    page.get_by_label("Organisation code").fill("XT")
    page.get_by_label("Which program will use it?").fill("Mail gateway")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Choose at least one collection").wait_for()
    passes(page, "intelligence-key-wrong")
    page.get_by_role("group", name="Which collections may it read?").get_by_label("Shared indicators").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Make the key").press("Enter")
    page.get_by_text("Copy it now").wait_for()
    passes(page, "intelligence-key-made")

    client = Client.objects.get(name="Mail gateway")
    expect(page.locator("main")).to_contain_text(client.key_id)
    page.goto(f"/intelligence/keys/{client.pk}/withdraw/")
    passes(page, "intelligence-key-withdraw")
    page.get_by_role("button", name="Withdraw it").press("Enter")
    page.get_by_text("The TAXII key of Mail gateway is withdrawn.").wait_for()


def test_an_empty_page_teaches(page_for, passes, address):  # noqa: ARG001 - the server is there
    page = page_for(AUDITOR)
    page.goto("/intelligence/")
    page.get_by_text("Nothing comes from anywhere yet").wait_for()
    passes(page, "intelligence-empty")
    page.goto("/intelligence/objects/")
    passes(page, "intelligence-objects-empty")
    assert not Object.objects.exists()


def test_a_server_is_read_from_and_tried_with_a_password_that_is_never_shown_again(page_for, passes, trust):
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto("/intelligence/")
    page.get_by_role("button", name="Read from somewhere else").click()
    page.get_by_label("Whose is it?").fill("National cyber centre")
    page.get_by_label("Its address").fill("http://taxii.invalid/collections/1/")
    page.get_by_label("User name").fill("larkmere")
    page.get_by_label("Password", exact=True).fill("a long secret")
    page.get_by_role("button", name="Read from it").click()
    page.get_by_role("link", name="is no address that may be asked").wait_for()
    passes(page, "intelligence-source-new")
    page.get_by_label("Its address").fill("https://taxii.invalid/collections/1/")
    page.get_by_label("Password", exact=True).fill("a long secret")
    page.get_by_role("button", name="Read from it").click()
    expect(page.get_by_role("alert")).to_contain_text("National cyber centre is read from now on")
    page.get_by_role("button", name="Try it now").click()
    expect(page.get_by_role("status")).to_contain_text("It cannot be read.")
    passes(page, "intelligence-source-tried")
    assert "a long secret" not in page.content()
