"""What is said of organisations whose maps are templates, where it cannot be: refused, all of it at once."""

import pytest

from console.care.arranged import CLOCK, NODE, WHY, a_system, arrange, refine
from console.factories import OrganisationFactory
from watchward.access.roles import ORGANISATION_CYBER_LEAD
from watchward.console.access.models import AuditEntry
from watchward.console.care import actions, adapters
from watchward.console.care.models import Arrangement, Choice, KnownSize
from watchward.estate.care.templates import Measure, TemplateKind
from watchward.estate.care.trouble import CareMapError
from watchward.estate.organisation import OrganisationKind


@pytest.fixture
def practice():
    return OrganisationFactory(code="X-P1", name="Elm Surgery", kind=OrganisationKind.GP_PRACTICE)


@pytest.fixture
def laboratory():
    place = OrganisationFactory(code="X-L1", name="Elm Laboratory", kind=OrganisationKind.TRUST)
    arrange(place, template=TemplateKind.PATHOLOGY_SUPPLIER)
    return place


def refusal(place, **said):
    with pytest.raises(CareMapError) as refused:
        arrange(place, **said)
    assert not AuditEntry.objects.filter(event="care.arranged", organisation=place.code).exists()
    return [f"{one.column}: {one.text}" for one in refused.value.troubles]


@pytest.mark.usefixtures("laboratory")
def test_everything_that_is_nowhere_is_told_at_once_and_nothing_is_kept(practice):
    told = refusal(
        practice,
        measures={Measure.BEDS: 20.0, Measure.REGISTERED_PATIENTS: -1.0},
        hosts={"patient_recrod": "X-L1", "telephony": "supplier/none"},
        outside={"pathology": "X-L1/pathologie", "pager": "X-L1/pathology", "network": "X-NONE/network"},
    )

    assert told == [
        "registered_patients: -1 is no number of registered patients.",
        "patient_recrod: The template gp_practice has no system 'patient_recrod'.",
        "pager: The template gp_practice has no service or system 'pager'.",
        "beds: The template gp_practice is not sized by the number of general and acute beds.",
        "telephony: 'supplier/none' is neither an organisation nor a supplier.",
        "pathology: 'X-L1/pathologie' is nowhere on the map.",
        "network: 'X-NONE/network' is nowhere on the map.",
    ]
    assert not Arrangement.objects.filter(organisation=practice).exists()
    assert not Choice.objects.exists()
    assert not KnownSize.objects.exists()


@pytest.mark.parametrize("refined", [False, True])
def test_what_stands_elsewhere_may_be_of_a_template_or_of_a_map_of_its_own(practice, laboratory, refined):
    if refined:
        refine(laboratory, a_system(laboratory, "analyser"))
        arrange(practice, outside={"network": "X-L1/analyser"})

    arrange(practice, outside={"pathology": "X-L1/pathology"})

    assert "X-L1/pathology" in {one.provider for one in adapters.part_of(practice).care.dependencies}


def test_what_stands_elsewhere_may_be_arranged_in_the_same_go(practice):
    place = OrganisationFactory(code="X-L1", name="Elm Hospital", kind=OrganisationKind.TRUST)
    wanted = [
        actions.Arranged(organisation=practice, outside={"pathology": "X-L1/pathology"}),
        actions.Arranged(organisation=place, template=TemplateKind.PATHOLOGY_SUPPLIER),
    ]

    actions.arrange(by=NODE, wanted=wanted, suppliers=(), reason=WHY, clock=CLOCK)

    assert "X-L1/pathology" in {one.provider for one in adapters.part_of(practice).care.dependencies}


def test_a_service_that_its_giver_counts_as_none_stands_in_for_nothing(practice, laboratory):
    told = refusal(practice, outside={"pathology": "X-L1/pathology"}, template=TemplateKind.PHARMACY)
    assert told[0].startswith("pathology: The template pharmacy has no service or system")
    home = OrganisationFactory(code="X-H1", kind=OrganisationKind.CARE_HOME)
    arrange(practice, measures={Measure.REGISTERED_PATIENTS: 0.0})

    assert refusal(home, outside={"gp_appointments": "X-P1/gp_appointments"}) == [
        "gp_appointments: 'X-P1/gp_appointments' is nowhere on the map."
    ]
    assert refusal(home, outside={"gp_appointments": f"{laboratory.code}/gp_appointments"})


@pytest.mark.parametrize(
    "said",
    [
        {"measures": {Measure.REGISTERED_PATIENTS: 9.0}},
        {"template": TemplateKind.PHARMACY},
        {"hosts": {"patient_record": ""}},
        {"outside": {"network": ""}},
    ],
    ids=str,
)
def test_of_a_map_of_its_own_nothing_is_said_through_its_template(practice, said):
    refine(practice, a_system(practice))

    assert refusal(practice, **said) == [": Its map is its own by now, so that this would change nothing."]


def test_a_published_size_is_remembered_of_a_map_of_its_own(practice):
    refine(practice, a_system(practice))

    arrange(practice, measures={Measure.REGISTERED_PATIENTS: 9.0, Measure.BEDS: 2.0}, remembered=True)

    assert KnownSize.objects.count() == 2


def test_where_no_template_fits_something_is_to_be_said_of_it_first():
    board = OrganisationFactory(code="X-I1", kind=OrganisationKind.ICB)

    assert refusal(board, measures={Measure.BEDS: 9.0}) == [
        "template: No template fits this kind of organisation by itself."
    ]


def test_by_api_a_refined_map_is_refused_with_what_to_do(signed_in, practice):
    lead = signed_in(ORGANISATION_CYBER_LEAD, practice)
    refine(practice, a_system(practice))
    said = {"measures": {"registered_patients": 9000}, "reason": "Counted"}

    answer = lead.post("/api/v1/organisations/X-P1/care/arrange", said, content_type="application/json")

    assert answer.status_code == 400
    assert "this would change nothing" in answer.text
    assert "go back to the template first" in answer.text
