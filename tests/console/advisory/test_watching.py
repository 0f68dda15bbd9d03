"""What whoever issued an alert sees of those who are late, and what a home sees of what it said."""

from datetime import timedelta

import pytest

from console.advisory.factories import DESK, NOW, a_nation, an_issued, the_answer
from console.factories import OrganisationFactory
from watchward.base.clock import HeldClock
from watchward.console.advisory import answering_actions, presenters, queries, reporting
from watchward.console.detect.models import Stake
from watchward.estate.organisation import OrganisationKind
from watchward.respond.advisory.answer import Step
from watchward.respond.advisory.content import Action

pytestmark = pytest.mark.django_db
LATE = NOW + timedelta(days=3)


@pytest.fixture
def nation():
    return a_nation()


def test_a_nation_of_several_regions_sees_each_of_them(nation):
    found = an_issued(nation.nation)

    assert {one.name for one in queries.progress(DESK, found, LATE)} == {"Fenmark", "Westmoor"}


def test_an_area_that_lies_in_one_region_sees_the_parts_of_that():
    nation = OrganisationFactory(code="XN", kind=OrganisationKind.NATION)
    region = OrganisationFactory(code="XR", kind=OrganisationKind.REGION, parent=nation)
    for number in range(2):
        board = OrganisationFactory(
            code=f"XB{number}", name=f"Board {number}", kind=OrganisationKind.ICB, parent=region
        )
        OrganisationFactory(code=f"XT{number}", parent=board)
    found = an_issued(nation)

    assert {one.name: one.late for one in queries.progress(DESK, found, LATE)} == {"Board 0": 1, "Board 1": 1}
    assert dict(queries.preview(found, NOW).places) == {"Board 0": 1, "Board 1": 1}


def test_a_report_names_those_who_are_late_the_worst_for_patients_first(nation):
    found = an_issued(nation.nation)
    for worth, one in ((0.1, nation.homes[0]), (46.0, nation.trusts[1]), (5.0, nation.trusts[0])):
        Stake.objects.filter(organisation=one, device="").update(whole=worth)

    late = reporting.report(DESK, found, LATE).late
    assert [line.code for line in late[:3]] == ["XT1", "XT0", "XC0A"]


def test_a_home_that_has_asked_for_help_is_not_asked_again_whether_it_wants_any(nation):
    found, home = an_issued(nation.nation), nation.homes[0]
    answer, clock = the_answer(found, home), HeldClock(at=NOW)
    answering_actions.answer_advisory(by=DESK, answer=answer, step=Step.ASK_HELP, note="", clock=clock)

    offered = presenters.plain_buttons(the_answer(found, home))
    assert [one.step for one in offered] == [Step.FINISH, Step.NOT_CONCERNED]


def test_a_list_names_the_first_day_on_which_something_is_due(nation):
    first, last = (Action(text="Act", by=NOW + timedelta(days=days)) for days in (4, 10))
    found = an_issued(nation.nation, actions=(first, last))

    assert presenters.by_when(found) == "5 March 2026; all of it by 11 March 2026"
