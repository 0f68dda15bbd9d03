"""The check of harm: who contacted what is to be blocked, and what their loss would do."""

from datetime import timedelta

import pytest

from console.care.arranged import bring
from console.factories import OrganisationFactory
from console.intel.factories import MOMENT, a_collection, add, an_indicator
from console.lakes import keep
from console.protect.factories import EVIL, NODE, a_block, a_clock, an_analyst
from watchward.base.errors import BadInputError
from watchward.console.config import current
from watchward.console.intel.adapters import publish as publish_indicators
from watchward.console.protect import actions, own_actions
from watchward.console.protect.checking import check_waiting, weighed
from watchward.console.protect.models import Block
from watchward.console.protect.publishing import publish
from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap
from watchward.estate.care.service import Service, ServiceKind, Week
from watchward.estate.care.system import Equipment, Supplier, System, SystemKind
from watchward.intel.observable import Kind, observable
from watchward.respond.blocks.adopting import Policy
from watchward.respond.blocks.checking import Contact, carriers
from watchward.respond.blocks.errors import BlockError

AT = MOMENT - timedelta(days=3)


def a_laboratory(code):
    """A map on which one server carries the laboratory's system, which a supplier looks after."""
    return CareMap(
        services=(
            Service(
                id=f"{code}/ed",
                organisation=code,
                kind=ServiceKind.EMERGENCY_DEPARTMENT,
                weekly=1_400,
                low=1_200,
                high=1_600,
                week=Week.ALWAYS,
            ),
        ),
        systems=(System(id=f"{code}/lab", organisation=code, kind=SystemKind.LABORATORY, host="supplier/labs"),),
        suppliers=(Supplier(id="supplier/labs", name="Invented Laboratories"),),
        equipment=(Equipment(id=f"{code}/device/LAB1", organisation=code, name="LAB1"),),
        dependencies=(
            Dependency(consumer=f"{code}/ed", provider=f"{code}/lab"),
            Dependency(consumer=f"{code}/lab", provider=f"{code}/device/LAB1"),
        ),
    )


def visits(organisation, device, *, name="evil.example", at=AT, count=1):
    for number in range(count):
        keep(
            current().lake,
            f"{device}{number}{at}",
            organisation=organisation.code,
            device=device,
            at=at,
            QueryName=name,
        )


def found(block):
    check_waiting(clock=a_clock())
    return block.checks.get().found


def test_a_check_finds_who_contacted_it_in_the_last_30_days_and_names_below_it_too():
    place, other = OrganisationFactory(), OrganisationFactory()
    visits(place, "WS-1", count=2)
    visits(other, "WS-2", name="cdn.evil.example")
    visits(other, "WS-3", name="good.example")
    visits(other, "WS-4", at=MOMENT - timedelta(days=40))

    told = found(a_block())

    assert (told["devices"], told["events"], told["care"]) == (2, 3, 0)
    assert {one["code"]: [d["name"] for d in one["devices"]] for one in told["organisations"]} == {
        place.code: ["WS-1"],
        other.code: ["WS-2"],
    }
    assert told["harm"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_a_block_for_one_organisation_is_checked_there_only():
    place, other = OrganisationFactory(), OrganisationFactory()
    visits(place, "WS-1")
    visits(other, "WS-2")

    assert [one["code"] for one in found(a_block(place))["organisations"]] == [place.code]


def test_care_systems_come_first_with_their_suppliers_and_what_their_loss_would_do():
    place = OrganisationFactory(code="ZZ1")
    bring([place], a_laboratory("ZZ1"), whole=True)
    visits(place, "LAB1.trust.internal")
    visits(place, "A-WS")

    told = found(a_block())

    devices = told["organisations"][0]["devices"]
    assert [one["name"] for one in devices] == ["LAB1.trust.internal", "A-WS"]
    assert (devices[0]["carries"], devices[0]["suppliers"]) == (["Laboratory system"], ["Invented Laboratories"])
    assert (told["care"], told["systems"], told["suppliers"]) == (1, ["Laboratory system"], ["Invented Laboratories"])
    assert told["harm"]["low"] <= told["harm"]["value"] <= told["harm"]["high"]
    assert told["harm"]["value"] > 0


def test_checks_that_wait_together_are_answered_by_one_reading():
    visits(place := OrganisationFactory(), "WS-1")
    visits(place, "WS-2", name="bad.example")
    first, second = a_block(), a_block(thing=observable(Kind.DOMAIN, "bad.example"))

    assert check_waiting(clock=a_clock()) == 2
    assert [one.checks.get().found["organisations"][0]["devices"][0]["name"] for one in (first, second)] == [
        "WS-1",
        "WS-2",
    ]
    assert check_waiting(clock=a_clock()) == 0


def test_a_check_says_when_the_map_of_care_cannot_be_asked():
    publish(now=MOMENT)
    contact = Contact(organisation="ZZ9", device="X", events=1, first_at=AT, last_at=AT)

    assert weighed(a_block(), [contact])["devices"] == 0  # nobody here is called that
    assert not carriers([a_laboratory("ZZ1")]).touched(contact).is_care
    assert EVIL.value == "evil.example"


def a_block_that_the_laboratory_contacted():
    """One for a trust of which the server that carries the laboratory contacted it, and somebody who may decide."""
    place = OrganisationFactory(code="ZZ1")
    bring([place], a_laboratory("ZZ1"), whole=True)
    visits(place, "LAB1.trust.internal")
    block = a_block(place)
    check_waiting(clock=a_clock())
    return block, an_analyst(place)


@pytest.mark.parametrize("step", [actions.agree_to_block, actions.enforce_in_emergency])
@pytest.mark.parametrize("said", [{"why": "Seen."}, {"why": " ", "accepted": True}])
def test_what_devices_that_carry_care_contacted_is_not_blocked_until_somebody_accepts_that_with_a_reason(step, said):
    block, by = a_block_that_the_laboratory_contacted()

    with pytest.raises(BadInputError, match=r"1 device that carries care|reason is needed"):
        step(by=by, block=block, **said, clock=a_clock())
    block.refresh_from_db()
    assert block.state == "proposed"

    step(by=by, block=block, why="It works on paper for a day.", accepted=True, clock=a_clock())
    block.refresh_from_db()
    assert block.state == "in_force"


def test_whoever_reviews_an_emergency_accepts_what_it_does_to_care_as_well():
    block, by = a_block_that_the_laboratory_contacted()
    said = {"why": "It spreads now.", "accepted": True}
    actions.enforce_in_emergency(by=by, block=block, **said, clock=a_clock())
    other = an_analyst(block.organisation)

    with pytest.raises(BlockError, match="carries care"):
        actions.keep_block(by=other, block=block, why="Seen.", clock=a_clock())
    actions.keep_block(by=other, block=block, **said, clock=a_clock())


def test_no_policy_that_looks_at_care_blocks_what_devices_that_carry_care_contacted():
    collection = a_collection(organisation=OrganisationFactory(code="ZZ1"))
    place = collection.organisation
    bring([place], a_laboratory("ZZ1"), whole=True)
    visits(place, "LAB1.trust.internal")
    own_actions.write_policy(by=NODE, organisation=place, policy=Policy(confidence=5), clock=a_clock())
    add(collection, an_indicator(pattern="[domain-name:value = 'evil.example']", confidence=85))
    publish_indicators(clock=a_clock())

    assert check_waiting(clock=a_clock()) == 1

    assert Block.objects.get().state == "proposed"
