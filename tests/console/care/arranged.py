"""Organisations with maps, and what the tests say about them."""

from watchward.base.clock import SystemClock
from watchward.console.access.guard import Service
from watchward.console.care import actions
from watchward.console.care.actions import Arranged, Brought, Wish
from watchward.console.care.models import Choice
from watchward.estate.care.system import System, SystemKind
from watchward.estate.care.tables import Read

NODE = Service(name="test")
CLOCK = SystemClock()
WHY = "The IT lead said so"


def a_system(organisation, name="pager", **changes):
    values = {"id": f"{organisation.code}/{name}", "organisation": organisation.code, "kind": SystemKind.TELEPHONY}
    return System(**(values | changes))


def refine(organisation, thing, table="systems", *, by=NODE, instead_of=""):
    wish = Wish(table=table, thing=thing, instead_of=instead_of)
    return actions.refine(by=by, organisation=organisation, wish=wish, reason=WHY, clock=CLOCK)


def arrange(organisation, *, suppliers=(), by=NODE, **known):
    wanted = [Arranged(organisation=organisation, **known)]
    actions.arrange(by=by, wanted=wanted, suppliers=suppliers, reason=WHY, clock=CLOCK)


def name_elsewhere(organisation, chosen, name="pathology"):
    """Let something stand elsewhere that need not be there: as older versions took it."""
    Choice.objects.create(organisation=organisation, role=Choice.Role.OUTSIDE, name=name, chosen=chosen)


def bring(organisations, care, *, whole=False, by=NODE, origins=None):
    brought = Brought(found=Read(care=care, origins=origins or {}), whole=whole)
    return actions.import_maps(by=by, organisations=organisations, brought=brought, reason=WHY, clock=CLOCK)
