"""A clinical service at an organisation, and how much of it there is in each hour of the week."""

from dataclasses import dataclass
from enum import StrEnum


class ServiceKind(StrEnum):
    """What sort of care it is; the values are stored and never change."""

    AMBULANCE_DISPATCH = "ambulance_dispatch"
    CARE_HOME_MEDICATION = "care_home_medication"
    COMMUNITY = "community"
    CRITICAL_CARE = "critical_care"
    ELECTIVE_ADMISSIONS = "elective_admissions"
    EMERGENCY_ADMISSIONS = "emergency_admissions"
    EMERGENCY_DEPARTMENT = "emergency_department"
    GP_APPOINTMENTS = "gp_appointments"
    HOME_CARE_VISITS = "home_care_visits"
    IMAGING = "imaging"
    MATERNITY = "maternity"
    MENTAL_HEALTH = "mental_health"
    OUTPATIENTS = "outpatients"
    PATHOLOGY = "pathology"
    PHARMACY = "pharmacy"
    THEATRES = "theatres"
    URGENT_CARE_111 = "urgent_care_111"

    @property
    def label(self) -> str:
        """The kind in words.

        >>> ServiceKind.URGENT_CARE_111.label
        '111 and urgent care'

        """
        return _WORDS[self][0]

    @property
    def unit(self) -> str:
        """What its activity is counted in, one of them.

        >>> ServiceKind.MATERNITY.unit
        'birth'

        """
        return _WORDS[self][1]


_WORDS = {
    ServiceKind.AMBULANCE_DISPATCH: ("Ambulance dispatch", "incident"),
    ServiceKind.CARE_HOME_MEDICATION: ("Care-home medication rounds", "resident's round"),
    ServiceKind.COMMUNITY: ("Community care", "contact"),
    ServiceKind.CRITICAL_CARE: ("Critical care", "bed day"),
    ServiceKind.ELECTIVE_ADMISSIONS: ("Elective admissions", "admission"),
    ServiceKind.EMERGENCY_ADMISSIONS: ("Emergency admissions", "admission"),
    ServiceKind.EMERGENCY_DEPARTMENT: ("Emergency department", "attendance"),
    ServiceKind.GP_APPOINTMENTS: ("GP appointments", "appointment"),
    ServiceKind.HOME_CARE_VISITS: ("Home-care visits", "visit"),
    ServiceKind.IMAGING: ("Imaging", "examination"),
    ServiceKind.MATERNITY: ("Maternity", "birth"),
    ServiceKind.MENTAL_HEALTH: ("Mental health", "contact"),
    ServiceKind.OUTPATIENTS: ("Outpatients", "appointment"),
    ServiceKind.PATHOLOGY: ("Pathology", "test"),
    ServiceKind.PHARMACY: ("Pharmacy", "item"),
    ServiceKind.THEATRES: ("Theatres", "operation"),
    ServiceKind.URGENT_CARE_111: ("111 and urgent care", "call"),
}


class Week(StrEnum):
    """When in the week a service works: the shape over 168 hours from Monday midnight (`estate.care.week`)."""

    ALWAYS = "always"
    EMERGENCY = "emergency"
    OFFICE = "office"
    ROUNDS = "rounds"
    VISITS = "visits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One clinical service at one organisation.

    Args:
        id: its name within the whole map, such as `RXX/emergency_department`.
        organisation: the code of the organisation or site that gives it.
        kind: what sort of care it is.
        weekly: how much of it an ordinary week has, in the kind's unit.
        low: what an ordinary week is below with 5 chances in 100; the same as `weekly` where it was counted.
        high: what it is above with 5 chances in 100.
        week: when in the week it works.

    """

    id: str
    organisation: str
    kind: ServiceKind
    weekly: float
    low: float
    high: float
    week: Week
