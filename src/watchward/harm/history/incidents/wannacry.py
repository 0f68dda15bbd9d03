"""WannaCry, May 2017: a worm in 34 trusts of England."""

from watchward.estate.care.service import ServiceKind
from watchward.estate.care.system import SystemKind
from watchward.harm.history.fact import Assumption, Fact, Reading, Source
from watchward.harm.history.incident import Activity, Figure, Incident, Loss, Step

GHAFUR = Source(
    title="Ghafur et al., A retrospective impact analysis of the WannaCry cyberattack on the NHS, npj Digital Medicine",
    address="https://doi.org/10.1038/s41746-019-0161-6",
    published="2019-10-02",
)
NAO = Source(
    title="National Audit Office, Investigation: WannaCry cyber attack and the NHS, HC 414",
    address="https://nsarchive.gwu.edu/media/16019/ocr",
    published="2017-10-27",
)
STANDARD = Source(
    title="Evening Standard, quoting NHS England: hospitals on divert on Sunday and Monday",
    address="http://www.standard.co.uk/news/uk/nhs-declared-open-for-business-as-crippling-cyber-attack-finally-brought-under-control-a3539776.html",
    published="2017-05-15",
)
INFECTED = 34
"""Trusts that were infected, of 81 that were disrupted (NAO; read)."""

BEGINS = 4 * 24 + 13
"""Friday 12 May 2017, one in the afternoon, when the Department heard of it (Ghafur, quoting NAO)."""

HOURS = 155
"""To the end of Thursday 18 May: the week from Friday 12 May that the study calls the week of WannaCry."""

_DIVERTS = (
    "Nobody published how many computers of an infected trust were locked or switched off. Five hospitals sent "
    "ambulances elsewhere on Friday, seven on Sunday, two on Monday afternoon; trusts that had cut themselves off came "
    "back on Tuesday; the largest trust still cancelled a little in the week after."
)


def _daily(mean: float, what: str) -> Fact:
    return Fact(
        value=INFECTED * 7 * mean,
        low=INFECTED * 7 * mean,
        high=INFECTED * 7 * mean,
        source=GHAFUR,
        reading=Reading.DERIVED,
        note=f"{what}: {mean:g} a trust and day over all trusts (table 2), 7 days, {INFECTED} infected trusts.",
    )


def _figure(
    key: str, title: str, services: tuple[ServiceKind, ...], *, published: tuple[float, float, float]
) -> Figure:
    value, low, high = published
    found = Fact(value=value, low=low, high=high, source=GHAFUR, note="Table 3; the range is its 95% interval.")
    return Figure(key=f"wannacry/{key}", title=title, services=services, first=0, end=HOURS, published=found)


_EMERGENCY, _ELECTIVE = ServiceKind.EMERGENCY_ADMISSIONS, ServiceKind.ELECTIVE_ADMISSIONS

WANNACRY = Incident(
    key="wannacry",
    title="WannaCry, 2017",
    story=(
        "A worm locked Windows computers on the afternoon of Friday 12 May 2017. Of 236 trusts in England 34 were "
        "infected. A kill switch stopped the spread that evening; trusts worked on paper over the weekend and into the "
        "next week. What 34 infected trusts did less of was estimated from hospital records of all England."
    ),
    begins=BEGINS,
    hours=HOURS,
    hospitals=INFECTED,
    activity=(
        Activity(kind=_EMERGENCY, weekly=_daily(107.2, "emergency admissions")),
        Activity(kind=_ELECTIVE, weekly=_daily(120.4, "elective admissions with day cases")),
        Activity(kind=ServiceKind.EMERGENCY_DEPARTMENT, weekly=_daily(347.5, "attendances")),
        Activity(kind=ServiceKind.OUTPATIENTS, weekly=_daily(1258.6, "outpatient attendances")),
    ),
    losses=(
        Loss(
            kinds=(
                SystemKind.WORKSTATIONS,
                SystemKind.PATIENT_RECORD,
                SystemKind.IMAGING_ARCHIVE,
                SystemKind.LABORATORY,
                SystemKind.EMAIL,
                SystemKind.CLINICAL_APPS,
            ),
            steps=(
                Step(
                    hour=0,
                    left=Assumption(
                        name="weekend", value=0.60, low=0.35, high=0.80, why=_DIVERTS, sources=(NAO, STANDARD)
                    ),
                ),
                Step(
                    hour=59,
                    left=Assumption(
                        name="monday", value=0.70, low=0.45, high=0.87, why=_DIVERTS, sources=(NAO, STANDARD)
                    ),
                ),
                Step(
                    hour=83,
                    left=Assumption(
                        name="midweek", value=0.85, low=0.65, high=0.95, why=_DIVERTS, sources=(NAO, STANDARD)
                    ),
                ),
                Step(
                    hour=131,
                    left=Assumption(
                        name="thursday", value=0.93, low=0.82, high=0.98, why=_DIVERTS, sources=(NAO, STANDARD)
                    ),
                ),
            ),
        ),
    ),
    figures=(
        _figure("admissions", "Admissions, all", (_EMERGENCY, _ELECTIVE), published=(2935.6, 803.9, 5067.2)),
        _figure("emergency", "Emergency admissions", (_EMERGENCY,), published=(1066, 573.5, 1558.5)),
        _figure("elective", "Elective admissions", (_ELECTIVE,), published=(2175.6, 535.3, 3815.9)),
        _figure(
            "attendances", "A&E attendances", (ServiceKind.EMERGENCY_DEPARTMENT,), published=(3760.2, 2738.7, 4781.7)
        ),
        _figure(
            "cancelled", "Outpatient cancellations", (ServiceKind.OUTPATIENTS,), published=(13534.4, 9453.3, 17615.4)
        ),
        _figure(
            "attended", "Outpatient attendances", (ServiceKind.OUTPATIENTS,), published=(12166.8, -7228.8, 31562.4)
        ),
    ),
    left_out=(
        "Day cases and other elective admissions apart: the model has one service for both.",
        "Outpatient appointments booked (+3,329, interval from -21,731 to 28,388): bookings are not care.",
        "Deaths in A&E: no difference was seen; the model's harm is not what such a count would show.",
        "6,912 appointments known and 19,000 estimated to be cancelled in England: mostly where no infection was.",
        "1,220 diagnostic machines infected, 1% of all: no care was counted against it.",
    ),
)
