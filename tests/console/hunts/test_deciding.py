"""Who decides about an answer, and until when; and what becomes of questions that come again."""

from datetime import timedelta

import pytest

from console.hunts.asking import ASKED, NOW, SQL, A, a_question, come, told_to, work
from console.hunts.factories import AnswerFactory
from console.link.factories import PeerFactory
from watchward.access.roles import NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import Service
from watchward.console.hunts import actions
from watchward.console.hunts.models import Answer, Policy, Question, State
from watchward.console.link import kinds
from watchward.console.link.models import Peer

pytestmark = pytest.mark.usefixtures("trusts")


@pytest.mark.parametrize(("what", "state"), [("allow", State.ASKED), ("refuse", State.ASKED), ("give", State.COUNTED)])
def test_nobody_decides_about_a_question_that_has_ended(signed_in, trusts, what, state):
    found = {"columns": ["Image"], "rows": [["a.exe"]], "sources": [["Image"]]}
    over = {"ends_at": NOW - timedelta(seconds=1), "wants_rows": True}
    answer = AnswerFactory(organisation=trusts[0], state=state, found=found,
                           **{f"question__{name}": value for name, value in over.items()})  # fmt: skip
    client = signed_in(ORGANISATION_CYBER_LEAD, trusts[0])

    page = client.post(f"/hunts/answers/{answer.pk}/{what}/", {"reason": "No", "whole": "no"}, follow=True)

    assert "The question has ended." in page.text
    answer.refresh_from_db()
    assert answer.stands is state


def test_of_two_who_decide_at_once_the_second_sees_what_the_first_did(signed_in, home, trusts, above):
    come(above, "question", A, a_question(form="sql", text=SQL, wants_rows=True))
    work(home)
    seen_before = Answer.objects.select_related("question", "organisation").get(code="XT1")
    signed_in(ORGANISATION_CYBER_LEAD, trusts[0]).post(f"/hunts/answers/{seen_before.pk}/refuse/", {"reason": "No"})

    with pytest.raises(BadInputError, match="no rows to give"):
        actions.give_rows(by=Service(name="test"), answer=seen_before, whole=True, unseen=True, clock=SystemClock())

    assert Answer.objects.get(code="XT1").stands is State.REFUSED


def test_only_those_whose_word_is_waited_for_are_told_so(signed_in, trusts):
    Policy.objects.create(organisation=trusts[0], counts=Policy.Counts.ASKED)
    asker = signed_in(NATIONAL_ANALYST, None)
    asker.post("/hunts/new/", ASKED)
    assert "Waits for your word" not in asker.get("/hunts/").text

    assert "Waits for your word" in signed_in(ORGANISATION_CYBER_LEAD, trusts[0]).get("/hunts/").text


def test_rows_that_wait_for_a_word_are_marked_for_whoever_may_give_it_until_it_is_given(signed_in, home, trusts, above):
    come(above, "question", A, a_question(form="sql", text=SQL, wants_rows=True))
    work(home)
    lead = signed_in(ORGANISATION_CYBER_LEAD, trusts[0])
    answer = Answer.objects.get(code="XT1")
    pages = ("/hunts/", f"/hunts/{answer.question_id}/")
    assert all("Waits for your word" in lead.get(page).text for page in pages)

    lead.post(f"/hunts/answers/{answer.pk}/refuse/", {"reason": "Not for this"})
    assert not any("Waits for your word" in lead.get(page).text for page in pages)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"at": NOW + timedelta(days=1)}, "in the future"),
        ({"until": NOW + timedelta(days=3)}, "in the future"),
        ({"since": NOW - timedelta(days=300), "until": NOW - timedelta(days=290)}, "more than 90 days"),
        ({"at": NOW + timedelta(days=300), "ends_at": NOW + timedelta(days=310)}, "more than 90 days|in the future"),
    ],
)
def test_a_question_of_another_time_is_refused(above, changed, said):
    with pytest.raises(BadInputError, match=said):
        come(above, "question", A, a_question(**changed))

    assert not Question.objects.exists()


def test_a_clock_that_is_known_to_be_ahead_does_not_make_a_question_one_of_the_future(above):
    Peer.objects.filter(pk=above.pk).update(skew_seconds=7_200)
    above.refresh_from_db()

    come(above, "question", A, a_question(at=NOW + timedelta(hours=2), until=NOW + timedelta(hours=2)))

    assert Question.objects.exists()


def test_a_question_that_was_given_up_on_its_way_and_comes_again_is_asked_again_here_and_below(home, trusts, above):
    below = PeerFactory(organisation=trusts[0])
    come(above, "question", A, a_question())
    kinds.named("question").drop(above, frozenset())
    work(home)
    assert set(Answer.objects.values_list("state", flat=True)) == {"waiting"}

    come(above, "question", A, a_question())
    work(home)

    assert set(Answer.objects.values_list("state", flat=True)) == {"counted"}
    assert told_to(above, "answer")[f"{A}/XT1/"]["events"] == 2
    assert told_to(below, "question")[A]["withdrawn_at"] is None


def test_a_question_that_a_new_node_above_passes_on_is_answered_there(home, above):
    come(above, "question", A, a_question())
    work(home)
    Peer.objects.filter(pk=above.pk).update(ended_at=NOW)
    new = PeerFactory(way=Peer.Way.PARENT, organisation=None, name="Another Region")

    with pytest.raises(BadInputError, match="somebody else"):
        come(new, "question", A, a_question(purpose="Something else"))
    come(new, "question", A, a_question())

    assert told_to(new, "answer")[f"{A}/XT1/"]["events"] == 2
    assert {one.id for one in kinds.named("answer").holding(new)} == {f"{A}/XT1/", f"{A}/XT2/"}
