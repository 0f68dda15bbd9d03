"""Files with a header: look-ups between ICBs, sub-ICB locations and regions, mergers, pharmacies, care homes."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from watchward.estate.ods import headerless
from watchward.estate.ods.claim import Claim, Succession
from watchward.estate.ods.row import Row
from watchward.estate.organisation import OrganisationKind, OrganisationRecord

Said = Iterable[Claim | Succession]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A file with a header, recognised by columns that only it has."""

    name: str
    columns: frozenset[str]
    says: Callable[[Row], Said]


def history(row: Row) -> Said:
    """Trusts as they stood in several years."""
    yield Claim(
        record=headerless.record(row, OrganisationKind.TRUST),
        within=row.codes("high_level_health_geography", "national_grouping"),
        snapshot=row.day("snapshot"),
    )


def commissioners(row: Row) -> Said:
    """Sub-ICB locations and the ICBs since April 2026 in which they lie; hubs without an ICB are passed over."""
    if not row["icb_code"]:
        return
    region = row.codes("region_code")
    yield _claim(row.code("icb_code"), row.name("icb_name"), OrganisationKind.ICB, within=region)
    yield _claim(
        row.code("commissioner_code"),
        row.name("commissioner_name"),
        OrganisationKind.SUB_ICB,
        within=(row.code("icb_code"), *region),
    )


def icbs(row: Row) -> Said:
    """The ICBs since April 2026; this list does not say in which region they lie."""
    yield _claim(row.code("icb_code"), row.name("icb_name"), OrganisationKind.ICB)


def crosswalk(row: Row) -> Said:
    """From an ICB's code before the mergers of April 2026 to one after them."""
    yield Succession(old=row.code("icb_code_2023"), new=row.code("icb_code_2026"))


def hierarchy(row: Row) -> Said:
    """GP practice → primary care network → commissioner → ICB → region; names of practices are not in it."""
    day = row.day("EXTRACT_DATE")
    above = row.codes("CCG_CODE", "STP_CODE", "COMM_REGION_CODE")
    network = row["PCN_CODE"].upper()
    if network in {"", "U"}:  # U stands for: in no network
        network = ""
    else:
        yield _claim(network, row.name("PCN_NAME"), OrganisationKind.PCN, within=above, snapshot=day)
    practice = _site(row.code("PRACTICE_CODE"), "", OrganisationKind.GP_PRACTICE, row["PRACTICE_POSTCODE"])
    yield Claim(record=practice, within=above, network=network, snapshot=day)


def pharmacies(row: Row) -> Said:
    """The national list of pharmacies: a postcode, and nothing that says where they belong."""
    yield Claim(record=_site(row.code("ods_code"), row.name("name"), OrganisationKind.PHARMACY, row["postcode"]))


def local_pharmacies(row: Row) -> Said:
    """Pharmacies of one area; it names the area, but gives no code of the register to join on."""
    code = row.code("organisation_data_service_code")
    yield Claim(record=_site(code, row.name("pharmacy_name"), OrganisationKind.PHARMACY, row["postcode"]))


def care_homes(row: Row) -> Said:
    """Care homes by their CQC location number; the provider is given by name only, so it is not joined."""
    yield Claim(record=_site(row.code("cqc_id"), row.name("name"), OrganisationKind.CARE_HOME, row["postcode"]))


def social_care(row: Row) -> Said:
    """CQC locations with their ODS codes and parents, as the toolkit's list for social care gives them."""
    provider = row.codes("Parent ODS code", "CQC ID of parent organisation")[:1]
    kind = OrganisationKind.CARE_HOME if row["Care home?"].upper().startswith("Y") else OrganisationKind.HOME_CARE
    if provider:
        yield _claim(provider[0], "", OrganisationKind.CARE_PROVIDER, snapshot=date(2000, 1, 1))
    code = row.code("Location ODS code" if row["Location ODS code"] else "Location CQC ID")
    yield Claim(record=_site(code, row.name("Location name"), kind, row["Location postcode"]), within=provider)


def providers(row: Row) -> Said:
    """Providers of urgent care in 2025-26, walk-in centres among them, each with its ICB."""
    yield _claim(
        row.code("Code"),
        row.name("Name"),
        OrganisationKind.OTHER,
        within=row.codes("ICB Code"),
        snapshot=date(2025, 4, 1),
    )


LAYOUTS = (
    Layout(name="trust-history", columns=frozenset({"snapshot", "code", "high_level_health_geography"}), says=history),
    Layout(name="commissioners", columns=frozenset({"icb_code", "commissioner_code"}), says=commissioners),
    Layout(name="icbs", columns=frozenset({"icb_code", "icb_name"}), says=icbs),
    Layout(name="icb-crosswalk", columns=frozenset({"icb_code_2023", "icb_code_2026"}), says=crosswalk),
    Layout(name="gp-hierarchy", columns=frozenset({"PRACTICE_CODE", "PCN_CODE", "STP_CODE"}), says=hierarchy),
    Layout(name="pharmacies", columns=frozenset({"ods_code", "name", "postcode"}), says=pharmacies),
    Layout(
        name="local-pharmacies",
        columns=frozenset({"organisation_data_service_code", "pharmacy_name"}),
        says=local_pharmacies,
    ),
    Layout(name="care-homes", columns=frozenset({"cqc_id", "name", "type"}), says=care_homes),
    Layout(name="social-care", columns=frozenset({"Location CQC ID", "Location name"}), says=social_care),
    Layout(name="providers", columns=frozenset({"Code", "Name", "ICB Code"}), says=providers),
)
"""In the order in which they are tried: the first whose columns are all there."""

REGISTER = frozenset({"code", "name", "national_grouping", "high_level_health_geography", "close_date"})
"""The register's own columns when somebody gave them a header (etr, ect, eccg and the like)."""

PRACTICES = frozenset({"code", "name", "national_grouping", "status_code", "prescribing_setting"})
"""The columns of epraccur when somebody gave them a header."""

UNFIT: Mapping[frozenset[str], str] = {
    frozenset({"site_name", "trust_or_provider"}): "it gives names and no codes, and names do not identify anyone",
    frozenset({"Specialisms", "ServiceTypes", "Count"}): "it holds counts, not organisations",
    frozenset({"role_code", "role_name"}): "it lists roles, not organisations",
}
"""Published files that look like lists of organisations and are not, with the reason."""

_PERIOD = re.compile(r"^(SICBL|CCG)(\d\d)CDH$")


def lookup_period(header: Iterable[str]) -> tuple[str, str] | None:
    """The ONS look-up's kind and year, as its column names tell it (`SICBL23CDH`), or None where it is another file."""
    for column in header:
        if match := _PERIOD.match(column):
            return match[1], match[2]
    return None


def lookup_layout(kind: str, year: str) -> Layout:
    """The ONS look-up from sub-ICB location (or CCG) to ICB (or STP) to region, of April in that year."""
    area = "ICB" if kind == "SICBL" else "STP"
    needed = (f"{kind}{year}CDH", f"{area}{year}CDH", f"NHSER{year}CDH")
    day = date(2000 + int(year), 4, 1)

    def says(row: Row) -> Said:
        location, icb, region = (row.code(column) for column in needed)
        name = row.name(f"{area}{year}NM")
        yield _claim(region, row.name(f"NHSER{year}NM"), OrganisationKind.REGION, within=("ENG",), snapshot=day)
        yield _claim(icb, name, OrganisationKind.ICB, within=(region,), snapshot=day)
        yield _claim(
            location, row.name(f"{kind}{year}NM"), OrganisationKind.SUB_ICB, within=(icb, region), snapshot=day
        )

    return Layout(name="region-lookup", columns=frozenset(needed), says=says)


def _claim(
    code: str, name: str, kind: OrganisationKind, *, within: tuple[str, ...] = (), snapshot: date | None = None
) -> Claim:
    return Claim(record=OrganisationRecord(code=code, name=name, kind=kind), within=within, snapshot=snapshot)


def _site(code: str, name: str, kind: OrganisationKind, postcode: str) -> OrganisationRecord:
    return OrganisationRecord(code=code, name=name, kind=kind, postcode=postcode)
