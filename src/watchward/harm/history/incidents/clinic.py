"""A large hospital in Barcelona, March 2023: all virtual servers lost, and care back by hand within days."""

from watchward.estate.care.service import ServiceKind
from watchward.harm.history.fact import Assumption, Fact, Reading, Source, fact
from watchward.harm.history.incident import Activity, Figure, Incident, Loss, Step
from watchward.harm.history.incidents.hse import HOSPITAL_SYSTEMS

MONDAY_NEWS = Source(
    title="Andalucía Información, quoting the medical director on Monday 6 March",
    address="https://andaluciainformacion.es/espana/1214240/el-clinic-de-barcelona-sufre-un-complejo-ciberataque-que-paraliza-su-sistema-informatico/",
    published="2023-03-06",
)
TUESDAY_NEWS = Source(
    title="COPE, on Tuesday 7 March",
    address="https://www.cope.es/programas/mediodia-cope/noticias/hospital-clinic-barcelona-sigue-sin-recuperar-normalidad-vamos-anotando-todo-mano-20230307_2590112",
    published="2023-03-07",
)
CATALAN_NEWS = Source(
    title="Catalan News, on Wednesday 8 March",
    address="https://www.catalannews.com/society-science/item/hospital-clinic-expects-all-elective-surgeries-and-50-of-outpatient-visits-to-go-ahead-thursday",
    published="2023-03-09",
)
GIRONA = Source(
    title="Diari de Girona, on Monday 13 March",
    address="https://www.diaridegirona.cat/catalunya/2023/03/13/clinic-reactiva-30-dels-servidors-84604668.html",
    published="2023-03-13",
)
ACTIVITY = Source(
    title="Hospital Clínic de Barcelona, activity in 2013",
    address="https://www.hospitalclinic.org/ca/dades-dactivitat-assistencial-2013",
    published="2014",
)

BEGINS = 6 * 24 + 11
"""Sunday 5 March 2023, 11:17."""

_MONDAY = 13
_LOST = (
    "All virtual servers were lost on Sunday; parts were reached again from Monday night on; 30% of servers ran on the "
    "Monday after. The record that primary care shares was not touched."
)
_OUTPATIENTS, _ELECTIVE = ServiceKind.OUTPATIENTS, ServiceKind.ELECTIVE_ADMISSIONS


def _share(kind: ServiceKind) -> Activity:
    return Activity(
        kind=kind, weekly=fact(1000, MONDAY_NEWS, reading=Reading.DERIVED, note="Only shares are compared.")
    )


def _figure(key: str, title: str, kind: ServiceKind, *, day: int, published: Fact) -> Figure:
    """A share that did not happen on one day, counted from Monday 6 March."""
    first = _MONDAY + day * 24
    return Figure(
        key=f"clinic/{key}",
        title=title,
        services=(kind,),
        first=first,
        end=first + 24,
        published=published,
        as_share=True,
    )


CLINIC = Incident(
    key="clinic",
    title="Hospital in Barcelona, 2023",
    story=(
        "Ransomware took all virtual servers of a university hospital on Sunday 5 March 2023. All outpatients and all "
        "surgery that could wait were called off on Monday, and came back by hand day by day: 70% of outpatients and "
        "most surgery by the Friday, with 30% of servers working on the Monday after."
    ),
    begins=BEGINS,
    hours=_MONDAY + 8 * 24,
    hospitals=1,
    activity=(_share(_OUTPATIENTS), _share(_ELECTIVE), _share(ServiceKind.PATHOLOGY)),
    losses=(
        Loss(
            kinds=HOSPITAL_SYSTEMS,
            steps=(
                Step(hour=0, left=Assumption(name="first days", value=0.05, low=0.01, high=0.15, why=_LOST)),
                Step(hour=_MONDAY + 48, left=Assumption(name="wednesday", value=0.12, low=0.04, high=0.25, why=_LOST)),
                Step(hour=_MONDAY + 96, left=Assumption(name="friday", value=0.22, low=0.12, high=0.32, why=_LOST)),
                Step(hour=_MONDAY + 168, left=fact(0.30, GIRONA, note="Of servers.")),
            ),
        ),
    ),
    figures=(
        _figure("outpatients-1", "Outpatients not seen, Monday", _OUTPATIENTS, day=0, published=fact(1.0, MONDAY_NEWS)),
        _figure(
            "outpatients-2",
            "Outpatients not seen, Tuesday",
            _OUTPATIENTS,
            day=1,
            published=Fact(
                value=0.90, low=0.90, high=1.0, source=TUESDAY_NEWS, note="10% seen; none, says Catalan News."
            ),
        ),
        _figure(
            "outpatients-3", "Outpatients not seen, Wednesday", _OUTPATIENTS, day=2, published=fact(0.75, CATALAN_NEWS)
        ),
        _figure("outpatients-8", "Outpatients not seen, day 8", _OUTPATIENTS, day=7, published=fact(0.30, GIRONA)),
        _figure("surgery-1", "Planned surgery not done, Monday", _ELECTIVE, day=0, published=fact(1.0, MONDAY_NEWS)),
        _figure(
            "surgery-3", "Planned surgery not done, Wednesday", _ELECTIVE, day=2, published=fact(0.30, CATALAN_NEWS)
        ),
        _figure(
            "surgery-8",
            "Planned surgery not done, day 8",
            _ELECTIVE,
            day=7,
            published=Fact(
                value=0.34,
                low=0.10,
                high=0.60,
                source=GIRONA,
                reading=Reading.DERIVED,
                note="10% of inpatient and 60% of ambulatory surgery; the latter was 48% of what was planned in 2013.",
            ),
        ),
        _figure(
            "laboratory-8",
            "Blood not taken at the blood centre, day 8",
            ServiceKind.PATHOLOGY,
            day=7,
            published=fact(0.80, GIRONA, note="The centre worked at 20%; taken for the laboratory as a whole."),
        ),
    ),
    left_out=(
        "What was expected for Thursday 9 March (all surgery, half of outpatients): an expectation, not a report.",
        "40 to 50% of surgery at the main site on Tuesday: announced on Monday, not reported afterwards.",
        f"3,000 visits and 150 operations called off on Monday: the shares say the same ({ACTIVITY.title}).",
    ),
)
