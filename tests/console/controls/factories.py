"""Controls, for tests that need one without caring which."""

from console.factories import OrganisationFactory
from watchward.base.clock import SystemClock
from watchward.console.access.guard import Service
from watchward.console.controls import actions
from watchward.console.controls.models import Control
from watchward.lists.forms import Family


def a_control() -> Control:
    """A resolver of some organisation."""
    wanted = actions.Wanted(name="The resolver", forms=[Family.RPZ])
    by, organisation = Service(name="test"), OrganisationFactory()
    return actions.add_control(by=by, organisation=organisation, wanted=wanted, clock=SystemClock()).control
