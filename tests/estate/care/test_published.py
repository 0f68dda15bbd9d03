import pytest

from watchward.base.errors import BadInputError
from watchward.estate.care.published import read, sizes
from watchward.estate.care.templates import Measure
from watchward.estate.care.trouble import CareMapError

AE = "Code,Region,Name,Type 1,Total attendances,Type 1,Total Attendances < 4 hours,Total Emergency Admissions\n"
RTT = "Period,Provider Org Code,RTT Part Type,Treatment Function Code,Total All\n"


def reading(text, file="March-2026-AE.csv"):
    return read(text.splitlines(keepends=True), file=file)


@pytest.mark.parametrize("count", ["31000", '"31,000"', "31000.0"])
def test_attendances_are_read_in_either_form_of_number(count):
    found = sizes([reading(AE + f"x1,North ,Elm,1,{count},2,3,-\n")])

    assert found == {"X1": {Measure.AE_ATTENDANCES: pytest.approx(7_000)}}


def test_months_are_averaged_over_the_latest_year():
    table = "period,org_code,att_total,emadm_total\n" + "".join(
        f"{year}-{month:02d},X1,{1000 if year == 2025 else 0},0\n" for year in (2024, 2025) for month in range(1, 13)
    )

    found = sizes([reading(table, file="months.csv")])

    assert found["X1"][Measure.AE_ATTENDANCES] == pytest.approx(12_000 / 365 * 7, rel=0.01)


def test_pathways_are_summed_over_commissioners_and_totals_are_not_counted_twice():
    rows = ["Part_1A,C_999,10", "Part_1A,C_999,20", "Part_1A,C_100,30", "Part_1B,C_999,60", "Part_2,C_999,999"]

    found = sizes([reading(RTT + "".join(f"RTT-April-2026,X1,{row}\n" for row in rows), file="rtt.csv")])

    assert found["X1"] == {
        Measure.COMPLETED_ADMITTED: pytest.approx(7),
        Measure.COMPLETED_NOT_ADMITTED: pytest.approx(14),
    }


def test_lists_are_read_from_all_ages_together():
    text = "PUBLICATION,CODE,SEX,AGE,NUMBER_OF_PATIENTS\nQ,P1,ALL,ALL,9000\nQ,P1,MALE,0,50\n"

    assert sizes([reading(text, file="lists.csv")]) == {"P1": {Measure.REGISTERED_PATIENTS: 9_000}}


def test_rows_that_make_no_sense_are_all_named_with_row_and_column():
    with pytest.raises(CareMapError) as caught:
        reading(AE + "X1,N,Elm,1,many,2,3,-4\n,N,Oak,1,2,3,4,5\nX2,N,Ash,1,2,3,4,5\n")

    places = [(trouble.origin.row, trouble.column) for trouble in caught.value.troubles]
    assert places == [(2, "total attendances"), (2, "total emergency admissions"), (3, "code")]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "code,name\nX1,Elm\n"])
def test_a_file_that_is_no_publication_is_refused_with_those_that_are_known(text):
    with pytest.raises(BadInputError, match=r"odd\.csv is no publication") as caught:
        reading(text, file="odd.csv")

    assert "A&E attendances" in caught.value.advice


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "measure", "organisations"),
    [
        ("activity/raw/April-2025-AE.csv", Measure.AE_ATTENDANCES, 190),
        ("activity/raw/March-2026-AE.csv", Measure.AE_ATTENDANCES, 190),
        ("activity/ae_provider_monthly_2025-04_2026-03.csv", Measure.EMERGENCY_ADMISSIONS, 190),
        ("activity/rtt_provider_specialty_2026-04.csv", Measure.COMPLETED_ADMITTED, 250),
        ("activity/raw/rtt_2026-04_full_extract_sample.csv", Measure.COMPLETED_NOT_ADMITTED, 1),
        ("activity/beds_trust_monthly.csv", Measure.BEDS, 120),
        ("organisations/gp_practices_2026-02.csv", Measure.REGISTERED_PATIENTS, 6_000),
    ],
)
def test_the_files_as_published_are_read(shared_data, file, measure, organisations):
    path = shared_data / "open" / file
    with path.open(encoding="utf-8-sig", newline="") as lines:
        found = sizes([read(lines, file=path.name)])

    assert sum(measure in size for size in found.values()) >= organisations


@pytest.mark.shared
def test_both_codings_of_attendances_agree_on_a_month(shared_data):
    def known(name):
        with (shared_data / "open" / "activity" / name).open(encoding="utf-8-sig", newline="") as lines:
            return read(lines, file=name).counts

    raw = {(one.organisation, one.measure): one.value for one in known("raw/March-2026-AE.csv")}
    table = {
        (one.organisation, one.measure): one.value
        for one in known("ae_provider_monthly_2025-04_2026-03.csv")
        if one.period == "2026-03"
    }

    assert len(raw) > 300
    assert all(table[key] == pytest.approx(value) for key, value in raw.items() if key in table)
