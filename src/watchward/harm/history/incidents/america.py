"""Ransomware in hospitals of the United States: averages over many attacks, of which no single one was described."""

from watchward.estate.care.service import ServiceKind
from watchward.harm.history.fact import Assumption, Fact, Reading, Source, fact
from watchward.harm.history.incident import Activity, Figure, Incident, Loss, Step
from watchward.harm.history.incidents.hse import HOSPITAL_SYSTEMS

NEPRASH = Source(
    title="Neprash et al., What happens to rural hospitals during a ransomware attack?, The Journal of Rural Health",
    address="https://doi.org/10.1111/jrh.12834",
    published="2024",
)
ABOUK = Source(
    title="Abouk and Powell, Ransomware attacks, ED visits and inpatient admissions, JAMA (as HealthDay reports it)",
    address="https://www.drugs.com/news/drop-ed-visits-admissions-seen-hospitals-targeted-ransomware-119507.html",
    published="2024-05-30",
)
HOSPITALS = 15
"""Hospitals hit in California, in eight attacks (JAMA); the other study had 43 in the country, 117 in towns."""

_WEEK = 168
_WHY = (
    "Averages over attacks of every size; the studies do not say how much of which system was lost. We take disruptive "
    "attacks to have left about half of what a hospital's systems carry in the weeks that are counted."
)
_EMERGENCY, _DEPARTMENT = ServiceKind.EMERGENCY_ADMISSIONS, ServiceKind.EMERGENCY_DEPARTMENT


def _share(kind: ServiceKind) -> Activity:
    return Activity(kind=kind, weekly=fact(1000, NEPRASH, reading=Reading.DERIVED, note="Only shares are compared."))


def _figure(key: str, title: str, kind: ServiceKind, *, published: Fact, week: int = 0) -> Figure:
    return Figure(
        key=f"america/{key}",
        title=title,
        services=(kind,),
        first=week * _WEEK,
        end=(week + 1) * _WEEK,
        published=published,
        as_share=True,
    )


def _abouk(value: float) -> Fact:
    return fact(value, ABOUK, reading=Reading.SECOND_HAND)


_INPATIENTS = "Inpatient admissions fewer"
_VISITS = "Emergency visits fewer"

AMERICA = Incident(
    key="america",
    title="Hospitals of the United States, 2014 to 2021",
    story=(
        "Two studies estimated from claims and registers how much less hospitals did in the weeks after ransomware: "
        "Medicare patients in town and country, and hospitals of California. They are averages: nobody said how much "
        "was lost where. Inpatient admissions, of which most come through the emergency department, are set against "
        "the model's emergency admissions."
    ),
    begins=0,
    hours=2 * _WEEK,
    hospitals=HOSPITALS,
    activity=(_share(_EMERGENCY), _share(_DEPARTMENT), _share(ServiceKind.OUTPATIENTS)),
    losses=(
        Loss(
            kinds=HOSPITAL_SYSTEMS,
            steps=(Step(hour=0, left=Assumption(name="systems", value=0.50, low=0.30, high=0.70, why=_WHY)),),
        ),
    ),
    figures=(
        _figure("urban-inpatients", f"{_INPATIENTS}, towns", _EMERGENCY, published=fact(0.169, NEPRASH)),
        _figure("urban-visits", f"{_VISITS}, towns", _DEPARTMENT, published=fact(0.193, NEPRASH)),
        _figure(
            "urban-outpatients",
            "Outpatient visits fewer, towns",
            ServiceKind.OUTPATIENTS,
            published=fact(0.220, NEPRASH),
        ),
        _figure("rural-inpatients", f"{_INPATIENTS}, country", _EMERGENCY, published=fact(0.147, NEPRASH)),
        _figure("rural-visits", f"{_VISITS}, country", _DEPARTMENT, published=fact(0.100, NEPRASH)),
        _figure(
            "rural-outpatients",
            "Outpatient visits fewer, country",
            ServiceKind.OUTPATIENTS,
            published=fact(0.353, NEPRASH),
        ),
        _figure("california-visits-1", f"{_VISITS}, California, week 1", _DEPARTMENT, published=_abouk(0.081)),
        _figure("california-inpatients-1", f"{_INPATIENTS}, California, week 1", _EMERGENCY, published=_abouk(0.0816)),
        _figure("california-visits-2", f"{_VISITS}, California, week 2", _DEPARTMENT, published=_abouk(0.1621), week=1),
        _figure(
            "california-inpatients-2",
            f"{_INPATIENTS}, California, week 2",
            _EMERGENCY,
            published=_abouk(0.1662),
            week=1,
        ),
    ),
    left_out=(
        "More visits at hospitals nearby (7% in the third week): the model's neighbours are not those of California.",
    ),
)
