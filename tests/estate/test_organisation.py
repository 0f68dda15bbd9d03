from datetime import date

from watchward.estate.organisation import ENGLAND, REGIONS, OrganisationKind, OrganisationRecord


def test_an_organisation_is_open_from_its_first_day_to_its_last():
    practice = OrganisationRecord(
        code="X1",
        name="Elm",
        kind=OrganisationKind.GP_PRACTICE,
        opened_on=date(2020, 4, 1),
        closed_on=date(2024, 3, 31),
    )

    assert [practice.open_on(date(2020, 3, 31)), practice.open_on(date(2020, 4, 1))] == [False, True]
    assert [practice.open_on(date(2024, 3, 31)), practice.open_on(date(2024, 4, 1))] == [True, False]


def test_every_kind_has_a_label_for_people():
    assert all(kind.label[0].isupper() for kind in OrganisationKind)


def test_the_seven_regions_lie_below_the_nation():
    assert len(REGIONS) == 7
    assert {region.parent for region in REGIONS} == {ENGLAND.code}
