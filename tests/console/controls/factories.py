"""Controls, for tests that need one without caring which."""

from console.factories import OrganisationFactory
from watchward.base.clock import SystemClock
from watchward.console.access.guard import Service
from watchward.console.controls import actions
from watchward.console.controls.models import Control
from watchward.lists.forms import Family


def a_control(organisation=None, *, name="The resolver", form=Family.RPZ) -> Control:
    """Something of some organisation that reads lists: a resolver unless another form is given."""
    wanted, by = actions.Wanted(name=name, forms=[form]), Service(name="test")
    place = organisation or OrganisationFactory()
    return actions.add_control(by=by, organisation=place, wanted=wanted, clock=SystemClock()).control
