"""An invented area with maps of care: practices that share a supplier, and two hospitals."""

from console.care.arranged import arrange
from console.factories import OrganisationFactory
from watchward.estate.care.system import Supplier
from watchward.estate.care.templates import Measure, TemplateKind
from watchward.estate.organisation import OrganisationKind

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
