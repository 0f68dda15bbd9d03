from datetime import UTC, date, datetime, timedelta

import pytest

from console.detect.factories import AlertFactory
from console.estate.factories import DeviceFactory, SourceFactory
from console.factories import OrganisationFactory
from console.opened import page
from watchward.access.roles import (
    AUDITOR,
    BOARD_MEMBER,
    CARE_PROVIDER_MANAGER,
    NATIONAL_ANALYST,
    ORGANISATION_CYBER_LEAD,
)
from watchward.console.estate.models import BadRecord, Device, DeviceAlias, Organisation, Source, SourceDay, SourceTally
from watchward.estate.device import Importance
from watchward.estate.organisation import OrganisationKind

NOW = datetime.now(tz=UTC)


@pytest.fixture
def sector():
    """A nation with an ICB, a trust in it, and another ICB."""
    nation = OrganisationFactory(code="XN", name="The Nation", kind=OrganisationKind.NATION)
    icb = OrganisationFactory(code="XE", name="East ICB", kind=OrganisationKind.ICB, parent=nation)
    OrganisationFactory(code="XW", name="West ICB", kind=OrganisationKind.ICB, parent=nation)
    return OrganisationFactory(code="XT", name="Elm Trust", parent=icb, postcode="ZZ1 1ZZ")


def test_the_list_of_organisations_shows_only_what_someone_may_see(signed_in, sector):
    text = page(signed_in(ORGANISATION_CYBER_LEAD, sector), "/organisations/")

    assert "Elm Trust" in text
    assert "West ICB" not in text
    assert "1 organisation." in text


@pytest.mark.usefixtures("sector")
def test_organisations_are_found_by_name_code_and_postcode_and_below_another(signed_in):
    client = signed_in(NATIONAL_ANALYST, Organisation.objects.get(code="XN"))

    for query in ("text=elm", "text=xt", "text=zz1", "below=XE&kind=trust"):
        text = page(client, f"/organisations/?{query}")
        assert "1 organisation" in text
        assert 'href="/organisations/XT/"' in text


def test_closed_organisations_are_shown_when_asked_for(signed_in, sector):
    OrganisationFactory(name="Oak Trust", parent=sector.parent, closed_on=date(2024, 3, 31))
    client = signed_in(NATIONAL_ANALYST, Organisation.objects.get(code="XN"))

    assert "Oak Trust" not in page(client, "/organisations/")
    assert "Oak Trust" in page(client, "/organisations/?standing=closed")


def test_an_address_that_makes_no_sense_shows_the_whole_list(signed_in, sector):
    client = signed_in(ORGANISATION_CYBER_LEAD, sector)

    assert "Elm Trust" in page(client, "/organisations/?page=minus&kind=zoo&standing=odd")
    assert "Elm Trust" in page(client, "/organisations/?page=99999999999999")


def test_an_organisation_shows_its_place_what_is_below_and_its_successor(signed_in, sector):
    sector.parent.closed_on, sector.parent.successor = date(2026, 3, 31), Organisation.objects.get(code="XW")
    sector.parent.save()

    text = page(signed_in(NATIONAL_ANALYST, Organisation.objects.get(code="XN")), "/organisations/XE/")

    assert "It closed on 31 March 2026" in text
    assert "West ICB" in text
    assert "Elm Trust" in text
    assert "The Nation" in text


def test_an_organisation_elsewhere_does_not_exist_for_someone(signed_in, sector):
    assert signed_in(ORGANISATION_CYBER_LEAD, sector).get("/organisations/XW/").status_code == 404


def test_devices_are_listed_by_importance_and_found_by_an_old_name(signed_in, sector):
    DeviceFactory(organisation=sector, name="A-ordinary")
    vital = DeviceFactory(organisation=sector, name="Z-vital", importance=Importance.VITAL)
    DeviceAlias.objects.create(
        device=vital, organisation=sector, kind="host_name", value="old-name", valid_from=NOW, valid_until=NOW
    )
    client = signed_in(CARE_PROVIDER_MANAGER, sector)

    text = page(client, "/devices/")
    assert text.index("Z-vital") < text.index("A-ordinary")
    assert "Critical to care" in text
    assert "1 device" in page(client, "/devices/?text=OLD-name")


def test_a_device_with_a_waiting_alert_comes_before_those_that_are_only_important(signed_in, sector):
    vital = DeviceFactory(organisation=sector, name="AA-LAB", importance=Importance.VITAL)
    quiet = DeviceFactory(organisation=sector, name="BB-WARD")
    attacked = DeviceFactory(organisation=sector, name="CC-DESK")
    AlertFactory(organisation=sector, known_device=attacked)
    AlertFactory(organisation=sector, known_device=quiet, state="closed", closed=True)

    text = page(signed_in(ORGANISATION_CYBER_LEAD, sector), "/devices/")

    assert text.index(attacked.name) < text.index(vital.name) < text.index(quiet.name)


@pytest.mark.parametrize(
    ("number", "shown"), [(1, ("WS-00", "WS-24")), (2, ("WS-25", "WS-30")), (3, ("WS-25", "WS-30"))]
)
def test_pages_of_devices_leave_none_out_and_show_none_twice(signed_in, sector, number, shown):
    devices = [DeviceFactory(organisation=sector, name=f"WS-{n:02}") for n in range(31)]
    for one in devices[:4]:
        AlertFactory(organisation=sector, known_device=one, device=one.name)

    text = page(signed_in(ORGANISATION_CYBER_LEAD, sector), f"/devices/?page={number}")

    first, last = (int(name.removeprefix("WS-")) for name in shown)
    assert {n for n in range(31) if f">WS-{n:02}<" in text} == set(range(first, last + 1))


def test_a_list_that_is_too_long_to_count_says_so_and_how_to_shorten_it(signed_in, sector, monkeypatch):
    monkeypatch.setattr("watchward.console.estate.queries.MOST_COUNTED", 25)
    for _ in range(30):
        DeviceFactory(organisation=sector)

    text = page(signed_in(ORGANISATION_CYBER_LEAD, sector), "/devices/")

    assert "More than 25 devices, page 1. Nobody reads so many: search" in text


def test_whoever_pages_on_comes_to_the_end_of_a_list_that_is_too_long_to_count(signed_in, sector, monkeypatch):
    monkeypatch.setattr("watchward.console.estate.queries.MOST_COUNTED", 25)
    names = {DeviceFactory(organisation=sector, name=f"WS-{n:02}").name for n in range(80)}
    client = signed_in(ORGANISATION_CYBER_LEAD, sector)

    texts = [page(client, f"/devices/?page={number}") for number in (1, 2, 3, 4)]
    items = [client.get(f"/api/v1/devices?page={number}").json()["items"] for number in (1, 2, 3, 4, 5)]

    assert [len(one) for one in items] == [25, 25, 25, 5, 0]
    assert {one["name"] for part in items for one in part} == names
    assert "More than 50 devices, page 2." in texts[1]
    assert "80 devices, page 4 of 4." in texts[3]
    assert ["?page=" in text and "Next" in text for text in texts] == [True, True, True, False]


def test_a_device_shows_its_names_with_their_times(signed_in, sector):
    device = DeviceFactory(organisation=sector, name="WS-1", address="10.0.0.9")
    DeviceAlias.objects.create(
        device=device, organisation=sector, kind="ip", value="10.0.0.9", valid_from=NOW, valid_until=NOW
    )

    text = page(signed_in(AUDITOR, sector), f"/devices/{device.pk}/")

    assert "Network address (IP)" in text
    assert "Say how much care depends on it" not in text


def test_marking_a_device_keeps_the_reason_and_needs_one(signed_in, sector):
    device = DeviceFactory(organisation=sector)
    client = signed_in(ORGANISATION_CYBER_LEAD, sector)

    refused = client.post(f"/devices/{device.pk}/", {"importance": "4", "reason": ""})
    done = client.post(f"/devices/{device.pk}/", {"importance": "4", "reason": "Runs theatre 2"}, follow=True)

    assert "Say in a few words why" in refused.content.decode()
    assert "Runs theatre 2" in done.content.decode()
    assert Device.objects.get().importance == Importance.VITAL


def test_someone_who_may_only_look_cannot_mark(signed_in, sector):
    device = DeviceFactory(organisation=sector)

    response = signed_in(AUDITOR, sector).post(f"/devices/{device.pk}/", {"importance": "4", "reason": "x"})

    assert response.status_code == 403


def test_sources_that_do_not_send_come_first_and_say_what_to_do(signed_in, sector):
    silent = SourceFactory(organisation=sector, name="Silent one", last_sent_at=NOW - timedelta(days=3))
    SourceFactory(organisation=sector, name="Busy one", last_sent_at=NOW)
    client = signed_in(ORGANISATION_CYBER_LEAD, sector)

    text = page(client, "/sources/")
    assert text.index("Silent one") < text.index("Busy one")
    assert "1 source" in page(client, "/sources/?quiet=silent")
    assert "Check that the computer runs" in page(client, f"/sources/{silent.pk}/")


def test_a_source_shows_its_rate_and_why_records_were_bad(signed_in, sector):
    source = SourceFactory(organisation=sector, events=720, bad=1, last_sent_at=NOW)
    SourceTally.objects.create(source=source, start=NOW - timedelta(minutes=20), events=720, bad=1)
    BadRecord.objects.create(source=source, received_at=NOW, reason="not JSON", raw="<13>Mar 1 odd")

    text = page(signed_in(ORGANISATION_CYBER_LEAD, sector), f"/sources/{source.pk}/")

    assert "720 events (0.2 a second)" in text
    assert "not JSON" in text
    assert "&lt;13&gt;Mar 1 odd" in text


def test_a_source_that_named_too_many_devices_says_so_and_what_to_do(signed_in, sector):
    source = SourceFactory(organisation=sector)
    SourceDay.objects.create(source=source.pk, day=NOW.date(), devices_new=50_000, devices_refused=1_234)

    page = signed_in(ORGANISATION_CYBER_LEAD, sector).get(f"/sources/{source.pk}/").content.decode()

    assert "it named 1,234 devices more than a source may bring in a day" in page


def test_adding_a_source_shows_its_configuration_with_the_secret_once(signed_in, sector):
    client = signed_in(ORGANISATION_CYBER_LEAD, sector)

    assert 'value="XT"' in page(client, "/sources/new/")
    made = client.post("/sources/new/", {"organisation": "xt", "name": "Ward computers", "shipper": "winlogbeat"})

    source = Source.objects.get()
    text = made.content.decode()
    key = source.credentials.get().key_id
    assert f"api_key: &#34;{key}:" in text
    assert made["Cache-Control"] == "no-store"
    assert "api_key" not in page(client, f"/sources/{source.pk}/")


def test_a_source_cannot_be_added_elsewhere(signed_in, sector):
    client = signed_in(ORGANISATION_CYBER_LEAD, sector)

    refused = client.post("/sources/new/", {"organisation": "XW", "name": "x", "shipper": "curl"})

    assert "whose sources you may manage" in refused.content.decode()
    assert not Source.objects.exists()


def test_the_page_of_a_source_says_and_changes_how_late_its_events_may_come(signed_in, sector):
    client = signed_in(ORGANISATION_CYBER_LEAD, sector)
    client.post("/sources/new/", {"organisation": "XT", "name": "C", "shipper": "curl"})
    source = Source.objects.get()
    assert "Up to 1 hour late, as the node" in page(client, f"/sources/{source.pk}/")

    refused = client.post(f"/sources/{source.pk}/lateness/", {"minutes": "10081"}).content.decode()
    beyond = client.post(f"/sources/{source.pk}/lateness/", {"minutes": "1440"}).content.decode()
    client.post(f"/sources/{source.pk}/lateness/", {"minutes": "240"})

    assert "Enter 10,080 minutes (a week) or fewer" in refused
    assert "1,440 minutes is more than 360" in beyond
    assert "At most 360." in beyond
    assert "Up to 4 hours late." in page(client, f"/sources/{source.pk}/")


def test_a_source_is_disabled_enabled_rotated_and_its_key_withdrawn(signed_in, sector):
    client = signed_in(ORGANISATION_CYBER_LEAD, sector)
    client.post("/sources/new/", {"organisation": "XT", "name": "C", "shipper": "curl"})
    source = Source.objects.get()
    old = source.credentials.get()

    assert "Whatever it sends from now on is refused" in page(client, f"/sources/{source.pk}/disable/")
    client.post(f"/sources/{source.pk}/disable/")
    assert "Enable this source" in page(client, f"/sources/{source.pk}/")
    client.post(f"/sources/{source.pk}/enable/")
    assert "go on working" in page(client, f"/sources/{source.pk}/rotate/")
    assert "shown this once" in client.post(f"/sources/{source.pk}/rotate/").content.decode()
    assert "cannot be taken back" in page(client, f"/sources/{source.pk}/keys/{old.key_id}/withdraw/")
    client.post(f"/sources/{source.pk}/keys/{old.key_id}/withdraw/")

    old.refresh_from_db()
    source.refresh_from_db()
    assert source.enabled
    assert old.withdrawn_at is not None
    assert source.credentials.filter(withdrawn_at=None).count() == 1


def test_the_nodes_authority_can_be_downloaded_where_there_is_one(signed_in, sector, keys):
    client = signed_in(ORGANISATION_CYBER_LEAD, sector)
    assert client.get("/sources/authority.pem").status_code == 404

    (keys / "authority.pem").write_text("-----BEGIN CERTIFICATE-----")

    assert b"BEGIN CERTIFICATE" in b"".join(client.get("/sources/authority.pem").streaming_content)


def test_whoever_may_see_no_alerts_is_told_how_many_wait_and_led_to_none(signed_in, sector):
    AlertFactory(organisation=sector)
    client = signed_in(BOARD_MEMBER, sector)

    for text in (page(client, "/organisations/"), page(client, "/organisations/XT/")):
        assert "1 alert" in text.replace("</span>", "")
        assert 'href="/alerts/' not in text
        assert "None" not in text


@pytest.mark.parametrize(
    "address", ["/alerts/", "/devices/", "/sources/", "/notices/", "/people/", "/audit/", "/hunt/"]
)
def test_a_list_that_a_role_does_not_open_says_so_instead_of_looking_empty(signed_in, sector, address):
    response = signed_in(BOARD_MEMBER, sector).get(address)

    assert response.status_code == 403
    assert "You may not" in response.content.decode()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/devices/", "No device has been seen yet"),
        ("/sources/", "Nothing sends yet"),
        ("/devices/?text=x", "No device that you may see fits"),
        ("/sources/?text=x", "No source that you may see fits"),
        ("/organisations/?text=zzz", "No organisation that you may see fits"),
    ],
)
def test_an_empty_page_teaches(signed_in, sector, address, words):
    assert words in page(signed_in(ORGANISATION_CYBER_LEAD, sector), address)


def test_long_lists_have_pages(signed_in, sector):
    Device.objects.bulk_create(
        DeviceFactory.build(organisation=sector, organisation_path=sector.path) for _ in range(60)
    )
    client = signed_in(ORGANISATION_CYBER_LEAD, sector)

    assert "60 devices, page 1 of 3." in page(client, "/devices/")
    assert "page 3 of 3" in page(client, "/devices/?page=9")


def test_below_an_organisation_those_with_the_most_serious_alerts_come_first(signed_in, sector):
    quiet = OrganisationFactory(name="Ash Trust", parent=sector.parent)
    AlertFactory(organisation=sector)

    text = page(signed_in(NATIONAL_ANALYST, sector.parent.parent), "/organisations/XE/")

    assert text.index("Elm Trust") < text.index(quiet.name)
    assert "1</span> alert waits" in text


def test_what_sends_events_is_called_so_wherever_it_is_led_to(signed_in, sector):
    source = SourceFactory(organisation=sector)
    client = signed_in(ORGANISATION_CYBER_LEAD, sector)

    for address in ("/organisations/", "/sources/", "/sources/new/", f"/sources/{source.pk}/"):
        text = client.get(address, follow=True).text
        assert "What sends events" in text
        assert ">Sources<" not in text
    assert "<h1>What sends events</h1>" in client.get("/sources/").text
