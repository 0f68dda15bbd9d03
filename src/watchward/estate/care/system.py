"""A system that care depends on: what it does, whose product it is, where it runs, and what records lie in it."""

from dataclasses import dataclass
from enum import StrEnum


class SystemKind(StrEnum):
    """What a system does; the values are stored and never change."""

    AMBULANCE_CAD = "ambulance_cad"
    CARE_PLANNING = "care_planning"
    CLINICAL_APPS = "clinical_apps"
    E_PRESCRIBING = "e_prescribing"
    EMAIL = "email"
    IDENTITY = "identity"
    IMAGING_ARCHIVE = "imaging_archive"
    INTEGRATION = "integration"
    LABORATORY = "laboratory"
    NETWORK = "network"
    PATIENT_RECORD = "patient_record"
    PHARMACY_SYSTEM = "pharmacy_system"
    REFERRALS = "referrals"
    ROSTERING = "rostering"
    TELEPHONY = "telephony"
    TRIAGE_111 = "triage_111"
    WORKSTATIONS = "workstations"

    @property
    def label(self) -> str:
        """The kind in words.

        >>> SystemKind.AMBULANCE_CAD.label
        'Ambulance dispatch system'

        """
        return _LABELS.get(self) or self.value.replace("_", " ").capitalize()

    @property
    def keeps_records(self) -> bool:
        """Whether what is written on paper in its absence has to be typed into it afterwards."""
        return self not in _WITHOUT_RECORDS


_LABELS = {
    SystemKind.AMBULANCE_CAD: "Ambulance dispatch system",
    SystemKind.CLINICAL_APPS: "Other clinical applications",
    SystemKind.E_PRESCRIBING: "Electronic prescribing",
    SystemKind.EMAIL: "E-mail",
    SystemKind.INTEGRATION: "Integration engine",
    SystemKind.LABORATORY: "Laboratory system",
    SystemKind.TRIAGE_111: "111 triage system",
    SystemKind.WORKSTATIONS: "Workstations and servers",
}


_WITHOUT_RECORDS = {
    SystemKind.EMAIL,
    SystemKind.IDENTITY,
    SystemKind.INTEGRATION,
    SystemKind.NETWORK,
    SystemKind.ROSTERING,
    SystemKind.TELEPHONY,
    SystemKind.WORKSTATIONS,
}


class Sensitivity(StrEnum):
    """How badly a person is hurt when their record is exposed; the values are stored and never change."""

    CLINICAL = "clinical"
    DEMOGRAPHIC = "demographic"
    SPECIAL = "special"

    @property
    def meaning(self) -> str:
        """What such a record holds."""
        return _MEANING[self]


_MEANING = {
    Sensitivity.CLINICAL: "diagnoses, medicines, results, letters",
    Sensitivity.DEMOGRAPHIC: "name, address, date of birth, appointments",
    Sensitivity.SPECIAL: "mental health, sexual health, safeguarding, abuse",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One system that an organisation uses, or that serves many.

    Args:
        id: its name within the whole map, such as `RXX/patient_record`.
        organisation: the code of the organisation that it belongs to: what fails when that fails.
        kind: what it does.
        product: what it is called on the market; empty where nobody has said.
        host: where it runs: the code of an organisation or of a supplier; empty where nobody has said.
        records: how many people's records lie in it, by how sensitive they are.

    """

    id: str
    organisation: str
    kind: SystemKind
    product: str = ""
    host: str = ""
    records: tuple[tuple[Sensitivity, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """Someone outside the organisations on whom systems or services depend.

    Args:
        id: its name within the whole map: the register's code, or one of the map's own, such as `supplier/records-1`.
        name: as people read it.

    """

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """A device, as far as it carries systems; most devices carry none and are not in the map.

    Args:
        id: its name within the whole map, such as `RXX/device/SRV01`.
        organisation: the code of the organisation that it belongs to.
        name: the name by which telemetry knows it.

    """

    id: str
    organisation: str
    name: str
