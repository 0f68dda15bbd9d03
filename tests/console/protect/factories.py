"""Blocks, their checks and what else is stored of them; defaults are valid and dull."""

from datetime import timedelta

from console.factories import OrganisationFactory, PostFactory
from console.intel.factories import MOMENT
from watchward.access.roles import NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD
from watchward.base.clock import HeldClock
from watchward.console.access.guard import Service
from watchward.console.protect import actions, own_actions
from watchward.console.protect.actions import Wanted
from watchward.console.protect.checking import check_waiting
from watchward.console.protect.own_actions import Exempt
from watchward.intel.observable import Kind, observable

NODE = Service(name="Test")
EVIL = observable(Kind.DOMAIN, "evil.example")


def a_clock(**later):
    return HeldClock(at=MOMENT + timedelta(**later))


def a_wish(organisation=None, thing=EVIL, **given):
    return Wanted(thing=thing, organisation=organisation, why="It steals passwords.", **given)


def a_block(organisation=None, thing=EVIL, *, clock=None, **given):
    """One that is proposed; for all organisations, unless one is given."""
    return actions.propose_block(by=NODE, wanted=a_wish(organisation, thing, **given), clock=clock or a_clock())


def an_excepted(organisation=None, thing=EVIL, *, clock=None):
    exempt = Exempt(
        organisation=organisation or OrganisationFactory(),
        thing=thing,
        reason="The pharmacy orders there.",
        until=MOMENT + timedelta(days=10),
    )
    return own_actions.except_thing(by=NODE, exempt=exempt, clock=clock or a_clock())


def an_analyst(organisation=None):
    role = ORGANISATION_CYBER_LEAD if organisation else NATIONAL_ANALYST
    return PostFactory(role=role.key, organisation=organisation).user


def a_canary():
    """An organisation that tries blocks first."""
    member = OrganisationFactory()
    own_actions.choose_canary(by=NODE, organisation=member, member=True, clock=a_clock())
    return member


def tried(**given):
    """A block for all organisations that the canary group has, with two who agreed to it."""
    member = a_canary()
    block = a_block(**given)
    check_waiting(clock=a_clock())
    for by in (an_analyst(), an_analyst()):
        block = actions.agree_to_block(by=by, block=block, why="Seen.", clock=a_clock())
    return block, member


def in_force(**given):
    """The same an hour later, checked again and in force."""
    block, member = tried(**given)
    later = a_clock(hours=1)
    actions.check_block(by=NODE, block=block, clock=later)
    check_waiting(clock=later)
    return actions.enforce_block(by=an_analyst(), block=block, why="Nothing failed.", clock=later), member
