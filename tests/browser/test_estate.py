from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from console.detect.factories import AlertFactory
from console.estate.factories import DeviceFactory, SourceFactory
from console.factories import OrganisationFactory
from watchward.access.roles import NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD
from watchward.console.estate.models import BadRecord, DeviceAlias, Source, SourceTally
from watchward.estate.device import Importance
from watchward.estate.organisation import OrganisationKind

NOW = datetime.now(tz=UTC)


@pytest.fixture
def trust(address):  # noqa: ARG001 - what is stored is what the server shows
    """A trust with neighbours, devices, alerts and sources."""
    nation = OrganisationFactory(code="XN", name="The Exercise Kingdom", kind=OrganisationKind.NATION)
    region = OrganisationFactory(code="XR", name="Northern Vale", kind=OrganisationKind.REGION, parent=nation)
    icb = OrganisationFactory(code="XE", name="Larkmere Care Board", kind=OrganisationKind.ICB, parent=region)
    trust = OrganisationFactory(code="XT", name="Larkmere Hospitals Trust", parent=icb, postcode="ZZ1 1ZZ")
    for n in range(12):
        OrganisationFactory(
            name=f"Larkmere Practice {n + 1}", kind=OrganisationKind.GP_PRACTICE, parent=icb, postcode=f"ZZ{n} 2AA"
        )
    for n, importance in enumerate([Importance.VITAL, Importance.HIGH, Importance.NORMAL, Importance.LOW] * 4):
        DeviceFactory(organisation=trust, name=f"LM-WS-{n:03}", importance=importance, address=f"10.20.0.{n + 1}",
                      last_seen_at=NOW - timedelta(minutes=7 * n))  # fmt: skip
    return trust


@pytest.fixture
def collector(trust):
    """A source that sends, with some bad records."""
    source = SourceFactory(organisation=trust, name="Windows event collector", last_sent_at=NOW, last_observed_at=NOW,
                           events=1_204_331, duplicates=1_200, bad=14)  # fmt: skip
    SourceFactory(organisation=trust, name="Radiology servers", last_sent_at=NOW - timedelta(days=4))
    SourceFactory(organisation=trust, name="Old proxy", enabled=False)
    for n in range(8):
        start = (NOW - timedelta(minutes=30 * n)).replace(second=0, microsecond=0)
        SourceTally.objects.create(source=source, start=start, events=50_000 + 1000 * n, bad=n)
    BadRecord.objects.create(
        source=source, received_at=NOW, reason="line 3 is not JSON", raw="<13>Mar 1 host odd: line"
    )
    return source


def test_the_list_of_organisations_is_usable(page_for, passes, trust):
    AlertFactory(organisation=trust)
    page = page_for(NATIONAL_ANALYST, trust.parent.parent.parent)
    page.goto("/organisations/")
    passes(page, "organisations")

    page.get_by_role("searchbox").fill("practice 7")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Larkmere Practice 7").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Larkmere Practice 7")


def test_an_organisation_is_readable(page_for, passes, trust, collector):  # noqa: ARG001
    AlertFactory(organisation=trust)
    page = page_for(ORGANISATION_CYBER_LEAD, trust.parent)
    page.goto("/organisations/XT/")
    passes(page, "organisation")

    page.get_by_role("link", name="Larkmere Care Board").click()
    page.wait_for_url("**/organisations/XE/")
    passes(page, "organisation-icb")


def test_devices_are_usable_and_one_is_marked_by_keyboard(page_for, passes, trust):
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto("/devices/")
    passes(page, "devices")

    page.get_by_role("link", name="LM-WS-014").click()
    page.get_by_label("Important", exact=True).focus()
    page.keyboard.press("Space")
    page.get_by_label("Why?").fill("Shows the ward's drug charts")
    page.keyboard.press("Enter")
    page.get_by_text("is marked: Important").wait_for()


def test_a_device_is_readable(page_for, passes, trust):
    device = trust.devices.first()
    for kind, value in (("host_name", "lm-ws-000"), ("fqdn", "lm-ws-000.larkmere.example"), ("ip", "10.20.0.1")):
        DeviceAlias.objects.create(
            device=device, organisation=trust, kind=kind, value=value, valid_from=NOW, valid_until=NOW
        )
    AlertFactory(organisation=trust, known_device=device, device=device.name)
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto(f"/devices/{device.pk}/")
    passes(page, "device")


def test_sources_are_readable(page_for, passes, collector):
    page = page_for(ORGANISATION_CYBER_LEAD, collector.organisation)
    page.goto("/sources/")
    passes(page, "sources")
    page.goto(f"/sources/{collector.pk}/")
    passes(page, "source")
    page.goto(f"/sources/{collector.pk}/disable/")
    passes(page, "source-disable")


def test_someone_adds_a_source_and_copies_its_configuration(page_for, passes, trust):
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto("/sources/new/")
    page.get_by_label("What sends?").fill("Ward computers")
    page.get_by_label("Winlogbeat").check()
    passes(page, "source-new")

    page.get_by_role("button", name="Make the key and the configuration").click()
    page.get_by_role("heading", name="Copy this to where Ward computers runs").wait_for()
    passes(page, "source-configured")
    expect(page.locator("#configuration")).to_contain_text(Source.objects.get().credentials.get().key_id)
