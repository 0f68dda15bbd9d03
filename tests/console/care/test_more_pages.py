import pytest

from console.care.arranged import a_system, arrange, refine
from console.estate.factories import DeviceFactory
from console.factories import OrganisationFactory
from watchward.access.roles import AUDITOR, CLINICAL_SAFETY_OFFICER, REGIONAL_LEAD
from watchward.base.clock import SystemClock
from watchward.console.care import adapters, queries
from watchward.console.care.models import CareSupplier, CareSystem
from watchward.console.harm.adapters import work_out_rankings
from watchward.estate.care.carriers import carried_by
from watchward.estate.care.system import Supplier
from watchward.estate.care.templates import Measure, TemplateKind
from watchward.estate.organisation import OrganisationKind

HOME = "/organisations/X-P1/care/"
RECORDS = Supplier(id="supplier/oak-records", name="Oak Records")


@pytest.fixture
def practice():
    return OrganisationFactory(code="X-P1", kind=OrganisationKind.GP_PRACTICE, name="Elm Surgery")


@pytest.fixture
def officer(signed_in, practice):
    return signed_in(CLINICAL_SAFETY_OFFICER, practice)


def shown(client, address):
    return client.get(address).content.decode()


def post(client, address, **data):
    return client.post(address, {"reason": "Asked", **data}, follow=True).content.decode()


def part(organisation):
    return adapters.part_of(organisation)


def test_the_map_says_what_would_make_it_more_certain(officer, practice):
    DeviceFactory(organisation=practice, name="ELM-EPR1")

    page = shown(officer, HOME)

    for said in ("Say how large it is", "Say where its systems run", "0 of 6", "1 recognised by their names"):
        assert said in page


def test_a_size_is_said_and_forgotten_again(officer, practice):
    assert "Usual: 8,800, mostly from 3,100 to 21,800" in shown(officer, f"{HOME}size/")

    page = post(officer, f"{HOME}size/", template="gp_practice", registered_patients="9,000")
    assert "Its size is known: 9,000 registered patients." in page
    assert part(practice).arranged.reason == "Asked"

    post(officer, f"{HOME}size/", template="gp_practice", registered_patients="")
    assert part(practice).known.measures == {}


def test_another_kind_is_chosen_first_and_its_size_comes_next(officer, practice):
    page = post(officer, f"{HOME}size/", template="care_home", registered_patients="9,000")

    assert "Now say how large it is" in page
    assert "Residents" in page
    assert part(practice).known.template is TemplateKind.CARE_HOME


@pytest.mark.parametrize(
    ("given", "said"), [("many", "does not fit"), ("-1", "-1 is no number of registered patients")]
)
def test_a_size_that_is_none_is_said_at_its_field(officer, practice, given, said):
    page = post(officer, f"{HOME}size/", template="gp_practice", registered_patients=given)

    assert said in page
    assert f'value="{given}"' in page
    assert part(practice).arranged is None


def test_where_all_systems_run_is_said_on_one_page_without_leaving_the_template(officer, practice):
    arrange(practice, suppliers=[RECORDS])
    record = [one.kind for one in part(practice).care.systems].index("patient_record")

    page = post(officer, f"{HOME}hosts/", **{f"host-{record}": RECORDS.id, "rest": "yes"})

    assert "Saved where 6 systems run." in page
    assert {one.host for one in part(practice).care.systems} == {RECORDS.id, "X-P1"}
    assert not CareSystem.objects.exists()


def test_where_systems_run_is_part_of_a_map_of_its_own(officer, practice):
    refine(practice, a_system(practice))

    assert "Saved where 7 systems run." in post(officer, f"{HOME}hosts/", rest="yes")

    assert {one.host for one in part(practice).care.systems} == {"X-P1"}
    assert "Nothing changed" in post(officer, f"{HOME}hosts/", rest="yes")


def test_a_supplier_is_added_by_name_and_once(officer, practice):
    page = post(officer, f"{HOME}supplier/", name="  Oak   Records Ltd ")
    assert "Oak Records Ltd is on the list. Now say which systems run there." in page
    assert CareSupplier.objects.get().pk == "supplier/oak-records"

    assert "Oak Records Ltd is on the list already" in post(officer, f"{HOME}supplier/", name="OAK RECORDS")
    assert "Give a name with letters" in post(officer, f"{HOME}supplier/", name="...")
    assert "Oak Records Ltd" in shown(officer, f"{HOME}hosts/")
    assert part(practice).care.suppliers


def test_a_supplier_shows_who_depends_on_it_to_those_who_may_see_them(signed_in, practice):
    other = OrganisationFactory(code="X-P2", kind=OrganisationKind.GP_PRACTICE, name="Ash Surgery")
    arrange(practice, suppliers=[RECORDS], hosts={"patient_record": RECORDS.id})
    refine(other, a_system(other, host=RECORDS.id))

    mine = signed_in(AUDITOR, practice)
    page = shown(mine, "/suppliers/oak-records/")
    assert "Elm Surgery" in page
    assert "Ash Surgery" not in page
    assert "Others that you may not see may depend on it too" in page
    assert "1 supplier" in shown(mine, "/suppliers/?text=oak")
    everything = signed_in(AUDITOR, None)
    page = shown(everything, "/suppliers/oak-records/")
    assert "2 organisations depend" in page
    assert "Telephony" not in page
    assert "Pager" in page
    assert everything.get("/suppliers/none/").status_code == 404


def test_undoing_says_what_is_lost_and_does_it(officer, practice):
    assert officer.get(f"{HOME}undo/").status_code == 404
    refine(practice, a_system(practice))
    page = shown(officer, f"{HOME}undo/")
    assert "1 thing that was added" in page
    assert "It was said by test." in page

    assert "The template stands in again." in post(officer, f"{HOME}undo/")
    assert not part(practice).own


def test_devices_are_chosen_by_what_their_names_say(officer, practice):
    for name in ("ELM-EPR1", "ELM-EPR2.elm.example", "ELM-TEL1", "ELM-WS1"):
        DeviceFactory(organisation=practice, name=name)
    page = shown(officer, f"{HOME}devices/")
    assert "Patient record: 2 devices" in page
    assert "Perhaps: telephone exchange (ELM-TEL1)" in page

    post(officer, f"{HOME}devices/", devices="X-P1/patient_record: electronic patient record: 0")

    care = part(practice).care
    assert carried_by(care, "X-P1/patient_record").devices == ("ELM-EPR1", "ELM-EPR2.elm.example")
    assert "Carried by ELM-EPR1" in shown(officer, HOME)


def test_devices_of_one_system_are_named_and_what_was_never_seen_is_said(officer, practice):
    address = f"{HOME}carriers/?key=X-P1/patient_record"

    page = post(officer, address, others="SRV1\n SRV2 \n", spare="1")

    assert "Not seen yet under this name: SRV1, SRV2" in page
    assert carried_by(part(practice).care, "X-P1/patient_record").spare == 1
    assert "Give a whole number from 0 to 1" in post(officer, address, others="SRV1\nSRV2", spare="2")
    assert officer.get(f"{HOME}carriers/?key=X-P1/none").status_code == 404


def test_a_device_page_says_what_the_device_carries_and_leads_to_the_form(officer, practice):
    device = DeviceFactory(organisation=practice, name="ELM-EPR1")
    assert "Nobody has said" in shown(officer, f"/devices/{device.pk}/")
    form = shown(officer, f"/devices/{device.pk}/carries/")
    assert "Its name says: electronic patient record." in form

    page = post(officer, f"/devices/{device.pk}/carries/", things=["X-P1/patient_record", "X-P1/telephony"])
    assert "Patient record, Telephony" in page
    post(officer, f"/devices/{device.pk}/carries/", things=["X-P1/telephony"])

    assert carried_by(part(practice).care, "X-P1/patient_record").devices == ()
    assert carried_by(part(practice).care, "X-P1/telephony").devices == ("ELM-EPR1",)


def test_coverage_says_how_much_of_the_harm_rests_on_templates(signed_in, practice):
    board = OrganisationFactory(code="X-I1", kind=OrganisationKind.ICB, name="Ash Board")
    practice.parent, practice.path = board, "/X-I1/X-P1/"
    practice.save()
    arrange(practice, measures={Measure.REGISTERED_PATIENTS: 9_000.0})
    work_out_rankings(clock=SystemClock())
    lead = signed_in(REGIONAL_LEAD, board)

    page = shown(lead, "/care/")

    assert "0 of 1 organisation has confirmed" in page
    assert "100% of the harm of the losses that would hurt most" in page
    assert "Elm Surgery" in page
    assert "Size known" in page
    assert queries.unconfirmed(lead.get("/care/").wsgi_request.user, below="X-P9").count() == 0


def test_coverage_of_nothing_teaches(signed_in):
    assert "This page will say who has mapped" in shown(signed_in(AUDITOR, None), "/care/")


def test_the_api_says_what_the_forms_say(officer, practice):
    api = "/api/v1/organisations/X-P1/care"

    def put(step, **data):
        return officer.post(f"{api}/{step}", {"reason": "Asked", **data}, content_type="application/json")

    added = put("supplier", name="Oak Records").json()
    assert added == {"id": "supplier/oak-records", "name": "Oak Records"}
    known = put("arrange", measures={"registered_patients": 9000}, hosts={"patient_record": added["id"]}).json()
    assert known["measures"] == {"registered_patients": 9000}
    refused = put("arrange", hosts={"patient_record": "supplier/none"}, measures={"registered_patients": -1})
    assert refused.status_code == 400
    assert "2 things are wrong" in refused.content.decode()
    assert officer.get("/api/v1/suppliers").json() == [{**added, "organisations": 1}]
    assert officer.get("/api/v1/suppliers/oak-records").json()["dependents"] == [
        {"organisation": "X-P1", "runs": ["X-P1/patient_record"], "needs": []}
    ]
    DeviceFactory(organisation=practice, name="ELM-EPR1")
    assert officer.get(f"{api}/suggested").json()[0]["sure"] is True
    assert put("carriers", thing="X-P1/patient_record", devices=["ELM-EPR1"]).json()["added"] == 2
    assert officer.get("/api/v1/care/coverage").json()["activity"] == {"gp_appointments": 0.0}
    assert put("undo").json()["removed"] == 2


def test_devices_that_may_be_spared_are_a_short_number(officer):
    page = post(officer, f"{HOME}carriers/?key=X-P1/patient_record", others="ELM-EPR1", spare="0" * 5_000)

    assert "at most 6 characters" in page
