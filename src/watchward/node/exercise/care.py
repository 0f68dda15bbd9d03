"""The map of care of the invented sector: sizes, suppliers that many share, and the servers that carry systems."""

from collections.abc import Iterator
from typing import Final

from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap, joined
from watchward.estate.care.system import Equipment, Supplier
from watchward.estate.care.templates import Arrangement, Measure, TemplateKind, template
from watchward.estate.organisation import OrganisationKind
from watchward.node.exercise import names
from watchward.node.exercise.others import DISPATCH, PHARMACIES, pharmacy_near
from watchward.node.exercise.sector import DeviceKind, Sector, Site

RECORDS: Final = ("supplier/records-1", "supplier/records-2")
PATHOLOGY: Final = "supplier/pathology-1"
IMAGES: Final = "supplier/images-1"
CARE_PLANS: Final = "supplier/care-plans-1"
TELEPHONES: Final = "supplier/telephones-1"

SUPPLIERS: Final = tuple(
    Supplier(id=key, name=f"{names.place(700 + number)} Exercise {what}")
    for number, (key, what) in enumerate(
        (
            (RECORDS[0], "Practice Records"),
            (RECORDS[1], "Surgery Systems"),
            (PATHOLOGY, "Pathology Partnership"),
            (IMAGES, "Image Archive"),
            (CARE_PLANS, "Care Plans"),
            (TELEPHONES, "Telephones"),
            (DISPATCH, "Dispatch Systems"),
            (PHARMACIES, "Pharmacy Chain"),
        )
    )
)
"""Those on whom many depend at once, which no single organisation can see."""

_CARRIES: Final = {
    "APP": "clinical_apps",
    "EPR": "patient_record",
    "INT": "integration",
    "LIMS": "laboratory",
    "PACS": "imaging_archive",
    "RIS": "imaging_archive",
    "SQL": "e_prescribing",
}
"""Which system of its trust a server of each role carries."""

_OTHER_CARRIERS: Final = ((DeviceKind.DOMAIN_CONTROLLER, "identity"), (DeviceKind.LABORATORY, "pathology"))

_MOST: Final = 12
"""Servers of one role that carry a system; a large trust's others are for tests and in reserve."""

_RESERVE: Final = 1.5
"""Servers of one role together could carry half as much again: a third of them may fail unnoticed."""

_DEVICES_A_BED: Final = 6

_OUTSIDE_LABORATORY: Final = 4
"""One practice of so many sends its samples to the pathology supplier."""


def arrangement(site: Site) -> Arrangement | None:
    """What is known of an invented organisation; None of one that gives no care."""
    number = site.number
    match site.record.kind:
        case OrganisationKind.TRUST:
            beds = max(60, site.devices // _DEVICES_A_BED)
            hosts = {"laboratory": PATHOLOGY} if number % 3 != 2 else {}  # noqa: PLR2004 - two of three
            hosts |= {"imaging_archive": IMAGES} if number % 2 else {}
            return Arrangement(
                template=TemplateKind.ACUTE_TRUST,
                measures={Measure.BEDS: float(beds)},
                hosts=hosts,
            )
        case OrganisationKind.GP_PRACTICE:
            return Arrangement(
                template=TemplateKind.GP_PRACTICE,
                measures={Measure.REGISTERED_PATIENTS: 4_000.0 + number * 7_919 % 13_000},
                hosts={"patient_record": RECORDS[number % 5 > 2], "telephony": TELEPHONES}  # noqa: PLR2004 - three of five
                if number % 2
                else {"patient_record": RECORDS[number % 5 > 2]},  # noqa: PLR2004 - as above
            )
        case OrganisationKind.CARE_HOME:
            return Arrangement(
                template=TemplateKind.CARE_HOME,
                measures={Measure.RESIDENTS: 12.0 + number * 37 % 55},
                hosts={"care_planning": CARE_PLANS} if number % 10 < 7 else {},  # noqa: PLR2004 - seven of ten
            )
        case _:
            return None


def outside_of(sector: Sector, site: Site) -> dict[str, str]:
    """What a practice or a care home needs elsewhere, by its name in the template."""
    match site.record.kind:
        case OrganisationKind.GP_PRACTICE:
            laboratory = laboratory_of(sector, site)
            return {"pathology": laboratory} if laboratory else {}
        case OrganisationKind.CARE_HOME:
            icbs, practices = sector.count(OrganisationKind.ICB), sector.count(OrganisationKind.GP_PRACTICE)
            doctor = {"gp_appointments": f"X-P{site.number % practices + 1}/gp_appointments"} if practices else {}
            return doctor | ({"pharmacy": pharmacy_near(site.number, icbs)} if icbs else {})
        case _:
            return {}


def laboratory_of(sector: Sector, site: Site) -> str:
    """The pathology service that works for a practice, of a trust in its area or a supplier; empty without any."""
    if site.number % _OUTSIDE_LABORATORY == _OUTSIDE_LABORATORY - 1 and sector.count(OrganisationKind.REGION):
        return "X-L1/pathology"
    near = site.number % max(1, sector.count(OrganisationKind.ICB))
    if near >= sector.count(OrganisationKind.TRUST):
        return ""
    return f"{sector.site(OrganisationKind.TRUST, near).record.code}/pathology"


def confirmed(site: Site) -> bool:
    """Whether somebody at a trust answers for its map: at every other one, so that both can be seen."""
    return site.record.kind is OrganisationKind.TRUST and site.number % 2 == 0


def equipped(site: Site) -> CareMap:
    """The map of a trust with the servers that carry its systems, without its place and the suppliers."""
    known = arrangement(site)
    if known is None:
        return CareMap()
    part = template(known, organisation=site.record.code)
    there = {one.id for one in part.services} | {one.id for one in part.systems if not one.host}
    return joined([part, *(_carriers(site, system, found) for system, found in _carrying(site, there))])


def _carrying(site: Site, there: set[str]) -> Iterator[tuple[str, list[int]]]:
    """The systems that stand in the trust itself, each with the numbers of the devices that carry it."""
    by_system: dict[str, list[int]] = {}
    for role, system in _CARRIES.items():
        by_system.setdefault(system, []).extend(site.numbers_of(DeviceKind.SERVER, role)[:_MOST])
    for kind, system in _OTHER_CARRIERS:
        by_system[system] = list(site.numbers_of(kind)[:_MOST])
    for system, numbers in by_system.items():
        if f"{site.record.code}/{system}" in there and numbers:
            yield system, numbers


def _carriers(site: Site, system: str, numbers: list[int]) -> CareMap:
    code = site.record.code
    devices = [site.device(number) for number in numbers]
    share = min(1.0, _RESERVE / len(devices))
    return CareMap(
        equipment=tuple(Equipment(id=f"{code}/device/{one.name}", organisation=code, name=one.name) for one in devices),
        dependencies=tuple(
            Dependency(consumer=f"{code}/{system}", provider=f"{code}/device/{one.name}", group="servers", share=share)
            for one in devices
        ),
    )
