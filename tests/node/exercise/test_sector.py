import csv
import itertools
import re
import tracemalloc

import pytest

from watchward.base.errors import BadInputError
from watchward.estate.device import Importance
from watchward.estate.organisation import OrganisationKind
from watchward.node.exercise import names
from watchward.node.exercise.sector import SIZES, DeviceKind, Sector, Size, size_of

DEFAULT = Sector(SIZES["default"])


def test_the_default_sector_has_the_promised_organisations_and_devices():
    kinds = [site.record.kind for site in DEFAULT.sites()]

    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        OrganisationKind.REGION: 1,
        OrganisationKind.ICB: 3,
        OrganisationKind.TRUST: 6,
        OrganisationKind.GP_PRACTICE: 60,
        OrganisationKind.CARE_HOME: 120,
    }
    assert sum(site.devices for site in DEFAULT.sites()) == 25_000


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_parents_come_first_and_codes_and_names_are_unique(size):
    seen: set[str] = set()
    called: set[str] = set()
    for record in Sector(size).organisations():
        assert record.parent is None or record.parent in seen
        assert record.code not in seen
        assert record.name not in called
        seen.add(record.code)
        called.add(record.name)


def test_no_code_has_a_form_that_the_organisation_data_service_uses():
    assert all(re.fullmatch(r"X-[A-Z]\d+", record.code) for record in DEFAULT.organisations())


def test_no_name_claims_to_belong_to_the_health_service():
    assert not [record for record in DEFAULT.organisations() if re.search(r"\bNHS\b|England", record.name)]


def test_no_invented_name_code_or_place_is_a_real_one(shared_data):
    real = [path.read_text("utf-8", "replace") for path in (shared_data / "open" / "organisations").rglob("*.csv")]
    words = set(re.findall(r"\w+", "\n".join(real).casefold()))
    cells = {cell.strip().casefold() for text in real for row in csv.reader(text.splitlines()) for cell in row}

    assert not [place for place in map(names.place, range(names.PLACES)) if place.casefold() in words]
    for record in Sector(SIZES["large"]).organisations():
        assert record.name.casefold() not in cells
        assert record.code.casefold() not in cells


def test_the_same_seed_gives_the_same_sector_and_another_gives_other_people():
    site = DEFAULT.site(OrganisationKind.TRUST, 0)
    again = Sector(SIZES["default"]).site(OrganisationKind.TRUST, 0)
    other = Sector(SIZES["default"], seed=2).site(OrganisationKind.TRUST, 0)

    assert list(site.all_devices()) == list(again.all_devices())
    assert site.person(5) == again.person(5)
    assert site.person(5) != other.person(5)


def test_every_device_has_names_and_addresses_of_its_own():
    devices = [device for site in DEFAULT.sites() for device in site.all_devices()]

    for attribute in ("name", "fqdn", "ip", "mac"):
        assert len({getattr(device, attribute) for device in devices}) == len(devices)
    assert {device.kind for device in devices} == set(DeviceKind)
    assert max(len(device.name) for device in devices) <= 15  # what NetBIOS holds


def test_people_of_one_organisation_have_different_logins():
    site = DEFAULT.site(OrganisationKind.TRUST, 0)
    logins = [site.person(number).login for number in range(site.people)]

    assert len(set(logins)) == len(logins)


def test_forty_thousand_organisations_are_made_in_bounded_memory():
    tracemalloc.start()
    sector = Sector(SIZES["large"])
    organisations = sum(1 for _ in sector.sites())
    first = list(itertools.islice((d for site in sector.sites() for d in site.all_devices()), 5_000))
    del first
    tracemalloc.clear_traces()
    devices = sum(site.devices for site in sector.sites())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (organisations, devices) == (40_000, 1_700_000)
    assert peak < 20_000_000


def test_too_few_devices_are_refused_with_the_least_that_would_do():
    with pytest.raises(BadInputError, match="too few"):
        Sector(Size(devices=100))


def test_a_size_can_be_given_in_numbers():
    assert size_of("trusts=2,devices=9000") == Size(trusts=2, devices=9_000)
    assert size_of("large") is SIZES["large"]


@pytest.mark.parametrize("text", ["huge", "trusts=many", "wards=3"])
def test_what_is_no_size_is_refused_with_what_would_be(text):
    with pytest.raises(BadInputError, match="care_homes="):
        size_of(text)


def test_what_patients_need_most_is_most_important():
    site = DEFAULT.site(OrganisationKind.TRUST, 0)
    vital = {device.role or device.kind for device in site.all_devices() if device.importance is Importance.VITAL}

    assert vital == {"EPR", "LIMS", "PACS", DeviceKind.DOMAIN_CONTROLLER, DeviceKind.LABORATORY}
