"""How a node answers: within a budget for each question as a whole, and so that one that fails stops no other."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from console.factories import PostFactory
from console.hunts.asking import RULE, SQL, A, a_question, come, told_to, treat_people_alike, work
from console.lakes import keep
from watchward.access.roles import NATIONAL_ANALYST
from watchward.base.clock import SystemClock
from watchward.console.hunts import actions, adapters, cleaning
from watchward.console.hunts.models import Answer, Question, State
from watchward.node.hunts import do_next


def states():
    return {one.code: one.state for one in Answer.objects.all()}


@pytest.mark.django_db(transaction=True)
def test_a_query_is_tried_while_nobody_else_is_kept_from_writing(trusts, monkeypatch):
    held, run = [], actions.hunt.run

    def watched(*given, **options):
        held.append(connection.in_atomic_block)
        return run(*given, **options)

    monkeypatch.setattr(actions.hunt, "run", watched)
    by = PostFactory(role=NATIONAL_ANALYST.key, organisation=None).user
    wanted = actions.Wanted(title="T", purpose="P", form=Question.Form.SQL, text=SQL, days=7)

    actions.ask_question(by=by, wanted=wanted, clock=SystemClock())

    assert held == [False]
    assert Answer.objects.count() == len(trusts)


@pytest.mark.usefixtures("trusts")
@pytest.mark.parametrize(("form", "text"), [("sigma", RULE), ("sql", SQL)])
def test_who_has_no_turn_within_the_time_of_a_question_is_said_not_to_be_looked_at(
    home, above, monkeypatch, form, text
):
    monkeypatch.setattr(adapters, "MOST_SECONDS", 0.0)
    monkeypatch.setattr(adapters, "LEAST_SECONDS", 0.0)
    come(above, "question", A, a_question(form=form, text=text))

    work(home)

    assert states() == {"XT1": "failed", "XT2": "failed"}
    assert told_to(above, "answer")[f"{A}/XT1/"]["reason"].startswith("Not looked at:")


@pytest.mark.usefixtures("trusts")
def test_time_is_counted_over_all_turns_of_a_question(home, above):
    come(above, "question", A, a_question(form="sql", text=SQL))
    work(home)

    assert 0 < Question.objects.get().seconds_used < adapters.MOST_SECONDS
    Question.objects.update(seconds_used=adapters.MOST_SECONDS)
    Answer.objects.update(state=State.WAITING)
    assert adapters.take(clock=SystemClock()).seconds == adapters.LEAST_SECONDS


@pytest.mark.usefixtures("trusts")
def test_rows_for_which_a_question_has_no_room_are_counted_and_said_not_to_be_kept(home, above, monkeypatch):
    monkeypatch.setattr(adapters, "MOST_KEPT", 10)
    come(above, "question", A, a_question(form="sql", text=SQL, wants_rows=True))

    work(home)

    answer = Answer.objects.get(code="XT1")
    assert (answer.state, answer.events, answer.found) == ("counted", 2, None)
    assert "rows were not kept" in told_to(above, "answer")[f"{A}/XT1/"]["reason"]


@pytest.mark.usefixtures("trusts")
def test_every_row_is_counted_beyond_what_one_answer_may_give(home, above):
    treat_people_alike()
    sql = "SELECT device, i FROM events, range(15000) t(i)"
    come(above, "question", A, a_question(form="sql", text=sql, wants_rows=True))

    work(home)

    answer = Answer.objects.get(code="XT1")
    assert (answer.events, answer.devices) == (30_000, 1)
    assert len(answer.found["rows"]) == 1_000
    assert answer.found["truncated"]


@pytest.mark.usefixtures("trusts")
def test_an_event_without_a_device_is_not_on_a_device(home, above):
    come(above, "question", A, a_question(form="sql", text="SELECT NULL AS device FROM events"))

    work(home)

    assert set(Answer.objects.values_list("devices", flat=True)) == {0}


@pytest.mark.usefixtures("trusts")
def test_what_a_turn_left_behind_that_failed_is_taken_up_by_the_next(home, above):
    come(above, "question", A, a_question())
    adapters.take(clock=SystemClock())
    assert states() == {"XT1": "running", "XT2": "running"}

    work(home)

    assert states() == {"XT1": "counted", "XT2": "counted"}


@pytest.mark.usefixtures("trusts")
def test_an_answer_that_cannot_be_made_says_so_and_stops_no_other(home, above, monkeypatch):
    def broken(*_, **__):
        raise ValueError("boom")

    monkeypatch.setattr(cleaning, "table", broken)
    come(above, "question", A, a_question(form="sql", text=SQL, wants_rows=True))
    come(above, "question", "b" * 32, a_question(form="sql", text=SQL))

    work(home)

    assert set(Answer.objects.filter(question=A).values_list("state", flat=True)) == {"failed"}
    assert "boom" not in Answer.objects.get(question=A, code="XT1").reason
    assert set(Answer.objects.filter(question="b" * 32).values_list("state", flat=True)) == {"counted"}


@pytest.mark.usefixtures("trusts")
def test_an_answer_that_cannot_be_kept_says_so_and_stops_no_other(home, above, monkeypatch):
    plain = cleaning.plain

    def broken(rows):
        if rows.rows[0][0] == "LM-WS-1":
            raise ValueError("boom")
        return plain(rows)

    monkeypatch.setattr(cleaning, "plain", broken)
    come(above, "question", A, a_question(form="sql", text="SELECT device, Image FROM events", wants_rows=True))

    assert do_next(home, clock=SystemClock(), stop=threading.Event())

    assert states() == {"XT1": "failed", "XT2": "counted"}


@pytest.mark.usefixtures("trusts")
def test_a_text_with_a_character_that_databases_refuse_is_kept(home, above):
    keep(home.lake, "nul", organisation="XT2", at=SystemClock().now() - timedelta(days=1), Image="C:\\a\0b.exe")
    come(above, "question", A, a_question(form="sql", text="SELECT Image FROM events", wants_rows=True))

    work(home)

    assert "\0" not in str(Answer.objects.get(code="XT2").found["rows"])
    assert states() == {"XT1": "counted", "XT2": "counted"}
