import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from console.care.arranged import a_system, arrange, refine
from console.factories import OrganisationFactory
from watchward.access.roles import AUDITOR, CLINICAL_SAFETY_OFFICER
from watchward.console.care import adapters
from watchward.console.care.models import CareSystem
from watchward.estate.care.dependency import Dependency
from watchward.estate.care.system import Supplier
from watchward.estate.care.templates import Measure
from watchward.estate.organisation import OrganisationKind

HOME = "/organisations/X-P1/care/"


@pytest.fixture
def practice():
    return OrganisationFactory(code="X-P1", kind=OrganisationKind.GP_PRACTICE, name="Elm Surgery")


@pytest.fixture
def officer(signed_in, practice):
    return signed_in(CLINICAL_SAFETY_OFFICER, practice)


def shown(client, address=HOME):
    return client.get(address).content.decode()


def things(organisation):
    care = adapters.part_of(organisation).care
    return {one.id: one for one in (*care.services, *care.systems, *care.equipment)}


def test_an_unmapped_organisation_says_so_plainly(officer):
    page = shown(officer)

    assert "the usual one for a “GP practice” stands in, with wide uncertainty." in page
    assert "Not even its size is known." in page
    assert "933 appointments" in page
    assert "between 311 and 2,464" in page


def test_a_known_size_is_said(officer, practice):
    arrange(practice, measures={Measure.REGISTERED_PATIENTS: 9_000.0})

    assert "Its size is known: 9,000 registered patients." in shown(officer)


def test_an_area_gives_no_care_and_the_page_says_so(signed_in):
    board = OrganisationFactory(code="X-I1", kind=OrganisationKind.ICB)

    page = shown(signed_in(AUDITOR, board), "/organisations/X-I1/care/")
    assert "It gives no care to patients itself" in page
    assert "/care/?below=X-I1" in page


def test_whoever_may_only_look_sees_no_way_to_change(signed_in, practice):
    page = shown(signed_in(AUDITOR, practice))

    assert "care/change/" not in page
    assert "Download as JSON" in page


def test_a_service_is_added_without_typing_an_identifier_or_a_range(officer, practice):
    data = {"kind": "pharmacy", "weekly": "1,200", "low": "", "high": "", "week": "office", "reason": "Counted"}

    answer = officer.post(f"{HOME}change/?table=services", data, follow=True)

    assert "Saved, with who said it and why." in answer.content.decode()
    added = things(practice)["X-P1/pharmacy"]
    assert (added.low, added.weekly, added.high) == (1200, 1200, 1200)
    assert CareSystem.objects.filter(reason="As the template gp_practice has it").exists()


def test_a_second_thing_of_a_kind_gets_a_number(officer, practice):
    officer.post(f"{HOME}change/?table=systems", {"kind": "network", "reason": "There are two"})

    assert "X-P1/network_2" in things(practice)


def test_what_makes_no_sense_is_said_at_its_field_and_what_was_typed_stays(officer):
    data = {"kind": "pharmacy", "weekly": "many", "week": "office", "reason": "Counted"}

    page = officer.post(f"{HOME}change/?table=services", data).content.decode()

    assert "&#39;many&#39; does not fit. Give a number, such as 12 or 0.5." in page
    assert 'value="many"' in page


def test_a_dependency_is_changed_with_its_numbers(officer, practice):
    address = f"{HOME}change/?table=dependencies&key=X-P1/gp_appointments+>+X-P1/telephony"
    assert 'value="X-P1/telephony" selected' in shown(officer, address)

    data = {"consumer": "X-P1/gp_appointments", "provider": "X-P1/telephony", "floor": "60%", "reason": "We tried"}
    officer.post(address, data)

    changed = [one for one in adapters.part_of(practice).care.dependencies if one.floor == 0.6]
    assert [one.provider for one in changed] == ["X-P1/telephony"]


def test_something_elsewhere_can_be_needed(officer, practice):
    OrganisationFactory(code="X-L1", kind=OrganisationKind.SUPPLIER, name="Elm Pathology")
    data = {
        "consumer": "X-P1/gp_appointments",
        "provider": "X-P1/network",
        "elsewhere_provider": "X-L1/nothing",
        "reason": "R",
    }

    refused = officer.post(f"{HOME}change/?table=dependencies", data).content.decode()
    officer.post(f"{HOME}change/?table=dependencies", data | {"elsewhere_provider": "X-L1/pathology"})

    assert "There is no &#39;X-L1/nothing&#39; in the map." in refused
    assert "X-L1/pathology" in {one.provider for one in adapters.part_of(practice).care.dependencies}
    assert "Pathology of Elm Pathology" in shown(officer)


def test_where_a_system_runs_is_chosen_among_suppliers(officer, practice):
    arrange(practice, suppliers=[Supplier(id="supplier/records-1", name="Oak Records")])
    address = f"{HOME}change/?table=systems&key=X-P1/patient_record"
    assert "Oak Records" in shown(officer, address)

    officer.post(address, {"kind": "patient_record", "host": "supplier/records-1", "reason": "The contract says so"})

    assert things(practice)["X-P1/patient_record"].host == "supplier/records-1"
    assert "Oak Records" in shown(officer)


def test_removing_asks_first_and_says_what_goes(officer, practice):
    address = f"{HOME}remove/?table=systems&key=X-P1/telephony"
    assert "every dependency there that begins or ends at it" in shown(officer, address)

    officer.post(address, {"reason": "Gone"})

    assert "X-P1/telephony" not in things(practice)


def test_what_is_not_there_is_not_found(officer):
    for address in ("change/?table=gadgets", "change/?table=systems&key=X-P1/x", "remove/?table=systems", "map/xml/"):
        assert officer.get(HOME + address).status_code == 404


def test_a_map_that_was_downloaded_is_brought_in_again(officer, practice):
    refine(practice, a_system(practice))
    document = officer.get(f"{HOME}map/json/").content
    changed = document.replace(b'"telephony"}', b'"telephony", "product": "Bell 2"}')
    file = SimpleUploadedFile("map.json", changed)

    page = officer.post(f"{HOME}bring/", {"file": file, "whole": "yes", "reason": "Corrected"}, follow=True)

    assert "0 added, 2 changed, 0 removed" in page.content.decode()


def test_everything_wrong_with_a_file_is_listed_and_nothing_is_kept(officer, practice):
    file = SimpleUploadedFile("dependencies.csv", b"consumer,provider,floor\nX-P1/a,X-P1/b,2\n")

    page = officer.post(f"{HOME}bring/", {"file": file, "reason": "Corrected"}).content.decode()

    assert "dependencies.csv, row 2, consumer" in page
    assert "dependencies.csv, row 2, floor" in page
    assert not adapters.part_of(practice).own


def test_confirming_makes_it_mapped(officer):
    page = officer.post(f"{HOME}confirm/", {"reason": "Went through it"}, follow=True).content.decode()

    assert "confirmed it on" in page
    assert "Went through it" in page
    assert "Not mapped" not in page


def test_who_else_needs_it_is_told_to_those_who_may_see_both(signed_in, practice):
    laboratory = OrganisationFactory(code="X-L1", kind=OrganisationKind.SUPPLIER, name="Elm Pathology")
    refine(practice, Dependency(consumer="X-P1/gp_appointments", provider="X-L1/pathology"), "dependencies")
    page = "/organisations/X-L1/care/"

    assert "Elm Surgery" not in shown(signed_in(AUDITOR, laboratory), page)
    assert "Elm Surgery" in shown(signed_in(AUDITOR, None), page)
    assert signed_in(AUDITOR, practice).get(page).status_code == 404


def test_the_api_adds_to_a_map_and_refuses_with_every_error(officer):
    good = {"version": 1, "systems": [{"id": "X-P1/pager", "organisation": "X-P1", "kind": "telephony"}]}
    bad = {"version": 1, "dependencies": [{"consumer": "X-P1/pager", "provider": "X-P1/pager", "floor": 2}]}
    address = "/api/v1/organisations/X-P1/care"

    def post(document):
        return officer.post(address, {"map": document, "reason": "Asked"}, content_type="application/json")

    assert post(good).json() == {"added": 1, "changed": 0, "removed": 0}
    refused = post(bad)
    assert refused.status_code == 400
    assert "row 1, floor" in refused.json()["advice"]
    assert "X-P1/pager" in json.dumps(officer.get(address).json())
