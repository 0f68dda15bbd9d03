"""Synnovis, June 2024: the laboratories of two London trusts and the practices around them."""

from datetime import date

from watchward.estate.care.service import ServiceKind
from watchward.harm.history.fact import Assumption, Fact, Reading, Source, fact
from watchward.harm.history.incident import Activity, Figure, Incident, Loss, Step

_NHS = "NHS England London, Update on cyber incident: clinical impact in south east London"
_LONDON = "https://www.england.nhs.uk/london/2024"


def _update(day: date) -> Source:
    words = f"{day:%A}-{day.day}-{day:%B}".lower()
    return Source(
        title=_NHS,
        address=f"{_LONDON}/{day:%m}/{day:%d}/update-on-cyber-incident-clinical-impact-in-south-east-london-{words}/",
        published=day.isoformat(),
    )


WEEK_2 = Source(
    title="Digital Health, quoting NHS England London",
    address="https://digitalhealth.net/?p=177803&preview=true",
    published="2024-06",
)
WEEK_3 = Source(
    title="Press report of 27 June 2024, quoting NHS England London",
    address="https://solondais.fr/?p=166031",
    published="2024-06-27",
)
WEEK_4 = _update(date(2024, 7, 4))
WEEK_5 = Source(
    title=_NHS,
    address="https://www.einpresswire.com/article/727172534/update-on-cyber-incident-clinical-impact-in-south-east-london-thursday-11-july",
    published="2024-07-11",
)
WEEK_6 = _update(date(2024, 7, 19))
WEEK_7 = _update(date(2024, 7, 25))
WEEK_9 = Source(
    title="NewsChain, quoting NHS England London",
    address="https://www.newschainonline.com/news/number-of-appointments-at-nhs-trusts-impacted-by-cyber-attack-passes-10000-414536",
    published="2024-08-08",
)
WEEK_10 = _update(date(2024, 8, 15))
TOTALS = Source(
    title="Digital Health, Synnovis cyber attack caused two cases of severe patient harm",
    address="https://www.digitalhealth.net/2025/01/synnovis-attack-led-to-at-least-two-cases-of-severe-patient-harm/",
    published="2025-01-23",
)
CAPACITY_JUNE = Source(
    title="PowerHealth, quoting the NHS on 14 June: pathology services at 10% of capacity",
    address="https://powerhealthx.com/?p=21890",
    published="2024-06",
)
CAPACITY_JULY = Source(
    title="Press report quoting Digital Health: pathology services at 54% of normal capacity",
    address="https://funkagroove.fr/2443",
    published="2024-07",
)
RTT = Source(
    title="NHS England, consultant-led referral to treatment waiting times, January 2026, provider extract",
    address="https://www.england.nhs.uk/statistics/statistical-work-areas/rtt-waiting-times/",
    published="2026",
)
SECOND = Reading.SECOND_HAND

OUTPATIENTS = (
    fact(900, WEEK_2, reading=Reading.DERIVED, note='2,194 after two weeks, less 1,294; "more than 700" at first.'),
    fact(1294, WEEK_2, reading=SECOND),
    Fact(
        value=1202,
        low=1202,
        high=1300,
        source=WEEK_3,
        reading=Reading.DERIVED,
        note='3,396 less 2,194; the same report says "1,300" of that week: earlier weeks were revised.',
    ),
    fact(1517, WEEK_4),
    fact(1286, WEEK_5),
    fact(1028, WEEK_6),
    fact(1122, WEEK_7),
    fact(1074, WEEK_9, reading=Reading.DERIVED, note="By difference: 10,001 less 578 less 8,349."),
    fact(578, WEEK_9, reading=SECOND),
    fact(53, WEEK_10),
)
"""Outpatient appointments postponed at the two trusts in each week from 3-9 June to 5-11 August 2024."""

PROCEDURES = (
    fact(814, WEEK_5),
    fact(320, WEEK_2, reading=SECOND),
    Fact(
        value=121,
        low=121,
        high=205,
        source=WEEK_3,
        reading=Reading.DERIVED,
        note='1,255 less 1,134; the same report says "205" of that week: earlier weeks were revised.',
    ),
    fact(136, WEEK_4),
    fact(100, WEEK_5),
    fact(71, WEEK_6),
    fact(46, WEEK_7),
    fact(52, WEEK_9, reading=Reading.DERIVED, note="By difference: 1,680 less 20 less 1,608."),
    fact(20, WEEK_9, reading=SECOND),
    fact(13, WEEK_10),
)
"""Elective procedures postponed, in the same weeks."""

OUTPATIENTS_IN_ALL = fact(10152, TOTALS)
PROCEDURES_IN_ALL = fact(1710, TOTALS)

AE = Source(
    title="NHS England, A&E attendances and emergency admissions by provider, May to July 2024",
    address="https://www.england.nhs.uk/statistics/statistical-work-areas/ae-waiting-times-and-activity/",
    published="2024",
)
_JUNE = (
    "Major departments of both trusts had 890 attendances a day in May, 866 in June, 860 in July, and 175, 179 and 183 "
    "emergency admissions: June lies between May and July. 1% stands for none, up to the 3% between June and May."
)
UNTOUCHED = Fact(value=0.01, low=0, high=0.03, source=AE, reading=Reading.DERIVED, note=_JUNE)
"""The share of emergency care that did not happen in June 2024: none that can be seen."""

HARM_LOW = Fact(
    value=120, low=114, high=155, source=TOTALS, note="More than 120; 114 in November 2024; 155 in a later count."
)
HARM_MODERATE = Fact(value=11, low=5, high=14, source=TOTALS, note="5 in November 2024; 14 in a later count.")
HARM_SEVERE = Fact(
    value=2, low=1, high=3, source=TOTALS, note="1 in a later count; one death in which the delay of a test had a part."
)

_WEEKS = 10
_WEEK = 168


def _between(name: str, value: float, low: float, high: float) -> Assumption:
    why = (
        "Between 10% on 14 June and 54% on 4 July, and from there to laboratories restored in the two trusts between "
        "25 July and 15 August, a smooth line; transfusion lagged behind until autumn."
    )
    return Assumption(name=name, value=value, low=low, high=high, why=why, sources=(CAPACITY_JUNE, WEEK_7, WEEK_10))


def _weekly(kind: ServiceKind, name: str, title: str, facts: tuple[Fact, ...]) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            key=f"synnovis/{name}-{week + 1}",
            title=f"{title}, week {week + 1}",
            services=(kind,),
            first=week * _WEEK,
            end=(week + 1) * _WEEK,
            published=published,
        )
        for week, published in enumerate(facts)
    )


def _total(kind: ServiceKind, name: str, title: str, published: Fact) -> Figure:
    return Figure(
        key=f"synnovis/{name}", title=title, services=(kind,), first=0, end=_WEEKS * _WEEK, published=published
    )


def _june(kind: ServiceKind, name: str, title: str) -> Figure:
    return Figure(
        key=f"synnovis/{name}",
        title=title,
        services=(kind,),
        first=0,
        end=4 * _WEEK,
        published=UNTOUCHED,
        as_share=True,
    )


_SHARE = (
    "The two trusts' outpatient and elective numbers were not at hand. They have 2.9% of England's non-admitted and "
    "3.1% of its admitted completed pathways (RTT, January 2026) and 2.9% of its referrals (2022). "
)

SYNNOVIS = Incident(
    key="synnovis",
    title="Synnovis, 2024",
    story=(
        "Ransomware stopped nearly all systems of the supplier of pathology to two London trusts and to the practices "
        "of six boroughs on Monday 3 June 2024. Laboratories worked by hand at a tenth of their capacity for two "
        "weeks and at half of it after a month; the two trusts had them back in August, practices from mid August, "
        "transfusion in autumn."
    ),
    begins=0,
    hours=_WEEKS * _WEEK,
    hospitals=2,
    activity=(
        Activity(
            kind=ServiceKind.OUTPATIENTS,
            weekly=Assumption(
                name="outpatients",
                value=53_300,
                low=45_000,
                high=63_000,
                why=_SHARE + "England had 95.9 million outpatient attendances in 2022/23.",
                sources=(RTT,),
            ),
        ),
        Activity(
            kind=ServiceKind.ELECTIVE_ADMISSIONS,
            weekly=Assumption(
                name="procedures",
                value=4_650,
                low=3_900,
                high=5_500,
                why=_SHARE + "England had some 152,000 elective admissions with day cases in a week (Ghafur, table 2).",
                sources=(RTT,),
            ),
        ),
    ),
    losses=(
        Loss(
            kinds=(ServiceKind.PATHOLOGY,),
            steps=(
                Step(hour=0, left=fact(0.10, CAPACITY_JUNE, reading=SECOND)),
                Step(hour=2 * _WEEK, left=_between("week 3", 0.25, 0.15, 0.38)),
                Step(hour=3 * _WEEK, left=_between("week 4", 0.42, 0.30, 0.54)),
                Step(hour=4 * _WEEK, left=fact(0.54, CAPACITY_JULY, reading=SECOND)),
                Step(hour=5 * _WEEK, left=_between("weeks 6 and 7", 0.62, 0.54, 0.75)),
                Step(hour=7 * _WEEK, left=_between("week 8", 0.78, 0.62, 0.88)),
                Step(hour=8 * _WEEK, left=_between("week 9", 0.90, 0.80, 0.96)),
                Step(hour=9 * _WEEK, left=_between("week 10", 0.98, 0.95, 0.995)),
            ),
        ),
    ),
    figures=(
        *_weekly(ServiceKind.OUTPATIENTS, "outpatients", "Outpatient appointments postponed", OUTPATIENTS),
        *_weekly(ServiceKind.ELECTIVE_ADMISSIONS, "procedures", "Elective procedures postponed", PROCEDURES),
        _june(ServiceKind.EMERGENCY_DEPARTMENT, "attendances", "A&E attendances fewer, four weeks"),
        _june(ServiceKind.EMERGENCY_ADMISSIONS, "emergency", "Emergency admissions fewer, four weeks"),
        _total(ServiceKind.OUTPATIENTS, "outpatients", "Outpatient appointments postponed, in all", OUTPATIENTS_IN_ALL),
        _total(
            ServiceKind.ELECTIVE_ADMISSIONS, "procedures", "Elective procedures postponed, in all", PROCEDURES_IN_ALL
        ),
    ),
    left_out=(
        "What practices could not have tested (400 of some 10,000 samples a day): how much was lost is what goes in.",
        "Organs diverted, births moved, cancer treatments among the postponed: the model has no services so fine.",
    ),
)
