from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from watchward.estate import ods
from watchward.estate.ods import Claim, Reading, Succession
from watchward.estate.organisation import OrganisationKind, OrganisationRecord
from watchward.estate.placement import settle

ICB, SUB_ICB, TRUST = OrganisationKind.ICB, OrganisationKind.SUB_ICB, OrganisationKind.TRUST
PRACTICE, PCN = OrganisationKind.GP_PRACTICE, OrganisationKind.PCN


def a_claim(code, kind, *within, network="", snapshot=None, name="Elm"):
    record = OrganisationRecord(code=code, name=name, kind=kind)
    return Claim(record=record, within=within, network=network, snapshot=snapshot)


def reading(*claims, mergers=()):
    successions = tuple(Succession(old=old, new=new) for old, new in mergers)
    return Reading(file="a.csv", layout="test", claims=claims, successions=successions)


def placed(*readings, **options):
    settled = settle(readings, **options)
    return {record.code: record for record in settled.records}, settled.remarks


def test_a_practice_lies_in_the_icb_of_its_sub_icb_location():
    records, _ = placed(
        reading(a_claim("X8", PRACTICE, "99X", "Y56"), a_claim("99X", SUB_ICB, "QX1"), a_claim("QX1", ICB, "Y56"))
    )

    assert records["X8"].parent == "QX1"


def test_an_old_icb_code_leads_to_its_successor():
    records, remarks = placed(
        reading(
            a_claim("X8", PRACTICE, "QX1", "Y56"),
            a_claim("QX1", ICB, "Y56", snapshot=date(2023, 4, 1)),
            a_claim("N1", ICB, "Y56"),
            mergers=[("QX1", "N1")],
        )
    )

    assert records["X8"].parent == "N1"
    assert (records["QX1"].closed_on, records["QX1"].successor) == (date(2026, 3, 31), "N1")
    assert not remarks


def test_an_icb_that_split_leads_nowhere_and_a_remark_names_what_it_left_behind():
    records, remarks = placed(
        reading(
            a_claim("X8", PRACTICE, "QX1", "Y56"),
            a_claim("N1", ICB, "Y56"),
            a_claim("N2", ICB, "Y56"),
            mergers=[("QX1", "N1"), ("QX1", "N2")],
        )
    )

    assert records["X8"].parent == "Y56"
    assert [remark.codes for remark in remarks] == [("X8",)]
    assert "QX1 split among N1 and N2" in remarks[0].text


def test_the_sub_icb_location_decides_where_an_icb_split():
    records, remarks = placed(
        reading(
            a_claim("X8", PRACTICE, "99X", "QX1", "Y56"),
            a_claim("99X", SUB_ICB, "N2"),
            a_claim("N2", ICB, "Y56"),
            mergers=[("QX1", "N1"), ("QX1", "N2")],
        )
    )

    assert records["X8"].parent == "N2"
    assert not remarks


def test_an_icb_that_the_mergers_pass_over_stays_and_is_reported():
    records, remarks = placed(
        reading(
            a_claim("X8", PRACTICE, "QX9"),
            a_claim("QX9", ICB, "Y59"),
            a_claim("N1", ICB, "Y56"),
            mergers=[("QX1", "N1")],
        )
    )

    assert records["X8"].parent == "QX9"
    assert records["QX9"].closed_on is None
    assert [remark.codes for remark in remarks] == [("QX9",)]


def test_an_unknown_parent_is_reported_and_its_child_kept():
    records, remarks = placed(reading(a_claim("XA1", TRUST, "QX7", "Y56"), a_claim("XA2", TRUST, "QX7")))

    assert (records["XA1"].parent, records["XA2"].parent) == ("Y56", "ENG")
    assert "QX7 is named as a parent and is not known" in remarks[0].text
    assert remarks[0].codes == ("XA1", "XA2")


def test_what_no_file_places_goes_where_the_importer_says():
    pharmacy = a_claim("FX1", OrganisationKind.PHARMACY)
    records, remarks = placed(reading(pharmacy, a_claim("QX1", ICB, "Y56")), under="QX1")

    assert records["FX1"].parent == "QX1"
    assert not remarks


def test_organisations_that_lie_within_each_other_are_reported_and_kept():
    records, remarks = placed(reading(a_claim("XA1", TRUST, "XA2"), a_claim("XA2", TRUST, "XA1")))

    assert "ENG" in {records["XA1"].parent, records["XA2"].parent}
    assert "within themselves" in remarks[-1].text


def test_a_snapshot_fills_gaps_and_never_overrides_the_present():
    past = a_claim("XA1", TRUST, "QX1", name="Old name", snapshot=date(2022, 1, 1))
    records, _ = placed(
        reading(a_claim("XA1", TRUST, "QX2", name="New name"), past, a_claim("QX1", ICB), a_claim("QX2", ICB))
    )

    assert (records["XA1"].name, records["XA1"].parent) == ("New name", "QX2")


def test_a_network_counts_while_it_lies_where_the_practice_lies():
    there = [a_claim("U9", PCN, "QX1"), a_claim("QX1", ICB), a_claim("QX2", ICB)]
    same, _ = placed(reading(*there, a_claim("X8", PRACTICE, "QX1", network="U9")))
    moved, _ = placed(reading(*there, a_claim("X8", PRACTICE, "QX2", network="U9")))

    assert (same["X8"].parent, moved["X8"].parent) == ("U9", "QX2")


codes = st.sampled_from(["A1", "A2", "A3", "A4", "QX1", "QX2"])
claims = st.builds(
    lambda code, kind, within, old: a_claim(code, kind, *within, snapshot=date(2020, 1, 1) if old else None),
    codes,
    st.sampled_from([ICB, SUB_ICB, TRUST, PRACTICE, PCN]),
    st.lists(codes, max_size=3),
    st.booleans(),
)
mergers = st.lists(st.tuples(codes, codes), max_size=3)


@given(st.lists(claims, max_size=8), mergers)
def test_nothing_is_dropped_every_parent_exists_and_comes_first(said, merged):
    settled = settle([reading(*said, mergers=merged)])
    seen = set()
    for record in settled.records:
        assert record.parent is None or record.parent in seen
        seen.add(record.code)

    assert {claim.record.code for claim in said} <= seen


def test_all_shared_files_together_place_every_trust_and_practice_of_england_in_an_icb(shared_data):
    readings = []
    for path in sorted((shared_data / "open" / "organisations").rglob("*.csv")):
        if path.name.startswith(("cqc_", "hospital_sites_", "ods_roles")):  # counts, names without codes, roles
            continue
        readings.append(ods.read(ods.decode(path.read_bytes(), file=path.name), file=path.name))
    settled = settle(readings)
    records = {record.code: record for record in settled.records}
    open_icbs = {r.code for r in settled.records if r.kind is ICB and r.closed_on is None}
    practices = [r for r in settled.records if r.kind is PRACTICE and records[r.parent].code != "WAL"]

    assert len(open_icbs) == 37  # the 36 since April 2026, and the one that the list of mergers passes over
    assert {record.code for record in settled.records if record.kind is OrganisationKind.REGION} == {
        records[i].parent for i in open_icbs
    }
    assert len(practices) > 6000
    assert all(records[practice.parent].kind in {PCN, ICB} for practice in practices)
    assert settle(readings, known=settled.records).records == settled.records
