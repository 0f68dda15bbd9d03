"""The Irish health service, May 2021: everything switched off, and months of coming back."""

from watchward.estate.care.service import ServiceKind
from watchward.estate.care.system import SystemKind
from watchward.harm.history.fact import Assumption, Fact, Reading, Source, fact
from watchward.harm.history.incident import Activity, Figure, Incident, Loss, Step

ECHO = Source(
    title="EchoLive, quoting the chief operations officer of the HSE on 20 May",
    address="https://www.echolive.ie/corknews/arid-40294592.html",
    published="2021-05-20",
)
TIMES = Source(
    title="The Irish Times, quoting the chief operations officer of the HSE on 26 May",
    address="https://www.irishtimes.com/news/health/hse-cyberattack-laboratory-facilities-remain-very-compromised-1.4575706",
    published="2021-05-26",
)
MIDWEST = Source(
    title="Midwest Radio, seven weeks after the attack",
    address="https://midwestradio.ie/index.php/component/tags/tag/hse-cyber-attack",
    published="2021-07",
)
OIREACHTAS = Source(
    title="Houses of the Oireachtas, Joint Committee on Health, 23 June 2021",
    address="https://www.kildarestreet.com/committees/?id=2021-06-23a.309",
    published="2021-06-23",
)
REVIEW = Source(
    title="Cambridge Risk Solutions, on the independent review of the attack (PwC, December 2021)",
    address="https://cambridge-risk.com/what-lessons-can-we-learn-from-the-conti-ransomware-attack-on-the-irish-hse/",
    published="2022",
)
SECOND = Reading.SECOND_HAND

BEGINS = 4 * 24 + 5
"""Friday 14 May 2021, about five in the morning, when everything was switched off."""

HOSPITALS = 30
"""Acute hospitals that were hit: some dozens; how many exactly changes nothing."""

_MONDAY = 67
"""Hours from the beginning to the first Monday, 17 May."""

_WEEK = 168
_OFF = (
    "80% of systems were encrypted and all were switched off; voluntary hospitals with systems of their own went on "
    "with part of them. Servers came back from 24 May on."
)
HOSPITAL_SYSTEMS = (
    SystemKind.PATIENT_RECORD,
    SystemKind.LABORATORY,
    SystemKind.IMAGING_ARCHIVE,
    SystemKind.E_PRESCRIBING,
    SystemKind.PHARMACY_SYSTEM,
    SystemKind.CLINICAL_APPS,
    SystemKind.REFERRALS,
    SystemKind.INTEGRATION,
    SystemKind.EMAIL,
    SystemKind.IDENTITY,
    SystemKind.NETWORK,
    SystemKind.WORKSTATIONS,
)


def _share(kind: ServiceKind) -> Activity:
    return Activity(kind=kind, weekly=fact(1000, ECHO, reading=Reading.DERIVED, note="Only shares are compared."))


def _figure(key: str, title: str, kind: ServiceKind, *, days: tuple[int, int], published: Fact) -> Figure:
    """A share that did not happen, from one day to before another, counted from Monday 17 May."""
    first, end = (_MONDAY + day * 24 for day in days)
    return Figure(
        key=f"hse/{key}", title=title, services=(kind,), first=first, end=end, published=published, as_share=True
    )


_OUTPATIENTS, _ELECTIVE = ServiceKind.OUTPATIENTS, ServiceKind.ELECTIVE_ADMISSIONS

HSE = Incident(
    key="hse",
    title="Irish health service, 2021",
    story=(
        "Ransomware was set off on Friday 14 May 2021; all systems of the Irish health service were switched off that "
        "morning. A key was given on 20 May; half of the servers were back after a month, four fifths after seven "
        "weeks, all on 21 September. The service told the public what shares of ordinary work were going ahead."
    ),
    begins=BEGINS,
    hours=_MONDAY + 7 * _WEEK,
    hospitals=HOSPITALS,
    activity=(_share(_OUTPATIENTS), _share(_ELECTIVE), _share(ServiceKind.PATHOLOGY)),
    losses=(
        Loss(
            kinds=HOSPITAL_SYSTEMS,
            steps=(
                Step(hour=0, left=Assumption(name="first days", value=0.10, low=0.04, high=0.22, why=_OFF)),
                Step(hour=_MONDAY + _WEEK, left=Assumption(name="week 2", value=0.20, low=0.10, high=0.33, why=_OFF)),
                Step(
                    hour=_MONDAY + 2 * _WEEK, left=Assumption(name="week 3", value=0.30, low=0.18, high=0.44, why=_OFF)
                ),
                Step(
                    hour=_MONDAY + 3 * _WEEK, left=Assumption(name="week 4", value=0.40, low=0.28, high=0.50, why=_OFF)
                ),
                Step(
                    hour=_MONDAY + 4 * _WEEK,
                    left=fact(0.50, REVIEW, reading=SECOND, note="Of servers, three weeks after recovery began."),
                ),
                Step(
                    hour=_MONDAY + 5 * _WEEK + 48,
                    left=Fact(
                        value=0.72, low=0.70, high=0.75, source=OIREACHTAS, note="70% of devices, 75% of servers."
                    ),
                ),
                Step(hour=_MONDAY + 6 * _WEEK, left=fact(0.80, MIDWEST, note="Of servers.")),
            ),
        ),
    ),
    figures=(
        _figure(
            "outpatients-1",
            "Outpatients not seen, days 4 to 7",
            _OUTPATIENTS,
            days=(0, 4),
            published=Fact(value=0.75, low=0.70, high=0.80, source=ECHO, note="Down by 70 to 80 per cent."),
        ),
        _figure(
            "elective-1",
            "Elective inpatients not admitted, days 4 to 7",
            _ELECTIVE,
            days=(0, 4),
            published=fact(0.50, ECHO, note="Down by about 50 per cent."),
        ),
        _figure(
            "day-cases-1",
            "Day cases not treated, days 4 to 7",
            _ELECTIVE,
            days=(0, 4),
            published=fact(0.60, ECHO, note="Down 60 per cent. The model has one service for both."),
        ),
        _figure(
            "outpatients-2",
            "Outpatients not seen, week of 24 May",
            _OUTPATIENTS,
            days=(7, 12),
            published=fact(0.60, TIMES, note="40 per cent would be seen that week."),
        ),
        _figure(
            "inpatients-2",
            "Inpatients not admitted, week of 24 May",
            _ELECTIVE,
            days=(7, 12),
            published=fact(0.50, TIMES, note="50 per cent admitted, by urgency; taken for elective admissions."),
        ),
        _figure(
            "laboratories-2",
            "Laboratory work not done, week of 24 May",
            ServiceKind.PATHOLOGY,
            days=(7, 12),
            published=Fact(
                value=0.85, low=0.80, high=0.95, source=TIMES, note='Published as "under 20 per cent" of capacity.'
            ),
        ),
        _figure(
            "outpatients-7",
            "Outpatients not seen, week of 28 June",
            _OUTPATIENTS,
            days=(42, 47),
            published=fact(0.30, MIDWEST, note="70 per cent going ahead, seven weeks after."),
        ),
    ),
    left_out=(
        "10,000 appointments cancelled in a week by one group of hospitals: its ordinary number was not published.",
        "Emergency departments: open and very busy; no number was published.",
    ),
)
