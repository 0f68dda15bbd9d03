"""An invented area with maps of care: practices that share a supplier, and two hospitals."""

from contextlib import contextmanager

from console.care.arranged import arrange
from console.factories import OrganisationFactory
from watchward.base.clock import SystemClock
from watchward.console import config
from watchward.console.access.guard import Service
from watchward.console.harm import actions, adapters
from watchward.console.harm.models import PassedQuestion
from watchward.estate.care.system import Supplier
from watchward.estate.care.templates import Measure, TemplateKind
from watchward.estate.organisation import OrganisationKind
from watchward.harm.history import cross
from watchward.harm.history.fit import AS_IT_STANDS
from watchward.harm.history.incidents import INCIDENTS
from watchward.harm.history.report import Report
from watchward.harm.history.score import Interval
from watchward.harm.parameters.overriding import Override

SUPPLIER = "supplier/records-1"


def an_area(code="XE", practices=3):
    """A board with practices that all keep their records with one supplier, and a hospital."""
    region = OrganisationFactory(code=f"{code}R", name=f"{code} Region", kind=OrganisationKind.REGION)
    board = OrganisationFactory(code=code, name=f"{code} Care Board", kind=OrganisationKind.ICB, parent=region)
    trust = OrganisationFactory(code=f"{code}T", name=f"{code} Hospital Trust", parent=board)
    arrange(trust, template=TemplateKind.ACUTE_TRUST, measures={Measure.BEDS: 600})
    supplier = Supplier(id=SUPPLIER, name="Larkmere Practice Records")
    surgeries = []
    for number in range(practices):
        surgery = OrganisationFactory(
            code=f"{code}P{number}", name=f"{code} Surgery {number}", kind=OrganisationKind.GP_PRACTICE, parent=board
        )
        arrange(surgery, suppliers=[supplier], hosts={"patient_record": SUPPLIER})
        surgeries.append(surgery)
    return board, trust, surgeries


def a_report(table):  # noqa: ARG001 - a stand-in for a minute of work
    """One figure of one incident, predicted far too low."""
    incident = INCIDENTS[0]
    low = Interval(estimate=0.0, low=0.0, high=0.0001)
    test = cross.Test(figure=incident.figures[0], scale=1.0, ours=low, table=low, naive=low)
    fold = cross.Fold(incident=incident, learnt_from=("other",), reach=AS_IT_STANDS, tests=(test,))
    return Report(folds=(fold,), clinical=())


def own_number_and_passed_question(organisation):
    """A number of an organisation's own (None: of the node's), which is returned, and a question put aside there."""
    clock = SystemClock()
    if organisation is not None:
        key = f"second {organisation.code}/telephony"
        PassedQuestion.objects.create(organisation=organisation, key=key, answer="no", by="T", at=clock.now())
    said = Override(key="service/gp_appointments/catch_up", value=0.1, low=0.05, high=0.2, by="T", why="Counted inside")
    return actions.say_number(by=Service(name="test"), organisation=organisation, said=said, clock=clock).pk


@contextmanager
def large_maps(monkeypatch, folder):
    """While this lasts, the node's map counts as large: it is kept in the folder, and asked there."""
    monkeypatch.setattr(adapters, "SMALL", 0)
    before = config.current()
    config.use(before.model_copy(update={"cache": folder}))
    try:
        yield
    finally:
        config.use(before)
