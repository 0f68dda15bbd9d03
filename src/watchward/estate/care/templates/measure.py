"""What tells the size of an organisation: the numbers that a template is scaled by."""

from enum import StrEnum


class Measure(StrEnum):
    """A number about an organisation; the values are stored and never change. Activity is that of one week."""

    AE_ATTENDANCES = "ae_attendances"
    BEDS = "beds"
    CALLS = "calls"
    CLIENTS = "clients"
    COMPLETED_ADMITTED = "completed_admitted"
    COMPLETED_NOT_ADMITTED = "completed_not_admitted"
    CONTACTS = "contacts"
    CRITICAL_CARE_BEDS = "critical_care_beds"
    EMERGENCY_ADMISSIONS = "emergency_admissions"
    INCIDENTS = "incidents"
    ITEMS = "items"
    REGISTERED_PATIENTS = "registered_patients"
    RESIDENTS = "residents"
    TESTS = "tests"

    @property
    def label(self) -> str:
        """What it counts, in words.

        >>> Measure.BEDS.label
        'general and acute beds'

        """
        return _LABELS[self]


_LABELS = {
    Measure.AE_ATTENDANCES: "A&E attendances a week",
    Measure.BEDS: "general and acute beds",
    Measure.CALLS: "111 calls a week",
    Measure.CLIENTS: "people visited at home",
    Measure.COMPLETED_ADMITTED: "waiting-list pathways completed by an admission, a week",
    Measure.COMPLETED_NOT_ADMITTED: "waiting-list pathways completed without admission, a week",
    Measure.CONTACTS: "contacts with patients a week",
    Measure.CRITICAL_CARE_BEDS: "adult critical care beds",
    Measure.EMERGENCY_ADMISSIONS: "emergency admissions a week",
    Measure.INCIDENTS: "ambulance incidents a week",
    Measure.ITEMS: "items dispensed a week",
    Measure.REGISTERED_PATIENTS: "registered patients",
    Measure.RESIDENTS: "residents",
    Measure.TESTS: "laboratory tests a week",
}
