from datetime import date

import pytest

from watchward.estate import ods
from watchward.estate.organisation import OrganisationKind


def a_row(code="XA1", name="ELM NHS TRUST", region="Y56", icb="QX1", **columns):
    values = dict.fromkeys(range(27), "")
    values |= {0: code, 1: name, 2: region, 3: icb, 9: "ZZ1 1ZZ", 10: "20200401"}
    places = {"closed": 11, "state": 12, "commissioner": 14, "left": 16, "setting": 25}
    values |= {places[column]: value for column, value in columns.items()}
    return ",".join(f'"{values[place]}"' for place in range(27)) + "\r\n"


def test_a_headerless_trust_file_is_recognised_by_its_name():
    reading = ods.read(a_row() + a_row("XA2", closed="20240930"), file="etr.csv")

    assert reading.layout == "etr"
    assert [claim.record.closed_on for claim in reading.claims] == [None, date(2024, 9, 30)]
    assert reading.claims[0].record.name == "Elm NHS Trust"
    assert reading.claims[0].within == ("QX1", "Y56")


@pytest.mark.parametrize(("state", "setting"), [("A", "4"), ("ACTIVE", "RO76"), ("ACTIVE", "RO76|RO268")])
def test_gp_practices_are_read_in_either_coding(state, setting):
    reading = ods.read(a_row("X81001", state=state, setting=setting, commissioner="99X"), file="list.csv")

    assert reading.claims[0].record.kind is OrganisationKind.GP_PRACTICE
    assert reading.claims[0].within == ("99X", "QX1", "Y56")


@pytest.mark.parametrize("state", ["C", "INACTIVE"])
def test_a_practice_that_closed_without_a_date_closed_when_it_left_its_commissioner(state):
    reading = ods.read(a_row("X81001", state=state, setting="RO76", left="20211231"), file="epraccur.csv")

    assert reading.claims[0].record.closed_on == date(2021, 12, 31)


def test_other_prescribing_settings_are_counted_and_left_out():
    reading = ods.read(
        a_row("X81001", state="A", setting="4") + a_row("X81002", state="A", setting="9"), file="epraccur.csv"
    )

    assert len(reading.claims) == 1
    assert reading.left_out == {"another prescribing setting than a GP practice": 1}


def test_a_practice_in_wales_is_placed_in_wales():
    reading = ods.read(
        a_row("W99001", region="", icb="", state="ACTIVE", setting="RO76", commissioner="7A9"), file="epraccur.csv"
    )

    assert reading.claims[0].within == ("WAL",)


def test_a_row_of_another_width_is_refused_with_file_and_line():
    with pytest.raises(ods.LayoutError, match=r"etr\.csv, line 2: found 3 columns") as caught:
        ods.read(a_row() + "a,b,c\r\n", file="etr.csv")

    assert "27 columns" in caught.value.advice


def test_a_date_that_is_none_is_refused_with_its_column():
    with pytest.raises(ods.LayoutError, match="found '2024-31-31' as close_date"):
        ods.read(a_row(closed="2024-31-31"), file="etr.csv")


def test_a_state_of_neither_coding_is_refused():
    with pytest.raises(ods.LayoutError, match="found 'MAYBE' as state"):
        ods.read(a_row(state="A", setting="4") + a_row("XA9", state="MAYBE", setting="4"), file="epraccur.csv")


def test_the_registers_columns_alone_do_not_say_what_they_list():
    with pytest.raises(ods.LayoutError, match="do not say what sort"):
        ods.read(a_row(), file="download.csv")
    assert ods.read(a_row(), file="download.csv", layout="eccg").claims[0].record.kind is OrganisationKind.SUB_ICB


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("site_name,trust_or_provider,postcode\nElm,Oak,ZZ1\n", "names and no codes"),
        ("Region,Specialisms,ServiceTypes,Count\nEast,Care,Clinic,1\n", "counts, not organisations"),
        ("colour,weight\nred,3\n", "a header of 2 columns beginning 'colour, weight'"),
        ("", "found nothing"),
        ('a,"b\n', "broken CSV"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(text, words):
    with pytest.raises(ods.LayoutError, match=words):
        ods.read(text, file="some.csv")


def test_a_layout_that_does_not_fit_says_which_column_is_missing():
    with pytest.raises(ods.LayoutError, match="no column icb_code_2023"):
        ods.read("icb_code_2026,b\nQX1,x\n", file="some.csv", layout="icb-crosswalk")


def test_the_register_publishes_in_an_older_coding_too():
    assert ods.decode("Café".encode("cp1252"), file="etr.csv") == "Café"
    assert ods.decode(b"\xef\xbb\xbfcode", file="etr.csv") == "code"
    with pytest.raises(ods.LayoutError, match="bytes that are not text"):
        ods.decode(b"PK\x03\x04\0\0", file="etr.zip")


HEADED = {
    "icb_code,icb_name,ons_code_2023\nQX1,NHS ELM ICB,\n": ["QX1"],
    "icb_code,icb_name,commissioner_code,commissioner_name\n,,13Z,HUB\nQX1,A,99X,B\n": ["QX1", "99X"],
    "SICBL23CDH,SICBL23NM,ICB23CDH,ICB23NM,NHSER23CDH,NHSER23NM\n99X,A,QX1,B,Y56,C\n": ["Y56", "QX1", "99X"],
    "PRACTICE_CODE,PCN_CODE,PCN_NAME,STP_CODE,EXTRACT_DATE\nX81001,U99999,ELM,QX1,01Jan2022\n": ["U99999", "X81001"],
    "ods_code,name,postcode\nFX123,Elm Pharmacy,ZZ1\n": ["FX123"],
    "pharmacy_name,postcode,organisation_data_service_code\nElm,ZZ1,FX124\n": ["FX124"],
    "name,cqc_id,type,postcode\nElm House,1-99,Nursing homes,ZZ1\n": ["1-99"],
    "Location CQC ID,Location ODS code,Location name,Parent ODS code\n1-9,VZ9,Elm,AZ9\n": ["AZ9", "VZ9"],
    "Code,Name,ICB Code,ICB Name,Region Name\nY99,Elm Walk-in,QX1,B,London\n": ["Y99"],
    "snapshot,code,name,national_grouping,high_level_health_geography,close_date\n2023,XA1,ELM,Y56,QX1,\n": ["XA1"],
}


@pytest.mark.parametrize(("text", "codes"), HEADED.items())
def test_every_layout_with_a_header_is_recognised_by_it(text, codes):
    assert [claim.record.code for claim in ods.read(text, file="some.csv").claims] == codes


def test_a_code_that_could_break_a_path_is_refused():
    with pytest.raises(ods.LayoutError, match="as code"):
        ods.read(a_row("../X"), file="etr.csv")
