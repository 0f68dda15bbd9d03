import re
from collections import Counter
from dataclasses import replace

import pytest

from watchward.estate.care.checking import check
from watchward.estate.care.map import CareMap, Place, joined
from watchward.estate.care.templates import TemplateKind, likely_kind, template
from watchward.estate.organisation import OrganisationKind
from watchward.node.exercise import care
from watchward.node.exercise.sector import SIZES, Sector

SECTOR = Sector(SIZES["default"])


def whole(sector):
    sites = list(sector.sites())
    places = {one.record.code: Place(code=one.record.code, kind=one.record.kind) for one in sites}
    parts = [CareMap(places=places, suppliers=care.SUPPLIERS)]
    for one in sites:
        if one.record.kind is OrganisationKind.TRUST:
            parts.append(care.equipped(one))
        elif (known := care.arrangement(one)) is not None:
            known = replace(known, outside=care.outside_of(sector, one))
            parts.append(template(known, organisation=one.record.code))
    for one in sector.others():
        record = one.record
        parts.append(CareMap(places={record.code: Place(code=record.code, kind=record.kind)}))
        parts.append(template(one.known, organisation=record.code))
    return joined(parts)


@pytest.mark.parametrize("size", ["small", "default"])
def test_the_invented_map_is_sound(size):
    assert check(whole(Sector(SIZES[size]))).troubles == ()


def test_one_supplier_stands_behind_many_and_no_organisation_sees_it():
    behind = Counter(one.host for one in whole(SECTOR).systems if one.host)

    assert behind[care.RECORDS[0]] == 36
    assert behind[care.PATHOLOGY] == 4
    assert set(behind) == {one.id for one in care.SUPPLIERS}


def test_every_kind_that_has_a_template_is_there_and_sends_nothing_more_than_before():
    given = {one.known.template for one in SECTOR.others()}
    given |= {known.template for one in SECTOR.sites() if (known := care.arrangement(one)) is not None}

    assert given == set(TemplateKind)
    assert not {one.record.code for one in SECTOR.others()} & {one.record.code for one in SECTOR.sites()}


@pytest.mark.parametrize("size", ["small", "default", "large"])
def test_the_register_says_of_those_that_send_nothing_what_they_are(size):
    for one in Sector(SIZES[size]).others():
        assert likely_kind(one.record.kind, one.record.name) is one.known.template


def test_systems_in_a_trust_are_carried_by_its_own_servers():
    site = SECTOR.site(OrganisationKind.TRUST, 2)
    part = care.equipped(site)

    names = {device.name for device in site.all_devices()}
    assert {one.name for one in part.equipment} <= names
    carried = {one.consumer for one in part.dependencies if one.group == "servers"}
    assert {"X-T3/patient_record", "X-T3/laboratory", "X-T3/identity", "X-T3/pathology"} <= carried


def test_every_practice_has_a_laboratory_in_its_area():
    site = SECTOR.site(OrganisationKind.GP_PRACTICE, 4)

    assert care.laboratory_of(SECTOR, site) == "X-T2/pathology"


def test_no_supplier_claims_to_belong_to_the_health_service():
    assert all(re.search("Exercise", one.name) for one in care.SUPPLIERS)
