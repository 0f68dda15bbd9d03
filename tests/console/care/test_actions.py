from dataclasses import replace

import pytest

from console.care.arranged import CLOCK, NODE, WHY, a_system, arrange, bring, name_elsewhere, refine
from console.factories import OrganisationFactory, PostFactory
from watchward.access.roles import BOARD_MEMBER, CLINICAL_SAFETY_OFFICER
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.models import AuditEntry
from watchward.console.care import actions, adapters, coverage_queries, queries
from watchward.console.care.models import CareDependency, CareSystem
from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap
from watchward.estate.care.system import Supplier
from watchward.estate.care.templates import Measure, TemplateKind
from watchward.estate.care.trouble import CareMapError
from watchward.estate.organisation import OrganisationKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice():
    return OrganisationFactory(code="X-P1", kind=OrganisationKind.GP_PRACTICE)


@pytest.fixture
def laboratory():
    return OrganisationFactory(code="X-L1", kind=OrganisationKind.SUPPLIER, name="Elm Pathology")


def care_of(organisation):
    return adapters.part_of(organisation).care


def names(things):
    return {one.id.partition("/")[2] for one in things}


def test_an_organisation_of_which_nobody_said_anything_has_its_template_and_no_rows(practice):
    care = care_of(practice)

    assert names(care.services) == {"gp_appointments"}
    assert not care.places["X-P1"].mapped
    assert not CareSystem.objects.exists()


def test_a_first_refinement_keeps_the_rest_of_the_template_as_rows_that_say_so(practice):
    before = care_of(practice)

    refine(practice, a_system(practice))

    care = care_of(practice)
    assert set(care.systems) == {*before.systems, a_system(practice)}
    assert set(care.dependencies) == set(before.dependencies)
    reasons = dict(CareSystem.objects.values_list("id", "reason"))
    assert (reasons["X-P1/pager"], reasons["X-P1/network"]) == (WHY, "As the template gp_practice has it")
    assert AuditEntry.objects.get().event == "care.refined"


def test_a_refinement_changes_its_own_row_alone(practice):
    refine(practice, a_system(practice))
    refine(practice, a_system(practice, product="Pager 2"), instead_of="X-P1/pager")

    care = care_of(practice)
    assert {one.product for one in care.systems} == {"", "Pager 2"}
    assert len(care.systems) == 7


def test_what_would_make_no_sense_is_refused_and_nothing_is_kept(practice):
    need = Dependency(consumer="X-P1/gp_appointments", provider="X-P1/nothing", floor=2.0)

    with pytest.raises(CareMapError, match="2 things are wrong"):
        refine(practice, need, "dependencies")

    assert not CareDependency.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_thing_must_say_in_its_identifier_whose_it_is(practice):
    with pytest.raises(CareMapError, match="does not begin with 'X-P1/'"):
        refine(practice, a_system(practice, id="X-P2/pager"))


def test_an_identifier_is_given_once(practice):
    with pytest.raises(BadInputError, match="There is a X-P1/network already"):
        refine(practice, a_system(practice, "network"))


def test_a_change_needs_its_reason(practice):
    wish = actions.Wish(table="systems", thing=a_system(practice))
    with pytest.raises(BadInputError, match="needs its reason"):
        actions.refine(by=NODE, organisation=practice, wish=wish, reason=" ", clock=CLOCK)


def test_something_elsewhere_may_be_needed_once_it_is_there(practice, laboratory):
    refine(practice, Dependency(consumer="X-P1/gp_appointments", provider="X-L1/pathology"), "dependencies")

    with pytest.raises(CareMapError, match="There is no 'X-L1/nothing'"):
        refine(practice, Dependency(consumer="X-P1/gp_appointments", provider="X-L1/nothing"), "dependencies")
    (needer,) = queries.needed_elsewhere(NODE, laboratory)
    assert (needer.organisation, needer.provider) == (practice, "X-L1/pathology")


def remove(organisation, table, key):
    return actions.remove(by=NODE, organisation=organisation, thing=(table, key), reason=WHY, clock=CLOCK)


def test_what_is_removed_goes_with_its_dependencies(practice):
    remove(practice, "systems", "X-P1/network")

    care = care_of(practice)
    assert "network" not in names(care.systems)
    assert "X-P1/network" not in {one.provider for one in care.dependencies}


def test_what_others_need_is_not_removed(practice, laboratory):
    refine(practice, Dependency(consumer="X-P1/gp_appointments", provider="X-L1/pathology"), "dependencies")

    with pytest.raises(CareMapError, match="X-L1/pathology is needed by other organisations"):
        remove(laboratory, "services", "X-L1/pathology")


def test_what_is_not_there_cannot_be_removed(practice):
    with pytest.raises(BadInputError, match="There is no X-P1/pager"):
        remove(practice, "systems", "X-P1/pager")


@pytest.mark.usefixtures("laboratory")
def test_what_is_known_of_a_template_changes_the_map_without_rows(practice):
    arrange(
        practice,
        suppliers=[Supplier(id="supplier/records-1", name="Records")],
        measures={Measure.REGISTERED_PATIENTS: 10_000.0},
        hosts={"patient_record": "supplier/records-1"},
        outside={"pathology": "X-L1/pathology"},
    )
    arrange(practice, measures={Measure.REGISTERED_PATIENTS: 20_000.0})

    care = care_of(practice)
    assert [one.weekly for one in care.services] == [2_120]
    assert {one.host for one in care.systems} == {"", "supplier/records-1"}
    assert "X-L1/pathology" in {one.provider for one in care.dependencies}
    assert not CareSystem.objects.exists()
    assert set(care_of(practice).dependencies) <= set(adapters.care_map().dependencies)


def test_another_template_can_be_said_to_fit():
    trust = OrganisationFactory(code="X-T1")
    arrange(trust, template=TemplateKind.COMMUNITY_TRUST)

    assert names(care_of(trust).services) == {"community", "outpatients"}


def test_a_size_that_is_none_is_refused(practice):
    with pytest.raises(BadInputError, match="-1 is no number of registered patients"):
        arrange(practice, measures={Measure.REGISTERED_PATIENTS: -1})


@pytest.mark.parametrize("supplier", [Supplier(id="records", name="R"), Supplier(id="X-P1", name="R")])
def test_a_supplier_has_an_identifier_of_its_own(practice, supplier):
    with pytest.raises(BadInputError, match="cannot name a supplier"):
        arrange(practice, suppliers=[supplier])


def test_an_import_adds_and_changes_and_leaves_the_rest(practice):
    care = CareMap(systems=(a_system(practice), a_system(practice, "network", product="Net")))

    (done,) = bring([practice], care).values()

    assert (done.added, done.changed, done.removed) == (1, 1, 0)
    assert len(care_of(practice).systems) == 7
    assert '"added":1' in AuditEntry.objects.get().details.replace(" ", "")


def test_an_import_of_a_whole_map_removes_what_is_not_in_it(practice):
    before = care_of(practice)
    care = CareMap(services=before.services, systems=(a_system(practice),))

    (done,) = bring([practice], care, whole=True).values()

    assert (done.added, done.removed) == (1, len(before.systems) + len(before.dependencies))
    assert care_of(practice).systems == (a_system(practice),)


def test_an_import_of_what_is_there_changes_nothing(practice):
    refine(practice, a_system(practice))

    (done,) = bring([practice], replace(care_of(practice), places={}), whole=True).values()

    assert not done.anything


def test_an_import_about_somebody_else_is_refused(practice, laboratory):
    with pytest.raises(BadInputError, match="The files speak of X-L1"):
        bring([practice], CareMap(systems=(a_system(laboratory),)))


def test_organisations_that_need_each_other_are_brought_in_together(practice, laboratory):
    care = CareMap(
        systems=(a_system(practice), a_system(laboratory)),
        dependencies=(
            Dependency(consumer="X-P1/pager", provider="X-L1/pager"),
            Dependency(consumer="X-L1/pager", provider="X-P1/pager"),
        ),
    )

    assert set(bring([practice, laboratory], care)) == {"X-P1", "X-L1"}


def test_a_confirmed_map_counts_as_mapped(practice):
    OrganisationFactory(code="X-P2", kind=OrganisationKind.GP_PRACTICE)
    actions.confirm(by=NODE, organisation=practice, reason=WHY, clock=CLOCK)

    assert adapters.care_map().places["X-P1"].mapped
    found = coverage_queries.coverage(NODE)
    assert found.organisations[OrganisationKind.GP_PRACTICE] == {"mapped": 1, "template": 1}
    assert list(found.activity.values()) == [0.5]


def test_who_gives_no_care_has_nothing_to_confirm():
    board = OrganisationFactory(kind=OrganisationKind.ICB)

    with pytest.raises(BadInputError, match="nothing to confirm"):
        actions.confirm(by=NODE, organisation=board, reason=WHY, clock=CLOCK)


def test_only_who_may_refine_there_does(practice):
    officer = PostFactory(role=CLINICAL_SAFETY_OFFICER.key, organisation=practice).user
    stranger = PostFactory(role=CLINICAL_SAFETY_OFFICER.key).user

    refine(practice, a_system(practice), by=officer)
    with pytest.raises(NotAllowedError):
        refine(practice, a_system(practice, "bell"), by=stranger)


def test_a_map_is_seen_by_those_who_may_see_it_there(practice, laboratory):
    officer = PostFactory(role=CLINICAL_SAFETY_OFFICER.key, organisation=practice).user
    member = PostFactory(role=BOARD_MEMBER.key, organisation=practice).user

    assert set(queries.map_visible_to(officer).places) == {"X-P1"}
    assert queries.part_of(officer, laboratory) is None
    assert queries.part_of(member, practice) is None


def test_the_whole_map_is_worked_out_once_until_it_changes(practice):
    first = adapters.care_map()
    assert adapters.care_map() is first

    refine(practice, a_system(practice))

    assert "X-P1/pager" in {one.id for one in adapters.care_map().systems}


def test_places_know_the_board_and_region_above_them():
    region = OrganisationFactory(code="X-R1", kind=OrganisationKind.REGION)
    board = OrganisationFactory(code="X-I1", kind=OrganisationKind.ICB, parent=region)
    trust = OrganisationFactory(code="X-T1", parent=board)
    OrganisationFactory(code="X-T1A", kind=OrganisationKind.TRUST_SITE, parent=trust)

    places = adapters.care_map().places
    assert (places["X-T1"].icb, places["X-T1"].region, places["X-T1"].site_of) == ("X-I1", "X-R1", "")
    assert (places["X-T1A"].site_of, places["X-T1A"].icb) == ("X-T1", "X-I1")


def test_what_leads_nowhere_is_left_out_of_the_whole(practice):
    name_elsewhere(practice, "X-L1/gone")

    assert "X-L1/gone" not in {one.provider for one in adapters.care_map().dependencies}
