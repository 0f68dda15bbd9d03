"""Questions in plain words: as somebody would ask them across a desk who knows no computers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from watchward.estate.care.map import CareMap
from watchward.estate.care.service import ServiceKind
from watchward.estate.care.system import SystemKind
from watchward.estate.care.templates import Measure
from watchward.harm.questions.question import Sort, Subject

_SYSTEMS = {
    SystemKind.AMBULANCE_CAD: "the ambulance dispatch system",
    SystemKind.CARE_PLANNING: "the care planning system",
    SystemKind.CLINICAL_APPS: "the other clinical systems",
    SystemKind.E_PRESCRIBING: "electronic prescribing",
    SystemKind.EMAIL: "e-mail",
    SystemKind.IDENTITY: "the sign-in that computers ask for",
    SystemKind.IMAGING_ARCHIVE: "the archive of X-rays and scans",
    SystemKind.INTEGRATION: "the system that passes data between the others",
    SystemKind.LABORATORY: "the laboratory system",
    SystemKind.NETWORK: "the network and the internet line",
    SystemKind.PATIENT_RECORD: "the patient record system",
    SystemKind.PHARMACY_SYSTEM: "the pharmacy system",
    SystemKind.REFERRALS: "electronic referrals",
    SystemKind.ROSTERING: "the rota system",
    SystemKind.TELEPHONY: "the telephone system",
    SystemKind.TRIAGE_111: "the 111 triage system",
    SystemKind.WORKSTATIONS: "the computers",
}

_SERVICES = {
    ServiceKind.AMBULANCE_DISPATCH: "ambulance dispatch",
    ServiceKind.CARE_HOME_MEDICATION: "the medication rounds",
    ServiceKind.COMMUNITY: "community care",
    ServiceKind.CRITICAL_CARE: "critical care",
    ServiceKind.ELECTIVE_ADMISSIONS: "planned admissions",
    ServiceKind.EMERGENCY_ADMISSIONS: "emergency admissions",
    ServiceKind.EMERGENCY_DEPARTMENT: "the emergency department",
    ServiceKind.GP_APPOINTMENTS: "GP appointments",
    ServiceKind.HOME_CARE_VISITS: "home-care visits",
    ServiceKind.IMAGING: "X-rays and scans",
    ServiceKind.MATERNITY: "maternity care",
    ServiceKind.MENTAL_HEALTH: "mental health care",
    ServiceKind.OUTPATIENTS: "outpatient clinics",
    ServiceKind.PATHOLOGY: "laboratory tests",
    ServiceKind.PHARMACY: "dispensing of medicines",
    ServiceKind.THEATRES: "operations",
    ServiceKind.URGENT_CARE_111: "111 and urgent care",
}


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the things of a map are called in questions.

    Args:
        care: the map.
        organisation: the code of the organisation that is asked.
        names: the names of organisations by code, as far as they are known.

    """

    care: CareMap
    organisation: str
    names: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _said(self) -> dict[str, str]:
        found = {code: self.names.get(code, code) for code in self.care.places}
        found |= {one.id: _SERVICES[one.kind] for one in self.care.services}
        found |= {one.id: self._system(one.id, _SYSTEMS[one.kind], one.kind) for one in self.care.systems}
        found |= {one.id: one.name for one in self.care.suppliers}
        return found | {one.id: one.name for one in self.care.equipment}

    @staticmethod
    def _system(identifier: str, usual: str, kind: SystemKind) -> str:
        own = identifier.rpartition("/")[2]
        return usual if own == kind else f"{usual} ({own.replace('_', ' ')})"

    def thing(self, identifier: str) -> str:
        """What a thing is called; of something elsewhere, whose it is too."""
        said = self._said.get(identifier, identifier)
        code, slash, _ = identifier.partition("/")
        away = slash and code in self.care.places and code != self.organisation
        return f"{said} of {self.names.get(code, code)}" if away else said

    def asked(self, subject: Subject) -> str:
        """The question."""
        first, last = self.thing(subject.about[0]), self.thing(subject.about[-1])
        if subject.sort is Sort.SIZE:
            return f"How many {Measure(subject.about[0]).label} do you have?"
        if subject.sort is Sort.ACTIVITY:
            unit = next(one.kind.unit for one in self.care.services if one.id == subject.about[0])
            return f"How much is there of {first} in an ordinary week, counting one for each {unit}?"
        return _ASKED[subject.sort].format(first=first, last=last)

    def hint(self, subject: Subject) -> str:
        """What helps to answer."""
        first, last = self.thing(subject.about[0]), self.thing(subject.about[-1])
        if subject.sort is Sort.SECOND:
            kind = next((one.kind for one in self.care.systems if one.id == subject.about[0]), None)
            return _SECONDS.get(kind, "One that does not fail with the first.")
        return _HINTS[subject.sort].format(first=first, last=last)


_ASKED: Mapping[Sort, str] = {
    Sort.FLOOR: "If {last} stopped working, how much of {first} could go on straight away?",
    Sort.MANUAL: "If {last} stayed away for weeks, how much of {first} could go on once everybody is used to it?",
    Sort.BUFFER: "If {last} stopped working, when would {first} begin to suffer?",
    Sort.MANUAL_HOURS: "If {last} stopped working, how long would {first} need to get used to doing without?",
    Sort.SECOND: "If {last} stopped working, is there a second one that you could turn to?",
    Sort.HOST: "Who runs {last}?",
}

_HINTS: Mapping[Sort, str] = {
    Sort.FLOOR: "With paper, by telephone or by memory, in the first hours without {last}.",
    Sort.MANUAL: "With paper, lists and more people, when it runs as well as it can.",
    Sort.BUFFER: "What is printed, in stock or known by heart may carry {first} for a while.",
    Sort.MANUAL_HOURS: "Until working by hand runs about as well as it can.",
    Sort.HOST: "Whose computers it is on. If you open it in a web browser, it is mostly the company's.",
    Sort.ACTIVITY: "As an ordinary week has it. A count from memory is good enough.",
    Sort.SIZE: "A count from memory is good enough.",
}

_SECONDS: Mapping[SystemKind | None, str] = {
    SystemKind.NETWORK: "Such as a second line from another company, or mobile internet that everybody can use.",
    SystemKind.TELEPHONY: "Such as mobile telephones that do not use the same line.",
    SystemKind.WORKSTATIONS: "Such as tablets or laptops that are kept apart from the others.",
    SystemKind.PATIENT_RECORD: "Such as a copy of the records that is kept up to date elsewhere and can be written to.",
    SystemKind.E_PRESCRIBING: "Such as another way in which prescriptions can be written and sent.",
    SystemKind.LABORATORY: "Such as another laboratory that has agreed to take the tests.",
}
