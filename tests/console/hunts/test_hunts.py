"""Hunts travel and data stays: a question goes down, counts come up, and rows only by the word of somebody there."""

import threading
from datetime import timedelta

import pytest

from console.estate.factories import SourceFactory
from console.factories import OrganisationFactory, PostFactory
from console.hunts.asking import ASKED, NOW, RULE, SQL, a_question, come, told_to, treat_people_alike, work
from console.hunts.factories import AnswerFactory, QuestionFactory
from console.lakes import keep
from console.link.factories import PeerFactory
from watchward.access.roles import BOARD_MEMBER, NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD, REGIONAL_LEAD
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.models import AuditEntry
from watchward.console.hunts import adapters
from watchward.console.hunts.cleaning import MATCHED, to_give
from watchward.console.hunts.models import Answer, Policy, Question, State
from watchward.console.link import kinds
from watchward.console.link.models import Letter
from watchward.lake.hunt import Limits
from watchward.node.hunts import do_next

pytestmark = pytest.mark.usefixtures("trusts")


def test_a_rule_is_counted_at_every_organisation_that_one_may_ask(signed_in, home):
    client = signed_in(NATIONAL_ANALYST, None)
    address = client.post("/hunts/new/", ASKED).headers["Location"]
    assert "None of 2 organisations has answered yet." in client.get(address).text

    work(home)

    page = client.get(address).text
    assert "2 of 2 organisations answered; 1 found something: 2 events in all." in page
    assert "/hunts/answers/" not in page  # only those who answer for an organisation open its answer
    assert [(one.code, one.events, one.devices) for one in Answer.objects.all()] == [("XT1", 2, 1), ("XT2", 0, 0)]
    assert client.get(f"/api/v1/hunts/across/{Question.objects.get().pk}").json()["answers"][0]["events"] == 2
    assert AuditEntry.objects.filter(event="question.asked").exists()


def test_a_region_asks_its_own_and_nobody_else(signed_in, trusts):
    elsewhere = OrganisationFactory(code="XE", name="Elsewhere Trust")
    SourceFactory(organisation=elsewhere)
    inside, outside = PeerFactory(organisation=trusts[0]), PeerFactory(organisation=elsewhere)
    client = signed_in(REGIONAL_LEAD, trusts[0].parent)

    client.post("/hunts/new/", ASKED)

    assert set(Answer.objects.values_list("code", flat=True)) == {"XT1", "XT2"}
    assert next(iter(told_to(inside, "question").values()))["purpose"] == "Incident 12"
    assert told_to(outside, "question") == {}


def test_counts_go_up_by_themselves_and_rows_never_do(home, above):
    come(above, "question", "a" * 32, a_question(form="sql", text=SQL, wants_rows=True))

    work(home)

    told = told_to(above, "answer")
    assert told[f"{'a' * 32}/XT1/"] | {"at": None} == {
        "question": "a" * 32, "code": "XT1", "name": "XT1 Trust", "state": "counted", "events": 2, "devices": 1,
        "below": 0, "reason": "", "rows": None, "at": None,
    }  # fmt: skip
    assert told[f"{'a' * 32}/XT2/"]["events"] == 0
    assert not any("loader.exe" in bytes(one.body).decode() for one in Letter.objects.all())


def test_rows_leave_cleaned_after_somebody_there_has_seen_them(signed_in, home, trusts, above):
    come(above, "question", "a" * 32, a_question(form="sql", text=SQL, wants_rows=True))
    work(home)
    answer = Answer.objects.get(code="XT1")
    client = signed_in(ORGANISATION_CYBER_LEAD, trusts[0])
    shown = client.get(f"/hunts/answers/{answer.pk}/").text
    assert "loader.exe" in shown
    assert "943 476 5919" not in shown

    client.post(f"/hunts/answers/{answer.pk}/give/", {"whole": "no"})

    told = told_to(above, "answer")[f"{'a' * 32}/XT1/"]
    assert told["state"] == "given"
    assert len(told["rows"]["rows"]) == 2
    assert "loader.exe" in str(told["rows"])
    assert "943" not in str(told["rows"])
    assert "LM-WS-1" not in str(told["rows"])
    entry = AuditEntry.objects.get(event="question.rows_given")
    assert "Ada Ashworth, The Exercise Kingdom" in str(entry.details)


def test_rows_given_whole_hide_nhs_numbers_all_the_same(signed_in, home, trusts, above):
    come(above, "question", "a" * 32, a_question(form="sql", text=SQL, wants_rows=True))
    work(home)
    answer = Answer.objects.get(code="XT1")

    signed_in(ORGANISATION_CYBER_LEAD, trusts[0]).post(
        f"/hunts/answers/{answer.pk}/give/", {"whole": "yes", "unseen": "yes"}
    )

    rows = str(told_to(above, "answer")[f"{'a' * 32}/XT1/"]["rows"])
    assert "LM-WS-1" in rows
    assert "943 476 5919" not in rows


def test_a_policy_decides_whether_anything_is_looked_at(signed_in, home, trusts, above):
    Policy.objects.create(organisation=trusts[0], counts=Policy.Counts.ASKED)
    Policy.objects.create(organisation=trusts[1], counts=Policy.Counts.NEVER)
    come(above, "question", "a" * 32, a_question())
    work(home)
    told = told_to(above, "answer")
    assert [told[f"{'a' * 32}/{code}/"]["state"] for code in ("XT1", "XT2")] == ["asked", "refused"]

    answer = Answer.objects.get(code="XT1")
    signed_in(ORGANISATION_CYBER_LEAD, trusts[0]).post(f"/hunts/answers/{answer.pk}/allow/")
    work(home)

    told = told_to(above, "answer")
    assert [told[f"{'a' * 32}/{code}/"]["state"] for code in ("XT1", "XT2")] == ["counted", "refused"]


def test_a_refusal_says_why_and_gives_nothing(signed_in, home, trusts, above):
    come(above, "question", "a" * 32, a_question(form="sql", text=SQL, wants_rows=True))
    work(home)
    answer = Answer.objects.get(code="XT1")
    client = signed_in(ORGANISATION_CYBER_LEAD, trusts[0])
    client.post(f"/hunts/answers/{answer.pk}/refuse/", {"reason": ""})
    assert Answer.objects.get(code="XT1").stands is State.COUNTED

    client.post(f"/hunts/answers/{answer.pk}/refuse/", {"reason": "A trial is under way"})

    told = told_to(above, "answer")[f"{'a' * 32}/XT1/"]
    assert (told["state"], told["reason"], told["events"]) == ("refused", "A trial is under way", 0)
    assert Answer.objects.get(code="XT1").found is None


def test_a_node_in_between_passes_on_questions_and_answers(trusts, above):
    below = PeerFactory(organisation=trusts[0], node="b" * 32)
    come(above, "question", "a" * 32, a_question())
    assert list(told_to(below, "question")) == ["a" * 32]

    body = {"question": "a" * 32, "code": "XT1", "name": "XT1 Trust", "state": "counted", "events": 7, "devices": 2}
    body["reason"] = "All that the node sent was withdrawn."  # saying so itself exempts nothing
    come(below, "answer", f"{'a' * 32}/XT1/", {**body, "at": NOW.isoformat()})

    told = told_to(above, "answer")
    assert told[f"{'a' * 32}/XT1/{'b' * 32}"]["events"] == 7


def test_a_child_answers_for_its_own_and_for_no_other(trusts):
    below = PeerFactory(organisation=trusts[0])
    question = QuestionFactory()
    question.to.add(below)
    body = {"question": question.pk, "code": "XT2", "name": "XT2 Trust", "state": "counted", "at": NOW.isoformat()}

    with pytest.raises(BadInputError, match="does not speak for XT2"):
        come(below, "answer", f"{question.pk}/XT2/", body)
    with pytest.raises(BadInputError, match="does not speak for xt2"):
        come(below, "answer", f"{question.pk}/xt2/", {**body, "code": "xt2"})
    with pytest.raises(BadInputError, match="Nobody here asked that"):
        come(PeerFactory(organisation=trusts[1]), "answer", f"{question.pk}/XT2/", body)
    assert not Answer.objects.exists()


@pytest.mark.parametrize("name", ["events", "devices"])
@pytest.mark.parametrize("count", [-1, (1 << 40) + 1, 1 << 63, 10**300])
def test_a_count_that_no_node_could_have_is_refused(trusts, name, count):
    below = PeerFactory(organisation=trusts[0])
    question = QuestionFactory()
    question.to.add(below)
    body = {"question": question.pk, "code": "XT1", "name": "XT1 Trust", "state": "counted", "at": NOW.isoformat()}

    with pytest.raises(BadInputError):
        come(below, "answer", f"{question.pk}/XT1/", {**body, name: count})
    assert not Answer.objects.exists()
    come(below, "answer", f"{question.pk}/XT1/", {**body, name: 1 << 40})
    assert getattr(Answer.objects.get(), name) == 1 << 40


def test_what_a_child_answered_can_be_withdrawn_as_a_whole(trusts, above):
    below = PeerFactory(organisation=trusts[0], node="b" * 32)
    come(above, "question", "a" * 32, a_question())
    body = {"question": "a" * 32, "code": "XT1", "name": "XT1 Trust", "state": "counted", "events": 7, "devices": 2}
    come(below, "answer", f"{'a' * 32}/XT1/", {**body, "at": NOW.isoformat()})

    assert kinds.named("answer").withdraw(below) == 1

    told = told_to(above, "answer")[f"{'a' * 32}/XT1/{'b' * 32}"]
    assert (told["state"], told["events"]) == ("refused", 0)
    assert kinds.named("answer").withdraw(below) == 0


def test_a_withdrawn_question_is_asked_no_longer_anywhere(signed_in, home, trusts):
    below = PeerFactory(organisation=trusts[0])
    client = signed_in(NATIONAL_ANALYST, None)
    address = client.post("/hunts/new/", ASKED).headers["Location"]

    client.post(f"{address}withdraw/")
    work(home)

    assert "Withdrawn: no more answers are taken." in client.get(address).text
    assert next(iter(told_to(below, "question").values()))["withdrawn_at"]
    assert set(Answer.objects.values_list("state", flat=True)) == {"waiting"}
    assert list(kinds.named("question").holding(below)) == []


def test_what_the_node_above_no_longer_asks_is_dropped_with_what_holds(trusts, above):
    for name in "ab":
        come(above, "question", name * 32, a_question())

    kinds.named("question").drop(above, frozenset({"a" * 32}))

    assert Question.objects.get(pk="a" * 32).withdrawn_at is None
    assert Question.objects.get(pk="b" * 32).withdrawn_at is not None
    assert {one.id for one in kinds.named("answer").holding(above)} == {f"{'a' * 32}/{one.code}/" for one in trusts}


def test_a_question_that_came_twice_is_answered_once(above):
    for _ in range(2):
        come(above, "question", "a" * 32, a_question())

    assert Answer.objects.count() == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"since": (NOW - timedelta(days=400)).isoformat()}, "more than 90 days"),
        ({"ends_at": (NOW + timedelta(days=400)).isoformat()}, "more than 30 days"),
        ({"form": "python"}, "no question"),
        ({"text": "x" * 200_000}, "no question"),
    ],
)
def test_a_question_beyond_all_limits_is_refused(above, changed, said):
    with pytest.raises(BadInputError, match=said):
        come(above, "question", "a" * 32, a_question(**changed))

    assert not Question.objects.exists()


def test_a_question_that_no_node_could_answer_is_refused_where_it_is_asked(signed_in):
    client = signed_in(NATIONAL_ANALYST, None)

    wrong = client.post("/hunts/new/", {**ASKED, "text": "title: Nothing"})
    assert wrong.status_code == 400
    assert "of the rule" in wrong.text
    wrong = client.post("/hunts/new/", {**ASKED, "form": "sql", "text": "DROP TABLE events"})
    assert wrong.status_code == 400
    assert not Question.objects.exists()


def test_what_fails_says_why_to_whoever_asked(home, above):
    come(above, "question", "a" * 32, a_question(form="sql", text="SELECT no_such_column FROM events"))

    work(home)

    told = told_to(above, "answer")[f"{'a' * 32}/XT1/"]
    assert told["state"] == "failed"
    assert "no_such_column" in told["reason"]


def test_a_failure_tells_nothing_of_what_events_hold(home, above):
    come(above, "question", "a" * 32, a_question(form="sql", text="SELECT error(string_agg(device, '|')) FROM events"))

    work(home)

    told = told_to(above, "answer")[f"{'a' * 32}/XT1/"]
    assert told["state"] == "failed"
    assert "which is not told" in told["reason"]
    assert "LM-WS-1" not in told["reason"]


def test_what_a_rule_matched_leaves_without_the_fields_that_name_people():
    matched = {"Image": "C:\\a.exe; Image: h.quux", "cs-username": "a.patel", "user.name": "k.brown", "unmapped": "zz"}
    rows = [["LAB1", {**matched, "CommandLine": "for k.brown on LAB1"}]]
    found = {"columns": ["device", MATCHED], "rows": rows, "sources": [["device"], [MATCHED]]}

    given = to_give(AnswerFactory.build(found=found), whole=False)

    assert "a.exe" in given.rows[0][1]
    assert not any(name in given.rows[0][1] for name in ("a.patel", "k.brown", "zz", "LAB1"))


def test_what_a_rule_matched_and_an_earlier_version_stored_as_one_text_does_not_go():
    found = {"columns": [MATCHED], "rows": [["cs-username: a.patel"]], "sources": [[MATCHED]]}

    assert "a.patel" not in str(to_give(AnswerFactory.build(found=found), whole=True).rows)


@pytest.mark.parametrize(("form", "text"), [("sigma", RULE), ("sql", SQL)])
def test_one_question_is_counted_for_all_organisations_by_one_turn_of_the_worker(home, above, form, text):
    come(above, "question", "a" * 32, a_question(form=form, text=text))

    assert do_next(home, clock=SystemClock(), stop=threading.Event())
    assert not do_next(home, clock=SystemClock(), stop=threading.Event())

    found = {one.code: (one.state, one.events, one.devices) for one in Answer.objects.all()}
    assert found == {"XT1": ("counted", 2, 1), "XT2": ("counted", 0, 0)}


def test_an_organisation_where_a_rule_fires_on_too_much_fails_alone(home, above, monkeypatch):
    monkeypatch.setattr("watchward.node.hunts.RULE_ALERTS", 2)
    for number in range(5):
        keep(
            home.lake, f"n{number}", organisation="XT1", device=f"LM-WS-{number}", at=NOW - timedelta(hours=2),
            Image="C:\\tmp\\loader.exe",
        )  # fmt: skip
    keep(home.lake, "x", organisation="XT2", at=NOW - timedelta(hours=2), Image="C:\\tmp\\loader.exe")
    come(above, "question", "a" * 32, a_question())

    work(home)

    found = {one.code: (one.state, one.events) for one in Answer.objects.all()}
    assert found == {"XT1": ("failed", 0), "XT2": ("counted", 1)}
    assert "fires on far too much" in Answer.objects.get(code="XT1").reason


def test_an_organisation_whose_events_take_a_query_too_long_fails_alone(home, above, monkeypatch):
    monkeypatch.setattr("watchward.node.hunts.SQL_LIMITS", Limits(seconds=2.0))
    slow = "SELECT count(*) FROM range(CASE WHEN (SELECT max(Image) FROM events) LIKE '%loader%' THEN 1 ELSE 0 END * 90000000000) t(i) WHERE i % 7 = 3"  # noqa: E501 - one line
    treat_people_alike()
    come(above, "question", "a" * 32, a_question(form="sql", text=slow))

    work(home)

    assert {one.code: one.state for one in Answer.objects.all()} == {"XT1": "failed", "XT2": "counted"}
    assert "was ended after 2 s" in Answer.objects.get(code="XT1").reason


def test_what_was_refused_while_it_was_counted_stays_refused(above):
    come(above, "question", "a" * 32, a_question())
    task = adapters.take(clock=SystemClock())
    Answer.objects.filter(code="XT1").update(state=State.REFUSED, reason="No")

    adapters.finish(task, [adapters.Outcome(code=code, events=3) for code in task.answers], clock=SystemClock())

    assert {one.code: one.state for one in Answer.objects.all()} == {"XT1": "refused", "XT2": "counted"}


def test_answers_of_a_nation_are_read_a_page_at_a_time_and_counted_as_a_whole(signed_in, trusts):
    question = QuestionFactory()
    Answer.objects.bulk_create(
        Answer(
            question=question, organisation=trusts[0], code=f"X{number}", name=f"Home {number:03}", state="counted",
            events=number, at=NOW,
        )
        for number in range(60)
    )  # fmt: skip
    client = signed_in(NATIONAL_ANALYST, None)

    page = client.get(f"/hunts/{question.pk}/").text
    last = client.get(f"/hunts/{question.pk}/", {"page": 3}).text
    told = client.get(f"/api/v1/hunts/across/{question.pk}", {"page": 2}).json()

    assert "60 of 60 organisations answered; 59 found something: 1,770 events in all." in page
    assert "Home 059" in page
    assert "Home 034" not in page
    assert "Home 000" in last
    assert [len(told["answers"]), told["more"], told["counted"]["events"]] == [25, True, 1_770]
    assert told["answers"][0]["name"] == "Home 034"
    assert "60 of 60 answered, 59 found something" in client.get("/hunts/").text


def test_the_list_of_questions_is_read_a_page_at_a_time(signed_in):
    QuestionFactory.create_batch(30)
    client = signed_in(NATIONAL_ANALYST, None)

    assert client.get("/hunts/").text.count("Has the loader run?") == 25
    assert client.get("/hunts/", {"page": 2}).text.count("Has the loader run?") == 5
    told = client.get("/api/v1/hunts/across").json()
    assert (len(told["items"]), told["more"]) == (25, True)


def test_others_see_neither_questions_nor_answers(signed_in, trusts, above):
    come(above, "question", "a" * 32, a_question())
    answer = Answer.objects.get(code="XT1")
    client = signed_in(ORGANISATION_CYBER_LEAD, trusts[1])

    assert client.get(f"/hunts/answers/{answer.pk}/").status_code == 404
    page = client.get(f"/hunts/{'a' * 32}/").text
    assert "XT2 Trust" in page
    assert "XT1 Trust" not in page
    stranger = PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=OrganisationFactory()).user
    client.force_login(stranger)
    assert client.get(f"/hunts/{'a' * 32}/").status_code == 404
    assert signed_in(BOARD_MEMBER, trusts[0]).get("/hunts/").status_code == 403


def test_rows_that_nobody_let_out_are_forgotten_when_the_question_ends():
    answer = AnswerFactory(
        state=State.COUNTED,
        found={"columns": ["a"], "rows": [["b"]], "truncated": False},
        question__ends_at=NOW - timedelta(seconds=1),
    )

    adapters.tidy(clock=SystemClock())

    answer.refresh_from_db()
    assert (answer.found, answer.stands) == (None, State.COUNTED)
