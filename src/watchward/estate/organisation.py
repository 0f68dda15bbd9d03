"""An organisation, and where it stands in the tree nation → region → ICB → organisation → site."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class OrganisationKind(StrEnum):
    """What sort of organisation it is; the values are stored and never change."""

    BRANCH_SURGERY = "branch_surgery"
    CARE_HOME = "care_home"
    CARE_PROVIDER = "care_provider"
    DENTAL_PRACTICE = "dental_practice"
    GP_PRACTICE = "gp_practice"
    HOME_CARE = "home_care"
    ICB = "icb"
    INDEPENDENT_PROVIDER = "independent_provider"
    INDEPENDENT_SITE = "independent_site"
    NATION = "nation"
    NATIONAL_BODY = "national_body"
    OTHER = "other"
    PCN = "pcn"
    PHARMACY = "pharmacy"
    REGION = "region"
    SUB_ICB = "sub_icb"
    SUPPLIER = "supplier"
    TRUST = "trust"
    TRUST_SITE = "trust_site"

    @property
    def label(self) -> str:
        """The kind in words.

        >>> OrganisationKind.ICB.label
        'Integrated care board (ICB)'

        """
        return _TITLES.get(self) or self.value.replace("_", " ").capitalize()


_TITLES = {
    OrganisationKind.GP_PRACTICE: "GP practice",
    OrganisationKind.HOME_CARE: "Care at home",
    OrganisationKind.ICB: "Integrated care board (ICB)",
    OrganisationKind.OTHER: "Other organisation",
    OrganisationKind.PCN: "Primary care network (PCN)",
    OrganisationKind.SUB_ICB: "Sub-ICB location",
    OrganisationKind.TRUST: "NHS trust",
    OrganisationKind.TRUST_SITE: "NHS trust site",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRecord:
    """One organisation as its register gives it.

    Args:
        code: the code that the register gives it: the only thing on which anything is joined.
        name: its name, as people read it.
        kind: what sort it is.
        parent: the code of the organisation that it lies directly below; None at the top.
        opened_on: its first day, where known.
        closed_on: its last day; None while it is open.
        successor: the code of the organisation that took over its work.
        postcode: where it is.

    """

    code: str
    name: str
    kind: OrganisationKind
    parent: str | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    successor: str | None = None
    postcode: str = ""

    def open_on(self, day: date) -> bool:
        """Whether the organisation works on that day."""
        return (self.opened_on is None or self.opened_on <= day) and (self.closed_on is None or day <= self.closed_on)


def path_of(codes: Sequence[str]) -> str:
    """The place in the tree, from the top down to the organisation itself, as one text to search by prefix.

    >>> path_of(["ENG", "Y99", "QX1"])
    '/ENG/Y99/QX1/'

    """
    return "/" + "".join(code + "/" for code in codes)


ENGLAND = OrganisationRecord(code="ENG", name="England", kind=OrganisationKind.NATION)
"""The top of the tree. The register has no code for it; `ENG` is ours."""

WALES = OrganisationRecord(code="WAL", name="Wales", kind=OrganisationKind.NATION)
"""Practices in Wales stand in the English prescribing file; they are placed here."""

REGIONS = tuple(
    OrganisationRecord(code=code, name=name, kind=OrganisationKind.REGION, parent=ENGLAND.code)
    for code, name in (
        ("Y56", "London"),
        ("Y58", "South West"),
        ("Y59", "South East"),
        ("Y60", "Midlands"),
        ("Y61", "East of England"),
        ("Y62", "North West"),
        ("Y63", "North East and Yorkshire"),
    )
)
"""The seven regions of NHS England, which no file lists by themselves."""
