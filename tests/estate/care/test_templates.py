import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.estate.care.checking import require_sound
from watchward.estate.care.map import CareMap, Place, joined
from watchward.estate.care.service import ServiceKind
from watchward.estate.care.templates import (
    Arrangement,
    Measure,
    TemplateKind,
    UnknownTemplateError,
    known_kind,
    likely_kind,
    read,
    template,
)
from watchward.estate.organisation import OrganisationKind


def filled(kind, **known):
    return template(Arrangement(template=kind, **known), organisation="X-1")


def placed(part, *codes):
    places = {code: Place(code=code, kind=OrganisationKind.TRUST) for code in ("X-1", *codes)}
    return joined([CareMap(places=places), part])


def service(part, kind):
    return next(one for one in part.services if one.kind is kind)


@pytest.mark.parametrize("kind", TemplateKind)
def test_every_template_makes_a_sound_map(kind):
    assert require_sound(placed(filled(kind))) == ()


@pytest.mark.parametrize("kind", TemplateKind)
def test_every_number_of_a_template_says_where_it_comes_from_and_is_in_order(kind):
    document = read(kind)
    ranges = [document.size, *(ratio for line in document.services for ratio in line.by.values())]

    assert all(one.source and 0 < one.low <= one.value <= one.high for one in ranges)
    assert all(line.source for line in document.systems if line.records)


@pytest.mark.parametrize("kind", TemplateKind)
def test_every_service_of_a_template_follows_its_scale(kind):
    document = read(kind)

    assert all(document.measure in line.by for line in document.services)


@pytest.mark.parametrize("kind", TemplateKind)
def test_an_organisation_of_which_nothing_is_known_has_wide_ranges(kind):
    assert all(one.high >= 2 * one.low > 0 for one in filled(kind).services)


def test_what_was_counted_is_certain():
    part = filled(TemplateKind.ACUTE_TRUST, measures={Measure.AE_ATTENDANCES: 2_000.0, Measure.BEDS: 500.0})

    department = service(part, ServiceKind.EMERGENCY_DEPARTMENT)
    assert (department.low, department.weekly, department.high) == (2_000, 2_000, 2_000)
    admissions = service(part, ServiceKind.EMERGENCY_ADMISSIONS)
    assert (admissions.low, admissions.weekly, admissions.high) == (260, 500, 860)


@given(st.sampled_from(TemplateKind), st.floats(1, 1_000), st.floats(1, 3))
def test_a_larger_organisation_does_more_of_everything(kind, size, factor):
    measure = read(kind).measure
    small, large = (filled(kind, measures={measure: number}) for number in (size, size * factor))

    assert all(a.weekly <= b.weekly for a, b in zip(small.services, large.services, strict=True))


def test_what_an_organisation_does_not_do_is_left_out_with_what_only_that_needs():
    part = filled(TemplateKind.ACUTE_TRUST, measures={Measure.AE_ATTENDANCES: 0.0, Measure.BEDS: 300.0})

    assert ServiceKind.EMERGENCY_DEPARTMENT not in {one.kind for one in part.services}
    require_sound(placed(part))


def test_a_laboratory_elsewhere_takes_the_place_of_ones_own():
    lab = template(Arrangement(template=TemplateKind.PATHOLOGY_SUPPLIER), organisation="X-L")
    part = filled(TemplateKind.ACUTE_TRUST, outside={"pathology": "X-L/pathology"})

    assert "X-1/laboratory" not in {one.id for one in part.systems}
    assert {one.consumer for one in part.dependencies if one.provider == "X-L/pathology"} >= {
        "X-1/emergency_department",
        "X-1/theatres",
    }
    require_sound(placed(joined([part, lab]), "X-L"))


def test_what_is_needed_from_elsewhere_is_wired_once_somebody_says_from_where():
    practice = filled(TemplateKind.GP_PRACTICE, outside={"pathology": "X-L/pathology"})

    assert "X-L/pathology" in {one.provider for one in practice.dependencies}
    assert read(TemplateKind.GP_PRACTICE).outsiders() == ("pathology",)
    assert "X-1/pathology" not in {one.provider for one in filled(TemplateKind.GP_PRACTICE).dependencies}


def test_systems_run_where_somebody_says():
    part = filled(TemplateKind.GP_PRACTICE, hosts={"patient_record": "supplier/records-1"})

    assert {one.id: one.host for one in part.systems}["X-1/patient_record"] == "supplier/records-1"


def test_two_lines_to_the_outside_stand_in_for_each_other():
    links = [one for one in filled(TemplateKind.ACUTE_TRUST).dependencies if one.consumer == "X-1/network"]

    assert [(one.provider, one.group) for one in links] == [
        ("X-1/network_link_1", "links"),
        ("X-1/network_link_2", "links"),
    ]


def test_an_unknown_kind_is_refused_with_the_kinds_there_are():
    with pytest.raises(UnknownTemplateError, match="There is no template 'hospice'") as caught:
        known_kind("hospice")

    assert all(kind in caught.value.advice for kind in TemplateKind)
    assert known_kind("care_home") is TemplateKind.CARE_HOME


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        (OrganisationKind.TRUST, "Elm Hospitals Trust", TemplateKind.ACUTE_TRUST),
        (OrganisationKind.TRUST, "Elm Mental Health Trust", TemplateKind.MENTAL_HEALTH_TRUST),
        (OrganisationKind.TRUST, "Elm Community Healthcare", TemplateKind.COMMUNITY_TRUST),
        (OrganisationKind.GP_PRACTICE, "Elm Surgery", TemplateKind.GP_PRACTICE),
        (OrganisationKind.SUPPLIER, "Elm Pathology", TemplateKind.PATHOLOGY_SUPPLIER),
        (OrganisationKind.SUPPLIER, "Elm Software", None),
        (OrganisationKind.INDEPENDENT_PROVIDER, "Elm 111", TemplateKind.URGENT_CARE_111),
        (OrganisationKind.ICB, "Elm ICB", None),
        (OrganisationKind.TRUST_SITE, "Elm Hospital", None),
    ],
)
def test_the_likely_template_follows_from_kind_and_name(kind, name, expected):
    assert likely_kind(kind, name) is expected


@pytest.mark.parametrize("kind", TemplateKind)
def test_a_template_is_a_file_that_people_can_read(kind):
    lines = [re.sub(r'source = ".*"', "", line) for line in _text(kind).splitlines()]

    assert lines[0].startswith("# ")
    assert max(map(len, lines)) <= 140


def _text(kind):
    from importlib.resources import files  # noqa: PLC0415

    return files("watchward.estate.care.templates").joinpath(f"{kind}.toml").read_text()
