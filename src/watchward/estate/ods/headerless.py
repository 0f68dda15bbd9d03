"""The headerless layout in which the register publishes its CSV files: 27 columns, no header.

etr (trusts), ets (their sites), eccg (sub-ICB locations), epraccur (prescribing cost centres, GP practices among them)
and their sisters share it; only the kind of organisation, and how its state is coded, differ.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from watchward.estate.ods.claim import Claim, Reading
from watchward.estate.ods.errors import LayoutError
from watchward.estate.ods.row import Row
from watchward.estate.organisation import WALES, OrganisationKind, OrganisationRecord

COLUMNS = (
    *("code", "name", "national_grouping", "high_level_health_geography"),
    *(f"address_{number}" for number in range(1, 6)),
    *("postcode", "open_date", "close_date", "status_code", "sub_type", "commissioner", "join_provider_date"),
    *("left_provider_date", "telephone", "null_19", "null_20", "null_21", "amended_record_indicator", "null_23"),
    *("provider_purchaser", "null_25", "prescribing_setting", "null_27"),
)


KINDS: Mapping[str, OrganisationKind] = {
    "etr": OrganisationKind.TRUST,
    "ect": OrganisationKind.TRUST,
    "ets": OrganisationKind.TRUST_SITE,
    "ects": OrganisationKind.TRUST_SITE,
    "eccg": OrganisationKind.SUB_ICB,
    "ephp": OrganisationKind.INDEPENDENT_PROVIDER,
    "ephpsite": OrganisationKind.INDEPENDENT_SITE,
    "egdpprac": OrganisationKind.DENTAL_PRACTICE,
    "edispensary": OrganisationKind.PHARMACY,
    "ecarehomehq": OrganisationKind.CARE_PROVIDER,
    "ecarehomesite": OrganisationKind.CARE_HOME,
    "ebranchs": OrganisationKind.BRANCH_SURGERY,
}
"""The register's own file names, each with what it lists. `epraccur` has a reading of its own."""

GP_SETTINGS = frozenset({"4", "RO76"})
"""A GP practice as prescribing setting: in the coding of 2023 and in that of 2026."""

ACTIVE_STATES = frozenset({"A", "ACTIVE", "P", "PROPOSED"})
CLOSED_STATES = frozenset({"C", "INACTIVE", "CLOSED"})
DORMANT_STATES = frozenset({"D", "DORMANT"})
_STATES = ACTIVE_STATES | CLOSED_STATES | DORMANT_STATES


def is_epraccur(rows: Sequence[Sequence[str]]) -> bool:
    """Whether these are prescribing cost centres: only they give a state, and a setting."""
    return any(row[12] in _STATES and row[25] for row in rows[:50] if len(row) == len(COLUMNS))


def named(rows: Iterable[Sequence[str]], *, file: str) -> Iterable[Row]:
    """The rows with the columns' names; a row of another width is refused.

    Raises:
        LayoutError: a row has not the 27 columns of the layout.

    """
    for line, row in enumerate(rows, start=1):
        if not row:
            continue
        if len(row) != len(COLUMNS):
            raise LayoutError(
                file=file,
                line=line,
                found=f"{len(row)} columns",
                expected=f"{len(COLUMNS)} columns without a header, as the register publishes",
            )
        yield Row(dict(zip(COLUMNS, row, strict=True)), file, line)


def organisations(rows: Iterable[Row], *, file: str, layout: str, kind: OrganisationKind) -> Reading:
    """Organisations of one kind, each within the parent that it names, its ICB and its region."""
    claims = tuple(
        Claim(
            record=record(row, kind),
            within=_without(row["code"], row.codes("commissioner", "high_level_health_geography", "national_grouping")),
        )
        for row in rows
    )
    return Reading(file=file, layout=layout, claims=claims)


def practices(rows: Iterable[Row], *, file: str, layout: str = "epraccur") -> Reading:
    """The GP practices among the prescribing cost centres, in either coding; the rest is counted, not taken."""
    claims: list[Claim] = []
    left_out: Counter[str] = Counter()
    for row in rows:
        if GP_SETTINGS.isdisjoint(row["prescribing_setting"].split("|")):
            left_out["another prescribing setting than a GP practice"] += 1
            continue
        within = row.codes("commissioner", "high_level_health_geography", "national_grouping")
        if row["code"].startswith("W") and not row["high_level_health_geography"].startswith("Q"):
            within = (WALES.code,)
        claims.append(Claim(record=_practice(row), within=within))
    return Reading(file=file, layout=layout, claims=tuple(claims), left_out=left_out)


def record(row: Row, kind: OrganisationKind) -> OrganisationRecord:
    """The organisation of a row, its place still open."""
    return OrganisationRecord(
        code=row.code("code"),
        name=row.name("name"),
        kind=kind,
        opened_on=row.day("open_date"),
        closed_on=row.day("close_date"),
        postcode=row["postcode"],
    )


def _practice(row: Row) -> OrganisationRecord:
    state = row["status_code"].upper()
    if state not in _STATES:
        raise LayoutError(
            file=row.file,
            line=row.line,
            found=f"{row['status_code']!r} as state",
            expected="A, C, D or P (until 2023), or ACTIVE, INACTIVE or DORMANT",
        )
    practice = record(row, OrganisationKind.GP_PRACTICE)
    if state in CLOSED_STATES and practice.closed_on is None:
        closed_on = row.day("left_provider_date") or practice.opened_on
        return OrganisationRecord(
            code=practice.code,
            name=practice.name,
            kind=practice.kind,
            opened_on=practice.opened_on,
            closed_on=closed_on,
            postcode=practice.postcode,
        )
    return practice


def _without(code: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(other for other in codes if other != code.upper())
