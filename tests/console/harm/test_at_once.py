"""Two people at one map or one figure at the same moment: both are heard, or one is told why not; on every database."""

import pytest

from console.at_once import at_once
from console.care.arranged import CLOCK, NODE, WHY, a_system, arrange, refine
from console.factories import OrganisationFactory
from watchward.base.errors import BadInputError
from watchward.console.care import actions as care
from watchward.console.care import adapters as maps
from watchward.console.care import rows, supplier_actions
from watchward.console.care.models import Arrangement, CareSupplier, CareSystem, KnownSize
from watchward.console.harm import actions, own
from watchward.console.harm.models import OwnNumber
from watchward.estate.care.system import Supplier
from watchward.estate.care.templates import Measure, TemplateKind
from watchward.harm.parameters.overriding import Override

pytestmark = pytest.mark.django_db(transaction=True)  # threads see only what is committed

KEY = "service/gp_appointments/by_loss"


@pytest.fixture
def trust():
    place = OrganisationFactory(code="XTT", name="Twice Hospital Trust")
    arrange(place, template=TemplateKind.ACUTE_TRUST, measures={Measure.BEDS: 600})
    return place


def say(place, value):
    said = Override(key=KEY, value=value, low=0.005, high=0.02, by="Dr Elm", why="Counted for six weeks")
    return actions.say_number(by=NODE, organisation=place, said=said, clock=CLOCK)


@pytest.mark.parametrize("of_the_node", [False, True])
def test_a_figure_that_two_say_at_once_is_kept_twice_and_the_later_one_holds(trust, of_the_node):
    place = None if of_the_node else trust

    done = at_once(lambda: say(place, 0.01), lambda: say(place, 0.015))

    assert [one.value for one in done] == [0.01, 0.015]
    assert list(OwnNumber.objects.filter(ended_at=None).values_list("value", flat=True)) == [0.015]
    assert OwnNumber.objects.get(value=0.01).ended_reason == "Another figure took its place"
    assert own.table_for(place).parameters[KEY].value == 0.015


def test_a_figure_that_two_end_at_once_is_ended_once_and_the_second_is_told(trust):
    number = say(trust, 0.01)

    def end(reason):
        return lambda: actions.end_number(by=NODE, number=number, reason=reason, clock=CLOCK)

    first, second = at_once(end("Counted wrongly"), end("Too old"))

    assert first is None
    assert isinstance(second, BadInputError)
    assert OwnNumber.objects.get().ended_reason == "Counted wrongly"


def test_a_template_map_that_two_refine_first_at_once_has_what_both_said(trust):
    done = at_once(lambda: refine(trust, a_system(trust, "pager")), lambda: refine(trust, a_system(trust, "bleep")))

    assert [one.added for one in done] == [1, 1]
    assert {"XTT/pager", "XTT/bleep"} <= set(CareSystem.objects.values_list("pk", flat=True))
    assert Arrangement.objects.get(organisation=trust).own


def test_the_same_thing_added_by_two_at_once_is_added_once_and_the_second_is_told(trust):
    first, second = at_once(lambda: refine(trust, a_system(trust)), lambda: refine(trust, a_system(trust)))

    assert first.added == 1
    assert isinstance(second, BadInputError)
    assert "XTT/pager already" in second.message


def test_the_first_words_about_an_organisation_may_come_from_two_at_once():
    place = OrganisationFactory(code="XTN", name="New Hospital Trust")
    rows.MapVersion.objects.all().delete()  # as on a node on which nobody has said anything

    done = at_once(
        lambda: arrange(place, measures={Measure.BEDS: 600}),
        lambda: arrange(place, template=TemplateKind.ACUTE_TRUST, measures={Measure.BEDS: 700}),
    )

    assert done == [None, None]
    assert KnownSize.objects.get().value == 700
    assert maps.part_of(place).known.template is TemplateKind.ACUTE_TRUST


def test_a_supplier_that_two_add_at_once_is_added_once_and_the_second_is_told(trust):
    def add():
        new = Supplier(id="supplier/blood-1", name="Larkmere Blood")
        return supplier_actions.add_supplier(by=NODE, organisation=trust, supplier=new, reason=WHY, clock=CLOCK)

    first, second = at_once(add, add)

    assert first.name == "Larkmere Blood"
    assert isinstance(second, BadInputError)
    assert CareSupplier.objects.get().pk == "supplier/blood-1"


def test_a_map_confirmed_and_refined_at_once_is_both(trust):
    def confirm():
        return care.confirm(by=NODE, organisation=trust, reason=WHY, clock=CLOCK)

    done = at_once(confirm, lambda: refine(trust, a_system(trust)))

    assert not [one for one in done if isinstance(one, Exception)]
    arranged = Arrangement.objects.get(organisation=trust)
    assert (arranged.own, arranged.confirmed_at is not None) == (True, True)
    assert CareSystem.objects.filter(pk="XTT/pager").exists()
