import pytest

from console.care.arranged import CLOCK, NODE, WHY, a_system, arrange, bring, name_elsewhere, refine
from console.factories import OrganisationFactory
from watchward.base.errors import BadInputError
from watchward.console.access.models import AuditEntry
from watchward.console.care import actions, adapters, supplier_actions
from watchward.console.care.models import CareDependency, CareSystem
from watchward.console.detect.models import Stake
from watchward.console.estate.actions import import_organisations
from watchward.estate.care.carriers import Carried, carried_by
from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap
from watchward.estate.care.system import Supplier
from watchward.estate.care.templates import Measure
from watchward.estate.care.trouble import CareMapError
from watchward.estate.organisation import OrganisationKind, OrganisationRecord

pytestmark = pytest.mark.django_db
RECORDS = Supplier(id="supplier/oak-records", name="Oak Records Ltd")


@pytest.fixture
def practice():
    return OrganisationFactory(code="X-P1", kind=OrganisationKind.GP_PRACTICE)


def care_of(organisation):
    return adapters.part_of(organisation).care


def undo(organisation):
    return actions.undo(by=NODE, organisation=organisation, reason=WHY, clock=CLOCK)


def add(organisation, supplier=RECORDS):
    return supplier_actions.add_supplier(by=NODE, organisation=organisation, supplier=supplier, reason=WHY, clock=CLOCK)


def equip(organisation, thing, *devices, spare=0):
    carried = [Carried(thing=f"{organisation.code}/{thing}", devices=devices, spare=spare)]
    return actions.equip(by=NODE, organisation=organisation, carried=carried, reason=WHY, clock=CLOCK)


def test_undoing_brings_the_template_back_with_what_is_known_of_size_and_suppliers(practice):
    arrange(
        practice,
        measures={Measure.REGISTERED_PATIENTS: 9_000.0},
        hosts={"patient_record": RECORDS.id},
        suppliers=[RECORDS],
    )
    before = care_of(practice)
    refine(practice, a_system(practice))
    actions.confirm(by=NODE, organisation=practice, reason=WHY, clock=CLOCK)

    done = undo(practice)

    assert (done.added, done.changed, done.removed) == (0, 0, 1)
    assert care_of(practice) == before
    assert not CareSystem.objects.exists()
    assert not adapters.part_of(practice).own
    assert AuditEntry.objects.filter(event="care.undone", details__contains='"removed":1').exists()


def test_what_others_need_is_not_undone(practice):
    laboratory = OrganisationFactory(code="X-L1", kind=OrganisationKind.SUPPLIER, name="Elm Pathology")
    refine(laboratory, a_system(laboratory))
    refine(practice, Dependency(consumer="X-P1/gp_appointments", provider="X-L1/pager"), "dependencies")

    with pytest.raises(CareMapError, match="X-L1/pager is needed by other organisations"):
        undo(laboratory)
    assert adapters.part_of(laboratory).own


def test_a_template_has_nothing_to_undo(practice):
    with pytest.raises(BadInputError, match="the template already"):
        undo(practice)


def test_a_supplier_is_added_once_whatever_its_legal_form(practice):
    add(practice)

    with pytest.raises(BadInputError, match="Oak Records Ltd is on the list already"):
        add(practice, Supplier(id="supplier/oak", name="OAK RECORDS Limited"))
    assert AuditEntry.objects.filter(event="care.supplier_added").count() == 1


def test_where_a_system_runs_must_be_there_and_can_be_forgotten(practice):
    with pytest.raises(CareMapError, match="'supplier/none' is neither an organisation nor a supplier"):
        arrange(practice, hosts={"patient_record": "supplier/none"})
    arrange(
        practice, hosts={"patient_record": RECORDS.id}, suppliers=[RECORDS], measures={Measure.REGISTERED_PATIENTS: 9.0}
    )

    arrange(practice, hosts={"patient_record": ""}, measures={Measure.REGISTERED_PATIENTS: None})

    assert {one.host for one in care_of(practice).systems} == {""}
    assert adapters.part_of(practice).known.measures == {}


def test_several_things_are_refined_at_once_or_none(practice):
    wishes = [actions.Wish(table="systems", thing=a_system(practice, name)) for name in ("bell", "pager")]
    actions.refine_all(by=NODE, organisation=practice, wishes=wishes, reason=WHY, clock=CLOCK)

    assert {"X-P1/bell", "X-P1/pager"} <= {one.id for one in care_of(practice).systems}
    assert AuditEntry.objects.filter(event="care.refined").count() == 1


def test_devices_are_said_to_carry_a_system_and_no_longer(practice):
    equip(practice, "patient_record", "SRV1", "SRV2", "SRV3", spare=1)
    assert carried_by(care_of(practice), "X-P1/patient_record") == Carried(
        thing="X-P1/patient_record", devices=("SRV1", "SRV2", "SRV3"), spare=1
    )

    equip(practice, "telephony", "SRV1")
    equip(practice, "patient_record", "srv2")

    assert [one.name for one in care_of(practice).equipment] == ["SRV1", "SRV2"]
    assert carried_by(care_of(practice), "X-P1/patient_record").devices == ("SRV2",)


def test_what_is_said_of_a_device_that_carries_something_stays(practice):
    equip(practice, "patient_record", "SRV1")
    CareDependency.objects.filter(provider="X-P1/device/SRV1").update(buffer_hours=3.0)

    equip(practice, "patient_record", "SRV1", "SRV2")

    assert CareDependency.objects.get(provider="X-P1/device/SRV1").buffer_hours == 3.0


@pytest.mark.parametrize(("thing", "spare", "said"), [("pump", 0, "no X-P1/pump"), ("network", 1, "cannot be spared")])
def test_devices_carry_what_is_there_and_one_of_them_is_needed(practice, thing, spare, said):
    with pytest.raises(BadInputError, match=said):
        equip(practice, thing, "SRV1", spare=spare)


def test_a_supplier_that_was_named_before_it_came_makes_stakes_stale(practice):
    name_elsewhere(practice, RECORDS.id)
    Stake.objects.create(organisation=practice, stale=False, basis="of before")

    bring([], CareMap(suppliers=(RECORDS,)))

    assert Stake.objects.get(organisation=practice, device="").basis != "of before"


def test_imported_organisations_and_those_of_which_they_are_part_are_weighed_anew():
    trust, other = OrganisationFactory(code="X-T1"), OrganisationFactory(code="X-T2")
    for one in (trust, other):
        Stake.objects.create(organisation=one, stale=False)
    site = OrganisationRecord(code="X-T1A", name="A site", kind=OrganisationKind.TRUST_SITE, parent="X-T1")

    import_organisations(by=NODE, records=[site], clock=CLOCK)

    assert set(Stake.objects.filter(stale=True).values_list("organisation__code", flat=True)) == {"X-T1"}


def test_nothing_of_an_organisation_stands_in_for_itself_from_elsewhere(practice):
    with pytest.raises(CareMapError, match="is its own"):
        arrange(practice, outside={"patient_record": "X-P1/gp_appointments"})

    assert adapters.part_of(practice).arranged is None
